//! Git tags that do not exist: what is said of them is not said of their files.

use crate::scene::{CONFIG, Scene};

/// A project whose version file says 1.1.0, with tags of two versions.
fn project() -> Scene {
    let scene = Scene::with_config(&format!("registry = \"local\"\n{CONFIG}"));
    for version in ["1.0.0", "1.1.0"] {
        scene.repo.write("VERSION", format!("{version}\n")).commit(version);
        scene.repo.annotated_tag(&format!("v{version}"));
    }
    scene
}

#[test]
fn a_version_that_nobody_tagged() {
    let scene = project();
    for verb in ["status", "plan"] {
        let output = scene.run(&format!("{verb} v1.2.0")).expect_code(5);
        for words in [
            "error[tag-missing]: there is no git tag v1.2.0, and HEAD can't have it",
            "on HEAD: VERSION names version 1.1.0",
            "nearest: v1.1.0, v1.0.0",
            "`plimsoll version set 1.2.0`, commit",
            "`plimsoll tag v1.2.0",
        ] {
            assert!(output.stderr().contains(words), "{verb}: {words}: {}", output.stderr());
        }
    }
    // What can be tagged needs nothing but the tag.
    scene.repo.write("VERSION", "1.2.0\n").commit("1.2.0");
    let status = scene.run("status v1.2.0").expect_success();
    assert!(status.stderr().contains("there is no such git tag"), "{}", status.stderr());
    scene.run("plan v1.2.0").expect_success();
}

#[test]
fn a_version_file_that_is_not_committed() {
    let scene = project();
    scene.repo.write("VERSION", "1.2.0\n");
    let commit = scene.repo.head();
    let tag = scene.run("tag --bump minor").expect_code(5);
    for words in [
        "error[version-mismatch]: VERSION names version 1.1.0",
        &format!("read from: commit {}, on which HEAD is", &commit[..7]),
        "the file that lies here names it, and is not committed: commit it, then run again",
    ] {
        assert!(tag.stderr().contains(words), "{words}: {}", tag.stderr());
    }
    assert!(!tag.stderr().contains("version set"), "{}", tag.stderr());
    let status = scene.run("status v1.2.0").expect_code(5);
    assert!(
        status.stderr().contains("the files that lie here name it, and are not committed"),
        "{}",
        status.stderr()
    );
}
