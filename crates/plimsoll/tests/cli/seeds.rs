//! Releases as five projects describe theirs, each as a repository of its own in `seeds/`: what is drafted for them, and what
//! of them is left.

use insta::assert_snapshot;
use plimsoll_testkit::process::Output;
use serde_json::Value;

use crate::carried_over::{unpack, without_dockerfiles};
use crate::init::checksums;
use crate::scene::Scene;

/// A repository that was moved over, no line edited.
struct Moved {
    scene: Scene,
    answer: Value,
}

impl Moved {
    fn over(text: &str) -> Moved {
        let scene = unpack(text);
        let output = scene.plimsoll("init -o json").args(["--checksums", &checksums(&scene)]).run();
        let answer = serde_json::from_str(output.stdout()).unwrap_or_else(|_| panic!("{}", output.stderr()));
        let moved = Moved { scene, answer };
        moved.passes(&moved.scene.run("check"));
        moved
    }

    /// What `init` wrote, without its first lines, which are the same for all.
    fn config(&self) -> String {
        let text = self.scene.read("plimsoll.toml");
        text.split_once("\n[project]")
            .unwrap()
            .1
            .split("\n# What could not")
            .next()
            .unwrap()
            .trim()
            .to_owned()
    }

    /// What could not be carried over, as it is said and as it stands in the file.
    fn left(&self) -> String {
        let text = self.scene.read("plimsoll.toml");
        let left: Vec<&str> =
            self.answer["left"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        for what in &left {
            assert!(text.contains(&format!("# - {}\n", what.replace('\n', " "))), "{what}\n{text}");
        }
        left.join("\n")
    }

    /// What releases from now on.
    fn release_workflow(&self) -> String {
        self.scene.read(".github/workflows/plimsoll-release.yml")
    }

    /// Rehearses a tag; base images can't be had here.
    fn rehearse(&self, tag: &str) {
        self.scene.repo.write("plimsoll.toml", without_dockerfiles(&self.scene.read("plimsoll.toml")));
        self.scene.repo.commit("moved over");
        self.passes(&self.scene.run(&format!("plan {tag} --local")));
        self.passes(&self.scene.run(&format!("rehearse {tag}")));
    }

    #[track_caller]
    fn passes(&self, output: &Output) {
        assert_eq!(output.code(), Some(0), "{}\n{}", output.stderr(), self.scene.read("plimsoll.toml"));
    }
}

#[test]
fn a_page_starts_it() {
    let moved = Moved::over(include_str!("seeds/page-starts-it.txt"));
    assert_snapshot!(moved.config(), @r#"
    name = "shell"

    [version]
    scheme = "pep440"

    [tags]
    prerelease = true

    [[image]]
    name = "shell"
    repository = "docker.io/acme/shell"
    platforms = ["linux/amd64", "linux/arm64"]
    dockerfile = "Dockerfile"
    context = "."
    labels = { "org.opencontainers.image.title" = "Shell" }

    [image.tags]
    release = [
        "{version}",
        "sha-{sha}",
        "latest",
    ]

    [registries."docker.io"]
    username = "env:DOCKER_USERNAME"
    password = "env:DOCKER_PASSWORD"

    [forge]
    release = "version"

    [[deployment]]
    environment = "production"
    "#);
    assert_snapshot!(moved.left(), @r"
    .github/workflows/release.yml: environment `production`: its secrets and who has to agree
    git tags that are no versions, as v0.1.0.7-test: a version is spelled as PEP 440 spells it; 1 would be refused
    .github/workflows/release.yml: what job `image` does first has to succeed before a release: write its commands under [gates] source: actions/setup-python prepares its machine, example/install-poetry prepares its machine, step `Compare the version` is no plain command
    ");
    assert!(moved.release_workflow().contains("release:\n    types: [published]\n"));
    moved.rehearse("v0.2.0");
}

#[test]
fn the_chart_has_its_own_numbers() {
    let moved = Moved::over(include_str!("seeds/chart-and-signatures.txt"));
    assert_snapshot!(moved.config(), @r#"
    name = "guard"

    [[image]]
    name = "guard"
    repository = "ghcr.io/acme/guard"
    platforms = ["linux/amd64"]
    dockerfile = "Dockerfile"
    context = "."

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

    [registries."ghcr.io"]
    username = "env:GITHUB_REPOSITORY_OWNER"
    password = "env:PUSH_TOKEN"

    [[chart]]
    path = "deploy/charts/guard"
    image = { "image.digest" = "guard.digest" }
    version = "independent"
    git-tag = "guard-{version}"
    page = true
    http = { branch = "gh-pages", url = "https://acme.github.io/guard", packages = "page" }

    # [forge]
    # release = "version"               # a release page for each version
    "#);
    assert_snapshot!(moved.left(), @"
    .github/workflows/image.yaml: step `Upload bundles`: it runs `gh release upload`
    a release does not run these actions: .github/workflows/image.yaml, steps `Attest` (actions/attest-build-provenance), `Propose them` (example/create-pull-request)
    .github/workflows/image.yaml: step `Write the chart's values` runs afterwards, and no release runs it
    .github/workflows/chart-test.yaml: job `test` runs for releases and publishes no image and no chart: no release waits for that, unless its commands stand under [gates]
    compose file tests/registry/docker-compose.yaml: by its name not for releases
    ");
    assert!(moved.scene.run("check").stderr().contains("job `image` builds for a pull request of anybody"));
    moved.rehearse("v1.1.0");
}

#[test]
fn records_lie_in_the_repository() {
    let moved = Moved::over(include_str!("seeds/records-and-dstack.txt"));
    assert_snapshot!(moved.config(), @r#"
    name = "wallet"

    [[image]]
    name = "wallet"
    repository = "docker.io/acme/wallet"
    platforms = ["linux/amd64"]
    dockerfile = "Dockerfile"
    context = "."

    [image.tags]
    release = [
        "{version}",
        "latest",
    ]

    [[image]]
    name = "wallet-nginx"
    repository = "docker.io/acme/wallet-nginx"
    platforms = ["linux/amd64"]
    dockerfile = "nginx/Dockerfile"
    context = "nginx"

    [image.tags]
    release = [
        "{version}",
        "latest",
    ]

    [registries."docker.io"]
    username = "env:HUB_USER"
    password = "env:HUB_TOKEN"

    [compose]
    file = "deploy/docker-compose.yml"
    services = { "wallet" = "wallet", "nginx" = "wallet-nginx" }

    # As in releases/v1.0.0-app-compose.json.
    [app-compose]
    allowed-envs = ["API_KEY"]
    gateway-enabled = true
    kms-enabled = true
    manifest-version = "2"
    name = "wallet"
    public-logs = true
    runner = "docker-compose"

    # [gates]
    # source = ["npm ci", "npm test"]

    [forge]
    release = "version"
    "#);
    assert_snapshot!(moved.left(), @r#"
    .github/workflows/release.yml: step `softprops/action-gh-release` puts files on the release page, and no release does that: releases/*
    .github/workflows/release.yml: step `Commit them`: it runs `git push`
    .github/workflows/release.yml: step `softprops/action-gh-release`
    releases/v1.0.0-app-compose.json: `salt` = "7"
    .github/workflows/release.yml: job `test` has to succeed before a release: [gates] source is a comment: actions/setup-node prepares its machine
    .github/workflows/release.yml: step `Write the records` runs afterwards, and no release runs it
    "#);
}

#[test]
fn a_second_tag_promotes() {
    let moved = Moved::over(include_str!("seeds/stable-promotes.txt"));
    assert_snapshot!(moved.config(), @r#"
    name = "proxy"

    [tags]
    stable = "v{version}-stable"

    [[image]]
    name = "proxy"
    repository = "ghcr.io/acme/proxy"
    platforms = ["linux/amd64", "linux/arm64"]
    dockerfile = "Dockerfile"
    context = "."

    [image.tags]
    release = [
        "type=semver,pattern=v{{version}}",
        "type=semver,pattern={{major}}.{{minor}}",
        "type=sha",
    ]
    "branch:main" = [
        "type=ref,event=branch",
        "type=sha",
    ]
    pull-request = [
        "type=sha",
    ]

    [[chart]]
    path = "deploy/helm/proxy"
    oci = "oci://ghcr.io/acme/charts"
    image = { "image.tag" = "proxy.tag" }

    # [gates]
    # promote = ["make build", "make lint", "make test"]

    [forge]
    release = "stable"
    "#);
    assert_snapshot!(moved.left(), @"
    .github/workflows/release.yml: what job `page` does first has to succeed before a promotion: [gates] promote is a comment: actions/setup-go prepares its machine
    .github/workflows/docker.yml: step `Smoke test` runs afterwards, and no release runs it: [gates] sealed tests what was made before it is pushed
    .github/workflows/docker.yml: step `Stop it` runs afterwards, and no release runs it
    ");
    moved.rehearse("v1.1.0");
}

#[test]
fn latest_is_the_newest_main() {
    let moved = Moved::over(include_str!("seeds/two-images.txt"));
    assert_snapshot!(moved.config(), @r#"
    name = "chat"

    [[image]]
    name = "chat-backend"
    repository = "ghcr.io/acme/chat-backend"
    platforms = ["linux/amd64", "linux/arm64"]
    dockerfile = "docker/backend.Dockerfile"
    context = "."
    flavor = ["latest=false"]

    [image.tags]
    release = [
        "type=ref,event=tag",
        "type=sha",
    ]
    "branch:main" = [
        "type=raw,value=latest,enable={{is_default_branch}}",
        "type=ref,event=branch",
        "type=sha",
    ]

    [[image]]
    name = "chat-frontend"
    repository = "ghcr.io/acme/chat-frontend"
    platforms = ["linux/amd64", "linux/arm64"]
    dockerfile = "docker/frontend.Dockerfile"
    context = "."
    flavor = ["latest=false"]

    [image.tags]
    release = [
        "type=ref,event=tag",
        "type=sha",
    ]
    "branch:main" = [
        "type=raw,value=latest,enable={{is_default_branch}}",
        "type=ref,event=branch",
        "type=sha",
    ]

    [compose]
    file = "docker-compose.yml"
    services = { "backend" = "chat-backend" }

    [forge]
    release = "version"
    "#);
    assert_snapshot!(moved.left(), @"
    images chat-backend, chat-frontend: rule: type=raw,value=latest,enable={{is_default_branch}}: this clone does not say which branch is the default one (there is no origin/HEAD): `branch:main` is taken for it, by its name; `git remote set-head origin --auto` finds it out
    .github/workflows/page.yml: step `example/changelog-action`
    compose file docker-compose.integration.yml: it runs no image that is released here (`backend`: it is built, and no image of it is released)
    ");
    moved.rehearse("v0.1.0");
}
