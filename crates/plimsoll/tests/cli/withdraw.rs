//! Taking an attempt back is shown first: whether it can be, and nothing is changed.

use insta::assert_snapshot;

use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits};
use plimsoll_testkit::repo::Repo;

use crate::scene::{CONFIG, Scene};

/// A clone keeps the tag of a release that was taken back in another: it is not new there.
#[test]
fn a_withdrawn_tag_is_told_as_such_where_a_clone_has_kept_it() {
    let registry = FaultRegistry::start(Habits::default());
    let here = format!("{}/acme/app", registry.address());
    let (scene, remote) = Scene::with_remote(&CONFIG.replace("registry.example/app", &here));
    scene.push_version("v1.0.0");
    scene.run("release v1.0.0").expect_success();
    scene.push_version("v1.1.0");
    // The first hold tag of its content is written, and the next is not.
    registry.fault("PUT", "/manifests/plimsoll-1.1.0-", 1, 10_000, Effect::Instead(Answer::status(403)));
    assert_ne!(scene.run("release v1.1.0").code(), Some(0));
    registry.forget_faults();
    let clone = Scene { repo: Repo::clone_of(scene.environment(), remote.url(), "clone", []) };
    clone.repo.git(["tag", "-a", "-m", "new", "v1.2.0", "HEAD"]);
    scene.run("withdraw v1.1.0 --yes").expect_success();
    let withdrawn = "v1.1.0 was begun and withdrawn";
    let alone = "v1.2.0 is in this clone alone, and nobody holds it";
    let all = clone.run("status").expect_success();
    let one = clone.run("status v1.1.0").expect_success();
    for (status, words) in [
        (&all, vec![withdrawn, "this clone still has the tag: `git tag -d v1.1.0`", alone]),
        (&one, vec![withdrawn, "`git tag -d v1.1.0`"]),
        (&clone.run("status v1.2.0").expect_success(), vec![alone, "`git push origin v1.2.0`"]),
    ] {
        for word in words {
            assert!(status.stderr().contains(word), "{word}: {}", status.stderr());
        }
        assert!(!status.stderr().contains("nobody has begun"), "{}", status.stderr());
    }
    clone.repo.git(["tag", "-d", "v1.1.0"]);
    clone.repo.push("origin", ["v1.2.0"]);
    let pushed = clone.run("status").expect_success();
    let new = "v1.2.0 is tagged, and nobody has begun to release it; `plimsoll release v1.2.0` does";
    assert!(pushed.stderr().contains(new), "{}", pushed.stderr());
}

#[test]
fn what_would_be_withdrawn_is_shown_and_stays() {
    let scene = Scene::tagged();
    assert_snapshot!(scene.show("withdraw v1.0.0 --local --dry-run"), @r"
    exit 0
    --- stdout
    would withdraw app v1.0.0: it has no claim; its git tag would be gone
    ");
    assert_eq!(scene.json("withdraw v1.0.0 --local --dry-run")["changed"], serde_json::Value::Null);
    assert_eq!(scene.repo.git(["tag", "--list"]), "v1.0.0");
    assert_eq!(scene.json("withdraw v1.0.0 --local --yes")["changed"], true);
    assert_eq!(scene.repo.git(["tag", "--list"]), "");
}

#[test]
fn what_cannot_be_withdrawn_is_refused_when_it_is_shown() {
    let scene = Scene::released();
    let shown = scene.error("withdraw v1.0.0 --local --dry-run");
    assert_eq!(shown, ("not-withdrawable".to_owned(), Some(5)));
    assert_eq!(shown, scene.error("withdraw v1.0.0 --local --yes"));
}

/// What is not there, or can't be withdrawn, is said before anybody is asked to agree.
#[test]
fn it_is_looked_before_it_is_asked() {
    let scene = Scene::released();
    assert_eq!(scene.error("withdraw v3.0.0 --local"), ("tag-missing".to_owned(), Some(5)));
    assert_eq!(scene.error("withdraw v1.0.0 --local"), ("not-withdrawable".to_owned(), Some(5)));
    scene.repo.annotated_tag("v1.1.0");
    let asked = scene.run("withdraw v1.1.0 --local");
    assert_eq!(asked.code(), Some(2));
    assert!(asked.stderr().contains("`plimsoll withdraw v1.1.0 --local --yes`"), "{}", asked.stderr());
    assert_eq!(scene.repo.git(["tag", "--list", "v1.1.0"]), "v1.1.0");
}

/// People read it before they agree to the next job.
#[test]
fn a_job_is_left_with_what_would_be_done() {
    let scene = Scene::tagged();
    let summary = scene.environment().root().join("summary");
    let show = scene.plimsoll("withdraw v1.0.0 --local --dry-run").set("GITHUB_ACTIONS", "true");
    show.set("GITHUB_STEP_SUMMARY", &summary).run().expect_success();
    let told = std::fs::read_to_string(&summary).unwrap();
    assert!(told.contains("if you agree") && told.contains("would withdraw app v1.0.0"), "{told}");
}
