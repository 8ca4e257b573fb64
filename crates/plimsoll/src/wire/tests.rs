//! Worlds put together, as far as that can be seen without running a release.

use std::collections::BTreeMap;

use plimsoll_engine::domain::claim::Vital;
use plimsoll_engine::domain::event::Unwatched;
use plimsoll_engine::domain::git::{GitTag, Oid};
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::git::TagNow;
use plimsoll_engine::world::ledger::LedgerFile;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;

use super::*;
use crate::config::{BuildSettings, ForgeSettings, GateSettings};

struct Scene {
    repo: Repo,
    repository: Repository,
    commit: Oid,
    registries: Registries,
    forge: ForgeAccess,
    holder: Holder,
    build: BuildSettings,
    gates: GateSettings,
    signing: SigningSettings,
    config: Digest,
    variables: Variables,
    redactor: Redactor,
    stop: Stop,
    watcher: Arc<dyn Watcher>,
}

impl Scene {
    async fn new() -> Scene {
        let environment = Environment::new();
        let repo = Repo::init(&environment, "repo");
        let commit = repo.write("file", "x").commit("1").parse().unwrap();
        let variables: Variables = environment.variables().collect();
        let repository = Repository::find(repo.path(), &variables, &Redactor::new()).await.unwrap();
        let redactor = Redactor::new();
        let registries = Registries::new(&BTreeMap::new(), repo.path(), &variables, &redactor, Logins::Known);
        let forge = ForgeAccess::new(&ForgeSettings::default(), &variables, &redactor, Logins::None, None);
        let watcher: Arc<dyn Watcher> = Arc::new(Unwatched);
        let holder = describe_run(None);
        Scene {
            repo,
            repository,
            commit,
            registries,
            forge,
            holder,
            build: BuildSettings::default(),
            gates: GateSettings::default(),
            signing: SigningSettings::default(),
            config: Digest::of(b"config"),
            variables,
            redactor: Redactor::new(),
            stop: Stop::default(),
            watcher,
        }
    }

    fn site(&self, purpose: Purpose) -> Site<'_> {
        Site {
            repository: &self.repository,
            commit: &self.commit,
            records_directory: "releases",
            committing: None,
            registries: &self.registries,
            forge: &self.forge,
            holder: &self.holder,
            purpose,
            making: Making {
                build: &self.build,
                gates: &self.gates,
                files: Files::Commit,
                time: Moment(0),
                parts: Parts { folders: &[], version: "", config: &self.config },
                trust: Trust::Own,
            },
            signing: &self.signing,
            signing_files: Files::Commit,
            variables: &self.variables,
            redactor: &self.redactor,
            stop: &self.stop,
            watcher: &self.watcher,
        }
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.repo.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn looking_leaves_no_trace() {
    let scene = Scene::new().await;
    let world = local(scene.site(Purpose::Look)).unwrap();
    let repository = "example.test/app".parse().unwrap();
    let eyes = world.eyes();
    assert_eq!(eyes.pull(&repository).tags().await.unwrap(), []);
    assert_eq!(eyes.ledger().read_all("").await.unwrap(), []);
    assert!(eyes.tree().open("file").await.unwrap().is_some());
    assert_eq!(eyes.liveness().vital(&scene.holder).await.unwrap(), Vital::Alive);
    assert_eq!(scene.names(), [".git", "file"]);
    local(scene.site(Purpose::Change)).unwrap();
    assert_eq!(scene.names(), [".git", ".plimsoll", "file"]);
    assert_eq!(scene.repo.git(["status", "--porcelain"]), "");
}

#[tokio::test]
async fn a_rehearsal_stays_in_its_folder() {
    let scene = Scene::new().await;
    let folder = tempfile::tempdir().unwrap();
    let world = rehearsal(scene.site(Purpose::Change), folder.path()).unwrap();
    let file = LedgerFile { name: "v1.json".into(), bytes: b"x".into() };
    world.ledger.write(&[file]).await.unwrap();
    let tag = plimsoll_engine::domain::git::TagAt {
        name: GitTag("v9".into()),
        object: scene.commit.clone(),
        commit: scene.commit.clone(),
        on_remote: false,
    };
    assert_eq!(world.eyes().git().tag(&tag).await.unwrap(), TagNow::Same);
    let world = local(scene.site(Purpose::Look)).unwrap();
    assert_eq!(world.eyes().git().tag(&tag).await.unwrap(), TagNow::Gone);
    assert_eq!(world.eyes().ledger().read_all("").await.unwrap(), []);
    assert_eq!(scene.names(), [".git", "file"]);
    assert!(folder.path().join(".plimsoll/releases/v1.json").exists());
}
