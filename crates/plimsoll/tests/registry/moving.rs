//! Moving tags follow the highest version of their series, whatever order releases come in.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::tools;

use crate::machine::json;
use crate::observer::Observer;
use crate::project::{Fleet, Inputs, Project};

struct Scene {
    fleet: Fleet,
    project: Project,
    observer: Observer,
    registry: Registry,
}

/// A project without tags, whose configuration ends with `tail`.
fn scene(tail: &str) -> Option<Scene> {
    let registry = Registry::start(&Environment::new(), Flavor::Distribution3, Access::Anonymous)?;
    let fleet = Fleet::at(&registry.address()).with_tail(tail);
    let project = Project::new(&fleet.render(), Inputs::Committed);
    Some(Scene { project, observer: Observer::at(&registry.address()), fleet, registry })
}

impl Scene {
    /// Tags a version and releases it on a machine of its own.
    #[track_caller]
    fn release(&self, version: &str) {
        self.project.tag(version);
        self.project.machine().release(version).expect_success();
    }

    /// Tags a further version of the series 1.2 on a branch of its own, and releases it.
    #[track_caller]
    fn release_on_a_branch(&self, base: &str, version: &str) {
        self.project.author().git(["switch", "--quiet", "--create", "maintenance", base]);
        self.release(version);
    }

    /// Each of these tags points, in both repositories, at what the tag beside it points at.
    #[track_caller]
    fn expect(&self, tags: &[(&str, &str)]) {
        for repository in [&self.fleet.app, &self.fleet.tool] {
            for (tag, version) in tags {
                let found = self.observer.resolve(repository, tag);
                assert!(found.is_some(), "{repository}:{tag} is not there");
                assert_eq!(
                    found,
                    self.observer.resolve(repository, version),
                    "{repository}:{tag} is not {version}"
                );
            }
        }
    }
}

#[test]
fn a_patch_of_an_older_series_moves_its_series_and_not_latest() {
    let Some(scene) = scene("") else { return };
    scene.release("1.2.3");
    scene.expect(&[("1.2", "1.2.3"), ("latest", "1.2.3")]);
    scene.release("1.3.0");
    scene.expect(&[("1.2", "1.2.3"), ("1.3", "1.3.0"), ("latest", "1.3.0")]);
    scene.release_on_a_branch("v1.2.3", "1.2.4");
    let settled = [("1.2", "1.2.4"), ("1.3", "1.3.0"), ("latest", "1.3.0")];
    scene.expect(&settled);
    let machine = scene.project.machine();
    for version in ["1.2.3", "1.2.4", "1.3.0"] {
        let verified = json(&machine.ask(["verify", &format!("v{version}")]).run().expect_success());
        let superseded: Vec<_> = verified["checks"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|check| check["outcome"] == "superseded")
            .map(|check| check["by"].as_str().unwrap_or_default().to_owned())
            .collect();
        let want: &[&str] = match version {
            "1.2.3" => &["1.2.4", "1.3.0", "1.2.4", "1.3.0"],
            "1.2.4" => &["1.3.0", "1.3.0"],
            _ => &[],
        };
        assert_eq!(superseded, want, "{version}: {verified:#}");
        // Whichever version is released again, no tag goes back.
        machine.release(version).expect_success();
        scene.expect(&settled);
    }
    let latest = json(&machine.ask(["latest"]).run().expect_success());
    assert_eq!(latest["version"], "1.3.0");
}

#[test]
fn a_prerelease_moves_nothing() {
    let Some(scene) = scene("[tags]\nprerelease = true") else { return };
    scene.release("1.4.0-rc.1");
    for repository in [&scene.fleet.app, &scene.fleet.tool] {
        let tags: Vec<String> = scene.observer.visible_tags(repository).into_keys().collect();
        assert_eq!(tags, ["1.4.0-rc.1".to_owned(), format!("sha-{}", &scene.project.author().head()[..7])]);
    }
    scene.release("1.3.0");
    scene.release("1.4.0-rc.2");
    scene.expect(&[("1.3", "1.3.0"), ("latest", "1.3.0")]);
    assert_eq!(scene.observer.resolve(&scene.fleet.app, "1.4"), None);
    scene.release("1.4.0");
    scene.expect(&[("1.4", "1.4.0"), ("latest", "1.4.0")]);
}

#[test]
fn versions_that_another_tool_released_count() {
    let Some(crane) = tools::require("crane") else { return };
    let Some(scene) = scene("") else { return };
    let environment = Environment::new();
    std::fs::write(environment.root().join("layer.tar"), [0; 1024]).expect("a file can be written");
    for repository in [&scene.fleet.app, &scene.fleet.tool] {
        let image = format!("{repository}:1.3.0");
        let push = ["append", "--oci-empty-base", "-f", "layer.tar", "-t", &image];
        crane.command(&environment).args(push).run().expect_success();
        for tag in ["1.3", "latest"] {
            crane.command(&environment).args(["tag", &image, tag]).run().expect_success();
        }
    }
    scene.release("1.2.4");
    scene.expect(&[("1.2", "1.2.4"), ("1.3", "1.3.0"), ("latest", "1.3.0")]);
    let theirs = scene.observer.resolve(&scene.fleet.app, "1.3.0");
    scene.release("1.3.1");
    scene.expect(&[("1.2", "1.2.4"), ("1.3", "1.3.1"), ("latest", "1.3.1")]);
    assert_eq!(scene.observer.resolve(&scene.fleet.app, "1.3.0"), theirs);
}

#[test]
fn a_moving_tag_that_somebody_moved_back_is_put_right_by_any_release() {
    let Some(crane) = tools::require("crane") else { return };
    let Some(scene) = scene("") else { return };
    scene.release("1.2.3");
    scene.release("1.3.0");
    let image = format!("{}/harbour/app:1.2.3", scene.registry.address());
    crane.command(&Environment::new()).args(["tag", &image, "latest"]).run().expect_success();
    scene.project.machine().release("1.2.3").expect_success();
    scene.expect(&[("1.2", "1.2.3"), ("1.3", "1.3.0"), ("latest", "1.3.0")]);
}
