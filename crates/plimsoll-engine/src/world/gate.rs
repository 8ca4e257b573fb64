//! The one gate that every effect passes.

use std::fmt;

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use super::{Work, WorldError};
use crate::domain::chart::ListedVersion;
use crate::domain::claim::{ClaimName, State};
use crate::domain::deployment::DeploymentState;
use crate::domain::diagnostic::Reach;
use crate::domain::git::GitTag;
use crate::domain::step::StepId;

/// One change of the world, by name: the same effect has the same name in every run, however runs interleave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The step it belongs to.
    pub step: StepId,
    /// What is done.
    pub verb: Verb,
    /// To what.
    pub subject: Subject,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// A blob goes up.
    PutBlob,
    /// A manifest goes up by digest.
    PutManifest,
    /// A tag is pointed.
    Point,
    /// A claim is swapped.
    Swap,
    /// A file of the ledger is written.
    WriteFile,
    /// A statement is signed.
    Sign,
    /// A chart is listed in a repository over HTTP.
    ListChart,
    /// A listed chart is marked as one not to be used, or that is taken back.
    MarkChart,
    /// A git tag is made.
    MakeTag,
    /// A git tag is deleted.
    DeleteTag,
    /// A release page is begun.
    Draft,
    /// A file is added to a release page.
    Attach,
    /// A file is taken off a release page.
    Detach,
    /// A release page is shown to everybody.
    Publish,
    /// A release page is shown as the latest.
    MarkLatest,
    /// A draft of a release page is thrown away.
    Discard,
    /// An entry of a deployment is made.
    Deploy,
    /// It is said how far a deployment is.
    Report,
    /// A signed statement is given to the forge.
    Post,
}

/// What it is done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Content of a repository.
    Content(ImageRepository, Digest),
    /// A tag that nobody looks for: hold tags, announcements, statements.
    Hidden(ImageRepository, ImageTag),
    /// A tag that people see.
    Tag(ImageRepository, ImageTag),
    /// A statement about a manifest, by its type.
    Statement(Digest, String),
    /// A claim, and the state it goes to; `None`: it is removed.
    Claim(ClaimName, Option<State>),
    /// A file of the ledger.
    File(String),
    /// A version of a chart in a repository over HTTP.
    ListedChart(ListedVersion),
    /// A git tag.
    GitTag(GitTag),
    /// The release page of a git tag.
    Page(GitTag),
    /// A file of the release page of a git tag.
    Asset(GitTag, String),
    /// The entry of a deployment to an environment, and how far it is said to be.
    Deployment(String, DeploymentState),
}

impl Effect {
    /// How far a run has got that has tried this.
    pub fn reach(&self) -> Reach {
        match &self.subject {
            Subject::Tag(..) | Subject::File(_) | Subject::ListedChart(_) => Reach::Visible,
            Subject::Page(_) if matches!(self.verb, Verb::Publish | Verb::MarkLatest) => Reach::Visible,
            Subject::Deployment(_, DeploymentState::Success) => Reach::Visible,
            Subject::Statement(..) if self.verb == Verb::Post => Reach::Visible,
            Subject::Claim(_, Some(State::Committed | State::Burnt)) => Reach::Visible,
            Subject::Claim(_, Some(State::Published)) => Reach::Published,
            Subject::Content(..)
            | Subject::Hidden(..)
            | Subject::Statement(..)
            | Subject::Claim(..)
            | Subject::GitTag(_)
            | Subject::Page(_)
            | Subject::Asset(..)
            | Subject::Deployment(..) => Reach::Invisible,
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.verb {
            Verb::PutBlob => "put-blob",
            Verb::PutManifest => "put-manifest",
            Verb::Point => "point",
            Verb::Swap => "swap",
            Verb::WriteFile => "write-file",
            Verb::Sign => "sign",
            Verb::ListChart => "list-chart",
            Verb::MarkChart => "mark-chart",
            Verb::MakeTag => "make-tag",
            Verb::DeleteTag => "delete-tag",
            Verb::Draft => "draft",
            Verb::Attach => "attach",
            Verb::Detach => "detach",
            Verb::Publish => "publish",
            Verb::MarkLatest => "mark-latest",
            Verb::Discard => "discard",
            Verb::Deploy => "deploy",
            Verb::Report => "report",
            Verb::Post => "post",
        };
        match &self.subject {
            Subject::Content(repository, digest) => write!(f, "{verb} {repository}@{digest}"),
            Subject::Hidden(repository, tag) | Subject::Tag(repository, tag) => {
                write!(f, "{verb} {repository}:{tag}")
            }
            Subject::Statement(digest, predicate_type) => write!(f, "{verb} {predicate_type} of {digest}"),
            Subject::Claim(name, Some(state)) => write!(f, "{verb} claim {name} to {state}"),
            Subject::Claim(name, None) => write!(f, "{verb} claim {name} away"),
            Subject::File(name) => write!(f, "{verb} {name}"),
            Subject::ListedChart(version) => write!(f, "{verb} {version}"),
            Subject::GitTag(tag) => write!(f, "{verb} {tag}"),
            Subject::Page(tag) => write!(f, "{verb} forge-release {tag}"),
            Subject::Asset(tag, name) => write!(f, "{verb} forge-release {tag}/{name}"),
            Subject::Deployment(environment, state) => write!(f, "{verb} deployment {environment} {state}"),
        }
    }
}

/// Sees every effect before and after. The product's gate stops runs that were interrupted, writes the journal and
/// counts how far the run got; gates of tests crash, lose replies and fail.
pub trait Gate: Send + Sync {
    /// Lets an effect through, or refuses it: then it is not tried.
    fn before<'a>(&'a self, effect: &'a Effect) -> Work<'a, ()>;
    /// Learns how it went. An error from here reaches the caller as if the effect had failed.
    fn after<'a>(&'a self, effect: &'a Effect, outcome: Result<(), &'a WorldError>) -> Work<'a, ()>;
    /// Learns how far the release had got before this run, which goes on from there.
    fn go_on_from(&self, reach: Reach);
    /// How far the release has got, as far as this run knows.
    fn reach(&self) -> Reach;
}
