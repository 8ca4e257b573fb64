//! What was said of releases counts wherever it is known, and who could not be asked is named.

use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits};
use plimsoll_testkit::repo::Repo;
use serde_json::Value;

use crate::scene::{CONFIG, Scene};

/// A project with v1.0.0 and v1.1.0, which is yanked: in the registry, and in a file of the checkout.
fn yanked() -> (Scene, FaultRegistry) {
    let registry = FaultRegistry::start(Habits::default());
    let scene = Scene::with_config(&config(&registry, "acme/app"));
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main"]);
    for tag in ["v1.0.0", "v1.1.0"] {
        scene.repo.annotated_tag(tag);
        scene.repo.push("origin", [tag]);
        scene.run(&format!("release {tag}")).expect_success();
    }
    scene.run("yank v1.1.0 --reason broken").expect_success();
    (scene, registry)
}

fn config(registry: &FaultRegistry, path: &str) -> String {
    CONFIG.replace("registry.example/app", &format!("{}/{path}", registry.address()))
}

/// The file of the only mark.
fn mark_file(scene: &Scene) -> std::path::PathBuf {
    let is_mark = |file: &std::path::PathBuf| file.to_string_lossy().ends_with(".mark.json");
    scene.files("releases").into_iter().find(is_mark).expect("the yank is filed")
}

/// The standing of each release, highest first.
fn standings(answer: &Value) -> Vec<&str> {
    let releases = answer["releases"].as_array().expect("there are releases");
    releases.iter().map(|release| release["standing"].as_str().expect("it stands somehow")).collect()
}

#[test]
fn a_yank_in_the_checkout_is_shown_while_the_registry_is_down() {
    let (scene, registry) = yanked();
    let place = format!("{}/acme/app", registry.address());
    let _closed = registry.close();
    let warned = "a version may have been yanked that this does not call yanked";
    let list = scene.run("list");
    let rows: Vec<&str> = list.stdout().lines().skip(1).collect();
    assert!(rows[0].contains("1.1.0    yanked"), "{}", list.stdout());
    assert!(rows[1].contains("1.0.0    published, standing unknown"), "{}", list.stdout());
    assert!(list.stderr().contains(warned) && list.stderr().contains(&format!("not asked: {place}")));
    let json = scene.json("list");
    assert_eq!((standings(&json), &json["latest"]), (vec!["yanked", "unknown"], &Value::Null), "{json:#}");
    assert_eq!(json["problems"][0]["code"], "registry-unreachable", "{json:#}");
    let info = scene.json("info v1.1.0");
    assert_eq!(info["said"][0]["reason"], "broken", "{info:#}");
    assert_eq!(info["problems"][0]["code"], "registry-unreachable", "{info:#}");
    assert_eq!(info["images"][0]["tags_elsewhere"][0], "latest", "{info:#}");
    let audit = scene.plimsoll("audit -o json").run();
    assert!(audit.stderr().contains(warned), "{}", audit.stderr());
    let audit: Value = serde_json::from_str(audit.stdout()).unwrap();
    assert_eq!(standings(&audit), ["yanked", "unknown"], "{audit:#}");
    assert_eq!(audit["unheard"][0]["code"], "registry-unreachable", "{audit:#}");
    let site = scene.json("site");
    assert_eq!(site["problems"][0]["code"], "registry-unreachable", "{site:#}");
    for (page, badge) in [("index", "yanked"), ("releases/v1.1.0", "yanked"), ("releases/v1.0.0", "unknown")]
    {
        let text = scene.read(&format!("site/{page}.html"));
        assert!(text.contains(&format!("{place} could not be asked")), "{page}: {text}");
        assert!(text.contains(&format!("<span class=\"badge {badge}\">")), "{page}: {text}");
        assert!(!text.contains("badge latest") && !text.contains("Replaced by"), "{page}: {text}");
    }
}

/// A project that went on to another repository: the first mark lies where its version was announced.
#[test]
fn a_yank_counts_after_a_move_to_another_repository() {
    let (scene, registry) = yanked();
    scene.repo.write("plimsoll.toml", config(&registry, "moved/app")).commit("move");
    let file = mark_file(&scene);
    let text = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let json = scene.json("list");
    assert_eq!((standings(&json), &json["latest"]), (vec!["yanked", "latest"], &"1.0.0".into()), "{json:#}");
    assert_eq!(json["problems"], Value::Array(Vec::new()), "{json:#}");
    assert_eq!(scene.json("info v1.1.0")["said"][0]["kind"], "yank");
    // And where no registry has it any more.
    let (list, gone) = ("/acme/app/tags/list", Answer::status(404));
    registry.fault("GET", list, 0, 1000, Effect::Instead(gone));
    assert_eq!(scene.json("latest")["version"], "1.1.0", "nobody says so");
    std::fs::write(&file, text).unwrap();
    assert_eq!(scene.json("latest")["version"], "1.0.0");
    assert_eq!(standings(&scene.json("list")), ["yanked", "latest"]);
    assert_eq!(standings(&scene.json("audit")), ["yanked", "latest"]);
}

/// The registry that releases were announced in is gone: what was said of them there, nobody knows.
#[test]
fn a_silent_registry_of_before_a_move_may_have_had_a_yank() {
    let (scene, before) = yanked();
    let now = FaultRegistry::start(Habits::default());
    scene.repo.write("plimsoll.toml", config(&now, "moved/app")).commit("move");
    let place = format!("{}/acme/app", before.address());
    let _closed = before.close();
    let file = mark_file(&scene);
    let text = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let latest = scene.run("latest");
    assert_eq!(latest.code(), Some(8), "{}", latest.stderr());
    for word in
        ["error[registry-unreachable]", &format!("not asked: {place}"), "plimsoll latest --ledger DIR"]
    {
        assert!(latest.stderr().contains(word), "{word}: {}", latest.stderr());
    }
    let json = scene.json("list");
    assert_eq!((standings(&json), &json["latest"]), (vec!["unknown", "unknown"], &Value::Null), "{json:#}");
    std::fs::write(&file, text).unwrap();
    let list = scene.run("list");
    assert!(list.stderr().contains("what was said there of 1.0.0, 1.1.0 "), "{}", list.stderr());
    for line in ["list", "audit"] {
        let json = scene.json(line);
        assert_eq!(standings(&json), ["yanked", "unknown"], "{json:#}");
        let told = if line == "audit" { &json["unheard"] } else { &json["problems"] };
        assert_eq!(told[0]["code"], "registry-unreachable", "{json:#}");
    }
    scene.run("site").expect_success();
    for page in ["index", "releases/v1.0.0"] {
        let text = scene.read(&format!("site/{page}.html"));
        assert!(text.contains(&format!("{place} could not be asked")), "{page}: {text}");
    }
    // It may be gone for good.
    assert_eq!(scene.json("latest --ledger releases")["version"], "1.0.0");
    scene.repo.annotated_tag("v1.2.0");
    scene.repo.push("origin", ["main", "v1.2.0"]);
    scene.run("release v1.2.0").expect_success();
    assert_eq!(scene.json("latest")["version"], "1.2.0");
    assert_eq!(standings(&scene.json("list")), ["latest", "yanked", "unknown"]);
}

#[test]
fn a_damaged_mark_of_a_checkout_hides_nothing_that_the_registry_says() {
    let (scene, registry) = yanked();
    let file = mark_file(&scene);
    let damaged = std::fs::read_to_string(&file).unwrap().replace("1.1.0", "1.0.0");
    std::fs::write(&file, damaged).unwrap();
    let latest = scene.run("latest").expect_success();
    assert!(latest.stdout().contains("v1.0.0"), "{}", latest.stdout());
    assert!(latest.stderr().contains("warning[claim-format]"), "{}", latest.stderr());
    // What nobody else says may be about any version.
    registry.fault("GET", "/acme/app/tags/list", 0, 1000, Effect::Instead(Answer::status(404)));
    assert_eq!(scene.error("latest"), ("claim-format".to_owned(), Some(2)));
    assert_eq!(standings(&scene.json("list")), ["unknown", "unknown"]);
}

#[test]
fn whatis_is_as_sure_as_the_list_of_the_same_files() {
    let (scene, _registry) = yanked();
    let digest = scene.json("images v1.0.0")["images"][0]["digest"].as_str().unwrap().to_owned();
    let whatis = format!("whatis {digest}");
    let known = scene.json(&whatis);
    assert_eq!(known["matches"][0]["standing"], "latest", "{known:#}");
    std::fs::write(mark_file(&scene), "{").unwrap();
    assert_eq!(standings(&scene.json("list --ledger releases")), ["unknown", "unknown"]);
    let doubted = scene.json(&whatis);
    assert_eq!(doubted["matches"][0]["standing"], "unknown", "{doubted:#}");
    assert_eq!(doubted["matches"][0]["replaced_by"], Value::Null, "{doubted:#}");
    assert_eq!(doubted["problems"].as_array().map(Vec::len), Some(1), "{doubted:#}");
}

#[test]
fn nobody_is_told_that_there_is_no_release_while_nobody_can_be_asked() {
    let registry = FaultRegistry::start(Habits::default());
    let scene = Scene::with_config(&format!("claim = \"none\"\n{}", config(&registry, "acme/app")));
    assert!(scene.run("list").stderr().contains("app has no releases yet"));
    let _closed = registry.close();
    for line in ["list", "latest", "site"] {
        let output = scene.run(line);
        assert_eq!(output.code(), Some(8), "{line}: {}", output.stderr());
        assert!(output.stderr().contains("error[registry-unreachable]"), "{line}: {}", output.stderr());
    }
}
