//! The ledger that a question is about: the project's own, or another that the command line names.

mod charts;
mod known;
mod lost;
mod said;
mod seek;
mod tags;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::marks::ComponentMarks;
use plimsoll_engine::ledger::catalogue::{Catalogue, read_catalogue};
use plimsoll_engine::ledger::doubt::{Doubt, Reason};
use plimsoll_engine::ledger::release::{Belief, LedgerError, Scope};
use plimsoll_engine::ledger::whatis::{Clue, Match, find_file, whatis};
use plimsoll_oci::name::ImageRepository;
use plimsoll_tags::version::Scheme;

pub(super) use self::known::nearest;
use self::said::lost_tags;
pub(crate) use self::said::warn_of_unheard;
use super::{Stage, Subject, Voyage};
use crate::cli::arguments::Where;
use crate::cli::ending::Failure;
use crate::cli::session::Session;
use crate::config;
use crate::explain::{self, Asked, Explain as _, Keeping};
use crate::output::json::source::{SourceInfo, SourceKind};
use crate::wire::{self, Archive, Logins, Purpose, Registries};

/// A ledger, and how it is asked.
pub(crate) struct Library {
    archive: Archive,
    component: Option<ArtifactName>,
    scheme: Option<Scheme>,
    belief: Belief,
    /// What is said of where answers come from.
    pub(crate) source: SourceInfo,
    /// What the user asked for.
    pub(crate) asked: Asked,
    /// The project, where there is one.
    pub(crate) subject: Option<Subject>,
    /// What stands before a file's name, for people.
    folder: String,
    /// The world, where everything is asked.
    pub(crate) voyage: Option<Voyage>,
    /// Records that were met beside those that were looked for, and do not count.
    met: Mutex<Vec<Doubt>>,
}

/// Whether a question may take time to ask others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Claims and registries are asked too.
    Everything,
    /// Only what lies on this machine is read.
    Offline,
}

impl Library {
    /// Opens the ledger that the command line names.
    pub(crate) async fn open(
        session: &Session<'_>,
        verb: &'static str,
        tag: Option<&str>,
        at: &Where,
        reach: Reach,
    ) -> Result<Library, Failure> {
        let asked = Asked { verb, tag: tag.map(str::to_owned), keeping: at.place.keeping() };
        if let Some(folder) = &at.ledger {
            let path = session.path(folder);
            if !path.is_dir() {
                let message = format!("{} is no directory", path.display());
                return Err(Diagnostic::error(Code::FileMissing, Cure::FixThenRunAgain, message).into());
            }
            let registries = plain_registries(session)?;
            let source = SourceInfo { kind: SourceKind::Directory, place: path.display().to_string() };
            let archive =
                wire::archive_of_folder(&path, &registries).map_err(|error| error.explain(&asked))?;
            return Ok(Library::alone(archive, Belief::AsWritten, source, path.display().to_string(), asked));
        }
        if let Some(repository) = &at.registry {
            let registries = plain_registries(session)?;
            let source = SourceInfo { kind: SourceKind::Registry, place: repository.to_string() };
            let archive =
                wire::archive_of_registry(repository, &registries).map_err(|error| error.explain(&asked))?;
            return Ok(Library::alone(archive, Belief::Confirmed, source, repository.to_string(), asked));
        }
        if let Some(address) = &at.repository {
            let registries = plain_registries(session)?;
            let name = at.git_ref.as_deref();
            let found = wire::archive_of_remote(
                address,
                name,
                config::find_records_directory,
                session.variables,
                &session.redactor,
                &registries,
            );
            let (archive, shown) = found.await.map_err(|error| error.explain(&asked))?;
            let source = SourceInfo { kind: SourceKind::Repository, place: shown.clone() };
            return Ok(Library::alone(archive, Belief::AsWritten, source, shown, asked));
        }
        let subject = Subject::of_worktree(session, asked).await?;
        Library::of_subject(session, subject, at.git_ref.as_deref(), reach).await
    }

    fn alone(archive: Archive, belief: Belief, source: SourceInfo, folder: String, asked: Asked) -> Library {
        let (component, scheme) = (None, None);
        let (subject, voyage, met) = (None, None, Mutex::default());
        Library { archive, component, scheme, belief, source, asked, subject, folder, voyage, met }
    }

    /// The ledger of a project.
    pub(crate) async fn of_subject(
        session: &Session<'_>,
        subject: Subject,
        git_ref: Option<&str>,
        reach: Reach,
    ) -> Result<Library, Failure> {
        let (component, scheme) =
            (Some(subject.project().name.clone()), Some(subject.project().tags.scheme()));
        let directory = subject.records_directory();
        let asked = subject.asked.clone();
        let offline = reach == Reach::Offline && asked.keeping == Keeping::Remote;
        if git_ref.is_some() || offline {
            let (configured, root) = (&subject.config.registries, subject.repository.root());
            let logins = logins(session)?;
            let registries = Registries::new(configured, root, session.variables, &session.redactor, logins);
            let tracked =
                subject.config.committing.as_ref().map(|committing| format!("origin/{}", committing.base));
            let (archive, source) = match git_ref.or(tracked.as_deref()) {
                Some(name) => {
                    let commit = subject.repository.read_commit(name).await;
                    let commit = commit.map_err(|error| subject.explain(&error))?;
                    let archive =
                        wire::archive_of_commit(&subject.repository, &commit, &directory, &registries);
                    (
                        archive,
                        SourceInfo { kind: SourceKind::Ref, place: format!("{name} ({})", commit.short()) },
                    )
                }
                None => {
                    let path = subject.repository.root().join(&directory);
                    let archive = wire::archive_of_folder(&path, &registries);
                    (archive, SourceInfo { kind: SourceKind::Directory, place: directory.clone() })
                }
            };
            let archive = archive.map_err(|error| error.explain(&asked))?;
            let belief = Belief::AsWritten;
            let (folder, subject) = (directory, Some(subject));
            return Ok(Library {
                archive,
                component,
                scheme,
                belief,
                source,
                asked,
                subject,
                folder,
                voyage: None,
                met: Mutex::default(),
            });
        }
        let head = subject.repository.read_head().await.map_err(|error| subject.explain(&error))?.commit;
        let voyage = subject.voyage(session, &head, Purpose::Look, Stage::Real)?;
        let source = match (asked.keeping, &subject.remote, &subject.config.committing) {
            (Keeping::Local, ..) => SourceInfo { kind: SourceKind::Local, place: ".plimsoll".into() },
            (Keeping::Remote, Some(remote), Some(committing)) => SourceInfo {
                kind: SourceKind::Project,
                place: format!("{} of {}", committing.base, remote.shown()),
            },
            (Keeping::Remote, Some(remote), None) => SourceInfo {
                kind: SourceKind::Project,
                place: format!("{} and {directory}/", remote.shown()),
            },
            (Keeping::Remote, None, _) => {
                SourceInfo { kind: SourceKind::Project, place: format!("{directory}/") }
            }
        };
        Ok(Library {
            archive: Archive::of_world(&voyage.world),
            component,
            scheme,
            belief: Belief::Confirmed,
            source,
            asked,
            subject: Some(subject),
            folder: directory,
            voyage: Some(voyage),
            met: Mutex::default(),
        })
    }

    fn scope(&self) -> Scope<'_> {
        Scope { component: self.component.as_ref(), scheme: self.scheme, belief: self.belief }
    }

    /// All releases, and what is not believed.
    pub(crate) async fn read(&self) -> Result<Catalogue, Failure> {
        let catalogue = read_catalogue(self.archive.sources(), self.scope()).await;
        let catalogue = self.settle(catalogue)?;
        // Of releases that nobody could ask about it is not known that there are none.
        let silent = |doubt: &&Doubt| matches!(doubt.why, Reason::Silent { .. });
        match catalogue.doubts.iter().find(silent) {
            Some(doubt) if catalogue.entries().is_empty() => {
                self.quiet();
                Err(self.explain_doubt(doubt).into())
            }
            _ => Ok(catalogue),
        }
    }

    /// What something is of.
    pub(crate) async fn whatis<'a>(
        &self,
        clue: &Clue,
        catalogue: &'a Catalogue,
        marks: &ComponentMarks,
    ) -> Result<Vec<Match<'a>>, Failure> {
        let matches = self.settle(whatis(clue, catalogue, marks))?;
        match clue {
            Clue::Digest(digest) if matches.is_empty() => {
                self.settle(find_file(digest, catalogue, &*self.archive.ledger).await)
            }
            _ => Ok(matches),
        }
    }

    /// A file of the ledger.
    pub(crate) async fn read_file(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let read = self.archive.ledger.read(name).await;
        self.settle(read.map_err(LedgerError::from))
    }

    /// The project that the ledger is of.
    pub(crate) fn project(&self) -> Result<&Subject, Failure> {
        let nobody = || Diagnostic::error(Code::Bug, Cure::ReportBug, "there is no project at hand");
        Ok(self.subject.as_ref().ok_or_else(nobody)?)
    }

    /// The one repository that is asked about, where it is one.
    pub(crate) fn place(&self) -> Option<&ImageRepository> {
        self.archive.place()
    }

    /// The registries.
    pub(crate) fn stores(&self) -> &dyn plimsoll_engine::world::stores::StoresView {
        &*self.archive.stores
    }

    /// The ledger's files.
    pub(crate) fn ledger(&self) -> &dyn plimsoll_engine::world::ledger::LedgerView {
        &*self.archive.ledger
    }

    /// Ends what shows progress.
    pub(crate) fn quiet(&self) {
        if let Some(voyage) = &self.voyage {
            voyage.display.clear();
        }
    }

    /// Where a file of the ledger is, for people.
    pub(crate) fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }

    /// The folder of the ledger's files on this disk; none where they are read from elsewhere and no project is at hand.
    pub(crate) fn records_folder(&self) -> Option<PathBuf> {
        match (&self.subject, self.source.kind) {
            (Some(subject), _) => Some(subject.repository.root().join(&self.folder)),
            (None, SourceKind::Directory) => Some(PathBuf::from(&self.folder)),
            (None, _) => None,
        }
    }

    /// The compose file that releases are pinned from, on this disk; none without a project, or where that has no such file.
    pub(crate) fn compose_source(&self) -> Option<PathBuf> {
        let subject = self.subject.as_ref()?;
        let settings = subject.project().compose.as_ref()?;
        Some(subject.repository.root().join(&settings.file))
    }

    /// The registries where names lead, whatever the ledger lies in.
    pub(crate) fn registries(&self, session: &Session<'_>) -> Result<Registries, Failure> {
        let Some(subject) = &self.subject else { return plain_registries(session) };
        let (configured, root) = (&subject.config.registries, subject.repository.root());
        Ok(Registries::new(configured, root, session.variables, &session.redactor, logins(session)?))
    }

    /// What is odd about the configuration, and which records are not believed. Lost claims are told together.
    pub(crate) fn warnings(&self, doubts: &[Doubt]) -> Findings {
        let odd = self.subject.iter().flat_map(|subject| subject.config.warnings.iter().cloned());
        odd.chain(self.warn_of_doubts(doubts)).collect()
    }

    /// The same, without what is odd about the configuration.
    pub(crate) fn warn_of_doubts(&self, doubts: &[Doubt]) -> Vec<Diagnostic> {
        let lost = lost_tags(doubts);
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = |met: &&Doubt| doubts.iter().all(|doubt| doubt.version != met.version);
        let told_alone = doubts.iter().filter(|doubt| !matches!(doubt.why, Reason::Unclaimed { .. }));
        let told_alone = told_alone.chain(met.iter().filter(is_new)).map(|doubt| self.explain_doubt(doubt));
        let lost = (!lost.is_empty()).then(|| explain::claim::lost(&lost, &self.asked));
        told_alone.chain(lost).map(Diagnostic::as_warning).collect()
    }

    fn settle<T>(&self, result: Result<T, LedgerError>) -> Result<T, Failure> {
        result.map_err(|error| {
            self.quiet();
            let explained = error.explain(&self.asked);
            if is_about_a_file(&error) { self.placed(explained).into() } else { explained.into() }
        })
    }

    fn explain_doubt(&self, doubt: &Doubt) -> Diagnostic {
        self.placed(doubt.explain(&self.asked))
    }

    /// What is said of a file of the ledger, which goes by its name alone, with its path.
    fn placed(&self, mut explained: Diagnostic) -> Diagnostic {
        if let Some(place) = explained.place.as_mut() {
            place.file = self.path(&place.file);
        }
        explained
    }
}

fn is_about_a_file(error: &LedgerError) -> bool {
    match error {
        LedgerError::World(_) | LedgerError::Claim(_) => false,
        LedgerError::Record(_)
        | LedgerError::Misplaced { .. }
        | LedgerError::Lost { .. }
        | LedgerError::Differs { .. } => true,
    }
}

/// Registries as the user reaches them, without a project's configuration.
fn plain_registries(session: &Session<'_>) -> Result<Registries, Failure> {
    let none = std::collections::BTreeMap::new();
    let logins = logins(session)?;
    Ok(Registries::new(&none, Path::new("."), session.variables, &session.redactor, logins))
}

/// A stranger's commits are given no credentials.
fn logins(session: &Session<'_>) -> Result<Logins, Failure> {
    let from_fork = session.ci()?.is_some_and(|ci| ci.is_from_fork());
    Ok(if from_fork { Logins::None } else { Logins::Known })
}
