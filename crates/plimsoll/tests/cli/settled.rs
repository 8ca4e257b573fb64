//! Releases that somebody else's acts have met: taken, moved, drifted.

use insta::assert_snapshot;

use crate::scene::Scene;

#[test]
fn a_version_tag_that_is_taken() {
    let scene = Scene::released();
    // The claim is forgotten, the tag moves to other content: whose the version tag is nobody knows any more.
    std::fs::remove_dir_all(scene.repo.path().join(".plimsoll/claims")).unwrap();
    std::fs::remove_dir_all(scene.repo.path().join(".plimsoll/releases")).unwrap();
    scene.repo.write("app", "other").commit("second");
    scene.repo.git(["tag", "-f", "-a", "-m", "again", "v1.0.0"]);
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 5
    --- stderr
    error[tag-taken]: registry.example/app:1.0.0 points at other content
     |
     = found: sha256:[1]
     = help: a version tag is never moved; release the next version
     = help: what was released must stay: `plimsoll whatis sha256:[1]` says whether that is
     = help: or, if it was pushed by mistake, delete registry.example/app:1.0.0 and run again

    nothing has left this machine; running again is safe but ends the same way
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
     = help: what is missing is written again by `plimsoll release v1.0.0 --local`; what is foreign never is
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
