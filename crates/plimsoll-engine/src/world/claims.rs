//! Where claims are held: changed only by compare-and-swap.

use super::Work;
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::ClaimName;
use crate::domain::git::TagAt;

/// The identity of a claim's stored bytes: a git object name, or a digest for claims in files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimId(pub String);

/// A claim as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What a compare-and-swap must expect.
    pub id: ClaimId,
    /// The blob.
    pub bytes: Vec<u8>,
}

/// Claims, looked at.
pub trait ClaimsView: Send + Sync {
    /// The claim as it stands now; `None` if there is none. Identity and bytes are of one moment.
    fn read<'a>(&'a self, name: &'a ClaimName) -> Work<'a, Option<Held>>;
    /// All claims of a component: version and claim.
    fn list<'a>(&'a self, component: &'a ArtifactName) -> Work<'a, Vec<(String, Held)>>;
}

/// One compare-and-swap.
#[derive(Clone, Copy, Debug)]
pub struct Swap<'a> {
    /// Which claim.
    pub name: &'a ClaimName,
    /// What must stand there; `None`: nothing may.
    pub expected: Option<&'a ClaimId>,
    /// What shall stand there; `None` removes it.
    pub new: Option<&'a [u8]>,
    /// A git tag that must not have moved, in the same atomic act.
    pub with_tag: Option<&'a TagAt>,
}

/// Claims, changed.
pub trait Claims: ClaimsView {
    /// Compares and swaps. `Ok` means that it was done by this very call, with the identity of what stands there now
    /// (`None` after a removal). Any error, refusals included, means only that the caller must look: the swap may
    /// have been done and its reply lost.
    fn swap<'a>(&'a self, swap: Swap<'a>) -> Work<'a, Option<ClaimId>>;
}
