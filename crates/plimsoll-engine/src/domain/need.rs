//! What a plan needs from the world: preflight asks for these, and nothing else.

use plimsoll_oci::name::ImageRepository;

/// One thing that must be possible before a release begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Reading a repository.
    Pull(ImageRepository),
    /// Writing to a repository.
    Push(ImageRepository),
    /// Holding a claim on the git remote.
    Claim,
}
