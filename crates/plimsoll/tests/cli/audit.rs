//! The whole ledger observed again.

use insta::assert_snapshot;

use crate::scene::{CONFIG, Scene};

const MIRRORED: &str = "[[image.mirrors]]\nrepository = \"mirror.example/app\"\n";

/// Two versions in the local registry, with a mirror.
fn released() -> Scene {
    let scene = Scene::with_config(&format!("registry = \"local\"\n{CONFIG}{MIRRORED}"));
    for version in ["v1.0.0", "v1.1.0"] {
        scene.repo.write("app", version).commit(version);
        scene.repo.annotated_tag(version);
        scene.run(&format!("release {version}")).expect_success();
    }
    scene
}

/// Takes a tag away from a repository of the local registry, or calls it something else.
fn retag(scene: &Scene, place: &str, tag: &str, with: &str) {
    let index = scene
        .files(".plimsoll/registry")
        .into_iter()
        .find(|path| path.ends_with("index.json") && path.to_string_lossy().contains(place))
        .unwrap();
    let text = std::fs::read_to_string(&index).unwrap();
    let (from, to) = (format!("\"{tag}\""), format!("\"{with}\""));
    assert!(text.contains(&from), "{text}");
    std::fs::write(&index, text.replace(&from, &to)).unwrap();
}

#[test]
fn all_is_well_after_releases() {
    let scene = released();
    scene.run("yank v1.1.0 --reason breaks").expect_success();
    assert_snapshot!(scene.show("audit"), @"
    exit 0
    --- stdout
    VERSION  STATE      STANDING  VERDICT  CHECKS
    1.1.0    yanked     yanked    ok       11
    1.0.0    published  latest    ok       10

    orphaned     moving-tag mirror.example/app:1.1
        it stays at 1.1.0, which is yanked: no version that counts asks for it any more
        found  sha256:[1]
    orphaned     moving-tag registry.example/app:1.1
        it stays at 1.1.0, which is yanked: no version that counts asks for it any more
        found  sha256:[1]
    --- stderr
    app: 2 releases and 6 moving tags are as they should be; of the tags 2 stay where they are: no version that counts asks for them
    ");
    let audit = scene.json("audit");
    let orphaned = audit["moving_tags"].as_array().unwrap().iter().filter(|tag| tag["yanked"] == "1.1.0");
    assert_eq!(orphaned.count(), 2, "{audit:#}");
    assert_eq!((&audit["schema"], &audit["verdict"]), (&"plimsoll.audit/v1".into(), &"ok".into()));
    assert_eq!(audit["releases"][0]["version"], "1.1.0");
}

#[test]
fn what_was_lost_is_found_and_repaired() {
    let scene = released();
    retag(&scene, "mirror.example", "1.0.0", "gone");
    retag(&scene, "registry.example", "latest", "elsewhere");
    assert_snapshot!(scene.show("audit"), @"
    exit 7
    --- stdout
    VERSION  STATE      STANDING    VERDICT  CHECKS
    1.1.0    published  latest      ok       10
    1.0.0    published  superseded  drift    10

    DRIFT        version-tag mirror.example/app:1.0.0
        want   sha256:[1]
        found  nothing
    DRIFT        moving-tag registry.example/app:latest
        want   sha256:[2]
        found  nothing
    --- stderr
    error[drift]: the world is not what was released
     |
     = help: `plimsoll audit --local --repair` writes again what was lost; what is foreign it leaves
     = help: see one release: `plimsoll verify TAG --local`
    app: of 2 releases and 6 moving tags not all are as they should be (drift)
    ");
    assert_snapshot!(scene.show("audit --repair"), @"
    exit 0
    --- stdout
    repaired 1.0.0
    moved registry.example/app:latest to 1.1.0; it was nowhere

    VERSION  STATE      STANDING    VERDICT  CHECKS
    1.1.0    published  latest      ok       10
    1.0.0    published  superseded  ok       10
    --- stderr
    app: 2 releases and 6 moving tags are as they should be
    ");
    assert_eq!(scene.json("audit")["verdict"], "ok");
}

#[test]
fn what_is_foreign_is_left() {
    let scene = released();
    retag(&scene, "registry.example", "1.1.0", "other");
    retag(&scene, "registry.example", "1.0.0", "1.1.0");
    let repaired = scene.plimsoll("audit --repair -o json").run();
    assert_eq!(repaired.code(), Some(7), "{}", repaired.stdout());
    let repaired: serde_json::Value = serde_json::from_str(repaired.stdout()).unwrap();
    let results: Vec<&str> = repaired["repairs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|repair| repair["result"].as_str().unwrap())
        .collect();
    assert!(results.contains(&"kept") && results.contains(&"done"), "{repaired:#}");
}

#[test]
fn a_file_that_was_changed_is_found() {
    let scene = released();
    let file = scene.repo.path().join(".plimsoll/releases/v1.0.0-release-info.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("1.0.0", "1.0.9")).unwrap();
    assert_eq!(scene.plimsoll("audit").run().code(), Some(6));
}

#[test]
fn nothing_is_well_too() {
    let scene = Scene::with_config(&format!("registry = \"local\"\n{CONFIG}"));
    assert_snapshot!(scene.show("audit"), @"
    exit 0
    --- stderr
    app: 0 releases and 0 moving tags are as they should be
    ");
}

#[test]
fn every_byte_of_the_local_registry_is_read() {
    let scene = released();
    let is_layer = |path: &&std::path::PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        path.to_string_lossy().contains("/mirror.example/app/blobs/") && bytes.first() != Some(&b'{')
    };
    let files = scene.files(".plimsoll/registry");
    let layer = files.iter().find(is_layer).expect("there is a layer");
    let whole = std::fs::read(layer).unwrap();
    let mut other = whole.clone();
    *other.last_mut().unwrap() ^= 1;
    for bytes in [other.as_slice(), &whole[..whole.len() / 2]] {
        // The file may have a second name elsewhere.
        std::fs::remove_file(layer).unwrap();
        std::fs::write(layer, bytes).unwrap();
        let audit = scene.run("audit");
        assert_eq!(audit.code(), Some(6), "{}", audit.stdout());
        assert!(audit.stdout().contains("content mirror.example/app@"), "{}", audit.stdout());
    }
    // What was torn is written anew.
    scene.run("audit --repair").expect_success();
    assert_eq!(std::fs::read(layer).unwrap(), whole);
}
