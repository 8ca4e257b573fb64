mod called;
mod carried;
mod chart_places;
mod joined;
mod law;
mod metadata;
mod occasions;
mod other_tags;
mod pipelines;
mod pushes;
mod release_pages;
mod scripts;
mod values;

use self::metadata::DEFAULTS;
use super::*;
use crate::setup::from_workflows::WorkflowFile;

fn home() -> Home {
    Home { name: "app".into(), repository: Some("acme/app".into()), ..Home::default() }
}

fn drafted(text: &str) -> Draft {
    let files = [WorkflowFile { path: ".github/workflows/images.yml".into(), text: text.into() }];
    let holdings = Holdings { workflows: files.into(), ..Holdings::default() };
    draft(&holdings, &home())
}

/// A release of one image with rules, a pull-request build of its own, and a chart script.
const RULES_AND_CHART: &str = r#"
on:
  push: { branches: [ main ], tags: [ 'v*' ] }
  pull_request:
jobs:
  docker:
    if: ${{ !endsWith(github.ref_name, '-stable') }}
    steps:
      - uses: actions/checkout@v4
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: ghcr.io/${{ github.repository }}
          tags: |
            type=ref,event=branch
            type=ref,event=pr
            type=semver,pattern={{version}}
            type=semver,pattern={{major}}.{{minor}}
            type=semver,pattern={{major}},enable=${{ !startsWith(github.ref, 'refs/tags/v0.') }}
            type=raw,value=latest,enable=${{ github.actor == 'ann' }}
            type=sha
      - name: Build
        uses: docker/build-push-action@v6
        with:
          context: .
          push: true
          platforms: linux/amd64,linux/arm64
          tags: ${{ steps.meta.outputs.tags }}
          labels: ${{ steps.meta.outputs.labels }}
          build-args: |
            FLAVOUR=full
          cache-from: type=gha
      - name: Chart
        run: helm package deploy/helm/app && helm push app.tgz oci://ghcr.io/acme/charts
"#;

#[test]
fn rules_stand_under_their_occasions() {
    insta::assert_snapshot!(drafted(RULES_AND_CHART).text, @r#"
    # Drafted by `plimsoll init` from
    #   .github/workflows/images.yml
    # Read it, then ask `plimsoll check`.

    required-version = ">=0.1, <0.2"

    [project]
    name = "app"

    [tags]
    stable = "v{version}-stable"

    [[image]]
    name = "app"
    repository = "ghcr.io/acme/app"
    platforms = ["linux/amd64", "linux/arm64"]
    dockerfile = "Dockerfile"
    context = "."
    cache-from = ["type=gha"]
    build-args = { "FLAVOUR" = "full" }

    [image.tags]
    release = [
        "type=semver,pattern={{version}}",
        "type=semver,pattern={{major}}.{{minor}}",
        "type=semver,pattern={{major}}",
        "type=sha",
    ]
    "branch:main" = [
        "type=ref,event=branch",
        "type=sha",
    ]
    pull-request = [
        "type=ref,event=pr",
        "type=sha",
    ]

    # What could not be carried over:
    # - image app: rule: type=raw,value=latest,enable=${{ github.actor == 'ann' }}
    # - charts are published, and there is no Chart.yaml
    "#);
}

/// Two images from a matrix, named by variables.
const MATRIX: &str = r#"
on: { push: { branches: [main], tags: ['v*.*.*'] } }
env: { REGISTRY: ghcr.io, IMAGE_NAME: "${{ github.repository }}" }
jobs:
  images:
    strategy:
      matrix:
        include:
          - { service: backend, context: ./backend, dockerfile: docker/backend.Dockerfile, image_suffix: -backend }
          - { service: frontend, context: ./frontend, dockerfile: docker/frontend.Dockerfile, image_suffix: -frontend }
    steps:
      - id: meta
        uses: docker/metadata-action@0123456789abcdef0123456789abcdef01234567
        with:
          images: ${{ env.REGISTRY }}/${{ env.IMAGE_NAME }}${{ matrix.image_suffix }}
          tags: |
            type=semver,pattern={{version}}
            type=ref,event=branch
            type=sha,format=long
      - uses: docker/build-push-action@v6
        with:
          context: ${{ matrix.context }}
          push: true
          file: ${{ matrix.dockerfile }}
          platforms: linux/amd64
          tags: ${{ steps.meta.outputs.tags }}
          build-args: BUILD_DATE=${{ steps.meta.outputs.created }}
"#;

#[test]
fn a_matrix_makes_several_images() {
    insta::assert_snapshot!(drafted(MATRIX).text, @r#"
    # Drafted by `plimsoll init` from
    #   .github/workflows/images.yml
    # Read it, then ask `plimsoll check`.

    required-version = ">=0.1, <0.2"

    [project]
    name = "app"

    [[image]]
    name = "app-backend"
    repository = "ghcr.io/acme/app-backend"
    platforms = ["linux/amd64"]
    dockerfile = "docker/backend.Dockerfile"
    context = "backend"

    [image.tags]
    release = [
        "type=semver,pattern={{version}}",
        "type=sha,format=long",
    ]
    "branch:main" = [
        "type=ref,event=branch",
        "type=sha,format=long",
    ]

    [[image]]
    name = "app-frontend"
    repository = "ghcr.io/acme/app-frontend"
    platforms = ["linux/amd64"]
    dockerfile = "docker/frontend.Dockerfile"
    context = "frontend"

    [image.tags]
    release = [
        "type=semver,pattern={{version}}",
        "type=sha,format=long",
    ]
    "branch:main" = [
        "type=ref,event=branch",
        "type=sha,format=long",
    ]
    "#);
}

/// Tags that are written out, with versions that steps compute.
const WRITTEN_OUT: &str = r#"
on: { release: { types: [published] } }
env: { IMAGE: Acme/App }
jobs:
  build:
    steps:
      - uses: docker/build-push-action@v5
        with:
          context: .
          push: true
          tags: |
            ${{ env.IMAGE }}:${{ steps.tag.outputs.version }}
            ${{ env.IMAGE }}:sha-${{ steps.sha.outputs.sha }}
            ${{ env.IMAGE }}:latest
            ${{ env.IMAGE }}:${{ steps.odd.outputs.thing }}
          labels: |
            org.opencontainers.image.title=App
            org.opencontainers.image.version=${{ steps.tag.outputs.version }}
            org.example.run=${{ github.run_id }}
            org.example.from={{tag}}@{{sha}}
            org.example.odd={{version}}
          annotations: |
            index:org.example.repository=${{ github.repository }}
            org.opencontainers.image.created=${{ steps.tag.outputs.created }}
          build-args: |
            VERSION=${{ steps.tag.outputs.version }}
            RUN=${{ github.run_id }}
      - name: Page
        uses: softprops/action-gh-release@v2
"#;

#[test]
fn tags_that_are_written_out_become_templates() {
    insta::assert_snapshot!(drafted(WRITTEN_OUT).text, @r#"
    # Drafted by `plimsoll init` from
    #   .github/workflows/images.yml
    # Read it, then ask `plimsoll check`.

    required-version = ">=0.1, <0.2"

    [project]
    name = "app"

    [[image]]
    name = "app"
    repository = "docker.io/acme/app"
    platforms = ["linux/amd64"]
    dockerfile = "Dockerfile"
    context = "."
    labels = { "org.opencontainers.image.title" = "App", "org.example.from" = "{{tag}}@{{sha}}" }
    annotations = { "org.example.repository" = "acme/app" }

    [image.tags]
    release = [
        "{version}",
        "sha-{sha}",
        "latest",
    ]

    # What could not be carried over:
    # - image app: tag: Acme/App:${{ steps.odd.outputs.thing }}
    # - image app: label: org.example.run=${{ github.run_id }}
    # - image app: label: org.example.odd={{version}}
    # - image app: build-args: RUN=${{ github.run_id }}
    # - .github/workflows/images.yml: step `Page` (softprops/action-gh-release)
    "#);
}

#[test]
fn workflows_without_images_say_nothing() {
    let silent =
        drafted("on: push\njobs: { test: { steps: [ { uses: actions/checkout@v4 }, { run: make test } ] } }");
    assert_eq!((silent.images, silent.left), (vec![], vec![]));
    let broken = vec![WorkflowFile { path: "x.yml".into(), text: "a: [".into() }];
    let broken = draft(&Holdings { workflows: broken, ..Holdings::default() }, &home());
    assert!(broken.left[0].starts_with("`x.yml` is no YAML"), "{:?}", broken.left);
}

/// What a workflow is left with, and the text.
fn left_of(text: &str) -> (Vec<String>, String) {
    let draft = drafted(text);
    let left = draft.left.iter().map(|what| what.replace(".github/workflows/images.yml: ", ""));
    (left.collect(), draft.text)
}

#[test]
fn what_works_around_a_push_is_told() {
    let (left, text) = left_of(
        r#"
on: { push: { tags: ['v*'], branches: [main, 'feature/**'] }, schedule: [{ cron: '0 0 * * *' }] }
jobs:
  docker:
    environment: production
    steps:
      - uses: actions/checkout@v4
        with: { submodules: recursive }
      - run: echo "x=1" >> $GITHUB_OUTPUT
      - { name: Bundle, run: npm run build }
      - uses: docker/login-action@v3
        with: { username: "${{ vars.HUB_USER }}", password: "${{ secrets.HUB_TOKEN }}" }
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: acme/app
          tags: |
            type=semver,pattern={{version}}
            type=schedule,pattern=nightly
            type=match,pattern=v(\d+\.\d+),group=1
            type=match,pattern=hotfix-(\d+),group=1,prefix=hf-
            type=match,pattern=(one|two),group=1
      - uses: docker/build-push-action@v6
        with:
          push: true
          cache-from: type=gha
          tags: |
            ${{ steps.meta.outputs.tags }}
            ghcr.io/acme/second:latest
"#,
    );
    insta::assert_snapshot!(left.join("\n"), @r#"
    image app: rule: type=schedule,pattern=nightly (nothing is published on a schedule)
    image app: rule: type=match,pattern=hotfix-(\d+),group=1,prefix=hf- (no git tag of the version pattern fits it)
    image app: rule: type=match,pattern=(one|two),group=1 (no git tag of the version pattern fits it)
    image app: tag: ghcr.io/acme/second:latest
    image app: branches feature/**: here one branch has rules by its name (`"branch:NAME"`), or all of them have (`"branch:*"`): these are not published
    environment `production`: its secrets and who has to agree
    checkout with submodules: recursive
    step `Bundle`: what it makes is not in the commit that the image is built from
    "#);
    assert!(text.contains("\"type=semver,pattern={{major}}.{{minor}}\""), "{text}");
}

#[test]
fn an_image_without_a_known_home_keeps_its_rules() {
    let text =
        RULES_AND_CHART.replace("ghcr.io/${{ github.repository }}", "${{ steps.names.outputs.images }}");
    let (left, text) = left_of(&text);
    assert!(
        text.contains("repository = \"registry.example/app\"") && text.contains("\"type=sha\""),
        "{text}"
    );
    assert!(left.iter().any(|what| what.contains("registry.example/app is a guess")), "{left:?}");
}

#[test]
fn a_workflow_that_is_called_knows_what_its_callers_know() {
    let file = |path: &str, text: &str| WorkflowFile { path: path.into(), text: text.into() };
    let workflows = vec![
        file(
            ".github/workflows/image.yml",
            "on: { workflow_call: { inputs: { image: { type: string }, file: { type: string, default: Dockerfile.web } } } }\njobs: { a: { steps: [ { uses: docker/build-push-action@v6, with: { push: true, file: '${{ inputs.file }}', tags: '${{ inputs.image }}:${{ github.ref_name }}' } } ] } }\n",
        ),
        file(
            ".github/workflows/release.yml",
            "on: { push: { tags: ['v*'] } }\njobs: { web: { uses: ./.github/workflows/image.yml, with: { image: ghcr.io/acme/web } }, other: { uses: acme/shared/.github/workflows/docker.yml@v1 } }\n",
        ),
    ];
    let draft = draft(&Holdings { workflows, ..Holdings::default() }, &home());
    assert!(draft.text.contains("repository = \"ghcr.io/acme/web\"\n"), "{}", draft.text);
    assert!(draft.text.contains("dockerfile = \"Dockerfile.web\"\n"), "{}", draft.text);
    assert!(draft.text.contains("release = [\n    \"{tag}\",\n]"), "{}", draft.text);
    assert_eq!(
        draft.left,
        [
            ".github/workflows/release.yml: a job is acme/shared/.github/workflows/docker.yml@v1, which lies elsewhere"
        ]
    );
}

#[test]
fn pushes_that_are_not_understood_are_told() {
    let releasing = "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [ { uses: goreleaser/goreleaser-action@v6 } ] } }";
    let files = vec![WorkflowFile { path: "release.yml".into(), text: releasing.into() }];
    let holdings =
        Holdings { workflows: files, dockerfiles: vec!["Dockerfile".into()], ..Holdings::default() };
    let draft = draft(&holdings, &home());
    assert_eq!(
        draft.left,
        [
            "image app: platforms and tags are a guess from Dockerfile: compare what release.yml pushes",
            "image app: where it goes: no workflow says it in words that are understood: registry.example/app is a guess, and a comment: write `repository`, or begin anew with `--registry`",
            "release.yml: job `a`: step `goreleaser/goreleaser-action` runs GoReleaser, whose file is not at hand",
        ]
    );
}

#[test]
fn what_is_drafted_is_read_as_it_was_meant() {
    for text in [RULES_AND_CHART, MATRIX, WRITTEN_OUT, DEFAULTS] {
        let draft = drafted(text);
        let texts: &plimsoll_engine::document::version_file::Texts<'_> = &|_| None;
        let surroundings = crate::config::Surroundings { directory: Some("app"), remote: None, texts };
        let problems =
            crate::config::parse("plimsoll.toml", &draft.text, surroundings).err().unwrap_or_default();
        let wrong = problems
            .iter()
            .filter(|problem| problem.severity == plimsoll_engine::domain::diagnostic::Severity::Error);
        assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&_>::new(), "{}", draft.text);
    }
}

#[test]
fn a_chart_keeps_the_git_tags_that_it_has() {
    let releasing = "on: { push: { branches: [main] } }\njobs: { a: { steps: [ { uses: helm/chart-releaser-action@v1, with: { install_only: true } } ] } }";
    let files = [WorkflowFile { path: ".github/workflows/chart.yml".into(), text: releasing.into() }];
    let found = |tags: &[&str]| {
        let chart = crate::setup::holdings::FoundChart {
            path: "charts/app".into(),
            name: Some("app".into()),
            unlocked: vec!["db".into()],
            ..crate::setup::holdings::FoundChart::default()
        };
        let tags = tags.iter().map(|&tag| tag.to_owned()).collect();
        draft(
            &Holdings { workflows: files.clone().into(), charts: vec![chart], tags, ..Holdings::default() },
            &home(),
        )
    };
    for (tags, want) in [
        (&[][..], "app-{version}"),
        (&["v1.0.0", "app-helm-chart-1.0.0"], "app-helm-chart-{version}"),
        (&["v1.0.0", "app-1.0.0", "app-helm-chart-0.9.0"], "app-{version}"),
    ] {
        let text = found(tags).text;
        assert!(text.contains(&format!("git-tag = \"{want}\"")), "{text}");
        assert!(text.contains("chart charts/app: nothing says which db it is released with"), "{text}");
    }
}
