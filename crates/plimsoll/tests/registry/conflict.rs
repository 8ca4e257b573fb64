//! What is somebody else's is never touched, and what can't be released is refused before anything is written.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::proxy::{Fault, Lasting, Proxy, When};
use plimsoll_testkit::registry::{Access, Flavor, Registry};

use crate::machine::{Machine, error_code, expect_error, json};
use crate::observer::Observer;
use crate::project::{Fleet, Project};
use crate::released::writes;

struct Scene {
    fleet: Fleet,
    project: Project,
    proxy: Proxy,
    observer: Observer,
    _registry: Registry,
}

fn scene() -> Option<Scene> {
    let registry = Registry::start(&Environment::new(), Flavor::Distribution3, Access::Anonymous)?;
    let proxy = Proxy::start(&registry.address());
    let fleet = Fleet::at(&proxy.address());
    let observer = Observer::at(&registry.address());
    Some(Scene { project: Project::tagged(&fleet), fleet, proxy, observer, _registry: registry })
}

impl Scene {
    /// Nothing was written to the registry, and nothing was claimed.
    #[track_caller]
    fn expect_untouched(&self) {
        assert_eq!(writes(&self.proxy), []);
        assert_eq!(self.project.claims().state("1.0.0"), "absent");
    }
}

#[test]
fn a_version_tag_of_somebody_else_stops_everything_before_anything_is_written() {
    let Some(scene) = scene() else { return };
    for repository in [&scene.fleet.tool, &scene.fleet.app] {
        let foreign = scene.observer.push_foreign(repository, "1.0.0", "a stranger's");
        for _ in 0..2 {
            let refused = expect_error(scene.project.machine().release("1.0.0"), 5, "tag-taken");
            assert_eq!(json(&refused)["reach"], "nothing");
            scene.expect_untouched();
        }
        assert_eq!(scene.observer.resolve(repository, "1.0.0"), Some(foreign));
    }
    assert_eq!(scene.observer.tags(&scene.fleet.app).len(), 1);
}

#[test]
fn a_stranger_in_a_mirror_stops_everything_too() {
    let Some(scene) = scene() else { return };
    let mirror = format!("{}/mirror/app", scene.proxy.address());
    let project = Project::tagged(&scene.fleet.clone().mirrored_to(&mirror));
    scene.observer.push_foreign(&mirror, "1.0.0", "a stranger's");
    expect_error(project.machine().release("1.0.0"), 5, "tag-taken");
    assert_eq!(writes(&scene.proxy), []);
    assert_eq!(project.claims().state("1.0.0"), "absent");
}

#[test]
fn a_version_that_its_file_contradicts_is_refused_with_both_numbers() {
    let Some(scene) = scene() else { return };
    scene.project.author().annotated_tag("v1.0.1");
    scene.project.push(&["v1.0.1"]);
    let refused = expect_error(scene.project.machine().release("1.0.1"), 5, "version-mismatch");
    assert!(
        ["1.0.0", "1.0.1", "VERSION"].iter().all(|word| refused.stderr().contains(word)),
        "{}",
        refused.stderr()
    );
    assert_eq!(scene.proxy.requests(), []);
}

#[test]
fn tags_that_release_nothing_are_refused_without_a_request() {
    let Some(scene) = scene() else { return };
    let machine = scene.project.machine();
    for (tag, exit, code) in [
        ("v1.0", 5, "tag-invalid"),
        ("1.0.0", 5, "tag-invalid"),
        ("v1.0.0-rc1", 5, "prerelease-refused"),
        ("v9.9.9", 5, "tag-missing"),
    ] {
        let refused = expect_error(machine.ask(["release", tag]).run(), exit, code);
        assert_eq!(json(&refused)["reach"], "nothing", "{tag}");
    }
    machine.clone.write("VERSION", "1.0.0-changed\n");
    expect_error(machine.release("1.0.0"), 2, "dirty-tree");
    assert_eq!(scene.proxy.requests(), []);
    scene.expect_untouched();
}

/// Moves `v1.0.0` on the remote to a new commit that also says 1.0.0.
fn move_git_tag(project: &Project) {
    project.author().write("README", "More.\n");
    project.author().commit("One more");
    project.author().git(["tag", "--annotate", "--force", "-m", "again", "v1.0.0"]);
    project.push(&["HEAD", "v1.0.0"]);
}

#[test]
fn a_git_tag_that_was_moved_after_its_release_releases_nothing() {
    let Some(scene) = scene() else { return };
    let machine = scene.project.machine();
    machine.release("1.0.0").expect_success();
    let tags = scene.observer.tags(&scene.fleet.app);
    move_git_tag(&scene.project);
    for machine in [machine, scene.project.machine()] {
        scene.proxy.reset();
        expect_error(machine.release("1.0.0"), 5, "tag-moved-since");
        assert_eq!(writes(&scene.proxy), []);
        machine.plimsoll(["verify", "v1.0.0"]).run().expect_code(7);
    }
    assert_eq!(scene.observer.tags(&scene.fleet.app), tags);
}

/// Releases while the git tag is moved just before the first request that fits.
fn release_and_move(
    scene: &Scene,
    method: &str,
    place: &str,
) -> (Machine, plimsoll_testkit::process::Output) {
    let machine = scene.project.machine();
    let author = scene.project.author();
    author.write("README", "More.\n");
    author.commit("One more");
    author.git(["tag", "--annotate", "--force", "-m", "again", "v1.0.0"]);
    let push = author.environment().command("git").in_folder(author.path());
    let push = push.args(["push", "--quiet", "--force", "origin", "v1.0.0"]);
    let act = move || drop(push.run().expect_success());
    scene.proxy.fail(When::first(method, place), Fault::after(act), Lasting::Once);
    let output = machine.release("1.0.0");
    (machine, output)
}

#[test]
fn a_git_tag_that_is_moved_before_the_commit_makes_nothing_visible() {
    let Some(scene) = scene() else { return };
    let (machine, output) = release_and_move(&scene, "PUT", "/manifests/plimsoll-");
    expect_error(output, 5, "tag-moved");
    for repository in [&scene.fleet.app, &scene.fleet.tool] {
        assert_eq!(scene.observer.visible_tags(repository), [].into());
    }
    // The claim is for a tag that is no more; the next run releases what the tag says now.
    let again = json(&machine.release("1.0.0").expect_success());
    assert_eq!(again["commit"], scene.project.author().head());
    let images = machine.images("1.0.0");
    let digest = images["images"][0]["digest"].as_str().map(str::to_owned);
    assert_eq!(scene.observer.resolve(&scene.fleet.app, "1.0.0"), digest);
}

#[test]
fn a_git_tag_that_is_moved_after_the_commit_is_drift() {
    let Some(scene) = scene() else { return };
    let (machine, output) = release_and_move(&scene, "PUT", "/manifests/latest");
    expect_error(output, 7, "git-tag-drift");
    assert_eq!(scene.project.claims().state("1.0.0"), "published");
    expect_error(machine.release("1.0.0"), 5, "tag-moved-since");
}

#[test]
fn a_version_tag_overwritten_after_the_release_is_drift_and_stays() {
    let Some(scene) = scene() else { return };
    let machine = scene.project.machine();
    machine.release("1.0.0").expect_success();
    let latest = scene.observer.resolve(&scene.fleet.app, "latest");
    let foreign = scene.observer.push_foreign(&scene.fleet.app, "1.0.0", "a stranger's");
    scene.proxy.reset();
    expect_error(machine.release("1.0.0"), 7, "drift");
    let verified = machine.ask(["verify", "v1.0.0"]).run().expect_code(7);
    assert_eq!(json(&verified)["verdict"], "drift");
    assert_eq!(writes(&scene.proxy), []);
    assert_eq!(scene.project.claims().state("1.0.0"), "published");
    assert_eq!(scene.observer.resolve(&scene.fleet.app, "1.0.0"), Some(foreign));
    assert_eq!(scene.observer.resolve(&scene.fleet.app, "latest"), latest);
}

#[test]
fn a_remote_that_is_gone_is_told_apart_from_a_claim_that_is_not_there() {
    let Some(scene) = scene() else { return };
    let machine = scene.project.machine();
    std::fs::rename(scene.project.remote().path(), scene.project.remote().path().with_extension("away"))
        .unwrap();
    let lost = machine.release("1.0.0").expect_code(8);
    assert_eq!(error_code(&lost), "git-unreachable");
    assert_eq!(writes(&scene.proxy), []);
}
