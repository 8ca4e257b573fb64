//! What can go wrong with the world.

use plimsoll_oci::store::StoreError;

use super::forge_error::ForgeError;
use super::signatures::SigningError;

/// Why the world did not do what was asked of it, or did not answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WorldError {
    /// A registry, layout or archive.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Git or its remote.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The forge.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// Who signs, or whose signatures count.
    #[error(transparent)]
    Signing(Box<SigningError>),
    /// A claim's compare-and-swap was refused: something else stands there.
    #[error("the claim was changed by somebody else")]
    Refused,
    /// A file.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: String,
        /// What happened.
        why: String,
        /// What kind of thing happened.
        kind: FileProblem,
    },
    /// The user asked to stop; the effect was not tried.
    #[error("the run was interrupted")]
    Stopped,
}

/// What kind of thing happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileProblem {
    /// It is not there.
    Missing,
    /// It lies outside of where it must be.
    Escapes,
    /// It is a symbolic link that leads out of what others have, or to nothing that could be taken.
    Link,
    /// It can't be read or written.
    Refused,
    /// It is not what it should be.
    Broken,
    /// It is no index of a chart repository that can be added to.
    BrokenIndex,
    /// Git does not track it, and the working directory is at another commit than the one that is released.
    Elsewhere,
    /// The commit only points at it, and what it points at is not in this clone: a submodule, or a file of Git LFS.
    Hollow,
}

/// Why git did not do what was asked of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// The `git` program is not installed, or too old.
    #[error("git {want} or newer is needed: {found}")]
    Tool {
        /// The oldest version that works.
        want: &'static str,
        /// What was found.
        found: String,
    },
    /// The directory is in no git repository.
    #[error("{0} is in no git repository")]
    NoRepository(String),
    /// The remote did not answer.
    #[error("git remote {remote} can't be reached: {why}")]
    Unreachable {
        /// Its address without credentials.
        remote: String,
        /// What git said.
        why: String,
    },
    /// The remote does not let us.
    #[error("git remote {remote} does not allow this: {why}")]
    Denied {
        /// Its address without credentials.
        remote: String,
        /// What git said.
        why: String,
    },
    /// The remote does not let us push to a branch.
    #[error("git remote {remote} does not let us push to {branch}: {why}")]
    BranchDenied {
        /// Its address without credentials.
        remote: String,
        /// The branch.
        branch: String,
        /// What git said.
        why: String,
    },
    /// A ref where claims are is none.
    #[error("{git_ref} is no claim: {why}")]
    NoClaim {
        /// Its name on the remote.
        git_ref: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Anything else.
    #[error("git {command} failed: {why}")]
    Failed {
        /// The subcommand.
        command: String,
        /// What git said.
        why: String,
    },
}

impl WorldError {
    /// True if the same call may well succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            WorldError::Store(error) => error.is_temporary(),
            WorldError::Git(GitError::Unreachable { .. }) => true,
            WorldError::Forge(ForgeError::Unreachable { .. }) => true,
            _ => false,
        }
    }
}
