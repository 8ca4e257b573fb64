//! The ledger's files, the commit's files, time, chance, liveness, origins and the journal.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use plimsoll_engine::domain::claim::{Holder, Vital};
use plimsoll_engine::domain::project::Content;
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::builder::{BuildError, BuildOrder, Builder};
use plimsoll_engine::world::clock::Clock;
use plimsoll_engine::world::error::FileProblem;
use plimsoll_engine::world::gate::Effect;
use plimsoll_engine::world::journal::{Attempt, Journal};
use plimsoll_engine::world::ledger::{Coverage, Ledger, LedgerFile, LedgerView, Replacement};
use plimsoll_engine::world::liveness::Liveness;
use plimsoll_engine::world::origins::{Opened, Origins, Whence};
use plimsoll_engine::world::stores::StoresView as _;
use plimsoll_engine::world::tree::{FileStanding, Tree, TreeFile};
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::name::{Digest, Reference};

use super::act::Act;
use super::caller::Caller;
use super::history::Change;
use super::store::SeaStores;

/// The ledger's files.
pub(super) struct SeaLedger(pub(super) Arc<Caller>);

impl LedgerView for SeaLedger {
    fn read<'a>(&'a self, name: &'a str) -> Work<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            self.0.turn(Act::ReadFile(name.to_owned())).await;
            Ok(self.0.waters().files.get(name).cloned())
        })
    }

    fn coverage(&self) -> Coverage {
        Coverage::All
    }

    fn read_all<'a>(&'a self, ending: &'a str) -> Work<'a, Vec<LedgerFile>> {
        Box::pin(async move {
            self.0.turn(Act::ListFiles).await;
            let waters = self.0.waters();
            let fitting = waters.files.iter().filter(|(name, _)| name.ends_with(ending));
            Ok(fitting.map(|(name, bytes)| LedgerFile { name: name.clone(), bytes: bytes.clone() }).collect())
        })
    }
}

impl Ledger for SeaLedger {
    fn write<'a>(&'a self, files: &'a [LedgerFile]) -> Work<'a, ()> {
        Box::pin(async move {
            let Some(first) = files.first() else { return Ok(()) };
            self.0.turn(Act::WriteFile(first.name.clone())).await;
            let mut waters = self.0.waters();
            for LedgerFile { name, bytes } in files {
                waters.files.insert(name.clone(), bytes.clone());
            }
            waters.note(self.0.author(), Change::File(first.name.clone()));
            Ok(())
        })
    }

    fn replace<'a>(&'a self, files: &'a [Replacement]) -> Work<'a, Option<String>> {
        Box::pin(async move {
            let Some(first) = files.first() else { return Ok(None) };
            self.0.turn(Act::WriteFile(first.file.name.clone())).await;
            let mut waters = self.0.waters();
            for Replacement { file, found } in files {
                if waters.files.get(&file.name).is_none_or(|there| !found.matches(there)) {
                    return Err(WorldError::Refused);
                }
                waters.files.insert(file.name.clone(), file.bytes.clone());
            }
            waters.note(self.0.author(), Change::File(first.file.name.clone()));
            Ok(None)
        })
    }
}

/// Nothing is built from Dockerfiles here.
pub(super) struct NoBuilder;

impl Builder for NoBuilder {
    fn build<'a>(&'a self, _order: BuildOrder<'a>) -> Work<'a, Vec<Opened>, BuildError> {
        Box::pin(async { Err(BuildError::NoBuilder { tried: Vec::new() }) })
    }
}

/// The commit's files: every path exists, and says which build it is from where nobody wrote it.
pub(super) struct Workbench(pub(super) Arc<Caller>);

impl Tree for Workbench {
    fn open<'a>(&'a self, path: &'a str) -> Work<'a, Option<TreeFile>> {
        Box::pin(async move {
            self.0.turn(Act::Local).await;
            let written = self.0.waters().texts.get(path).cloned();
            let made = || format!("{path} of build {}\n", self.0.build);
            let bytes = Bytes::from(written.unwrap_or_else(made));
            let size = u64::try_from(bytes.len()).expect("a length in memory fits 64 bits");
            Ok(Some(TreeFile {
                path: path.to_owned(),
                size,
                executable: true,
                standing: FileStanding::Untracked,
                bytes: stream::iter([Ok(bytes)]).boxed(),
            }))
        })
    }

    fn open_below<'a>(&'a self, directory: &'a str) -> Work<'a, Option<Vec<TreeFile>>> {
        Box::pin(async move {
            let below = format!("{directory}/");
            let mut written: Vec<String> =
                self.0.waters().texts.keys().filter(|path| path.starts_with(&below)).cloned().collect();
            if written.is_empty() {
                written.push(format!("{directory}/file"));
            }
            let mut files = Vec::new();
            for path in written {
                files.extend(self.open(&path).await?);
            }
            Ok(Some(files))
        })
    }
}

/// Time that passes only when somebody waits, and dice that fall the same way for the same seed.
pub(super) struct SeaClock(pub(super) Arc<Caller>);

impl Clock for SeaClock {
    fn now(&self) -> Moment {
        self.0.waters().now()
    }

    fn elapsed(&self) -> Duration {
        self.0.waters().passed
    }

    fn sleep(&self, time: Duration) -> Work<'_, ()> {
        Box::pin(async move {
            self.0.turn(Act::Sleep(time)).await;
            self.0.waters().passed += time;
            Ok(())
        })
    }

    fn random(&self) -> u128 {
        self.0.inner().dice.u128(..)
    }
}

/// Which runs live on the caller's machine.
pub(super) struct Watch(pub(super) Arc<Caller>);

impl Liveness for Watch {
    fn vital<'a>(&'a self, holder: &'a Holder) -> Work<'a, Vital> {
        Box::pin(async move {
            self.0.turn(Act::AskVital).await;
            if holder.host != self.0.machine {
                return Ok(Vital::Elsewhere);
            }
            let waters = self.0.waters();
            let disk = waters.disks.get(&self.0.machine).expect("the caller's machine is there");
            Ok(if disk.living.contains(&holder.run) { Vital::Alive } else { Vital::Gone })
        })
    }
}

/// Content that something else made: only what lies in repositories of the sea.
pub(super) struct SeaOrigins(pub(super) Arc<Caller>);

impl Origins for SeaOrigins {
    fn open<'a>(&'a self, content: &'a Content) -> Work<'a, Opened> {
        Box::pin(async move {
            let missing = |path: &str| WorldError::File {
                path: path.to_owned(),
                why: "there are no layouts in this world".into(),
                kind: FileProblem::Missing,
            };
            match content {
                Content::Layout { path, .. } | Content::Archive { path, .. } => Err(missing(path)),
                Content::Registry(reference) => {
                    let pull = SeaStores(Arc::clone(&self.0)).pull(&reference.repository);
                    let digest = reference.digest.as_ref().ok_or_else(|| missing(&reference.to_string()))?;
                    let manifest = pull.manifest(digest).await?;
                    let root = manifest.ok_or_else(|| missing(&reference.to_string()))?.descriptor().clone();
                    Ok(Opened { pull, root, whence: Whence::Registry })
                }
            }
        })
    }

    fn resolve<'a>(&'a self, image: &'a Reference) -> Work<'a, Option<Digest>> {
        Box::pin(async move {
            let Some(tag) = &image.tag else { return Ok(None) };
            let pull = SeaStores(Arc::clone(&self.0)).pull(&image.repository);
            Ok(pull.resolve(tag).await?.map(|found| found.digest))
        })
    }
}

/// The journal on the machine's disk.
pub(super) struct DiskJournal(pub(super) Arc<Caller>);

impl Journal for DiskJournal {
    fn note(&self, attempt: Attempt, effect: &Effect) {
        let mut waters = self.0.waters();
        let disk = waters.disks.get_mut(&self.0.machine).expect("the caller's machine is there");
        disk.journal.push((attempt, effect.to_string()));
    }
}
