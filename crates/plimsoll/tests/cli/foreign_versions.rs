//! Version tags that another tool left in a registry: no tag that moves is drawn to them, nor taken back from them.

use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};

use crate::scene::{CONFIG, Scene};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A project with a remote and a registry.
struct Shared {
    scene: Scene,
    registry: FaultRegistry,
}

impl Shared {
    fn new() -> Shared {
        let registry = FaultRegistry::start(Habits::default());
        let repository = format!("{}/acme/app", registry.address());
        let (scene, _) = Scene::with_remote(&CONFIG.replace("registry.example/app", &repository));
        Shared { scene, registry }
    }

    fn release(&self, version: &str) -> String {
        self.scene.push_version(version);
        let released = self.scene.run(&format!("release {version}")).expect_success();
        format!("{}{}", released.stdout(), released.stderr())
    }

    /// Points tags at what no release of ours is.
    fn push_by_hand(&self, tags: &[&str]) {
        let other = format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[]}}"#);
        for tag in tags {
            self.registry.put_manifest("acme/app", tag, INDEX, other.as_bytes());
        }
    }

    fn at(&self, tag: &str) -> Option<Vec<u8>> {
        self.registry.manifest("acme/app", tag)
    }
}

#[test]
fn nothing_draws_a_tag_to_a_version_that_somebody_pushed_by_hand() {
    let shared = Shared::new();
    for version in ["v1.0.0", "v1.1.0"] {
        shared.release(version);
    }
    shared.push_by_hand(&["9.9.9"]);
    let latest_is = |version: &str, after: &str| {
        assert_eq!(shared.at("latest"), shared.at(version), "after {after}");
        assert_eq!((shared.at("9.9"), shared.at("9")), (None, None), "after {after}");
    };
    for line in ["audit --repair", "audit", "release v1.1.0"] {
        shared.scene.run(line).expect_success();
        latest_is("1.1.0", line);
    }
    let foreseen = shared.scene.run("rollback --dry-run").expect_success();
    assert!(foreseen.stdout().contains("back to 1.0.0, passing over 1.1.0\n"), "{}", foreseen.stdout());
    for (line, at) in [
        ("rollback", "1.0.0"),
        ("unhold", "1.1.0"),
        ("yank v1.1.0 --reason breaks", "1.0.0"),
        ("unyank v1.1.0", "1.1.0"),
    ] {
        shared.scene.run(line).expect_success();
        latest_is(at, line);
    }
    shared.release("v1.2.0");
    latest_is("1.2.0", "the next release");
}

#[test]
fn a_tag_stays_where_another_tool_has_put_it_until_a_newer_release() {
    let shared = Shared::new();
    shared.push_by_hand(&["2.0.0", "latest"]);
    let others = shared.at("latest");
    let said = shared.release("v1.0.0");
    let stays = "acme/app:latest stays at 2.0.0, which another tool made";
    assert!(said.contains(stays), "{said}");
    assert!(!said.contains("latest, "), "what it does not bear is not listed: {said}");
    assert_eq!(shared.at("latest"), others);
    let again = shared.scene.json("release v1.0.0");
    assert_eq!(
        (&again["kept_tags"][0]["tag"], &again["kept_tags"][0]["at"]),
        (&"latest".into(), &"2.0.0".into())
    );
    shared.scene.run("verify v1.0.0").expect_success();
    shared.scene.run("audit").expect_success();
    shared.release("v2.0.1");
    assert_eq!(shared.at("latest"), shared.at("2.0.1"));
}

#[test]
fn what_was_only_tagged_is_not_held_back_when_it_is_released() {
    let shared = Shared::new();
    for version in ["v1.0.0", "v1.1.0"] {
        shared.release(version);
    }
    shared.push_by_hand(&["1.1.1"]);
    shared.scene.push_version("v1.1.1");
    let refused = shared.scene.run("release v1.1.1");
    assert_eq!(refused.code(), Some(5), "{}", refused.stderr());
    shared.scene.run("rollback").expect_success();
    assert_eq!(shared.at("latest"), shared.at("1.0.0"));
    let said = shared.scene.run("release v1.1.0").expect_success();
    let passed_over = "a rollback to 1.0.0 passes app v1.1.0 over: no moving tag follows it; to let it count: `plimsoll unhold v1.1.0`";
    assert!(said.stderr().contains(passed_over), "{}", said.stderr());
    shared.registry.delete("acme/app", "1.1.1");
    shared.scene.run("release v1.1.1").expect_success();
    assert_eq!(shared.at("latest"), shared.at("1.1.1"));
}
