//! A git tag that was moved or deleted after its version was released is not what the version is.

use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::repo::Repo;

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
    for line in ["release v1.0.0", "plan v1.0.0 --online", "status v1.0.0", "tag v1.0.0", "check v1.0.0"] {
        let said = refused(&scene, line, "tag-moved-since");
        assert!(said.contains("was moved since") && said.contains(&commit), "{line}: {said}");
        assert!(said.contains(&format!("`git update-ref refs/tags/v1.0.0 {then}`")), "{line}: {said}");
        for wrong in ["nothing is missing", "version set", "git tag -a"] {
            assert!(!said.contains(wrong), "{line}: {said}");
        }
    }
    // Programs are told why the exit code is what it is.
    let status = scene.json("status v1.0.0");
    assert_eq!(status["problems"][0]["code"], "tag-moved-since", "{status:#}");
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
    for line in ["release v1.1.0", "plan v1.1.0 --online", "status v1.1.0", "check v1.1.0"] {
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

/// What verification says of a tag that only a person can put back.
#[track_caller]
fn drifted(scene: &Scene, line: &str) -> String {
    let output = scene.run(line);
    assert_eq!(output.code(), Some(7), "{line}: {}{}", output.stdout(), output.stderr());
    for wrong in ["`plimsoll release", "--repair`", "is foreign"] {
        assert!(!output.stderr().contains(wrong), "{line}: {}", output.stderr());
    }
    output.stderr().to_owned()
}

#[test]
fn verification_names_what_puts_the_tag_back() {
    let scene = released();
    let then = scene.repo.resolve("v1.0.0");
    let all_is_well = || {
        for line in ["verify v1.0.0", "audit"] {
            scene.run(line).expect_success();
        }
    };
    for line in ["verify v1.0.0", "audit"] {
        scene.repo.git(["tag", "-d", "v1.0.0"]);
        put_back(&scene, &drifted(&scene, line));
        all_is_well();
        scene.repo.git(["tag", "--force", "-a", "-m", "moved", "v1.0.0", "HEAD"]);
        put_back(&scene, &drifted(&scene, line));
        assert_eq!(scene.repo.resolve("v1.0.0"), then);
        all_is_well();
    }
}

#[test]
fn a_repair_that_leaves_the_tag_says_what_it_did() {
    let scene = released();
    let index = ".plimsoll/registry/registry.example/app/index.json";
    let text = scene.read(index);
    assert!(text.contains("\"v1.0.0\""), "{text}");
    scene.repo.write(index, text.replace("\"v1.0.0\"", "\"gone\""));
    scene.repo.git(["tag", "-d", "v1.0.0"]);
    let repaired = scene.run("audit --repair");
    assert_eq!(repaired.code(), Some(7), "{}", repaired.stdout());
    let said = "repaired 1.0.0, but not all of it: git tag v1.0.0 is gone\n";
    assert!(repaired.stdout().contains(said), "{}", repaired.stdout());
    assert!(scene.read(index).contains("\"v1.0.0\""));
    // Nothing more can be written.
    let again = scene.run("audit --repair");
    assert!(again.stdout().contains("left 1.0.0 as it is: git tag v1.0.0 is gone\n"), "{}", again.stdout());
}

#[test]
fn a_tag_that_the_remote_alone_has_lost_is_pushed() {
    let registry = FaultRegistry::start(Habits::default());
    let repository = format!("{}/acme/app", registry.address());
    let scene = Scene::with_config(&CONFIG.replace("registry.example/app", &repository));
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).annotated_tag("v1.0.0");
    scene.repo.push("origin", ["main", "v1.0.0"]);
    scene.run("release v1.0.0").expect_success();
    scene.repo.push("origin", [":v1.0.0"]);
    let output = scene.run("release v1.0.0");
    assert_eq!(output.code(), Some(7), "{}", output.stderr());
    let said = output.stderr();
    assert!(said.contains("git tag v1.0.0 is not on the remote any more"), "{said}");
    assert!(said.contains("`git push origin v1.0.0`") && !said.contains("moved"), "{said}");
    for line in ["verify v1.0.0", "audit"] {
        assert!(scene.run(line).stderr().contains("`git push origin v1.0.0`"), "{line}");
    }
    scene.repo.push("origin", ["v1.0.0"]);
    scene.run("release v1.0.0").expect_success();
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
