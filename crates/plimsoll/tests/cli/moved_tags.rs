//! A git tag that was moved or deleted after its version was released is not what the version is.

use crate::scene::{CONFIG, Scene};

const MORE: &str = "[version]\nfiles = [\"VERSION\"]\n[tags]\nstable = \"v{version}-stable\"\n";
const TAGS: &str = "tags = { release = [\"v{version}\"], promotion = [\"stable\"] }\n[image.assemble]";

/// A project on this machine with v1.0.0 and v1.1.0, whose files name their versions.
fn released() -> Scene {
    let scene = Scene::empty();
    let config = format!("registry = \"local\"\n{}{MORE}", CONFIG.replace("[image.assemble]", TAGS));
    scene.repo.write("plimsoll.toml", &config);
    for version in ["1.0.0", "1.1.0"] {
        scene.repo.write("app", version).write("VERSION", version).commit(version);
        scene.repo.annotated_tag(&format!("v{version}"));
        scene.run(&format!("release v{version}")).expect_success();
    }
    scene
}

/// What a line says, which must end with this code alone.
#[track_caller]
fn refused(scene: &Scene, line: &str, code: &str) -> String {
    let output = scene.run(line);
    assert_eq!(output.code(), Some(5), "{line}: {}{}", output.stdout(), output.stderr());
    let said = output.stderr();
    assert_eq!(said.matches("error[").count(), 1, "{line}: {said}");
    assert!(said.contains(&format!("error[{code}]")), "{line}: {said}");
    format!("{}{said}", output.stdout())
}

/// The command after `put it back:`, run.
fn put_back(scene: &Scene, said: &str) {
    let (_, command) = said.split_once("put it back: `git ").expect("it says how");
    let (command, _) = command.split_once('`').expect("the command ends");
    scene.repo.git(command.split(' '));
}

#[test]
fn a_moved_tag_is_told_with_the_way_back() {
    let scene = released();
    let (then, commit) = (scene.repo.resolve("v1.0.0"), scene.repo.resolve("v1.0.0^{commit}"));
    scene.repo.git(["tag", "--force", "-a", "-m", "moved", "v1.0.0", "HEAD"]);
    for line in ["release v1.0.0", "plan v1.0.0 --online", "status v1.0.0", "tag v1.0.0"] {
        let said = refused(&scene, line, "tag-moved-since");
        assert!(said.contains("was moved since") && said.contains(&commit), "{line}: {said}");
        assert!(said.contains(&format!("`git update-ref refs/tags/v1.0.0 {then}`")), "{line}: {said}");
        for wrong in ["nothing is missing", "version set", "git tag -a"] {
            assert!(!said.contains(wrong), "{line}: {said}");
        }
    }
    put_back(&scene, &refused(&scene, "release v1.0.0", "tag-moved-since"));
    assert!(scene.run("release v1.0.0").expect_success().stdout().contains("nothing was missing"));
    let status = scene.run("status v1.0.0").expect_success();
    assert!(status.stderr().contains("nothing is missing"), "{}", status.stderr());
}

#[test]
fn a_tag_that_fits_its_files_and_was_moved_is_told_too() {
    let scene = released();
    scene.repo.write("app", "later").commit("later");
    scene.repo.git(["tag", "--force", "-a", "-m", "moved", "v1.1.0", "HEAD"]);
    for line in ["release v1.1.0", "plan v1.1.0 --online", "status v1.1.0"] {
        let said = refused(&scene, line, "tag-moved-since");
        assert!(said.contains("put it back") && !said.contains("nothing is missing"), "{line}: {said}");
    }
}

#[test]
fn a_tag_that_is_gone_is_not_made_on_head() {
    let scene = released();
    let (then, commit) = (scene.repo.resolve("v1.0.0"), scene.repo.resolve("v1.0.0^{commit}"));
    for (tag, then, commit) in [
        ("v1.0.0", then, commit),
        ("v1.1.0", scene.repo.resolve("v1.1.0"), scene.repo.resolve("v1.1.0^{commit}")),
    ] {
        scene.repo.git(["tag", "-d", tag]);
        for verb in ["release", "plan --online", "status", "tag"] {
            let said = refused(&scene, &format!("{verb} {tag}"), "tag-moved-since");
            assert!(said.contains("is gone since") && said.contains(&commit), "{verb}: {said}");
            assert!(said.contains(&format!("`git update-ref refs/tags/{tag} {then}`")), "{verb}: {said}");
            assert!(!said.contains("git tag -a") && !said.contains("git push"), "{verb}: {said}");
            assert!(!said.contains("does not exist yet"), "{verb}: {said}");
        }
        put_back(&scene, &refused(&scene, &format!("release {tag}"), "tag-moved-since"));
        scene.run(&format!("release {tag}")).expect_success();
    }
    assert_eq!(scene.error("release v1.2.0"), ("tag-missing".into(), Some(5)), "it never was");
}

#[test]
fn what_is_promoted_is_the_commit_that_was_released() {
    let scene = released();
    let (then, commit) = (scene.repo.resolve("v1.1.0"), scene.repo.resolve("v1.1.0^{commit}"));
    scene.repo.write("app", "later").commit("later");
    scene.repo.git(["tag", "--force", "-a", "-m", "moved", "v1.1.0", "HEAD"]);
    refused(&scene, "tag --stable v1.1.0", "tag-moved-since");
    scene.repo.git(["tag", "-a", "-m", "stable", "v1.1.0-stable", "HEAD"]);
    let said = refused(&scene, "promote v1.1.0", "promotion-elsewhere");
    assert!(said.contains(&format!("v1.1.0-stable {commit}`")), "{said}");
    scene.repo.git(["tag", "--force", "-a", "-m", "stable", "v1.1.0-stable", &commit]);
    refused(&scene, "promote v1.1.0", "tag-moved-since");
    scene.repo.git(["tag", "--force", "v1.1.0", &then]);
    scene.run("promote v1.1.0").expect_success();
    scene.repo.git(["tag", "-d", "v1.0.0"]);
    let said = refused(&scene, "tag --stable v1.0.0", "tag-moved-since");
    assert!(said.contains("is gone since"), "{said}");
}

#[test]
fn a_version_that_was_never_released_is_not_promoted() {
    let scene = released();
    let said = refused(&scene, "promote v9.9.9", "not-published");
    for word in ["9.9.9 is not published", "v1.1.0, v1.0.0", "`plimsoll list --local`"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!said.contains("--stable v9.9.9") && !said.contains("release it first"), "{said}");
    assert_eq!(scene.error("promote v1.0.0"), ("tag-missing".into(), Some(5)), "what is out can be");
}

/// Nothing is made any more, so it does not matter what lies here.
#[test]
fn modified_files_do_not_stop_a_release_that_is_complete() {
    let scene = released();
    scene.repo.write("app", "modified");
    let said = scene.run("release v1.1.0").expect_success();
    assert!(said.stdout().contains("nothing was missing"), "{}", said.stdout());
    scene.repo.git(["checkout", "app"]);
    scene.repo.write("VERSION", "1.2.0").commit("next");
    scene.repo.annotated_tag("v1.2.0");
    scene.repo.write("app", "modified");
    assert_eq!(scene.error("release v1.2.0").0, "dirty-tree", "what is yet to be made is stopped");
}
