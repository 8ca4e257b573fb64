//! What a forge answers when something is wrong: each has its own code.

use plimsoll_testkit::fault_registry::wire::{Answer, Delivery};
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::github::{GitHub, GitHubFault, TOKEN};
use plimsoll_testkit::repo::Repo;
use serde_json::Value;

use crate::scene::{CONFIG, Scene};

/// How a release ends whose forge does this with a request, with this token.
fn end(token: &str, fault: Option<(&'static str, GitHubFault)>) -> Value {
    let (registry, github) = (FaultRegistry::start(Habits::default()), GitHub::start());
    let config = CONFIG.replace("registry.example/app", &format!("{}/acme/app", registry.address()));
    let scene =
        Scene::with_config(&format!("{config}[forge]\nkind = \"github\"\nurl = \"{}\"\n", github.url()));
    scene.repo.annotated_tag("v1.0.0");
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main", "v1.0.0"]);
    if let Some((method, fault)) = fault {
        github.fault(method, "/repos/acme/app", 0, 1000, fault);
    }
    let command = scene.plimsoll("release v1.0.0 -o json --no-progress").set("GH_ENTERPRISE_TOKEN", token);
    let output = command.run();
    assert!(!output.stderr().contains(TOKEN) && !output.stdout().contains(TOKEN));
    let ended: Value = serde_json::from_str(output.stdout()).expect("it is JSON");
    // What is known before the build is known before anything is visible.
    let early = ended["reach"] == "nothing";
    assert_eq!(registry.manifest("acme/app", "1.0.0").is_none(), early, "{ended:#}");
    ended
}

#[track_caller]
fn assert_ends(ended: &Value, code: &str, exit: u8) {
    assert_eq!(
        (ended["error"]["code"].as_str(), ended["exit"].as_u64()),
        (Some(code), Some(exit.into())),
        "{ended:#}"
    );
}

#[test]
fn each_trouble_with_the_forge_has_its_code() {
    assert_ends(&end("", None), "forge-unauthorized", 4);
    assert_ends(&end("wrong", None), "forge-unauthorized", 4);
    let no_right = r#"{"message":"Resource not accessible by integration"}"#;
    let denied = GitHubFault::Instead(Answer::status(403).body(no_right));
    assert_ends(&end(TOKEN, Some(("GET", denied.clone()))), "forge-denied", 4);
    assert_ends(&end(TOKEN, Some(("POST", denied))), "forge-denied", 4);
    let lost = GitHubFault::Instead(Answer::status(200).delivered(Delivery::Lost));
    assert_ends(&end(TOKEN, Some(("GET", lost))), "forge-unreachable", 8);
    let busy = GitHubFault::Instead(Answer::status(429).header("Retry-After", "3600"));
    assert_ends(&end(TOKEN, Some(("GET", busy))), "forge-busy", 8);
    let page = GitHubFault::Instead(Answer::status(200).body("<html>"));
    assert_ends(&end(TOKEN, Some(("GET", page))), "forge-rejected", 8);
}

#[test]
fn notes_that_the_commit_lacks_are_missed_before_there_is_a_tag() {
    let (registry, github) = (FaultRegistry::start(Habits::default()), GitHub::start());
    let config = CONFIG.replace("registry.example/app", &format!("{}/acme/app", registry.address()));
    let forge = format!("[forge]\nkind = \"github\"\nurl = \"{}\"\n", github.url());
    let (scene, _remote) =
        Scene::with_remote(&format!("{config}{forge}notes-file = \"notes/{{version}}.md\"\n"));
    scene.repo.push("origin", ["main"]);
    let lines = ["check v1.0.0", "rehearse v1.0.0", "plan v1.0.0", "tag v1.0.0 --push"];
    for line in lines {
        let ended = scene.run(line);
        let said = ended.stderr();
        assert_eq!(ended.code(), Some(2), "{line}: {said}");
        let want = "error[file-missing]: the notes of this release, notes/1.0.0.md, are not in its commit";
        assert!(said.contains(want), "{line}: {said}");
    }
    assert!(scene.repo.try_git(["tag", "--list"]).stdout().is_empty(), "there is no tag");
    scene.repo.write("notes/1.0.0.md", "New things.\n").commit("notes");
    scene.repo.push("origin", ["main"]);
    for line in lines {
        scene.run(line).expect_success();
    }
}

#[test]
fn only_a_forge_that_marks_the_latest_has_that_in_its_plan() {
    for (kind, is_marked) in [("github", true), ("gitea", false), ("forgejo", false), ("gitlab", false)] {
        let forge = format!("[forge]\nkind = \"{kind}\"\nurl = \"https://forge.example/acme/app\"\n");
        let scene = Scene::with_config(&format!("{CONFIG}{forge}"));
        let plan = scene.run("plan v1.0.0").expect_success();
        assert!(plan.stdout().contains("release page"), "{kind}: {}", plan.stdout());
        assert_eq!(plan.stdout().contains("as the latest"), is_marked, "{kind}: {}", plan.stdout());
    }
}
