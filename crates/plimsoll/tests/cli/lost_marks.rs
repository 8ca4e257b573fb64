//! What was said of a release, and is not in a registry any more: a cleanup took it, or the registry did not answer then.

use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits};

use crate::scene::{CONFIG, Scene};

/// Two releases in a registry and an optional mirror; the files of the ledger lie in the work tree.
struct Said {
    scene: Scene,
    registry: FaultRegistry,
    mirror: FaultRegistry,
}

impl Said {
    fn new() -> Said {
        let (registry, mirror) =
            (FaultRegistry::start(Habits::default()), FaultRegistry::start(Habits::default()));
        let copy =
            format!("mirrors = [{{ repository = \"{}/acme/app\", optional = true }}]", mirror.address());
        let config = CONFIG.replace("registry.example/app", &format!("{}/acme/app", registry.address()));
        let (scene, _) = Scene::with_remote(&config.replacen("platforms", &format!("{copy}\nplatforms"), 1));
        for version in ["v1.0.0", "v1.1.0"] {
            scene.push_version(version);
            scene.run(&format!("release {version}")).expect_success();
        }
        Said { scene, registry, mirror }
    }

    /// Deletes every mark of the registry, as a rule that cleans up does.
    fn clean_up(&self) {
        let marks = marks(&self.registry);
        assert!(!marks.is_empty(), "there is a mark");
        for tag in marks {
            self.registry.delete("acme/app", &tag);
        }
    }
}

fn marks(registry: &FaultRegistry) -> Vec<String> {
    let all = registry.tags("acme/app").into_iter();
    all.filter(|tag| tag.starts_with("plimsoll-mark-")).collect()
}

#[test]
fn a_yank_that_a_registry_lost_still_counts_and_is_written_again() {
    let said = Said::new();
    let latest_is_older = |after: &str| {
        let at = |tag: &str| said.registry.manifest("acme/app", tag).expect("it is there");
        assert_eq!(at("latest"), at("1.0.0"), "{after}");
    };
    said.scene.run("yank v1.1.0 --reason breaks").expect_success();
    latest_is_older("yank");
    said.clean_up();
    for tag in marks(&said.mirror) {
        said.mirror.delete("acme/app", &tag);
    }
    said.scene.run("release v1.1.0").expect_success();
    latest_is_older("release");
    let audit = said.scene.run("audit");
    assert_eq!(audit.code(), Some(7), "{}", audit.stdout());
    assert!(audit.stdout().contains("mark "), "{}", audit.stdout());
    let repaired = said.scene.run("audit --repair").expect_success();
    assert!(repaired.stdout().contains("repaired 1.1.0"), "{}", repaired.stdout());
    latest_is_older("repair");
    assert_eq!((marks(&said.registry).len(), marks(&said.mirror).len()), (1, 1));
    said.scene.run("audit").expect_success();
}

/// A mirror that was added later has nothing of older releases, so nothing of what was said of them is missing there.
#[test]
fn what_was_said_before_a_mirror_was_added_is_not_missing_there() {
    let (registry, added) =
        (FaultRegistry::start(Habits::default()), FaultRegistry::start(Habits::default()));
    let config = CONFIG.replace("registry.example/app", &format!("{}/acme/app", registry.address()));
    let (scene, _) = Scene::with_remote(&config);
    for version in ["v1.0.0", "v1.1.0"] {
        scene.push_version(version);
        scene.run(&format!("release {version}")).expect_success();
    }
    scene.run("yank v1.1.0 --reason breaks").expect_success();
    let mirrors = format!("mirrors = [\"{}/acme/app\"]\nplatforms", added.address());
    scene.repo.write("plimsoll.toml", config.replacen("platforms", &mirrors, 1));
    scene.push_version("v1.2.0");
    scene.run("release v1.2.0").expect_success();
    let audit = scene.run("audit");
    assert_eq!(audit.code(), Some(0), "{}{}", audit.stdout(), audit.stderr());
    assert_eq!(marks(&added).len(), 0);
    // What is said of a release that went there must be there, whatever else it is about.
    scene.run("rollback v1.0.0").expect_success();
    for tag in marks(&added) {
        added.delete("acme/app", &tag);
    }
    let audit = scene.run("audit");
    assert_eq!(audit.code(), Some(7), "{}", audit.stdout());
    assert_eq!(audit.stdout().matches("mark ").count(), 1, "{}", audit.stdout());
    scene.run("audit --repair").expect_success();
    assert_eq!(marks(&added).len(), 1);
    for tag in marks(&registry) {
        registry.delete("acme/app", &tag);
    }
    assert_eq!(scene.run("audit").code(), Some(7), "where it was released it is missing");
}

#[test]
fn a_mirror_that_did_not_hear_a_yank_hears_it_by_a_repair() {
    let said = Said::new();
    for method in ["GET", "HEAD", "POST", "PUT"] {
        said.mirror.fault(method, "/v2/", 0, 10_000, Effect::Instead(Answer::status(403)));
    }
    let yanked = said.scene.run("yank v1.1.0 --reason breaks");
    assert_eq!(yanked.code(), Some(9), "{}", yanked.stderr());
    for word in
        ["it is said, and tags follow it, but not in every optional mirror", "`plimsoll audit --repair`"]
    {
        assert!(yanked.stderr().contains(word), "{word}: {}", yanked.stderr());
    }
    said.mirror.forget_faults();
    assert_eq!(marks(&said.mirror).len(), 0);
    let audit = said.scene.run("audit");
    assert!(audit.stdout().contains("mark "), "{}", audit.stdout());
    said.scene.run("audit --repair").expect_success();
    assert_eq!(marks(&said.mirror), marks(&said.registry));
    let heard =
        said.scene.run(&format!("list --registry {}/acme/app", said.mirror.address())).expect_success();
    assert!(heard.stdout().contains("yanked"), "{}", heard.stdout());
}
