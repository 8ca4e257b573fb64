//! What was written, by whom, in order.

use plimsoll_engine::domain::chart::ListedVersion;
use plimsoll_engine::domain::claim::{Claim, ClaimName};
use plimsoll_engine::domain::deployment::DeploymentState;
use plimsoll_engine::domain::git::{GitTag, Oid};
use plimsoll_engine::world::forge::PageStanding;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use super::sea::{Sea, Waters};

/// Who wrote something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A run of ours, by name.
    Run(String),
    /// A run of ours that had given the request up.
    Late,
    /// Somebody else.
    Stranger,
}

/// One change of a tag, claim or file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An image tag.
    Tag {
        /// Where.
        repository: ImageRepository,
        /// The tag.
        tag: ImageTag,
        /// What it pointed at.
        from: Option<Digest>,
        /// What it points at.
        to: Option<Digest>,
    },
    /// A claim.
    Claim {
        /// Which.
        name: ClaimName,
        /// What stood there.
        from: Option<Box<Claim>>,
        /// What stands there.
        to: Option<Box<Claim>>,
    },
    /// A git tag.
    GitTag {
        /// Which.
        name: GitTag,
        /// Its object before.
        from: Option<Oid>,
        /// Its object now.
        to: Option<Oid>,
    },
    /// A file of the ledger.
    File(String),
    /// The page of a git tag was begun, or shown to everybody.
    Page(GitTag, PageStanding),
    /// The page of a git tag is the latest.
    LatestPage(GitTag),
    /// It was said how far the deployment of a git tag to an environment is.
    Deployment(String, GitTag, DeploymentState),
    /// A chart in a repository over HTTP.
    Listed(ListedVersion),
    /// Content was removed by its registry or by somebody.
    Removed(ImageRepository),
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// By whom.
    pub author: Author,
    /// What changed.
    pub change: Change,
}

/// Everything that was done.
#[derive(Default)]
pub(super) struct History {
    pub(super) deeds: Vec<Deed>,
    /// How many of them the invariants were checked after.
    pub(super) checked: usize,
}

impl Sea {
    /// Everything that was done, in order. Content that was written by digest is not listed.
    pub fn history(&self) -> Vec<Deed> {
        self.waters().history.deeds.clone()
    }
}

impl Waters {
    pub(super) fn note(&mut self, author: Author, change: Change) {
        self.history.deeds.push(Deed { author, change });
    }
}
