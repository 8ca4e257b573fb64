//! Machines: what is not shared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use plimsoll_engine::domain::claim::Seal;
use plimsoll_engine::domain::event::Unwatched;
use plimsoll_engine::domain::git::{GitTag, TagAt};
use plimsoll_engine::world::World;
use plimsoll_engine::world::chart_sources::NoChartSources;
use plimsoll_engine::world::inspector::Unasked;
use plimsoll_engine::world::journal::Attempt;
use plimsoll_engine::world::workshop::SealKey;

use super::act::Act;
use super::caller::{Caller, Inner};
use super::chart_repositories::SeaChartRepositories;
use super::chart_signer::SeaChartSigner;
use super::claims::{RemoteClaims, RemoteGit};
use super::fault::FaultGate;
use super::forge::SeaForge;
use super::renderer::Renderer;
use super::repository::Repository;
use super::scanner::SeaScanner;
use super::sea::{GitRef, Sea};
use super::signatures::SeaSignatures;
use super::small_roles::{DiskJournal, NoBuilder, SeaClock, SeaLedger, SeaOrigins, Watch, Workbench};
use super::store::SeaStores;
use super::turn::Turns;
use super::workshop::DiskWorkshop;

/// What builds give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builds {
    /// The same bytes on every machine and every time.
    Same,
    /// Other bytes in every run.
    Different,
}

/// A machine on which runs take place, with a disk of its own.
#[derive(Clone)]
pub struct Machine {
    sea: Sea,
    name: String,
    builds: Builds,
}

/// What lies on a machine's disk.
#[derive(Default)]
pub(super) struct Disk {
    pub(super) layout: Repository,
    pub(super) seals: Vec<(SealKey, Seal)>,
    pub(super) journal: Vec<(Attempt, String)>,
    pub(super) git_tags: BTreeMap<GitTag, GitRef>,
    pub(super) living: BTreeSet<String>,
}

/// A run that is about to begin: its world, and the git tags that it can read.
pub struct Aboard {
    /// Everything outside, by role.
    pub world: World,
    caller: Arc<Caller>,
}

impl Sea {
    /// A machine; the same name is the same machine.
    pub fn machine(&self, name: &str, builds: Builds) -> Machine {
        self.waters().disks.entry(name.to_owned()).or_default();
        Machine { sea: self.clone(), name: name.to_owned(), builds }
    }
}

impl Machine {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The sea that it sails.
    pub fn sea(&self) -> &Sea {
        &self.sea
    }

    /// Loses the layout and its seals.
    pub fn lose_layout(&self) {
        self.with_disk(|disk| {
            disk.layout = Repository::default();
            disk.seals.clear();
        });
    }

    /// Loses the journal.
    pub fn lose_journal(&self) {
        self.with_disk(|disk| disk.journal.clear());
    }

    /// What its runs did, in order.
    pub fn journal(&self) -> Vec<(Attempt, String)> {
        self.with_disk(|disk| disk.journal.clone())
    }

    /// The seals that lie on its disk.
    pub fn seals(&self) -> Vec<Seal> {
        self.with_disk(|disk| disk.seals.iter().map(|(_, seal)| seal.clone()).collect())
    }

    /// Makes a git tag that only this machine's clone has.
    pub fn make_local_git_tag(&self, name: &str) {
        let made = self.sea.make_git_tag(name);
        self.sea.delete_git_tag(name);
        let kept = GitRef { object: made.object, commit: made.commit };
        self.with_disk(|disk| disk.git_tags.insert(made.name, kept));
    }

    /// A new run of this machine.
    pub(super) fn board(&self, run: &str) -> (Aboard, Arc<Caller>) {
        let (seed, number) = {
            let mut waters = self.sea.waters();
            waters.runs += 1;
            waters.disks.entry(self.name.clone()).or_default().living.insert(run.to_owned());
            (waters.seed, waters.runs)
        };
        let mut dice = fastrand::Rng::with_seed(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let build = match self.builds {
            Builds::Same => "the same".to_owned(),
            Builds::Different => format!("{:016x}", dice.u64(..)),
        };
        let caller = Arc::new(Caller {
            sea: self.sea.clone(),
            machine: self.name.clone(),
            run: run.to_owned(),
            build,
            turns: Arc::new(Turns::default()),
            inner: Mutex::new(Inner::new(dice)),
        });
        let world = World {
            git: Arc::new(RemoteGit(Arc::clone(&caller))),
            tree: Arc::new(Workbench(Arc::clone(&caller))),
            claims: Arc::new(RemoteClaims(Arc::clone(&caller))),
            stores: Arc::new(SeaStores(Arc::clone(&caller))),
            signatures: Arc::new(SeaSignatures(Arc::clone(&caller))),
            origins: Arc::new(SeaOrigins(Arc::clone(&caller))),
            builder: Arc::new(NoBuilder),
            chart_repositories: Arc::new(SeaChartRepositories(Arc::clone(&caller))),
            chart_sources: Arc::new(NoChartSources),
            chart_program: Arc::new(Renderer),
            chart_signer: Arc::new(SeaChartSigner),
            scanner: Arc::new(SeaScanner(Arc::clone(&caller))),
            inspector: Arc::new(Unasked),
            workshop: Arc::new(DiskWorkshop(Arc::clone(&caller))),
            forge: Arc::new(SeaForge(Arc::clone(&caller))),
            ledger: Arc::new(SeaLedger(Arc::clone(&caller))),
            liveness: Arc::new(Watch(Arc::clone(&caller))),
            clock: Arc::new(SeaClock(Arc::clone(&caller))),
            journal: Arc::new(DiskJournal(Arc::clone(&caller))),
            gate: Arc::new(FaultGate(Arc::clone(&caller))),
            watcher: Arc::new(Unwatched),
        };
        (Aboard { world, caller: Arc::clone(&caller) }, caller)
    }

    fn with_disk<T>(&self, act: impl FnOnce(&mut Disk) -> T) -> T {
        act(self.sea.waters().disks.entry(self.name.clone()).or_default())
    }
}

impl Aboard {
    /// The run's name.
    pub fn run(&self) -> &str {
        &self.caller.run
    }

    /// The machine's name.
    pub fn machine(&self) -> &str {
        &self.caller.machine
    }

    /// Reads a git tag: the remote's, or this clone's if the remote has none; `None` if neither has it.
    pub async fn git_tag(&self, name: &str) -> Option<TagAt> {
        let name = GitTag(name.to_owned());
        self.caller.turn(Act::ReadGitTag(name.clone())).await;
        let waters = self.caller.waters();
        let here = || waters.disks.get(&self.caller.machine)?.git_tags.get(&name);
        let remote = waters.git_tags.get(&name);
        let found = remote.or_else(here)?;
        let (object, commit) = (found.object.clone(), found.commit.clone());
        Some(TagAt { name: name.clone(), object, commit, on_remote: remote.is_some() })
    }
}
