//! Files of the ledger that were lost or damaged: who notices, and what writes them again.

use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::repo::Repo;

use crate::scene::{CONFIG, Scene};
use crate::signing::{SIGNING, run, tagged};

const FOLDER: &str = ".plimsoll/releases";
const RECORD: &str = ".plimsoll/releases/v1.0.0-release-info.json";

/// The one mark among the files of a ledger.
fn find_mark(scene: &Scene, folder: &str) -> String {
    let files = scene.files(folder);
    let mark = files.iter().find(|file| file.to_string_lossy().ends_with(".mark.json"));
    let mark =
        mark.expect("there is a mark").strip_prefix(scene.repo.path()).expect("it is in the repository");
    mark.display().to_string()
}

#[test]
fn what_was_said_and_lost_is_noticed_and_written_again() {
    let scene = Scene::released();
    scene.run("yank v1.0.0 --reason breaks --local").expect_success();
    let (mark, listed) = (find_mark(&scene, FOLDER), format!("list --ledger {FOLDER}"));
    let name = mark.rsplit_once('/').expect("it is in a folder").1;
    let text = scene.read(&mark);
    for cure in ["ledger rebuild --local", "audit --repair --local"] {
        scene.repo.remove(&mark);
        assert_eq!(scene.json(&listed)["releases"][0]["standing"], "latest", "nobody has said anything else");
        let audit = scene.run("audit --local");
        assert_eq!(audit.code(), Some(7), "{}", audit.stdout());
        assert!(audit.stdout().contains(&format!("file {name}")), "{}", audit.stdout());
        let cured = scene.run(cure).expect_success();
        assert!(cured.stdout().contains(&format!("wrote {name}")), "{cure}: {}", cured.stdout());
        assert_eq!(scene.read(&mark), text);
        assert_eq!(scene.json(&listed)["releases"][0]["standing"], "yanked");
        scene.run("audit --local").expect_success();
    }
    let again = scene.run("ledger rebuild --local");
    assert!(again.stdout().starts_with("nothing is missing"), "{}", again.stdout());
}

#[test]
fn a_lift_is_filed_where_it_was() {
    let scene = Scene::released();
    scene.run("yank v1.0.0 --reason breaks --local").expect_success();
    scene.run("unyank v1.0.0 --local").expect_success();
    let files = || scene.files(FOLDER);
    let before = files();
    for file in before.iter().filter(|file| file.to_string_lossy().ends_with(".mark.json")) {
        std::fs::remove_file(file).unwrap();
    }
    scene.run("ledger rebuild --local").expect_success();
    assert_eq!(files(), before);
}

#[test]
fn a_mark_with_another_byte_says_nothing_and_is_replaced() {
    let scene = Scene::released();
    scene.run("yank v1.0.0 --reason breaks --local").expect_success();
    let mark = find_mark(&scene, FOLDER);
    let text = scene.read(&mark);
    scene.repo.write(&mark, text.replace("\"version\":\"1.0.0\"", "\"version\":\"1.0.1\""));
    assert!(scene.run("list --local").stderr().contains("ledger rebuild --local"));
    let audit = scene.run("audit --local");
    assert_eq!(audit.code(), Some(6));
    assert!(
        audit.stderr().contains("there are files of the ledger that are not what was released"),
        "{audit:?}"
    );
    assert!(audit.stderr().contains("`plimsoll ledger rebuild --local` puts"), "{audit:?}");
    let rebuilt = scene.json("ledger rebuild --local");
    assert_eq!(rebuilt["replaced"].as_array().map(Vec::len), Some(1), "{rebuilt:#}");
    assert_eq!(scene.read(&mark), text);
}

#[test]
fn a_checkout_that_lacks_what_was_said_is_told() {
    let registry = FaultRegistry::start(Habits::default());
    let repository = format!("{}/acme/app", registry.address());
    let scene = Scene::with_config(&CONFIG.replace("registry.example/app", &repository));
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).annotated_tag("v1.0.0");
    scene.repo.push("origin", ["main", "v1.0.0"]);
    scene.run("release v1.0.0").expect_success();
    scene.run("yank v1.0.0 --reason breaks").expect_success();
    let mark = find_mark(&scene, "releases");
    scene.repo.remove(&mark);
    let audit = scene.run("audit").expect_success();
    let name = mark.trim_start_matches("releases/");
    for word in ["warning[drift]", name, "plimsoll ledger rebuild"] {
        assert!(audit.stderr().contains(word), "{word}: {}", audit.stderr());
    }
    assert_eq!(scene.json("audit")["unfiled"][0], name);
    // A record that a checkout lost is written by no repair.
    scene.repo.remove("releases/v1.0.0-release-info.json");
    for line in ["audit", "audit --repair"] {
        let audit = scene.run(line);
        assert_eq!(audit.code(), Some(7), "{}", audit.stdout());
        assert!(audit.stderr().contains("`plimsoll ledger rebuild` writes"), "{line}: {}", audit.stderr());
        assert!(!audit.stderr().contains("audit --repair`"), "{line}: {}", audit.stderr());
    }
    let rebuilt = scene.json("ledger rebuild");
    assert_eq!(rebuilt["written"], serde_json::json!(["v1.0.0-release-info.json", name]));
    let audit = scene.run("audit").expect_success();
    assert!(!audit.stderr().contains("warning"), "{}", audit.stderr());
}

#[test]
fn signatures_that_were_lost_are_noticed_and_written_again() {
    let scene = tagged(&format!("{SIGNING}\n[[trust]]\nkey = \"release.pub\"\n"));
    run(&scene, "release v1.0.0 --local").expect_success();
    let signed = ["intoto.jsonl", "sigstore", "sigstore.json"].map(|end| format!("v1.0.0-release.{end}"));
    let texts = signed.clone().map(|name| scene.read(&format!("{FOLDER}/{name}")));
    for lost in [&signed[..], &signed[..1], &signed[2..]] {
        for name in lost {
            scene.repo.remove(&format!("{FOLDER}/{name}"));
        }
        let audit = scene.run("audit --local");
        assert_eq!(audit.code(), Some(7), "{}", audit.stdout());
        let rebuilt = scene.run("ledger rebuild --local").expect_success();
        for name in lost {
            assert!(audit.stdout().contains(&format!("file {name}")), "{}", audit.stdout());
            assert!(rebuilt.stdout().contains(&format!("wrote {name}")), "{}", rebuilt.stdout());
        }
        assert_eq!(signed.clone().map(|name| scene.read(&format!("{FOLDER}/{name}"))), texts);
        scene.run("audit --local").expect_success();
    }
    // A bundle that vouches for nothing is damaged, too.
    scene.repo.write(&format!("{FOLDER}/{}", signed[2]), texts[2].replace("\"sig\":\"M", "\"sig\":\"A"));
    assert_eq!(scene.run("audit --local").code(), Some(6));
    scene.run("ledger rebuild --local").expect_success();
    scene.run("audit --local").expect_success();
}

#[test]
fn a_record_with_another_byte_hides_nothing_and_is_replaced() {
    let scene = Scene::released();
    let whole = scene.read(RECORD);
    for damaged in [whole.replace("registry.example", "registry.exemple"), "{broken".to_owned()] {
        scene.repo.write(RECORD, &damaged);
        let list = scene.run("list --local").expect_success();
        assert!(list.stdout().contains("1.0.0"), "{}", list.stdout());
        for word in [RECORD, "`plimsoll ledger rebuild --local`"] {
            assert!(list.stderr().contains(word), "{word}: {}", list.stderr());
        }
        let rebuilt = scene.json("ledger rebuild --local");
        let replaced = &rebuilt["replaced"][0];
        assert_eq!(replaced["file"], "v1.0.0-release-info.json", "{rebuilt:#}");
        assert_eq!(scene.read(RECORD), whole);
        assert_eq!(scene.read(replaced["kept"].as_str().expect("it is kept")), damaged);
        let list = scene.run("list --local").expect_success();
        assert_eq!(list.stderr(), "");
    }
    // Nobody knows what a version was that no claim and no registry tells of.
    scene.repo.write(".plimsoll/releases/v0.9.0-release-info.json", "garbage");
    let rebuilt = scene.run("ledger rebuild --local");
    assert_eq!(rebuilt.code(), Some(6));
    assert!(rebuilt.stderr().contains("v0.9.0-release-info.json"), "{}", rebuilt.stderr());
    assert_eq!(scene.read(".plimsoll/releases/v0.9.0-release-info.json"), "garbage");
}

#[test]
fn without_a_claim_a_record_that_holds_together_is_not_replaced() {
    let scene = Scene::released();
    std::fs::remove_dir_all(scene.repo.path().join(".plimsoll/claims")).unwrap();
    let (whole, statement) = (scene.read(RECORD), format!("{FOLDER}/v1.0.0-release.intoto.json"));
    // What its statement contradicts was changed.
    scene.repo.write(RECORD, whole.replace("linux/amd64", "linux/amd65"));
    scene.run("ledger rebuild --local").expect_success();
    assert_eq!(scene.read(RECORD), whole);
    // Alone it may be of another run.
    scene.repo.remove(&statement);
    let other = whole.replace("linux/amd64", "linux/amd65");
    scene.repo.write(RECORD, &other);
    assert_eq!(scene.run("ledger rebuild --local").code(), Some(6));
    assert_eq!(scene.read(RECORD), other);
}

#[test]
fn the_index_is_written_again() {
    let scene = Scene::released();
    let index = format!("{FOLDER}/README.md");
    let text = scene.read(&index);
    scene.repo.remove(&index);
    let rebuilt = scene.run("ledger rebuild --local").expect_success();
    assert!(rebuilt.stdout().contains("wrote README.md"), "{}", rebuilt.stdout());
    assert_eq!(scene.read(&index), text);
}
