//! What a release pushes is what was pushed: no reference is lost or invented in silence.

use crate::setup::from_workflows::DraftRule;
use std::collections::BTreeSet;

use plimsoll_tags::class::ClassName;
use plimsoll_tags::table::Table;
use toml_edit::{DocumentMut, Item, Value};

use super::super::*;
use crate::setup::from_workflows::{GoreleaserFile, Reference, Rules, WorkflowFile, carry, references_at};

/// The references that the text of a draft pushes and no step does, and those of steps that it does not push or tell.
pub(super) fn unaccounted(workflows: &[WorkflowFile]) -> Vec<String> {
    let holdings = Holdings { workflows: workflows.to_vec(), ..Holdings::default() };
    let draft = draft(&holdings, &home());
    let sources = Sources { workflows, repository: Some("acme/app"), ..Sources::default() };
    let carried = carry(&sources);
    let sent: BTreeSet<Reference> = carried.sent.iter().flat_map(|sent| sent.references()).collect();
    let live = live(&draft.text);
    let mut found = Vec::new();
    for one in live.iter().filter(|one| !sent.contains(one)) {
        // The one tag that a release must have is given with a remark.
        let is_remarked = one.tag == "1.4.2" && draft.text.contains(": this one it must have");
        if !is_remarked {
            found.push(format!("invented: {one:?}"));
        }
    }
    for one in sent.iter().filter(|one| !live.contains(one)) {
        let short = one.place.trim_start_matches("docker.io/").to_owned();
        let is_told = draft.left.iter().any(|what| what.contains(&short));
        // An image that is not live is there to be read.
        let is_comment = draft.text.lines().any(|line| {
            line.starts_with("# repository") && (line.contains(&one.place) || line.contains(&short))
        });
        if !is_told && !is_comment {
            found.push(format!("lost: {one:?}"));
        }
    }
    found
}

/// What the text of a draft pushes.
fn live(text: &str) -> BTreeSet<Reference> {
    let document: DocumentMut = text.parse().unwrap();
    let mut live = BTreeSet::new();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let texts = |item: Option<&Item>| -> Vec<String> {
        item.and_then(Item::as_array).into_iter().flatten().filter_map(text).collect()
    };
    let images = document.get("image").and_then(Item::as_array_of_tables);
    for image in images.into_iter().flatten() {
        // A guess is a comment, and nothing of such an image is live.
        let Some(repository) = image.get("repository").and_then(Item::as_str) else { continue };
        let mut places = texts(image.get("mirrors"));
        places.push(repository.to_owned());
        let mut rules = Rules::default();
        for (table, list) in
            image.get("tags").and_then(Item::as_table).into_iter().flat_map(|tags| tags.iter())
        {
            let rule = |rule: &Value| match rule.as_inline_table() {
                Some(long) => DraftRule {
                    text: long.get("tag").and_then(text).unwrap(),
                    class: long.get("class").and_then(Value::as_str).and_then(ClassName::parse),
                },
                None => DraftRule::plain(rule.as_str().unwrap()),
            };
            let list = list.as_array().unwrap().iter().map(rule).collect();
            rules.0.insert(Table::parse(table).unwrap(), list);
        }
        let flavor = texts(image.get("flavor"));
        live.extend(places.iter().flat_map(|place| references_at(place, &rules, &flavor)));
    }
    live
}

fn file(path: &str, text: &str) -> WorkflowFile {
    WorkflowFile { path: path.into(), text: text.into() }
}

fn of(files: &[(&str, &str)]) -> Draft {
    let workflows = files.iter().map(|(path, text)| file(path, text)).collect();
    draft(&Holdings { workflows, ..Holdings::default() }, &home())
}

fn has_told(draft: &Draft, told: &str) -> bool {
    draft.left.iter().any(|what| what.contains(told))
}

const BUILD: &str = "uses: docker/build-push-action@v6";

/// Two registries, one for `main` and one for git tags, under tags that a script makes.
#[test]
fn a_place_that_only_a_branch_goes_to_is_no_place_of_releases() {
    let step = |place: &str| {
        format!(
            "{{ name: Out, {BUILD}, with: {{ push: true, tags: '{place}:${{{{ steps.v.outputs.t }}}}' }} }}"
        )
    };
    let one = format!(
        "on: {{ push: {{ branches: [main], tags: ['v*'] }} }}\njobs:\n  dev: {{ if: \"github.ref == 'refs/heads/main'\", steps: [ {} ] }}\n  real: {{ if: \"startsWith(github.ref, 'refs/tags/')\", steps: [ {} ] }}\n",
        step("dev.acme.example/app"),
        step("quay.io/acme/app")
    );
    let called = format!(
        "on: {{ workflow_call: {{ inputs: {{ to: {{ type: string }} }} }} }}\njobs: {{ a: {{ steps: [ {} ] }} }}\n",
        step("${{ inputs.to }}")
    );
    let caller = |on: &str, to: &str| {
        format!(
            "on: {{ push: {{ {on} }} }}\njobs: {{ a: {{ uses: ./.github/workflows/c.yml, with: {{ to: '{to}' }} }} }}\n"
        )
    };
    let main = caller("branches: [main]", "dev.acme.example/app");
    let release = caller("tags: ['v*']", "quay.io/acme/app");
    let two = [
        (".github/workflows/a-main.yml", main.as_str()),
        (".github/workflows/b-release.yml", release.as_str()),
        (".github/workflows/c.yml", called.as_str()),
    ];
    for files in [&[(".github/workflows/a.yml", one.as_str())][..], &two] {
        let draft = of(files);
        assert!(draft.text.contains("\nrepository = \"quay.io/acme/app\"\n"), "{}", draft.text);
        assert!(!draft.text.contains("mirrors = "), "{}", draft.text);
        assert!(draft.text.contains("release = [\n    \"{version}\",\n]"), "{}", draft.text);
        assert!(
            has_told(&draft, "image app: it goes to dev.acme.example/app for `branch:main` alone"),
            "{:?}",
            draft.left
        );
    }
}

#[test]
fn a_composite_action_that_goes_to_two_places_is_read_for_each() {
    let action = format!(
        "inputs: {{ to: {{ required: true }} }}\nruns: {{ using: composite, steps: [ {{ {BUILD}, with: {{ push: true, tags: '${{{{ inputs.to }}}}:${{{{ steps.v.outputs.t }}}}' }} }} ] }}\n"
    );
    let job = |name: &str, condition: &str, to: &str| {
        format!(
            "  {name}: {{ if: \"{condition}\", steps: [ {{ uses: ./.github/actions/out, with: {{ to: '{to}' }} }} ] }}\n"
        )
    };
    let text = format!(
        "on: {{ push: {{ branches: [main], tags: ['v*'] }} }}\njobs:\n{}{}",
        job("dev", "github.ref_type == 'branch'", "dev.acme.example/app"),
        job("real", "github.ref_type == 'tag'", "quay.io/acme/app")
    );
    let holdings = Holdings {
        workflows: vec![file(".github/workflows/a.yml", &text)],
        called: vec![file(".github/actions/out/action.yml", &action)],
        ..Holdings::default()
    };
    let draft = draft(&holdings, &home());
    assert!(draft.text.contains("\nrepository = \"quay.io/acme/app\"\n"), "{}", draft.text);
    assert!(!draft.text.contains("mirrors = "), "{}", draft.text);
}

fn tagged(tags: &str) -> Draft {
    of(&[(
        ".github/workflows/a.yml",
        &format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs: {{ a: {{ steps: [ {{ name: Out, {BUILD}, with: {{ push: true, tags: \"{tags}\" }} }} ] }} }}\n"
        ),
    )])
}

#[test]
fn what_all_places_get_is_live_and_the_rest_is_told() {
    let tag = "${{ github.ref_name }}";
    let draft = tagged(&format!(
        "ghcr.io/acme/app:{tag},ghcr.io/acme/app:edge,quay.io/acme/app:{tag},quay.io/acme/app:latest"
    ));
    assert!(draft.text.contains("\nmirrors = [\"quay.io/acme/app\"]\n"), "{}", draft.text);
    assert!(draft.text.contains("release = [\n    \"{tag}\",\n]"), "{}", draft.text);
    for told in [
        "image app: tag: ghcr.io/acme/app:edge under `release`: quay.io/acme/app does not get it",
        "image app: tag: quay.io/acme/app:latest under `release`: ghcr.io/acme/app does not get it",
    ] {
        assert!(has_told(&draft, told), "{told}: {:?}", draft.left);
    }
    // Nothing that says which version it is goes to both: the place that has it is left.
    let draft = tagged(&format!("docker.io/acme/app:latest,ghcr.io/acme/app:{tag}"));
    assert!(draft.text.contains("\nrepository = \"ghcr.io/acme/app\"\n"), "{}", draft.text);
    assert!(!draft.text.contains("mirrors = "), "{}", draft.text);
    assert!(draft.text.contains("release = [\n    \"{tag}\",\n]"), "{}", draft.text);
    assert!(
        has_told(
            &draft,
            "image app: it goes to docker.io/acme/app under other tags (latest) than to ghcr.io/acme/app"
        ),
        "{:?}",
        draft.left
    );
    // The same everywhere is nothing to tell.
    assert_eq!(tagged(&format!("ghcr.io/acme/app:{tag},quay.io/acme/app:{tag}")).left, [""; 0]);
}

#[test]
fn a_branch_that_does_not_go_to_a_place_of_releases_takes_it_away() {
    let draft = of(&[(
        ".github/workflows/a.yml",
        &format!(
            "on: {{ push: {{ branches: [main], tags: ['v*'] }} }}\njobs:\n  a: {{ steps: [ {{ if: \"github.ref_type == 'tag'\", {BUILD}, with: {{ push: true, tags: 'ghcr.io/acme/app:${{{{ github.ref_name }}}},acme/app:${{{{ github.ref_name }}}}' }} }}, {{ if: \"github.ref_type == 'branch'\", {BUILD}, with: {{ push: true, tags: 'ghcr.io/acme/app:edge' }} }} ] }}\n"
        ),
    )]);
    assert!(draft.text.contains("\nrepository = \"ghcr.io/acme/app\"\n"), "{}", draft.text);
    assert!(!draft.text.contains("mirrors = "), "{}", draft.text);
    assert!(draft.text.contains("\"branch:main\" = [\n    \"edge\",\n]"), "{}", draft.text);
    assert!(
        has_told(&draft, "image app: image name: acme/app: it goes there on some occasions alone"),
        "{:?}",
        draft.left
    );
}

/// What a digest is joined to on every occasion, beside a tag of releases alone.
#[test]
fn a_further_tag_of_releases_takes_no_branch_away() {
    let draft = of(&[(
        ".github/workflows/a.yml",
        "on: { push: { branches: [main], tags: ['v*'] } }\nenv: { IMAGE: ghcr.io/acme/app }\njobs:\n  build:\n    steps:\n      - { uses: docker/build-push-action@v6, with: { outputs: 'type=image,name=ghcr.io/acme/app,push-by-digest=true,push=true' } }\n  merge:\n    needs: build\n    steps:\n      - { id: meta, uses: docker/metadata-action@v5, with: { images: '${{ env.IMAGE }}', tags: \"type=semver,pattern={{version}}\\ntype=ref,event=branch\" } }\n      - run: docker buildx imagetools create $(jq -cr '.tags | map(\"-t \" + .) | join(\" \")' <<< \"$DOCKER_METADATA_OUTPUT_JSON\") $(printf '${{ env.IMAGE }}@sha256:%s ' *)\n      - { if: \"github.ref_type == 'tag'\", run: 'docker buildx imagetools create -t ghcr.io/acme/app:stable ghcr.io/acme/app:${{ github.ref_name }}' }\n",
    )]);
    assert!(draft.text.contains("\"branch:main\" = [\n    \"type=ref,event=branch\",\n]"), "{}", draft.text);
    assert!(draft.text.contains("\"stable\""), "{}", draft.text);
    assert_eq!(draft.left, [""; 0]);
}

fn of_goreleaser(text: &str) -> Draft {
    let goreleaser = Some(GoreleaserFile::beside(file(".goreleaser.yaml", text), None, None));
    let workflows = vec![file(
        ".github/workflows/a.yml",
        "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [ { uses: goreleaser/goreleaser-action@v6 } ] } }\n",
    )];
    let dockerfiles = vec!["Dockerfile".to_owned()];
    draft(&Holdings { goreleaser, workflows, dockerfiles, ..Holdings::default() }, &home())
}

#[test]
fn beside_an_image_of_goreleaser_whose_name_is_not_read_the_own_place_is_a_guess() {
    let draft =
        of_goreleaser("dockers:\n  - { image_templates: ['{{ .Env.SOMEWHERE }}/tool:{{ .Tag }}'] }\n");
    assert!(draft.text.contains("\n# repository = \"registry.example/tool\"  # a guess"), "{}", draft.text);
    let named = of_goreleaser("dockers:\n  - { image_templates: ['acme/{{ .ProjectName }}:{{ .Tag }}'] }\n");
    assert!(named.text.contains("\nrepository = \"docker.io/acme/app\"\n"), "{}", named.text);
}

#[test]
fn what_goreleaser_pushes_beside_its_manifests_is_told_and_what_it_does_not_push_is_no_image() {
    let draft = of_goreleaser(
        "dockers:\n  - { image_templates: ['acme/tool:{{ .Tag }}-amd64', 'quay.io/acme/tool:{{ .Tag }}'] }\n  - { goarch: arm64, image_templates: ['acme/tool:{{ .Tag }}-arm64'], skip_push: auto }\n  - { image_templates: ['acme/other:{{ .Tag }}'], skip_push: true }\ndocker_manifests:\n  - { name_template: 'acme/tool:{{ .Tag }}', image_templates: ['acme/tool:{{ .Tag }}-amd64', 'acme/tool:{{ .Tag }}-arm64'] }\n  - { name_template: 'acme/tool:old', image_templates: ['acme/tool:{{ .Tag }}-amd64'], skip_push: 'true' }\n",
    );
    assert_eq!(draft.images, ["tool"]);
    assert!(draft.text.contains("\nrepository = \"docker.io/acme/tool\"\n"), "{}", draft.text);
    assert!(draft.text.contains("release = [\n    \"{tag}\",\n]"), "{}", draft.text);
    assert!(!draft.text.contains("\nmirrors"), "{}", draft.text);
    for told in [
        ".goreleaser.yaml: it pushes acme/tool:{tag}-amd64, acme/tool:{tag}-arm64 for `release`, and nothing here does",
        ".goreleaser.yaml: it pushes quay.io/acme/tool:{tag} for `release`, and nothing here does",
        ".goreleaser.yaml: dockers: acme/other:{{ .Tag }}: `skip_push: true`: GoReleaser does not push it",
        ".goreleaser.yaml: docker_manifests: acme/tool:old: `skip_push: true`: GoReleaser does not push it",
        "`skip_push: auto`: GoReleaser pushes no prerelease of acme/tool:{{ .Tag }}-arm64",
    ] {
        assert!(has_told(&draft, told), "{told}: {:?}", draft.left);
    }
}

#[test]
fn what_is_released_has_the_name_and_what_is_not_another() {
    let step = |file: &str, on: &str, tag: &str| {
        format!(
            "{{ if: \"{on}\", {BUILD}, with: {{ push: true, file: {file}, tags: 'ghcr.io/acme/web:{tag}' }} }}"
        )
    };
    let text = format!(
        "on: {{ push: {{ branches: [main], tags: ['v*'] }} }}\njobs: {{ a: {{ steps: [ {}, {} ] }} }}\n",
        step("dev.Dockerfile", "github.ref_type == 'branch'", "dev"),
        step("Dockerfile", "github.ref_type == 'tag'", "${{ steps.v.outputs.t }}")
    );
    let draft = of(&[(".github/workflows/a.yml", &text)]);
    assert_eq!(draft.images, ["web"], "{}", draft.text);
    assert!(draft.text.contains("\n# name = \"web-2\"\n"), "{}", draft.text);
}

#[test]
fn what_a_row_of_a_matrix_does_not_have_is_nothing() {
    let draft = drafted(
        "on: { push: { tags: ['v*'] } }\njobs:\n  a:\n    strategy: { matrix: { include: [ { file: Dockerfile }, { file: slim.Dockerfile, suffix: -slim }, { file: big.Dockerfile, suffix: '' } ] } }\n    steps:\n      - { id: m, uses: docker/metadata-action@v5, with: { images: 'ghcr.io/acme/app', flavor: 'suffix=${{ matrix.suffix }}', tags: 'type=semver,pattern={{version}}' } }\n      - { uses: docker/build-push-action@v6, with: { push: true, file: '${{ matrix.file }}', tags: '${{ steps.m.outputs.tags }}' } }\n",
    );
    assert!(!has_told(&draft, "suffix="), "{:?}", draft.left);
}

#[test]
fn latest_that_no_step_pushes_does_not_go_with_rules() {
    let step = |id: &str, condition: &str, more: &str| {
        format!(
            "{{ id: {id}, if: \"{condition}\", uses: docker/metadata-action@v5, with: {{ images: ghcr.io/acme/app, {more} }} }}, {{ if: \"{condition}\", {BUILD}, with: {{ push: true, tags: '${{{{ steps.{id}.outputs.tags }}}}' }} }}"
        )
    };
    let text = format!(
        "on: {{ push: {{ branches: [main], tags: ['v*'] }} }}\njobs: {{ a: {{ steps: [ {}, {} ] }} }}\n",
        step("b", "github.ref_type == 'branch'", "tags: 'type=ref,event=branch'"),
        step(
            "r",
            "github.ref_type == 'tag'",
            "flavor: latest=false, tags: 'type=semver,pattern={{version}}'"
        )
    );
    let draft = of(&[(".github/workflows/a.yml", &text)]);
    assert!(draft.text.contains("flavor = [\"latest=false\"]"), "{}", draft.text);
}
