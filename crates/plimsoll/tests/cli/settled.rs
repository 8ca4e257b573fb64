//! Releases that somebody else's acts have met: taken, moved, drifted.

use insta::assert_snapshot;
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::repo::Repo;

use crate::scene::{CONFIG, Scene};

#[test]
fn a_version_tag_that_no_claim_speaks_for() {
    let scene = Scene::released();
    // The claim is forgotten, the git tag moves: only the record beside the version tag tells whose that is.
    std::fs::remove_dir_all(scene.repo.path().join(".plimsoll/claims")).unwrap();
    std::fs::remove_dir_all(scene.repo.path().join(".plimsoll/releases")).unwrap();
    scene.repo.write("app", "other").commit("second");
    scene.repo.git(["tag", "-f", "-a", "-m", "again", "v1.0.0"]);
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 7
    --- stderr
    error[claim-lost]: v1.0.0 is released already, and its claim is lost
     |
     = released from: [COMMIT]
     = record: registry.example/app:plimsoll-1.0.0-[hex]
     = the git tag was moved since, from: [hex]
     = help: put it back: `git update-ref refs/tags/v1.0.0 [hex]`
     = help: if git does not know that object, do it in a clone that still has the tag: made anew it is another one
     = help: `plimsoll audit --local --repair` writes the claim again, from the record
     = help: leave registry.example/app:1.0.0 where it is: it is what was released

    the release is out; mend this, then running again is safe and does what is left
    ");
    assert!(!scene.has(".plimsoll/releases"));
}

#[test]
fn a_git_tag_that_was_moved_since() {
    let scene = Scene::released();
    scene.repo.commit("second");
    scene.repo.git(["tag", "-f", "-a", "-m", "again", "v1.0.0"]);
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 5
    --- stderr
    error[tag-moved-since]: v1.0.0 was released before, and the git tag was moved since
     |
     = released from: [COMMIT]
     = tag object then: [hex]
     = help: put it back: `git update-ref refs/tags/v1.0.0 [hex]`
     = help: if git does not know that object, do it in a clone that still has the tag: made anew it is another one
     = help: a released version never changes: what is new is the next version

    nothing has left this machine; mend this, then run again
    ");
    assert_snapshot!(scene.show("verify v1.0.0 --local"), @r"
    exit 7
    --- stdout
    ok           claim app/1.0.0
    DRIFT        git-tag v1.0.0
        want   [hex]
        found  [hex]
    ok           content registry.example/app@sha256:[hex]
    ok           record-artifact registry.example/app@sha256:[hex]
    ok           version-tag registry.example/app:1.0.0
    ok           file v1.0.0-release-info.json
    ok           file v1.0.0-release.intoto.json
    ok           moving-tag registry.example/app:1.0
    ok           moving-tag registry.example/app:latest

    app v1.0.0 is not what was released (9 checks)
    --- stderr
    error[drift]: v1.0.0 is not what was released
     |
     = help: put it back: `git update-ref refs/tags/v1.0.0 [hex]`
     = help: if git does not know that object, do it in a clone that still has the tag: made anew it is another one
    authorship is not vouched for: the release is not signed
    ");
}

#[test]
fn content_that_drifted() {
    let scene = Scene::released();
    std::fs::remove_file(scene.blob_with("architecture")).unwrap();
    let output = scene.run("verify v1.0.0 --local");
    assert_eq!(output.code(), Some(7), "{}{}", output.stdout(), output.stderr());
    assert!(output.stderr().contains("error[drift]"));
    scene.run("release v1.0.0 --local").expect_success();
    scene.run("verify v1.0.0 --local").expect_success();
}

#[test]
fn content_that_was_damaged_is_found_and_written_again() {
    let scene = Scene::released();
    let index = scene.blob_with("\"manifests\"");
    let text = std::fs::read_to_string(&index).unwrap();
    std::fs::write(&index, text.replace("linux", "Linux")).unwrap();
    scene.run("verify v1.0.0 --local").expect_code(6);
    scene.run("release v1.0.0 --local").expect_success();
    scene.run("verify v1.0.0 --local").expect_success();
    assert_eq!(std::fs::read_to_string(&index).unwrap(), text);
}

/// A run before has left its claim on the remote: that is told, and how it goes.
#[test]
fn a_version_that_is_taken_while_its_claim_is_held() {
    let registry = FaultRegistry::start(Habits::default());
    let repository = format!("{}/acme/app", registry.address());
    let scene = Scene::with_config(&CONFIG.replace("registry.example/app", &repository));
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.git(["rm", "--quiet", "app"]);
    scene.repo.commit("without its file");
    scene.repo.remote("origin", &remote.url()).annotated_tag("v1.0.0");
    scene.repo.push("origin", ["main", "v1.0.0"]);
    assert_eq!(scene.error("release v1.0.0").0, "file-missing");
    let index = "application/vnd.oci.image.index.v1+json";
    let other = format!(r#"{{"schemaVersion":2,"mediaType":"{index}","manifests":[]}}"#);
    registry.put_manifest("acme/app", "1.0.0", index, other.as_bytes());
    let taken = scene.run("release v1.0.0");
    let said = taken.stderr();
    assert!(said.contains("error[tag-taken]") && said.contains("claim: reserved"), "{said}");
    assert!(said.contains("`plimsoll withdraw v1.0.0` takes it back"), "{said}");
    assert!(!said.contains("nothing has left this machine"), "{said}");
    scene.run("withdraw v1.0.0 --yes").expect_success();
    assert_eq!(remote.git(["for-each-ref", "refs/plimsoll", "refs/tags"]), "");
}
