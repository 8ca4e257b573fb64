//! A service whose versions are published by one tag and promoted by another, days later.

use super::{Process, platforms};

const IMAGE: &str = "sofatutor/llm-proxy";

const CONFIGURATION: &str = r#"
[project]
name = "llm-proxy"
[version]
files = []
[tags]
stable = "v{version}-stable"
[[image]]
repository = "REGISTRY/sofatutor/llm-proxy"
platforms = ["linux/amd64", "linux/arm64"]
assemble.files = [{ from = "llm-proxy", to = "/llm-proxy" }]
[image.tags]
release = ["v{version}", "{major}.{minor}", "sha-{sha}", { tag = "latest", if = "on-default-branch" }]
[[chart]]
path = "deploy/helm/llm-proxy"
oci = "oci://REGISTRY/sofatutor/charts"
image = { "image.digest" = "llm-proxy.digest" }
render = "if-present"
[gates]
promote = ["test -s llm-proxy", "test -d deploy"]
[forge]
release = "stable"
kind = "github"
url = "GITHUB"
[[deployment]]
on = "promotion"
environment = "production"
url = "https://llm.example.org"
"#;

const FILES: [(&str, &str); 4] = [
    ("llm-proxy", "#!/bin/sh\n"),
    (
        "deploy/helm/llm-proxy/Chart.yaml",
        "apiVersion: v2\nname: llm-proxy\nversion: 0.0.0\nappVersion: none\n",
    ),
    ("deploy/helm/llm-proxy/values.yaml", "image: { digest: \"\" }\n"),
    ("deploy/helm/llm-proxy/templates/a.yaml", "image: {{ .Values.image.digest }}\n"),
];

fn process() -> Process {
    Process::new(CONFIGURATION, &FILES)
}

#[test]
fn a_version_is_published_and_later_promoted() {
    let process = process();
    // 3. A version tag publishes artifacts, and no page.
    process.tag("v1.0.0");
    let commit = process.repo.head();
    process.tag_job("v1.0.0", "release").expect_success();
    let image = process.image(IMAGE, "v1.0.0").expect("it is tagged by its version");
    assert_eq!(platforms(&image), ["linux/amd64", "linux/arm64"]);
    for tag in ["1.0", &format!("sha-{}", &commit[..7]), "latest"] {
        assert_eq!(process.image(IMAGE, tag).as_ref(), Some(&image), "{tag}");
    }
    let chart = process.image("sofatutor/charts/llm-proxy", "1.0.0").expect("the chart is published");
    assert_eq!(process.github.releases(), []);
    assert_eq!(process.github.deployments(), []);
    // The stable tag, on the very commit.
    process.repo.commit("docs: later");
    process.repo.git(["tag", "-a", "v1.0.0-stable", "v1.0.0^{}", "-m", "Stable release v1.0.0"]);
    process.push_tag("v1.0.0-stable");
    process.repo.push("origin", ["main"]);
    let uploads = process.registry.count("POST", "/blobs/uploads");
    process.tag_job("v1.0.0-stable", "release --checklist checklist.md").expect_success();
    // Nothing is built or published anew but the statement that it is promoted.
    assert_eq!(process.image(IMAGE, "v1.0.0").as_ref(), Some(&image));
    assert_eq!(process.image("sofatutor/charts/llm-proxy", "1.0.0"), Some(chart));
    assert!(process.registry.count("POST", "/blobs/uploads") <= uploads + 4);
    // 5. Verify the release.
    let releases = process.github.releases();
    assert_eq!((releases.len(), releases[0].title.as_str()), (1, "v1.0.0-stable"));
    assert!(releases[0].body.contains("the beginning"), "{}", releases[0].body);
    process.run("verify v1.0.0").expect_success();
    assert_eq!(process.github.deployments()[0].state(), "success");
    // 6. The checklist.
    let checklist = std::fs::read_to_string(process.repo.path().join("checklist.md")).expect("it is written");
    let run = format!("{}/actions/runs/7", process.github.url());
    for line in [
        "# Release checklist of v1.0.0-stable",
        "is on the default branch",
        "- [x] Gates succeeded: `test -s llm-proxy`, `test -d deploy`",
        "- [x] Version 1.0.0 is published, and served as it was recorded",
        &format!("- [x] Promotion tag `v1.0.0-stable` is on its commit `{}`", &commit[..7]),
        &format!("- [x] Release page: {}/releases/tag/v1.0.0-stable", process.github.url()),
        "- [x] Deployed to `production`: https://llm.example.org",
        &format!("- [x] The run of this promotion: {run}"),
    ] {
        assert!(checklist.contains(line), "`{line}` is missing:\n{checklist}");
    }
    assert!(!checklist.contains("- [ ]"), "{checklist}");
    // Running it again changes nothing.
    let changes = process.github.changes();
    process.tag_job("v1.0.0-stable", "release").expect_success();
    assert_eq!(process.github.changes(), changes);
}

#[test]
fn the_checklist_of_a_version_names_what_is_still_to_do() {
    let process = process();
    process.tag("v1.0.0");
    process.run("release v1.0.0 --checklist checklist.md").expect_success();
    let checklist = std::fs::read_to_string(process.repo.path().join("checklist.md")).expect("it is written");
    for line in
        ["- [x] Version tag `v1.0.0`", "- [ ] Promotion tag `v1.0.0-stable` on the same commit", "@sha256:"]
    {
        assert!(checklist.contains(line), "`{line}` is missing:\n{checklist}");
    }
}

#[test]
fn the_checklist_of_a_version_ticks_gates_only_where_they_ran() {
    let gated = CONFIGURATION.replace("promote = [", "source = [\"test -s llm-proxy\"]\npromote = [");
    let process = Process::new(&gated, &FILES);
    process.tag("v1.0.0");
    let gates = || {
        process.run("release v1.0.0 --checklist checklist.md").expect_success();
        let path = process.repo.path().join("checklist.md");
        let checklist = std::fs::read_to_string(path).expect("it is written");
        checklist.lines().find(|line| line.contains("Gates")).map(str::to_owned)
    };
    assert_eq!(gates().as_deref(), Some("- [x] Gates succeeded: `test -s llm-proxy`"));
    // The version is out: nothing is made again, and nothing is gated.
    assert_eq!(gates().as_deref(), Some("- [ ] Gates: not run here: `test -s llm-proxy`"));
}

#[test]
fn tags_of_other_forms_fail_and_tags_of_other_families_are_ignored() {
    let process = process();
    for tag in ["v1.4", "v1.4.0stable", "v1.4.0-rc1", "v1.4.0-beta", "v1.0-stable"] {
        process.tag(tag);
        let ended = process.tag_job(tag, "release");
        assert_eq!(ended.code(), Some(5), "{tag}: {}", ended.stderr());
    }
    process.tag("1.4.0");
    process.tag_job("1.4.0", "release").expect_success();
    assert_eq!(process.refusal("release 1.4.0"), ("tag-invalid".to_owned(), 5));
    assert_eq!(process.image(IMAGE, "latest"), None);
    assert_eq!(process.github.releases(), []);
}

#[test]
fn a_stable_tag_before_its_version_or_on_another_commit_is_refused() {
    let process = process();
    process.tag("v1.0.0");
    process.tag("v1.0.0-stable");
    assert_eq!(process.refusal("release v1.0.0-stable"), ("not-published".to_owned(), 5));
    process.run("release v1.0.0").expect_success();
    process.repo.write("llm-proxy", "#!/bin/sh\nexit\n").commit("fix: it");
    process.repo.git(["tag", "--force", "-a", "v1.0.0-stable", "-m", "elsewhere"]);
    process.repo.git(["push", "--quiet", "--force", "origin", "v1.0.0-stable"]);
    assert_eq!(process.refusal("release v1.0.0-stable"), ("promotion-elsewhere".to_owned(), 5));
    assert_eq!(process.github.releases(), []);
}

#[test]
fn a_failing_gate_keeps_the_version_from_being_promoted() {
    let broken = CONFIGURATION.replace("test -d deploy", "test -e tested");
    let process = Process::new(&broken, &FILES);
    process.tag("v1.0.0");
    process.run("release v1.0.0").expect_success();
    process.tag("v1.0.0-stable");
    assert_eq!(process.run("release v1.0.0-stable").code(), Some(5));
    assert_eq!(process.github.releases(), []);
    assert_eq!(process.github.deployments()[0].state(), "failure");
}

#[test]
fn rolling_back() {
    let process = process();
    for (tag, text) in [("v1.0.0", "one"), ("v1.0.1", "two")] {
        process.repo.write("llm-proxy", text).commit(&format!("fix: {text}"));
        process.repo.push("origin", ["main"]);
        process.tag(tag);
        process.run(&format!("release {tag}")).expect_success();
        process.tag(&format!("{tag}-stable"));
        process.run(&format!("promote {tag}")).expect_success();
    }
    assert_eq!(process.github.latest().as_deref(), Some("v1.0.1-stable"));
    let first = process.image(IMAGE, "v1.0.0");
    process.run("rollback v1.0.0").expect_success();
    assert_eq!(process.image(IMAGE, "latest"), first);
    assert_eq!(process.github.latest().as_deref(), Some("v1.0.0-stable"));
    let deployments = process.github.deployments();
    assert_eq!(deployments.last().map(|last| last.reference.as_str()), Some("v1.0.0"));
    assert!(process.image(IMAGE, "v1.0.1").is_some(), "it stays pullable");
    // The tag of a release that is out is not taken back: deleting it unpublishes nothing.
    assert_ne!(process.run("withdraw v1.0.1 --yes").code(), Some(0));
}
