//! An optional mirror that answers and lacks something: it holds nothing up, and everybody who looks says what it lacks.

use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use serde_json::json;

use crate::scene::{CONFIG, Scene};

const PROMOTES: &str = r#"
[image.tags]
release = ["v{version}", "{major}.{minor}", "latest"]
promotion = ["stable"]
[tags]
stable = "v{version}-stable"
"#;

/// Two releases in a registry and an optional mirror of it, the first of them with its promotion tag.
struct Mirrored {
    scene: Scene,
    registry: FaultRegistry,
    mirror: FaultRegistry,
}

impl Mirrored {
    fn new() -> Mirrored {
        let (registry, mirror) =
            (FaultRegistry::start(Habits::default()), FaultRegistry::start(Habits::default()));
        let [here, there] = [&registry, &mirror].map(|one| format!("{}/acme/app", one.address()));
        let mirrors = format!("mirrors = [{{ repository = \"{there}\", optional = true }}]\nplatforms");
        let config = CONFIG.replace("registry.example/app", &here).replacen("platforms", &mirrors, 1);
        let (scene, _) = Scene::with_remote(&format!("{config}{PROMOTES}"));
        for version in ["v1.0.0", "v1.1.0"] {
            scene.push_version(version);
            scene.run(&format!("release {version}")).expect_success();
        }
        scene.repo.git(["tag", "-a", "-m", "stable", "v1.0.0-stable", "v1.0.0^{}"]);
        scene.repo.push("origin", ["v1.0.0-stable"]);
        Mirrored { scene, registry, mirror }
    }

    fn mirror(&self) -> String {
        format!("{}/acme/app", self.mirror.address())
    }

    /// Deletes the tags of the mirror that begin so.
    fn lose(&self, beginning: &str) {
        let lost: Vec<String> =
            self.mirror.tags("acme/app").into_iter().filter(|tag| tag.starts_with(beginning)).collect();
        assert!(!lost.is_empty(), "{beginning}");
        for tag in lost {
            self.mirror.delete("acme/app", &tag);
        }
    }

    /// What `stable` points at in the registry and in the mirror.
    fn stable(&self) -> [Option<Vec<u8>>; 2] {
        [&self.registry, &self.mirror].map(|one| one.manifest("acme/app", "stable"))
    }
}

#[test]
fn a_mirror_that_is_behind_holds_no_promotion_up() {
    let mirrored = Mirrored::new();
    let (scene, mirror) = (&mirrored.scene, mirrored.mirror());
    mirrored.lose("v1.0.0");
    let shown = scene.run("promote v1.0.0 --dry-run").expect_success();
    assert!(shown.stderr().contains("optional mirrors would be left behind"), "{}", shown.stderr());
    assert!(!shown.stdout().contains(&mirror), "{}", shown.stdout());
    let planned = scene.run("plan v1.0.0-stable --online").expect_success();
    assert!(planned.stdout().contains("the mirror is behind the release"), "{}", planned.stdout());
    assert_eq!(mirrored.stable(), [None, None], "who only looks changes nothing");
    let left = scene.run("promote v1.0.0");
    assert_eq!(left.code(), Some(9), "{}", left.stderr());
    for word in [
        "error[mirror-incomplete]: it is said, and tags follow it, but not in every optional mirror",
        "something of the release is missing there, see `plimsoll verify v1.0.0`",
        "bring them in line: `plimsoll audit --repair`",
    ] {
        assert!(left.stderr().contains(word), "{word}: {}", left.stderr());
    }
    assert!(left.stdout().contains("promoted app 1.0.0"), "{}", left.stdout());
    let released = mirrored.registry.manifest("acme/app", "v1.0.0");
    assert_eq!(mirrored.stable(), [released.clone(), None], "no tag of the mirror follows");
    let again = scene.json("promote v1.0.0");
    let done = (&again["exit"], &again["done"]["status"], &again["done"]["behind"]);
    assert_eq!(done, (&json!(9), &json!("said-before"), &json!([mirror])), "{again:#}");
    scene.run("audit --repair").expect_success();
    assert_eq!(mirrored.stable(), [released.clone(), released]);
    let whole = scene.run("promote v1.0.0").expect_success();
    assert!(whole.stdout().contains("promoted already"), "{}", whole.stdout());
}

/// What is foreign there is told as such, and holds nothing up either. What its digest does not fit does.
#[test]
fn something_foreign_in_a_mirror_holds_no_promotion_up() {
    let mirrored = Mirrored::new();
    let scene = &mirrored.scene;
    let index = "application/vnd.oci.image.index.v1+json";
    let other = format!(r#"{{"schemaVersion":2,"mediaType":"{index}","manifests":[]}}"#);
    mirrored.mirror.put_manifest("acme/app", "v1.0.0", index, other.as_bytes());
    let left = scene.run("promote v1.0.0");
    assert_eq!(left.code(), Some(7), "{}", left.stderr());
    assert!(left.stderr().contains("tag `v1.0.0` points at sha256:"), "{}", left.stderr());
    assert_eq!(mirrored.stable(), [mirrored.registry.manifest("acme/app", "v1.0.0"), None]);
    mirrored.registry.delete("acme/app", "v1.1.0");
    scene.repo.git(["tag", "-a", "-m", "stable", "v1.1.0-stable", "v1.1.0^{}"]);
    scene.repo.push("origin", ["v1.1.0-stable"]);
    assert_eq!(scene.error("promote v1.1.0"), ("drift".into(), Some(7)), "what is required holds it up");
    assert_eq!(mirrored.stable()[0], mirrored.registry.manifest("acme/app", "v1.0.0"));
}

#[test]
fn the_status_of_a_release_names_what_a_mirror_lacks() {
    let mirrored = Mirrored::new();
    let (scene, mirror) = (&mirrored.scene, mirrored.mirror());
    let status = scene.run("status v1.1.0").expect_success();
    assert!(!status.stdout().contains("create"), "{}", status.stdout());
    mirrored.lose("plimsoll-1.1.0-");
    mirrored.lose("v1.1.0");
    let status = scene.run("status v1.1.0").expect_success();
    for lacking in [format!("create         in {mirror}"), format!("create         {mirror}:v1.1.0")] {
        assert!(status.stdout().contains(&lacking), "{lacking}: {}", status.stdout());
    }
    scene.run("release v1.1.0").expect_success();
    scene.run("yank v1.1.0 --reason breaks").expect_success();
    assert!(scene.run("status v1.1.0").stderr().contains("it is released; nothing is missing"));
    mirrored.lose("plimsoll-mark-");
    let status = scene.run("status v1.1.0").expect_success();
    let told = format!("{mirror} lacks what was said of it later (1 mark)");
    assert!(status.stderr().contains(&told), "{}", status.stderr());
    assert!(!status.stderr().contains("nothing is missing"), "{}", status.stderr());
    let other = scene.run("status v1.0.0").expect_success();
    assert!(other.stderr().contains("nothing is missing"), "{}", other.stderr());
    scene.run("audit --repair").expect_success();
    assert!(scene.run("status v1.1.0").stderr().contains("nothing is missing"));
}
