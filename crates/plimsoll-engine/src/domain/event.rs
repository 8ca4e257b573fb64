//! What happens while a run is under way, for whoever watches. Events may be lost; the journal is another thing.

use plimsoll_oci::name::ImageRepository;

use super::artifact::ArtifactName;
use super::diagnostic::Diagnostic;
use super::step::{Phase, StepId};

/// Something worth showing.
#[derive(Clone, Debug)]
pub enum Event {
    /// A phase begins.
    Phase(Phase),
    /// A step was looked at and is as it should be.
    Satisfied(StepId),
    /// A step is about to change the world.
    Started(StepId),
    /// A step has changed the world.
    Done(StepId),
    /// Bytes of an artifact have reached a repository.
    Bytes {
        /// The artifact.
        artifact: ArtifactName,
        /// Where they went.
        repository: ImageRepository,
        /// How many more.
        more: u64,
    },
    /// A program that makes an artifact said a line.
    Said {
        /// The artifact.
        artifact: ArtifactName,
        /// The line, secrets replaced.
        line: String,
    },
    /// A sentence for people: a wait, a repair, an adoption.
    Note(String),
    /// A sentence about the outcome, for people who watch no progress, too: what was not looked at, what is not in the
    /// commit, what is not as it should be.
    Remark(String),
    /// Something of what is about to be published is not as it should be, and does not stop the release.
    Warning(Box<Diagnostic>),
}

/// Takes events; must be quick and never fail.
pub trait Watcher: Send + Sync {
    /// Takes one event.
    fn see(&self, event: Event);
}

/// A watcher that looks away.
pub struct Unwatched;

impl Watcher for Unwatched {
    fn see(&self, _event: Event) {}
}
