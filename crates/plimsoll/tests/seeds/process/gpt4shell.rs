//! A tool whose releases begin with a release that a person publishes on GitHub.

use plimsoll_testkit::fault_registry::{Door, Habits};

use super::{Process, platforms};

const IMAGE: &str = "igormcsouza/gpt4shell";

const CONFIGURATION: &str = r#"
[project]
name = "gpt4shell"
[version]
files = ["pyproject.toml"]
scheme = "pep440"
[[image]]
repository = "REGISTRY/igormcsouza/gpt4shell"
platforms = ["linux/amd64", "linux/arm64"]
assemble.files = [{ from = "gpt4shell", to = "/gpt4shell" }]
tags.release = ["{version}", "sha-{sha}", "latest"]
[forge]
kind = "github"
url = "GITHUB"
[[deployment]]
environment = "production"
"#;

fn poetry(version: &str) -> String {
    format!("[tool.poetry]\nname = \"gpt4shell\"\nversion = \"{version}\"\n")
}

fn process(habits: Habits) -> Process {
    let files = [("pyproject.toml", poetry("0.1.0")), ("gpt4shell", "#!/bin/sh\n".to_owned())];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    Process::with(habits, CONFIGURATION, &files)
}

#[test]
fn a_release_that_a_person_publishes_sets_everything_off() {
    let process = process(Habits::default());
    // 1. Update the version.
    process.repo.write("pyproject.toml", poetry("0.2.0")).commit("Version 0.2.0");
    process.repo.push("origin", ["main"]);
    let commit = process.repo.head();
    // 2. Create the GitHub release, which makes the tag.
    process.repo.lightweight_tag("v0.2.0");
    process.push_tag("v0.2.0");
    process.github.make_release("v0.2.0", "Shells that speak", false);
    // 3. What happens automatically.
    process.job("release", "refs/tags/v0.2.0", &commit, "release").expect_success();
    let image = process.image(IMAGE, "0.2.0").expect("it is tagged by its version");
    assert_eq!(platforms(&image), ["linux/amd64", "linux/arm64"]);
    for tag in [&format!("sha-{}", &commit[..7]), "latest"] {
        assert_eq!(process.image(IMAGE, tag).as_ref(), Some(&image), "{tag}");
    }
    let releases = process.github.releases();
    assert_eq!(releases.len(), 1, "the release is completed, and no second is made");
    assert_eq!((releases[0].title.as_str(), releases[0].body.as_str()), ("Shells that speak", "by hand"));
    assert!(process.assets("v0.2.0").contains(&"v0.2.0-release-info.json".to_owned()));
    let deployments = process.github.deployments();
    assert_eq!((deployments.len(), deployments[0].state()), (1, "success"));
    assert_eq!(deployments[0].sha, commit);
    // The workflow can also be run by hand, with the tag.
    let main = process.repo.head();
    process.job("workflow_dispatch", "refs/heads/main", &main, "release v0.2.0").expect_success();
    assert_eq!(process.json("release v0.2.0")["status"], "already-released");
    assert_eq!(process.github.deployments().len(), 1);
    // Immutable releases: a tag that is moved overwrites nothing.
    process.repo.write("gpt4shell", "#!/bin/sh\nexit 1\n").commit("Another one");
    process.repo.git(["tag", "--force", "v0.2.0"]);
    process.repo.git(["push", "--quiet", "--force", "origin", "v0.2.0"]);
    assert_eq!(process.run("release v0.2.0").code(), Some(5));
    assert_eq!(process.image(IMAGE, "0.2.0"), Some(image));
}

#[test]
fn it_fails_if_the_tag_does_not_match_the_version_file() {
    let process = process(Habits::default());
    process.repo.lightweight_tag("v0.2.0");
    process.push_tag("v0.2.0");
    process.github.make_release("v0.2.0", "Too early", false);
    let ended = process.tag_job("v0.2.0", "release");
    assert_eq!(ended.code(), Some(5));
    for word in ["version-mismatch", "0.1.0", "0.2.0", "pyproject.toml:3"] {
        assert!(ended.stderr().contains(word), "{word}: {}", ended.stderr());
    }
    assert_eq!(process.image(IMAGE, "0.2.0"), None);
    assert_eq!(process.github.deployments(), []);
}

#[test]
fn it_fails_without_credentials_before_anything_is_made() {
    let process = process(Habits { door: Door::Basic, ..Habits::default() });
    process.repo.write("pyproject.toml", poetry("0.2.0")).commit("Version 0.2.0");
    process.tag("v0.2.0");
    let ended = process.tag_job("v0.2.0", "release");
    assert_eq!(ended.code(), Some(4), "{}", ended.stderr());
    assert_eq!(process.github.deployments(), []);
    assert_eq!(process.github.releases(), []);
}

#[test]
fn it_fails_if_it_can_not_be_built_and_nothing_is_tagged() {
    let process = process(Habits::default());
    process.repo.write("pyproject.toml", poetry("0.2.0")).remove("gpt4shell").commit("Version 0.2.0");
    process.tag("v0.2.0");
    let ended = process.tag_job("v0.2.0", "release");
    assert_ne!(ended.code(), Some(0));
    assert!(ended.stderr().contains("gpt4shell"), "{}", ended.stderr());
    for tag in ["0.2.0", "latest"] {
        assert_eq!(process.image(IMAGE, tag), None, "{tag}");
    }
    assert!(process.github.deployments().iter().all(|deployment| deployment.state() == "failure"));
}
