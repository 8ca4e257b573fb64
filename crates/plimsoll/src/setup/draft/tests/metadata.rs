//! What docker/metadata-action is told on some occasions alone.

use super::*;

/// The draft of rules for git tags, where a step hands on a value first.
fn with_value(run: &str, rules: &str) -> Draft {
    let rules: String = rules.lines().map(|line| format!("            {line}\n")).collect();
    drafted(&format!(
        "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n      - {{ id: prep, run: '{run}' }}\n      - id: meta\n        uses: docker/metadata-action@v5\n        with:\n          images: ghcr.io/acme/app\n          tags: |\n{rules}      - uses: docker/build-push-action@v6\n        with: {{ push: true, tags: '${{{{ steps.meta.outputs.tags }}}}' }}\n"
    ))
}

#[test]
fn a_value_that_is_the_version_brings_no_latest() {
    let value = "type=raw,value=${{ steps.prep.outputs.V }}";
    let major = "type=semver,pattern={{major}}";
    let version = "echo \"V=${GITHUB_REF_NAME#v}\" >> $GITHUB_OUTPUT";
    let tag = "echo \"V=${GITHUB_REF_NAME}\" >> $GITHUB_OUTPUT";
    for (run, rules, has_latest, rule) in [
        (version, value.to_owned(), false, "type=semver,pattern={{version}}"),
        (version, format!("{value}\n{major}"), false, "type=semver,pattern={{version}}"),
        (version, format!("{major}\n{value}"), true, "type=semver,pattern={{version}}"),
        (tag, value.to_owned(), true, "type=raw,value={{tag}}"),
    ] {
        let draft = with_value(run, &rules);
        assert!(draft.text.contains(&format!("\"{rule}\"")), "{run} {rules}: {}", draft.text);
        let is_without = draft.text.contains("flavor = [\"latest=false\"]");
        assert_eq!(is_without, !has_latest, "{run} {rules}: {}", draft.text);
        assert!(!draft.text.contains("type=ref,event=tag"), "{}", draft.text);
    }
    // What the step says is not known.
    let draft = with_value("echo \"V=$(./version.sh)\" >> $GITHUB_OUTPUT", value);
    assert!(draft.left.iter().any(|what| what.ends_with(value)), "{:?}", draft.left);
}

/// No rules at all, a flavor, and a chart releaser.
pub(super) const DEFAULTS: &str = r#"
on:
  push: { branches: [main], tags: ['v*'] }
  pull_request_target: { branches: [main] }
jobs:
  build:
    steps:
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: |
            ghcr.io/acme/app
            acme/app
          flavor: |
            latest=false
      - uses: docker/build-push-action@v6
        with: { context: ., push: true, tags: "${{ steps.meta.outputs.tags }}" }
  chart:
    steps:
      - uses: helm/chart-releaser-action@v1
        with: { charts_dir: deploy/charts }
"#;

/// The draft of an image whose names, flavor and rules are these, and which is pushed on these occasions.
fn named_on(on: &str, inputs: &str) -> Draft {
    drafted(&format!(
        "on: {on}\njobs:\n  a:\n    steps:\n      - id: m\n        uses: docker/metadata-action@v5\n        with:\n{inputs}      - uses: docker/build-push-action@v6\n        with: {{ push: true, tags: '${{{{ steps.m.outputs.tags }}}}' }}\n"
    ))
}

fn named(inputs: &str) -> Draft {
    named_on("{ push: { branches: [main], tags: ['v*'] } }", inputs)
}

#[test]
fn a_flavor_is_what_each_occasion_has() {
    let of = |latest: &str| {
        named(&format!(
            "          images: ghcr.io/acme/app\n          flavor: latest=${{{{ {latest} }}}}\n          tags: |\n            type=semver,pattern={{{{version}}}}\n            type=ref,event=branch\n"
        ))
        .text
    };
    let text = of("github.ref == 'refs/heads/main'");
    let release = "release = [\n    \"type=semver,pattern={{version}}\",\n]";
    let branch = "\"branch:main\" = [\n    \"type=ref,event=branch\",\n    \"type=raw,value=latest\",\n]";
    assert!(text.contains("latest=false") && text.contains(release) && text.contains(branch), "{text}");
    let text = of("startsWith(github.ref, 'refs/tags/v')");
    let release = "release = [\n    \"type=semver,pattern={{version}}\",\n    \"type=raw,value=latest\",\n]";
    let branch = "\"branch:main\" = [\n    \"type=ref,event=branch\",\n]";
    assert!(text.contains("latest=false") && text.contains(release) && text.contains(branch), "{text}");
    let text = of("vars.LATEST");
    assert!(
        text.contains("flavor = [\"latest=false\"]") && text.contains("`latest=false` is taken"),
        "{text}"
    );
}

#[test]
fn a_name_for_releases_is_the_one_where_no_other_is_for_all() {
    let tags =
        "          tags: |\n            type=semver,pattern={{version}}\n            type=ref,event=branch\n";
    let dev = "            name=dev.example/acme/app,enable=${{ github.ref_type == 'branch' }}\n";
    let real = "            name=ghcr.io/acme/app,enable=${{ github.ref_type == 'tag' }}\n";
    for names in [format!("{dev}{real}"), format!("{real}{dev}"), real.to_owned()] {
        let draft = named(&format!("          images: |\n{names}{tags}"));
        assert!(draft.text.contains("\nrepository = \"ghcr.io/acme/app\"\n"), "{}", draft.text);
        assert!(!draft.text.contains("\"branch:main\""), "{}", draft.text);
        let told = draft.left.iter().any(|what| what.contains("image name: name=dev.example"));
        assert_eq!(told, names.contains("dev"), "{:?}", draft.left);
    }
}

#[test]
fn a_value_that_is_the_git_tags_is_no_other_than_that() {
    let draft = named(
        "          images: ghcr.io/acme/app\n          tags: type=semver,pattern={{version}},value=${{ needs.x.outputs.tag_name }}\n",
    );
    assert!(draft.text.contains("\"type=semver,pattern={{version}}\",\n"), "{}", draft.text);
    assert!(!draft.left.iter().any(|what| what.contains("tag_name")), "{:?}", draft.left);
}

#[test]
fn the_edge_of_a_branch_that_is_not_known_is_told() {
    let draft = named_on(
        "{ push: { branches: [trunk, next], tags: ['v*'] } }",
        "          images: ghcr.io/acme/app\n          tags: |\n            type=semver,pattern={{version}}\n            type=edge\n",
    );
    let told = draft.left.iter().any(|what| what.contains("type=edge") && what.contains("default one"));
    assert!(told, "{:?}", draft.left);
}

#[test]
fn without_rules_those_of_the_action_are_meant() {
    insta::assert_snapshot!(drafted(DEFAULTS).text, @r#"
    # Drafted by `plimsoll init` from
    #   .github/workflows/images.yml
    # Read it, then ask `plimsoll check`.

    required-version = ">=0.1, <0.2"

    [project]
    name = "app"

    [[image]]
    name = "app"
    repository = "ghcr.io/acme/app"
    mirrors = ["docker.io/acme/app"]
    platforms = ["linux/amd64"]
    dockerfile = "Dockerfile"
    context = "."
    flavor = ["latest=false"]

    [image.tags]
    release = [
        "type=ref,event=tag",
    ]
    "branch:main" = [
        "type=ref,event=branch",
    ]
    pull-request = [
        "type=ref,event=pr",
    ]

    # What could not be carried over:
    # - charts are published, and there is no Chart.yaml
    "#);
}
