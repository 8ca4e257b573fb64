//! Records committed to a branch that others push to as well.

use futures_util::future::join_all;
use plimsoll_engine::statement::mark::mark_file_name;
use plimsoll_oci::name::Digest;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;

use super::*;
use crate::adapters::git::tests::{open, write_script};

struct Scene {
    environment: Environment,
    remote: Repo,
    clone: Repo,
}

impl Scene {
    /// A remote with one commit on main, and a clone of it.
    fn new() -> Scene {
        let environment = Environment::new();
        let remote = Repo::bare(&environment, "remote");
        let first = Repo::init(&environment, "first");
        first.write("file", "x").commit("first");
        first.remote("origin", &remote.url()).push("origin", ["main"]);
        let clone = Repo::clone_of(&environment, remote.url(), "clone", []);
        Scene { environment, remote, clone }
    }

    fn files(&self, branch: &str) -> Vec<String> {
        let listed = self.remote.git(["ls-tree", "-r", "--name-only", branch]);
        listed.lines().map(str::to_owned).collect()
    }

    fn message(&self, branch: &str) -> String {
        self.remote.git(["log", "-1", "--format=%an <%ae>%n%B", branch])
    }
}

fn committing(landing: Landing) -> Committing {
    let author = Some(Author { name: "Bot".into(), email: "bot@example.test".into() });
    Committing { base: "main".into(), landing, author, sign_off: SignOff::Yes }
}

async fn ledger(repo: &Repo, committing: Committing) -> BranchLedger {
    let repository = open(repo).await;
    let remote = repository.read_remote(None).await.unwrap();
    BranchLedger::new(repository, remote, "docs/releases", committing)
}

fn record(version: &str) -> Vec<LedgerFile> {
    let text = format!(
        r#"{{"version":"{version}","release_date":"2026-01-02T03:04:05Z","git_commit":"{}","git_ref":"refs/tags/v{version}"}}"#,
        "ab".repeat(20)
    );
    vec![LedgerFile { name: format!("v{version}{RECORD_ENDING}"), bytes: text.into_bytes() }]
}

#[tokio::test]
async fn a_release_is_one_commit_and_the_clone_stays_as_it_is() {
    let scene = Scene::new();
    scene.clone.write("file", "changed").write("staged", "x").git(["add", "staged"]);
    let (head, status) = (scene.clone.head(), scene.clone.git(["status", "--porcelain"]));
    let ledger = ledger(&scene.clone, committing(Landing::Base)).await;
    let name = "v1.0.0-release-info.json";
    assert_eq!(ledger.read(name).await.unwrap(), None);
    ledger.write(&record("1.0.0")).await.unwrap();
    assert_eq!(ledger.read(name).await.unwrap(), Some(record("1.0.0").remove(0).bytes));
    assert_eq!(scene.files("main"), ["docs/releases/README.md", &format!("docs/releases/{name}"), "file"]);
    assert_eq!(
        scene.message("main"),
        "Bot <bot@example.test>\nchore(release): record v1.0.0 [skip ci]\n\nSigned-off-by: Bot <bot@example.test>"
    );
    assert_eq!((scene.clone.head(), scene.clone.git(["status", "--porcelain"])), (head, status));
    let tip = scene.remote.resolve("main");
    ledger.write(&record("1.0.0")).await.unwrap();
    assert_eq!(scene.remote.resolve("main"), tip, "what is there is not committed again");
}

#[tokio::test]
async fn of_ten_writers_at_once_none_is_lost() {
    let scene = Scene::new();
    let clones: Vec<Repo> = (0..10)
        .map(|number| Repo::clone_of(&scene.environment, scene.remote.url(), &format!("clone-{number}"), []))
        .collect();
    let writes = clones.iter().enumerate().map(|(number, clone)| async move {
        let ledger = ledger(clone, committing(Landing::Base)).await;
        ledger.write(&record(&format!("1.{number}.0"))).await
    });
    for written in join_all(writes).await {
        written.unwrap();
    }
    assert_eq!(scene.files("main").len(), 12, "{:?}", scene.files("main"));
    assert_eq!(scene.remote.git(["rev-list", "--count", "main"]), "11");
    let index = scene.remote.git(["show", "main:docs/releases/README.md"]);
    assert!((0..10).all(|number| index.contains(&format!("[1.{number}.0]"))), "{index}");
}

#[tokio::test]
async fn a_protected_branch_says_so() {
    let scene = Scene::new();
    std::fs::create_dir_all(scene.remote.path().join("hooks")).unwrap();
    write_script(&scene.remote.path().join("hooks/update"), "echo protected branch >&2; exit 1");
    let ledger = ledger(&scene.clone, committing(Landing::Base)).await;
    let error = ledger.write(&record("1.0.0")).await.unwrap_err();
    assert!(
        matches!(&error, WorldError::Git(GitError::BranchDenied { branch, why, .. }) if branch == "main" && why.contains("protected")),
        "{error}"
    );
}

#[tokio::test]
async fn records_can_be_proposed() {
    let scene = Scene::new();
    let ledger = ledger(&scene.clone, committing(Landing::Proposal)).await;
    ledger.write(&record("1.0.0")).await.unwrap();
    ledger.write(&record("1.0.0")).await.unwrap();
    assert_eq!(scene.files("main"), ["file"]);
    assert_eq!(scene.files("plimsoll/records-v1.0.0").len(), 3);
    let proposed = ledger.read("v1.0.0-release-info.json").await.unwrap();
    assert_eq!(proposed, Some(record("1.0.0").remove(0).bytes), "what is proposed is there");
}

#[tokio::test]
async fn a_branch_that_was_rewritten_gets_its_records_again() {
    let scene = Scene::new();
    let ledger = ledger(&scene.clone, committing(Landing::Base)).await;
    ledger.write(&record("1.0.0")).await.unwrap();
    scene.clone.push("origin", ["+main"]);
    assert_eq!(scene.files("main"), ["file"]);
    ledger.write(&record("1.0.0")).await.unwrap();
    assert_eq!(scene.files("main").len(), 3);
}

#[tokio::test]
async fn another_record_is_never_written_over() {
    let scene = Scene::new();
    let ledger = ledger(&scene.clone, committing(Landing::Base)).await;
    ledger.write(&record("1.0.0")).await.unwrap();
    let tip = scene.remote.resolve("main");
    let mut other = record("1.0.0");
    other[0].bytes.push(b'\n');
    assert!(matches!(ledger.write(&other).await, Err(WorldError::Refused)));
    assert_eq!(scene.remote.resolve("main"), tip);
}

#[tokio::test]
async fn what_is_known_as_damaged_is_replaced() {
    let scene = Scene::new();
    let ledger = ledger(&scene.clone, committing(Landing::Base)).await;
    let [whole] = record("1.0.0").try_into().unwrap();
    let damaged = LedgerFile { name: whole.name.clone(), bytes: b"damaged".to_vec() };
    ledger.write(&[damaged]).await.unwrap();
    let replacement = |found: &[u8]| [Replacement { file: whole.clone(), found: Digest::of(found) }];
    assert!(matches!(ledger.replace(&replacement(b"else")).await, Err(WorldError::Refused)));
    assert_eq!(ledger.replace(&replacement(b"damaged")).await.unwrap(), None);
    assert_eq!(ledger.read(&whole.name).await.unwrap(), Some(whole.bytes.clone()));
    let tip = scene.remote.resolve("main");
    ledger.replace(&replacement(b"damaged")).await.unwrap();
    assert_eq!(scene.remote.resolve("main"), tip, "what was replaced is not committed again");
}

#[tokio::test]
async fn signatures_are_proposed_beside_their_record() {
    let scene = Scene::new();
    let ledger = ledger(&scene.clone, committing(Landing::Proposal)).await;
    let signed = plimsoll_engine::statement::release::signature_files("1.0.0", br#"{"dsseEnvelope":{}}"#);
    ledger.write(&[record("1.0.0"), signed.clone()].concat()).await.unwrap();
    assert_eq!(scene.files("plimsoll/records-v1.0.0").len(), 2 + 1 + signed.len());
    for file in signed {
        assert_eq!(ledger.read(&file.name).await.unwrap(), Some(file.bytes), "{}", file.name);
    }
}

#[tokio::test]
async fn a_branch_that_is_not_there_yet_is_made() {
    let scene = Scene::new();
    let committing = Committing { base: "ledger".into(), ..committing(Landing::Base) };
    let ledger = ledger(&scene.clone, committing).await;
    assert_eq!(ledger.read_all("").await.unwrap(), []);
    ledger.check_writable().await.unwrap();
    ledger.write(&record("1.0.0")).await.unwrap();
    assert_eq!(scene.files("ledger").len(), 2);
}

#[tokio::test]
async fn each_version_is_proposed_on_its_own_branch() {
    let scene = Scene::new();
    let ledger = ledger(&scene.clone, committing(Landing::Proposal)).await;
    let mark =
        |version: &str| LedgerFile { name: mark_file_name(version, &Digest::of(b"x")), bytes: b"x".to_vec() };
    let files = [record("1.0.0"), record("1.1.0"), vec![mark("1.0.0")]].concat();
    ledger.write(&files).await.unwrap();
    let records = |branch: &str| -> Vec<String> {
        let mut files = scene.files(branch);
        files.retain(|file| file.starts_with("docs/releases/v"));
        files
    };
    assert_eq!(records("plimsoll/records-v1.0.0").len(), 2);
    assert_eq!(records("plimsoll/records-v1.1.0"), [format!("docs/releases/v1.1.0{RECORD_ENDING}")]);
    ledger.write(&files).await.unwrap();
    assert!(scene.message("plimsoll/records-v1.0.0").contains("record v1.0.0"));
    let ledger = super::tests::ledger(&scene.clone, committing(Landing::Base)).await;
    ledger.write(&files).await.unwrap();
    assert!(scene.message("main").contains("record 2 releases"));
}

#[tokio::test]
async fn what_is_said_meanwhile_is_heard() {
    let scene = Scene::new();
    let (one, other) = (
        ledger(&scene.clone, committing(Landing::Base)).await,
        ledger(&scene.clone, committing(Landing::Base)).await,
    );
    assert_eq!(one.read_all(MARK_ENDING).await.unwrap(), []);
    let name = mark_file_name("1.0.0", &Digest::of(b"x"));
    let mark = [LedgerFile { name, bytes: b"x".to_vec() }];
    other.write(&mark).await.unwrap();
    assert_eq!(one.read_all(MARK_ENDING).await.unwrap(), mark);
}
