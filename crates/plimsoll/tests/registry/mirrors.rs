//! Further registries: the same bytes, waited for or not, repaired by running again.

use std::fs;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Output;
use plimsoll_testkit::proxy::{Fault, Lasting, Proxy, When};
use plimsoll_testkit::registry::{Access, Flavor, Registry};

use crate::machine::{Machine, error_code, expect_error, json};
use crate::observer::Observer;
use crate::project::{Fleet, Project};

const TAGS: [&str; 3] = ["1.0.0", "1.0", "latest"];

/// Whether the release waits for the mirror.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mirrored {
    Required,
    Optional,
}

struct Scene {
    home: Registry,
    mirror: Registry,
    line: Proxy,
    app: String,
    copy: String,
    project: Project,
    machine: Machine,
}

fn scene(mirrored: Mirrored) -> Option<Scene> {
    let environment = Environment::new();
    let home = Registry::start(&environment, Flavor::Distribution3, Access::Anonymous)?;
    let mirror = Registry::start(&environment, Flavor::Distribution2, Access::Anonymous)?;
    let line = Proxy::start(&mirror.address());
    let copy = format!("{}/copies/app", line.address());
    let fleet = Fleet::at(&home.address());
    let fleet = match mirrored {
        Mirrored::Required => fleet.mirrored_to(&copy),
        Mirrored::Optional => fleet.optionally_mirrored_to(&copy),
    };
    let project = Project::tagged(&fleet);
    let machine = project.machine();
    Some(Scene { app: fleet.app, copy, home, mirror, line, project, machine })
}

impl Scene {
    fn here(&self) -> Observer {
        Observer::at(&self.home.address())
    }

    fn there(&self) -> Observer {
        Observer::at(&self.mirror.address())
    }

    /// Every tag is the same in both places, with everything below it.
    #[track_caller]
    fn expect_equal(&self) {
        let (here, there) = (self.here(), self.there());
        assert_eq!(here.visible_tags(&self.app), there.visible_tags(&self.copy));
        for tag in TAGS {
            let digest = here.resolve(&self.app, tag).expect("the tag is there");
            assert_eq!(here.find_missing(&self.app, &digest), None);
            assert_eq!(there.find_missing(&self.copy, &digest), None);
        }
        self.machine.ask(["verify", "v1.0.0"]).run().expect_success();
    }

    #[track_caller]
    fn release(&self) -> Output {
        self.machine.release("1.0.0")
    }
}

#[test]
fn an_optional_mirror_that_is_down_holds_nobody_up_and_is_repaired_later() {
    let Some(mut scene) = scene(Mirrored::Optional) else { return };
    scene.mirror.stop();
    let left = expect_error(scene.release(), 9, "mirror-incomplete");
    assert!(left.stderr().contains(&scene.copy), "{}", left.stderr());
    assert_eq!(scene.project.claims().state("1.0.0"), "published");
    for tag in TAGS {
        assert!(scene.here().resolve(&scene.app, tag).is_some(), "{tag}");
    }
    scene.mirror.restart();
    assert_eq!(scene.there().tags(&scene.copy), [].into());
    // On another machine: the bytes come from the first registry.
    scene.project.machine().release("1.0.0").expect_success();
    scene.expect_equal();
}

#[test]
fn a_required_mirror_that_is_down_lets_nothing_become_visible() {
    let Some(mut scene) = scene(Mirrored::Required) else { return };
    scene.mirror.stop();
    let lost = scene.release().expect_code(8);
    assert_eq!(error_code(&lost), "registry-unreachable");
    assert_eq!(scene.here().visible_tags(&scene.app), [].into());
    scene.mirror.restart();
    scene.release().expect_success();
    scene.expect_equal();
}

#[test]
fn a_required_mirror_that_dies_after_the_commit_is_finished_by_running_again() {
    let Some(scene) = scene(Mirrored::Required) else { return };
    scene.line.fail(When::first("PUT", "/manifests/1.0.0"), Fault::status(500), Lasting::FromThenOn);
    let left = scene.release();
    assert!(matches!(left.code(), Some(8 | 9)), "{:?}: {}", left.code(), left.stderr());
    assert_eq!(json(&left)["reach"], "visible");
    assert_eq!(scene.project.claims().state("1.0.0"), "committed");
    assert_eq!(scene.here().resolve(&scene.app, "latest"), None, "nothing moves before all is there");
    scene.line.reset();
    scene.release().expect_success();
    scene.expect_equal();
}

#[test]
fn content_that_a_mirror_lost_is_copied_back_by_any_machine() {
    for mirrored in [Mirrored::Required, Mirrored::Optional] {
        let Some(mut scene) = scene(mirrored) else { return };
        scene.release().expect_success();
        scene.expect_equal();
        scene.mirror.stop();
        fs::remove_dir_all(scene.mirror.storage()).expect("the mirror keeps its content there");
        scene.mirror.restart();
        scene.machine.ask(["verify", "v1.0.0"]).run().expect_code(7);
        scene.project.machine().release("1.0.0").expect_success();
        scene.expect_equal();
    }
}

#[test]
fn a_stranger_in_an_optional_mirror_is_reported_and_left_alone() {
    let Some(scene) = scene(Mirrored::Optional) else { return };
    let foreign = scene.there().push_foreign(&scene.copy, "1.0.0", "a stranger's");
    // Known beforehand it is a conflict like any other; found later it only can be told.
    expect_error(scene.release(), 5, "tag-taken");
    assert_eq!(scene.here().visible_tags(&scene.app), [].into());
    assert_eq!(scene.there().visible_tags(&scene.copy), [("1.0.0".to_owned(), foreign)].into());
}

#[test]
fn a_stranger_who_comes_to_an_optional_mirror_late_is_drift() {
    let Some(scene) = scene(Mirrored::Optional) else { return };
    scene.release().expect_success();
    let foreign = scene.there().push_foreign(&scene.copy, "1.0.0", "a stranger's");
    expect_error(scene.release(), 7, "drift");
    assert_eq!(scene.there().resolve(&scene.copy, "1.0.0"), Some(foreign));
    assert_eq!(scene.project.claims().state("1.0.0"), "published");
}
