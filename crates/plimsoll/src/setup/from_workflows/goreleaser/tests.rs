use super::*;
use crate::setup::from_workflows::{Sources, WorkflowFile, carry};

fn found(text: &str) -> Found {
    let file = WorkflowFile { path: ".goreleaser.yaml".into(), text: text.into() };
    find(&GoreleaserFile::beside(file, None, None), None, &Environment::default())
}

/// Repositories, platforms, and tags of releases, of each image.
fn shown(found: &Found) -> Vec<String> {
    let image = |image: &DraftImage| {
        let rules: Vec<&str> = image.rules.0.values().flatten().map(|rule| rule.text.as_str()).collect();
        format!(
            "{} {} {} {}",
            image.repositories.join("+"),
            image.dockerfile.as_deref().unwrap_or("-"),
            image.platforms.join("+"),
            rules.join("+")
        )
    };
    found.images.iter().map(image).collect()
}

#[test]
fn a_manifest_joins_the_images_of_platforms() {
    let found = found(
        r#"
project_name: tool
env: ["REPO=ghcr.io/acme"]
dockers:
  - { image_templates: ["acme/tool:{{ .Tag }}-amd64", "ghcr.io/acme/tool:{{ .Tag }}-amd64"], build_flag_templates: ["--platform=linux/amd64", "--build-arg=FLAVOUR=full", "--build-arg=VCS_REF={{.Commit}}", "--build-arg=AT={{ .Date }}", "--label=org.opencontainers.image.title={{ .ProjectName }}", "--squash"] }
  - { goarch: arm64, image_templates: ["acme/tool:{{ .Tag }}-arm64", "ghcr.io/acme/tool:{{ .Tag }}-arm64"], build_flag_templates: ["--platform=linux/arm64/v8", "--build-arg=FLAVOUR=full"] }
  - { image_templates: ["{{ .Env.REPO }}/tool-debug:v{{ .Major }}"], dockerfile: debug.Dockerfile, extra_files: [run.sh] }
docker_manifests:
  - { name_template: "acme/tool:latest", image_templates: ["acme/tool:{{ .Tag }}-amd64", "acme/tool:{{ .Tag }}-arm64"] }
  - { name_template: "ghcr.io/acme/tool:{{ .Version }}", image_templates: ["ghcr.io/acme/tool:{{ .Tag }}-amd64", "ghcr.io/acme/tool:{{ .Tag }}-arm64"] }
archives: [{ formats: [zip] }]
brews: [{ name: tool }]
"#,
    );
    assert_eq!(
        shown(&found),
        [
            "acme/tool+ghcr.io/acme/tool Dockerfile linux/amd64+linux/arm64 latest+{version}",
            "ghcr.io/acme/tool-debug debug.Dockerfile linux/amd64 v{major}",
        ]
    );
    let tool = &found.images[0];
    assert_eq!(tool.build_args, [("FLAVOUR".to_owned(), "full".to_owned())]);
    assert_eq!(tool.labels, [("org.opencontainers.image.title".to_owned(), "tool".to_owned())]);
    assert!(tool.left.contains(&"build argument: AT={{ .Date }}".to_owned()), "{:?}", tool.left);
    assert!(tool.left.contains(&"build flag: --squash".to_owned()), "{:?}", tool.left);
    assert_eq!(
        found.left,
        [".goreleaser.yaml: archives, brews: GoReleaser goes on to make and publish them"]
    );
    assert_eq!(found.page, Some(Page::ByGoreleaser));
}

#[test]
fn a_name_with_docker_hub_in_it_is_the_one_without() {
    let found = found(
        r#"
dockers:
  - { image_templates: ["docker.io/acme/tool:{{ .Version }}-amd64"], build_flag_templates: ["--platform=linux/amd64"] }
  - { goarch: arm64, image_templates: ["docker.io/acme/tool:{{ .Version }}-arm64"], build_flag_templates: ["--platform=linux/arm64"] }
docker_manifests:
  - { name_template: "acme/tool:{{ .Version }}", image_templates: ["acme/tool:{{ .Version }}-amd64", "acme/tool:{{ .Version }}-arm64"] }
"#,
    );
    assert_eq!(shown(&found), ["acme/tool Dockerfile linux/amd64+linux/arm64 {version}"]);
}

#[test]
fn whole_images_and_those_of_ko_are_read() {
    let found = found(
        r#"
release: { disable: true }
dockers_v2:
  - images: [ghcr.io/acme/tool, acme/tool]
    tags: ["v{{ .Version }}", "{{ if .IsNightly }}nightly{{ end }}"]
    platforms: [linux/amd64, linux/arm64]
    labels: { org.example.a: b, org.opencontainers.image.version: "{{ .Version }}" }
kos:
  - { repository: ghcr.io/acme/ko, build: tool, bare: true, tags: ["{{ if not .Prerelease }}latest{{ end }}", "{{.Tag}}"], platforms: [linux/arm64] }
"#,
    );
    assert_eq!(
        shown(&found),
        [
            "ghcr.io/acme/tool+acme/tool Dockerfile linux/amd64+linux/arm64 v{version}",
            "ghcr.io/acme/ko - linux/arm64 latest+{tag}",
        ]
    );
    assert!(
        found.images[0].left.iter().any(|what| what.contains("if .IsNightly")),
        "{:?}",
        found.images[0].left
    );
    assert_eq!(found.images[0].labels.len(), 1);
    assert_eq!(found.images[1].program.as_deref(), Some("tool"));
    assert_eq!(found.page, None);
}

#[test]
fn what_snapshots_and_nightlies_alone_have_is_no_tag_of_releases() {
    let found = found(
        r#"
project_name: tool
dockers:
  - { image_templates: ["{{ if not .IsSnapshot }}acme/tool:{{ .Version }}-amd64{{ end }}", "{{ if .IsSnapshot }}acme/tool:snapshot{{ end }}"] }
docker_manifests:
  - { name_template: "{{ if not .IsSnapshot }}acme/tool:{{ .Version }}{{ end }}", image_templates: ["acme/tool:{{ .Version }}-amd64"] }
  - { name_template: "acme/tool:{{ if not .Prerelease }}stable{{ else }}unstable{{ end }}", image_templates: ["acme/tool:{{ .Version }}-amd64"] }
"#,
    );
    assert_eq!(shown(&found), ["acme/tool Dockerfile linux/amd64 {version}+stable"]);
    for told in
        ["acme/tool:snapshot{{ end }} (no release has it)", "of a prerelease it is acme/tool:unstable"]
    {
        assert!(found.images[0].left.iter().any(|what| what.contains(told)), "{:?}", found.images[0].left);
    }
    assert!(!found.unread);
}

#[test]
fn an_image_without_a_name_that_is_read_is_one_of_which_nobody_knows() {
    for text in [
        "dockers: [{ image_templates: ['{{ .Date }}:{{ .Tag }}'] }]",
        "dockers_v2: [{ images: ['{{ .Env.PLACE }}'], tags: ['{{ .Tag }}'] }]",
        "includes: [{ from_file: { path: other.yaml } }]",
        "dockers: [",
    ] {
        let found = found(text);
        assert!(found.unread && found.images.is_empty() && !found.left.is_empty(), "{text}");
    }
    let found = found("dockers: [{ image_templates: ['acme/{{ .ProjectName }}:{{ .Tag }}'] }]");
    assert_eq!(shown(&found), ["acme/${{ .ProjectName }} Dockerfile linux/amd64 {tag}"]);
    assert!(found.unread);
}

#[test]
fn what_is_no_yaml_is_told() {
    assert!(found("dockers: [").left[0].starts_with("`.goreleaser.yaml` is no YAML"));
}

#[test]
fn what_only_other_runs_push_is_no_image_of_releases() {
    let file = |path: &str, text: &str| WorkflowFile { path: path.into(), text: text.into() };
    let run = |on: &str, env: &str| {
        format!(
            "on: {{ push: {{ {on} }} }}\njobs: {{ a: {{ steps: [ {{ uses: goreleaser/goreleaser-action@v6, with: {{ args: release }}, env: {{ {env} }} }} ] }} }}"
        )
    };
    let goreleaser = GoreleaserFile::beside(
        file(
            ".goreleaser.yaml",
            r#"
dockers_v2:
  - { images: [acme/tool], tags: ["{{ .Tag }}"], disable: '{{ if index .Env "NEXT" }}true{{ end }}' }
  - { images: [acme/tool], tags: [next], dockerfile: next.Dockerfile, disable: '{{ if not (index .Env "NEXT") }}true{{ end }}' }
  - { images: [acme/extra], tags: ["{{ .Tag }}"], dockerfile: extra.Dockerfile, disable: '{{ envOrDefault "LITE" "false" }}' }
"#,
        ),
        None,
        None,
    );
    let carried = |release: &str| {
        let workflows = [
            file("next.yml", &run("branches: [main]", "NEXT: 'true'")),
            file("release.yml", &run("tags: ['v*']", release)),
        ];
        let sources = Sources { workflows: &workflows, goreleaser: Some(&goreleaser), ..Sources::default() };
        let carried = carry(&sources);
        let places = carried
            .images
            .iter()
            .map(|image| format!("{} {:?}", image.repositories.join("+"), image.dockerfile));
        (places.collect::<Vec<_>>().join(", "), carried.left.join("\n"))
    };
    let (images, left) = carried("TOKEN: a");
    assert_eq!(images, "acme/tool Some(\"Dockerfile\"), acme/extra Some(\"extra.Dockerfile\")");
    assert!(left.contains("dockers_v2: acme/tool: `disable: {{ if not (index .Env \"NEXT\") }}true{{ end }}`: GoReleaser does not push it"), "{left}");
    let (images, _) = carried("LITE: 'true'");
    assert_eq!(images, "acme/tool Some(\"Dockerfile\")");
    // Nobody knows: what is drafted is what nothing else is known to push.
    let (images, left) = carried("NEXT: '${{ vars.NEXT }}', LITE: '${{ vars.LITE }}'");
    assert_eq!(images, "acme/tool Some(\"Dockerfile\"), acme/extra Some(\"extra.Dockerfile\")");
    assert_eq!(left.matches("GoReleaser alone knows whether it pushes it").count(), 3, "{left}");
}
