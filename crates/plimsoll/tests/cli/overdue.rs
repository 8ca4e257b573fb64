//! `status` and `plan --online` of what nobody has begun, and of what was passed over since.

use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};

use crate::scene::{CONFIG, Scene};

fn released(versions: &[&str]) -> Scene {
    let scene = Scene::with_config(&format!("registry = \"local\"\n{CONFIG}"));
    for version in versions {
        scene.repo.write("app", version).commit(version);
        scene.repo.annotated_tag(version);
        scene.run(&format!("release {version}")).expect_success();
    }
    scene
}

fn status(scene: &Scene) -> String {
    let output = scene.run("status").expect_success();
    format!("{}{}", output.stdout(), output.stderr())
}

#[test]
fn a_tag_that_nobody_has_begun_to_release_is_told() {
    let scene = released(&[]);
    scene.repo.annotated_tag("v1.0.0");
    let waits = |tag: &str| {
        format!("{tag} is tagged, and nobody has begun to release it; `plimsoll release {tag} --local` does")
    };
    assert!(status(&scene).contains(&waits("v1.0.0")), "{}", status(&scene));
    // Tags of before belong to another tool, as long as nothing was released.
    scene.repo.write("app", "two").commit("two");
    assert!(!status(&scene).contains("is tagged"), "{}", status(&scene));
    for tag in ["v1.2.0", "v1.10.0-rc.1", "nightly"] {
        scene.repo.annotated_tag(tag);
    }
    scene.run("release v1.2.0").expect_success();
    assert!(!status(&scene).contains("v1.0.0"), "it is older than what was released: {}", status(&scene));
    assert!(!status(&scene).contains("nightly"), "{}", status(&scene));
    scene.repo.write("app", "three").commit("three");
    scene.repo.annotated_tag("v1.3.0");
    assert!(status(&scene).contains(&waits("v1.3.0")), "{}", status(&scene));
    scene.run("release v1.3.0").expect_success();
    assert!(!status(&scene).contains("is tagged"), "{}", status(&scene));
}

/// Releasing it again would move no tag to it.
#[test]
fn nothing_is_missing_of_a_version_that_was_passed_over() {
    let scene = released(&["v1.0.0", "v1.1.0"]);
    for line in ["rollback", "yank v1.1.0 --reason breaks"] {
        scene.run(line).expect_success();
        let shown = scene.run("status v1.1.0").expect_success();
        let told = format!("{}{}", shown.stdout(), shown.stderr());
        for word in [
            "passes over    registry.example/app:latest",
            "already there  registry.example/app:1.1 ",
            "nothing is missing",
        ] {
            assert!(told.contains(word), "{line}: {word}: {told}");
        }
        assert!(!told.contains("move  "), "{line}: {told}");
        let plan = scene.json("plan v1.1.0 --online");
        assert_eq!(plan["changes"], false, "{line}: {plan:#}");
    }
    let older = scene.json("plan v1.0.0 --online");
    assert_eq!(older["changes"], false, "{older:#}");
}

#[test]
fn versions_stand_in_their_order() {
    let scene = released(&["v1.3.0", "v1.10.0"]);
    for version in ["1.3.0", "1.10.0"] {
        let file = format!(".plimsoll/releases/v{version}-release-info.json");
        std::fs::remove_file(scene.repo.path().join(file)).unwrap();
    }
    let shown = status(&scene);
    let at = |version: &str| shown.find(&format!("{version} is published, but")).unwrap();
    assert!(at("1.3.0") < at("1.10.0"), "{shown}");
}

/// A release of it would end there.
#[test]
fn a_git_tag_that_is_gone_is_told_of_what_is_released() {
    let registry = FaultRegistry::start(Habits::default());
    let config = CONFIG.replace("registry.example/app", &format!("{}/acme/app", registry.address()));
    let (scene, _) = Scene::with_remote(&config);
    scene.push_version("v1.0.0");
    scene.run("release v1.0.0").expect_success();
    scene.repo.git(["push", "--quiet", "origin", ":refs/tags/v1.0.0"]);
    let released = scene.run("release v1.0.0");
    assert_eq!(released.code(), Some(7), "{}", released.stderr());
    let told = scene.run("status v1.0.0");
    assert_eq!(told.code(), Some(7), "{}", told.stderr());
    for word in ["error[git-tag-drift]", "it is released; what is wrong with it since stands above"] {
        assert!(told.stderr().contains(word), "{word}: {}", told.stderr());
    }
    let back = "has to come back, as the same object";
    assert!(released.stderr().contains(back), "{}", released.stderr());
}
