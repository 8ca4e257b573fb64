//! Whole releases to registries that talk as those of vendors do: one table, a row for each.

use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits, PASSWORD, USER, Untagged, Vendor};
use plimsoll_testkit::process::Invocation;
use plimsoll_testkit::repo::Repo;
use serde_json::Value;

use crate::scene::{CONFIG, Scene};

/// A project that goes to one registry, with a login for it.
struct Harbour {
    scene: Scene,
    registry: FaultRegistry,
}

impl Harbour {
    fn at(registry: FaultRegistry) -> Harbour {
        let host = registry.address();
        let config = CONFIG.replace("registry.example/app", &format!("{host}/acme/app"));
        let login = "username = \"env:APP_USER\"\npassword = \"env:APP_PASSWORD\"";
        let scene = Scene::with_config(&format!("{config}\n[registries.\"{host}\"]\n{login}\n"));
        scene.repo.annotated_tag("v1.0.0");
        let remote = Repo::bare(scene.environment(), "origin.git");
        scene.repo.remote("origin", &remote.url()).push("origin", ["main", "v1.0.0"]);
        Harbour { scene, registry }
    }

    fn call(&self, line: &str) -> Invocation {
        self.scene.plimsoll(line).set("APP_USER", USER).set("APP_PASSWORD", PASSWORD)
    }

    #[track_caller]
    fn json(&self, line: &str) -> Value {
        let output = self.call(line).args(["-o", "json"]).run();
        serde_json::from_str(output.stdout()).unwrap_or_else(|error| {
            panic!("no JSON ({error}): {}\n{}", output.stdout(), output.stderr());
        })
    }
}

/// Registries of every vendor with the repository made, as they are and where they take nothing without a tag.
fn registries() -> impl Iterator<Item = (String, FaultRegistry)> {
    Vendor::ALL.into_iter().flat_map(|vendor| {
        [Untagged::Taken, Untagged::Refused].map(|untagged| {
            let registry = FaultRegistry::start(Habits { untagged, ..vendor.habits() });
            registry.create("acme/app");
            (format!("{vendor:?}, {untagged:?}"), registry)
        })
    })
}

#[test]
fn a_release_goes_through_and_is_whole_and_stays_so() {
    for (name, registry) in registries() {
        let harbour = Harbour::at(registry);
        let released = harbour.call("release v1.0.0").run();
        assert_eq!(released.code(), Some(0), "{name}: {}", released.stderr());
        // What no tag keeps may go: a release needs none of it.
        harbour.registry.collect_untagged();
        assert_eq!(harbour.json("verify v1.0.0")["verdict"], "ok", "{name}");
        assert_eq!(harbour.json("release v1.0.0")["status"], "already-released", "{name}");
        assert!(harbour.registry.manifest("acme/app", "1.0.0").is_some(), "{name}");
        assert_eq!(harbour.registry.strays(), 0, "{name}");
    }
}

#[test]
fn what_nothing_but_a_hold_tag_keeps_is_there_for_the_next_run() {
    for vendor in [Vendor::Quay, Vendor::GitLab, Vendor::Ecr] {
        let registry = FaultRegistry::speaking_as(vendor);
        registry.create("acme/app");
        let harbour = Harbour::at(registry);
        // The run ends with everything pushed and no version tag written.
        let refusal = Answer::status(403).body(r#"{"errors":[{"code":"DENIED","message":"not today"}]}"#);
        harbour.registry.fault("PUT", "/manifests/1.0.0", 0, 99, Effect::Instead(refusal));
        assert_ne!(harbour.call("release v1.0.0").run().code(), Some(0), "{vendor:?}");
        assert_eq!(harbour.registry.manifest("acme/app", "1.0.0"), None, "{vendor:?}");
        harbour.registry.collect_untagged();
        harbour.registry.forget_faults();
        harbour.registry.forget_requests();
        let released = harbour.call("release v1.0.0").run();
        assert_eq!(released.code(), Some(0), "{vendor:?}: {}", released.stderr());
        assert_eq!(harbour.registry.count("PUT", "/blobs/"), 0, "{vendor:?}: nothing was lost");
        assert_eq!(harbour.json("verify v1.0.0")["verdict"], "ok", "{vendor:?}");
    }
}

#[test]
fn a_repository_that_must_be_made_first_is_told_before_anything_is_made() {
    let harbour = Harbour::at(FaultRegistry::speaking_as(Vendor::Ecr));
    let refused = harbour.call("release v1.0.0").run();
    assert!(refused.stderr().contains("error[registry-rejected]"), "{}", refused.stderr());
    let help =
        format!("make {}/acme/app first: this registry makes none by itself", harbour.registry.address());
    assert!(refused.stderr().contains(&help), "{}", refused.stderr());
    assert_eq!(harbour.registry.count("PUT", ""), 0);
    harbour.registry.create("acme/app");
    harbour.call("release v1.0.0").run().expect_success();
}
