//! Images of single platforms that something joins by their tags.

use super::*;

/// Two builds of one platform each under the tags of docker/metadata-action with the platform behind them, and a script that has the
/// same tags without it.
fn with_script(platforms: &str, script: &str) -> Draft {
    let meta = "      - id: meta\n        uses: docker/metadata-action@v5\n        with:\n          images: ghcr.io/acme/app\n          tags: \"type=semver,pattern={{version}}\"\n";
    let build = format!(
        "  build:\n    strategy: {{ matrix: {{ arch: [{platforms}] }} }}\n    steps:\n{meta}          flavor: suffix=-${{{{ matrix.arch }}}},onlatest=true\n      - uses: docker/build-push-action@v6\n        with: {{ context: ., platforms: 'linux/${{{{ matrix.arch }}}}', push: true, tags: '${{{{ steps.meta.outputs.tags }}}}' }}\n"
    );
    let script = script.replace('\n', "\n          ");
    let text = format!(
        "on: {{ release: {{ types: [published] }} }}\njobs:\n{build}  merge:\n    needs: build\n    steps:\n{meta}      - run: |\n          {script}\n"
    );
    let files = [WorkflowFile { path: ".github/workflows/images.yml".into(), text }];
    let holdings =
        Holdings { workflows: files.into(), dockerfiles: vec!["Dockerfile".into()], ..Holdings::default() };
    draft(&holdings, &home())
}

const CREATE: &str = "docker buildx imagetools create --tag \"${TAG}\" \"${TAG}-amd64\" \"${TAG}-arm64\"";

#[test]
fn what_a_loop_over_tags_joins_is_one_image_of_several_platforms() {
    for script in [
        format!(
            "mapfile -t TAGS <<< \"${{{{ steps.meta.outputs.tags }}}}\"\nfor TAG in \"${{TAGS[@]}}\"; do\n  {CREATE}\ndone"
        ),
        format!("for TAG in ${{{{ steps.meta.outputs.tags }}}}; do\n  {CREATE}\ndone"),
        format!("echo \"${{{{ steps.meta.outputs.tags }}}}\" | while read -r TAG; do\n  {CREATE}\ndone"),
        "for TAG in $DOCKER_METADATA_OUTPUT_TAGS; do\n  docker manifest create $TAG --amend $TAG-amd64 --amend $TAG-arm64\n  docker manifest push $TAG\ndone".to_owned(),
    ] {
        let draft = with_script("amd64, arm64", &script);
        assert_eq!(draft.images, ["app"], "{}", draft.text);
        assert!(draft.text.contains("platforms = [\"linux/amd64\", \"linux/arm64\"]"), "{}", draft.text);
        assert!(!draft.text.contains("suffix="), "{}", draft.text);
        assert!(!draft.text.contains("is a guess"), "{}", draft.text);
        assert!(!draft.text.contains("which tags it gives"), "{}", draft.text);
    }
}

#[test]
fn what_is_joined_in_a_way_that_is_not_read_is_no_image_of_one_platform() {
    let unread = "docker buildx imagetools create $(./tags.sh)";
    for (platforms, script) in [
        ("amd64, arm64", unread),
        ("amd64, arm64", "python3 join.py \"${{ steps.meta.outputs.tags }}\""),
        ("amd64, s390x", &format!("for TAG in ${{{{ steps.meta.outputs.tags }}}}; do\n  {CREATE}\ndone")),
    ] {
        let draft = with_script(platforms, script);
        assert_eq!(draft.images.len(), 2, "{}", draft.text);
        assert!(!draft.text.contains("name = \"app\"\nrepository"), "{}", draft.text);
        assert!(draft.left.iter().any(|what| what.contains("joined by their tags")), "{:?}", draft.left);
    }
}
