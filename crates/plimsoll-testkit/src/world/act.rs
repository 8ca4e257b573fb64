//! Single reads and writes, by name.

use std::time::Duration;

use plimsoll_engine::domain::claim::{ClaimName, State};
use plimsoll_engine::domain::git::GitTag;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

/// One read or write of the world that is about to happen: what a [`super::Scheduler`] puts in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A git tag is read from the remote.
    ReadGitTag(GitTag),
    /// It is asked which commits a branch or pull request has.
    ReadLine(String),
    /// A git tag is made.
    MakeGitTag(GitTag),
    /// A git tag is deleted.
    DeleteGitTag(GitTag),
    /// A claim is read.
    ReadClaim(ClaimName),
    /// All claims of a component are read.
    ListClaims,
    /// A claim is swapped to a state; `None` removes it.
    SwapClaim(ClaimName, Option<State>),
    /// It is asked what an image tag points at.
    ReadTag(ImageRepository, ImageTag),
    /// An image tag is pointed.
    Point(ImageRepository, ImageTag),
    /// Others are kept from settling moving tags; again and again while somebody else does that.
    LockTags,
    /// The tags of a repository are listed.
    ListTags(ImageRepository),
    /// A manifest or blob is read.
    ReadContent(ImageRepository, Digest),
    /// A manifest or blob is written.
    PutContent(ImageRepository, Digest),
    /// A statement about a manifest is signed.
    Sign(Digest),
    /// The referrers of a manifest are listed.
    ListReferrers(ImageRepository, Digest),
    /// A file of the ledger is read.
    ReadFile(String),
    /// The ledger's files are listed.
    ListFiles,
    /// A file of the ledger is written.
    WriteFile(String),
    /// The page of a git tag is read.
    ReadPage(GitTag),
    /// A page is read by its number.
    ReadPageById(String),
    /// It is asked which page is the latest.
    ReadLatestPage,
    /// The page of a git tag is changed.
    WritePage(GitTag),
    /// A file of a page is added or taken away.
    WriteAsset(String),
    /// The entries of an environment are read.
    ReadDeployments(String),
    /// An entry of an environment is written.
    WriteDeployment(String),
    /// What the forge keeps about something is read.
    ReadAttestations(Digest),
    /// The forge is given a signed statement.
    PostAttestation,
    /// It is asked whether another run lives.
    AskVital,
    /// Time passes.
    Sleep(Duration),
    /// Something on the machine's own disk: no other machine sees it.
    Local,
    /// The run is to die here; never granted.
    Sink,
}

impl Act {
    /// True for what no other machine can notice, so that its place in an interleaving does not matter.
    pub fn is_private(&self) -> bool {
        matches!(self, Act::Local | Act::Sleep(_) | Act::AskVital | Act::Sign(_))
    }
}
