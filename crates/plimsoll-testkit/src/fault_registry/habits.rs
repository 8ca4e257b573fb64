//! What registries differ in when nothing is wrong.

use super::access::Door;
use super::wire::Answer;

/// How a registry behaves when nothing is wrong.
#[derive(Debug, Clone, Default)]
pub struct Habits {
    /// Who is let in.
    pub door: Door,
    /// Whether it lists referrers.
    pub referrers: Referrers,
    /// `OCI-Chunk-Min-Length`, in bytes.
    pub shortest_chunk: Option<usize>,
    /// The most tags on a page; 0 for no limit.
    pub page: usize,
    /// Whether blobs of other repositories are mounted.
    pub mounts: Mounts,
    /// Whether tags can be moved.
    pub tags: Tags,
    /// Where the bytes of blobs are served.
    pub storage: Storage,
    /// How it writes where an upload goes on.
    pub locations: Locations,
    /// How repositories come to be.
    pub creation: Creation,
    /// Whether manifests can be put without a tag.
    pub untagged: Untagged,
}

/// Whether a registry has the referrers API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Referrers {
    /// It answers 404.
    #[default]
    Absent,
    /// It has, and says so with `OCI-Subject`.
    Api,
    /// The same, with so many on a page.
    Pages(usize),
    /// It sends whoever asks to a page of its user interface.
    UserInterface,
    /// It answers 404, and takes a tag that looks like a digest for the digest.
    TagIsDigest,
}

/// Whether tags can be moved.
#[derive(Debug, Clone, Copy, Default)]
pub enum Tags {
    /// They can.
    #[default]
    Moving,
    /// They can't.
    Immutable(Immutable),
}

/// How a registry keeps its tags.
#[derive(Debug, Clone, Copy)]
pub struct Immutable {
    /// What becomes of a write that would change nothing.
    pub again: Again,
    /// The refusal, for a repository and a tag.
    pub refusal: fn(&str, &str) -> Answer,
}

/// What becomes of writing under a tag what is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It is taken.
    Allowed,
    /// It is refused as a move would be.
    Refused,
}

/// Where the bytes of blobs are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Storage {
    /// By the registry.
    #[default]
    Here,
    /// By a server elsewhere, to which this status redirects. It refuses requests with a credential, as S3 does.
    Elsewhere(u16),
}

/// How a registry writes where an upload goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locations {
    /// As a path.
    #[default]
    Relative,
    /// As a whole URL.
    Whole,
}

/// How repositories come to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Creation {
    /// By being pushed to.
    #[default]
    ByPush,
    /// By [`FaultRegistry::create`](super::FaultRegistry::create); pushing elsewhere is refused.
    ByHand,
}

/// Whether manifests can be put without a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Untagged {
    /// They can.
    #[default]
    Taken,
    /// A manifest can be put under a tag only; then its digest is good, too.
    Refused,
}

/// What a registry does when asked to mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mounts {
    /// It mounts what the other repository has.
    #[default]
    Taken,
    /// It opens an upload instead.
    Declined,
}
