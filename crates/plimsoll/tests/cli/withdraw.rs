//! Taking an attempt back is shown first: whether it can be, and nothing is changed.

use insta::assert_snapshot;

use crate::scene::Scene;

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
