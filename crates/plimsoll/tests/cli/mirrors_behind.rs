//! An optional mirror that is behind: what is said of it, and what brings it in line.

use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits};

use crate::scene::{CONFIG, Scene};
use crate::signing::{self, SIGNING};

/// A registry and its optional mirror, which answers nothing at first.
struct Mirrored {
    registry: FaultRegistry,
    mirror: FaultRegistry,
}

impl Mirrored {
    fn new() -> Mirrored {
        let (registry, mirror) =
            (FaultRegistry::start(Habits::default()), FaultRegistry::start(Habits::default()));
        let mirrored = Mirrored { registry, mirror };
        mirrored.fall_silent();
        mirrored
    }

    fn fall_silent(&self) {
        for method in ["GET", "HEAD", "POST", "PUT"] {
            self.mirror.fault(method, "/v2/", 0, 10_000, Effect::Instead(Answer::status(403)));
        }
    }

    fn config(&self) -> String {
        let [here, there] = [&self.registry, &self.mirror].map(|one| format!("{}/acme/app", one.address()));
        let mirrors = format!("mirrors = [{{ repository = \"{there}\", optional = true }}]\nplatforms");
        CONFIG.replace("registry.example/app", &here).replacen("platforms", &mirrors, 1)
    }
}

#[test]
fn what_a_mirror_lacks_of_other_releases_is_no_business_of_this_one() {
    let mirrored = Mirrored::new();
    let (scene, _) = Scene::with_remote(&mirrored.config());
    for version in ["v1.0.0", "v1.1.0"] {
        scene.push_version(version);
        let left = scene.run(&format!("release {version}"));
        assert_eq!(left.code(), Some(9), "{}", left.stderr());
        let again = format!("bring them in line: `plimsoll release {version}`");
        assert!(left.stderr().contains(&again), "{}", left.stderr());
        assert!(left.stdout().contains("sha256:"), "what was released is shown: {}", left.stdout());
        let summary = scene.environment().root().join(format!("summary-{version}"));
        let run = scene.plimsoll(&format!("release {version}")).set("GITHUB_ACTIONS", "true");
        run.set("GITHUB_STEP_SUMMARY", &summary).run().expect_code(9);
        let told = std::fs::read_to_string(&summary).unwrap();
        let (failed, table) = told.split_once("| image |").unwrap();
        assert!(failed.contains("Released, but: mirror-incomplete"), "{told}");
        assert!(table.contains("sha256:") && !table.contains("changes nothing"), "{told}");
        let left = scene.json(&format!("release {version}"));
        let done = (&left["exit"], &left["done"]["schema"], &left["done"]["version"]);
        assert_eq!(done, (&9.into(), &"plimsoll.released/v1".into(), &version[1..].into()), "{left:#}");
        let behind = format!("{}/acme/app", mirrored.mirror.address());
        assert_eq!(left["done"]["behind"], serde_json::json!([behind]), "{left:#}");
        assert!(!scene.run(&format!("release {version}")).stdout().contains("nothing was missing"));
    }
    mirrored.mirror.forget_faults();
    // `latest` there would be at 1.1.0, which no release of 1.0.0 brings.
    let left = scene.run("release v1.0.0");
    assert_eq!(left.code(), Some(9), "{}", left.stderr());
    assert!(left.stderr().contains("bring them in line: `plimsoll audit --repair`"), "{}", left.stderr());
    scene.run("audit --repair").expect_success();
    scene.run("release v1.0.0").expect_success();
    assert_eq!(
        mirrored.mirror.manifest("acme/app", "latest"),
        mirrored.registry.manifest("acme/app", "1.1.0")
    );
    mirrored.fall_silent();
    let yanked = scene.run("yank v1.1.0 --reason breaks");
    assert_eq!(yanked.code(), Some(9), "{}", yanked.stderr());
    let moved = format!("{}/acme/app:latest moved to 1.0.0", mirrored.registry.address());
    let stays = format!("{}/acme/app:1.1 stays at 1.1.0, which is yanked", mirrored.registry.address());
    for word in [moved, stays] {
        assert!(yanked.stdout().contains(&word), "{word}: {}", yanked.stdout());
    }
    let status = scene.run("status").expect_success();
    let unasked = format!("= mirror not asked: {}/acme/app", mirrored.mirror.address());
    assert!(status.stderr().contains(&unasked), "{unasked}: {}", status.stderr());
}

/// Who asks a mirror needs nothing else: the registry that it mirrors may be down.
#[test]
fn a_mirror_alone_tells_of_the_releases_that_it_has() {
    let Mirrored { registry, mirror } = Mirrored::new();
    mirror.forget_faults();
    let mirrored = Mirrored { registry, mirror };
    let (scene, _) = Scene::with_remote(&mirrored.config());
    scene.push_version("v1.0.0");
    scene.run("release v1.0.0").expect_success();
    let Mirrored { registry, mirror } = mirrored;
    let _closed = registry.close();
    let place = format!("{}/acme/app", mirror.address());
    for line in ["latest", "info v1.0.0", "images v1.0.0"] {
        let said = scene.run(&format!("{line} --registry {place}")).expect_success();
        assert!(said.stdout().contains("sha256:"), "{line}: {}", said.stdout());
    }
    let found = scene.json(&format!("whatis {place}:latest --registry {place}"));
    assert_eq!(found["matches"][0]["version"], "1.0.0", "{found:#}");
    // An archive says what was said of its release, or is not written.
    let unheard = scene.run("export v1.0.0");
    assert_eq!(unheard.code(), Some(8), "{}", unheard.stderr());
    assert!(
        unheard.stderr().contains("takes the release and what was said of it from another place alone"),
        "{}",
        unheard.stderr()
    );
    assert!(!scene.repo.path().join("app-1.0.0.tar").exists());
    let alone = scene.run(&format!("export v1.0.0 --registry {place}")).expect_success();
    let told = format!("warning[passed-over]: whether v1.0.0 was yanked was asked of {place} alone");
    assert!(alone.stderr().contains(&told), "{}", alone.stderr());
    mirror.delete("acme/app", "1.0.0");
    let doubted = scene.run(&format!("latest --registry {place}"));
    assert_eq!(doubted.code(), Some(2), "{}", doubted.stderr());
}

#[test]
fn a_mirror_without_signatures_leaves_the_release_vouched_for() {
    let mirrored = Mirrored::new();
    let tables = format!("{SIGNING}\n[[trust]]\nkey = \"release.pub\"\n");
    let scene = signing::tagged("");
    scene.repo.write("plimsoll.toml", format!("{}{tables}", mirrored.config())).commit("mirror");
    scene.repo.annotated_tag("v1.1.0");
    let remote = plimsoll_testkit::repo::Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url());
    scene.repo.push("origin", ["main", "v1.1.0"]);
    let left = signing::run(&scene, "release v1.1.0");
    assert_eq!(left.code(), Some(9), "{}", left.stderr());
    mirrored.mirror.forget_faults();
    let (code, found) = signing::json(signing::run(&scene, "verify v1.1.0 -o json"));
    let says = (code, &found["verdict"], &found["authorship"]);
    assert_eq!(says, (7, &"drift".into(), &"vouched-for".into()), "{found:#}");
    // What somebody else has signed there is another matter than nothing.
    signing::run(&scene, "release v1.1.0").expect_success();
    let (code, found) = signing::json(signing::run(&scene, "verify v1.1.0 -o json"));
    assert_eq!((code, &found["verdict"]), (0, &"ok".into()), "{found:#}");
}
