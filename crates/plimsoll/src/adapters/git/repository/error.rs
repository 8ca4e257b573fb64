//! Why a repository can't be worked with.

use plimsoll_engine::domain::git::{GitTag, Oid};
use plimsoll_engine::world::error::GitError;

/// Why a repository can't be worked with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryError {
    /// Git itself.
    #[error(transparent)]
    Git(#[from] GitError),
    /// There is no working directory: a bare repository, or the inside of `.git`.
    #[error("{0} has no working directory")]
    NoWorktree(String),
    /// There are no commits.
    #[error("{0} has no commits")]
    NoCommits(String),
    /// There is no remote.
    #[error("there is no git remote `origin`, and none is named by `project.source`")]
    NoRemote,
    /// The configuration names a remote that runs a program.
    #[error("`{address}` is no address that a configuration may name as a git remote")]
    RemoteRefused {
        /// The address without credentials.
        address: String,
    },
    /// There is no such tag.
    #[error("there is no git tag `{tag}`{}", remote.as_deref().map_or(String::new(), |remote| format!(" here or on {remote}")))]
    TagMissing {
        /// The tag.
        tag: GitTag,
        /// The remote that was asked.
        remote: Option<String>,
    },
    /// The tag points at something that can't be released.
    #[error("git tag `{tag}` points at a {found}, not at a commit")]
    TagNotACommit {
        /// The tag.
        tag: GitTag,
        /// `tree` or `blob`.
        found: String,
    },
    /// A name leads to no commit of this clone.
    #[error("`{0}` is no branch, tag or commit of this clone")]
    NoSuchRef(String),
    /// The clone lacks an object.
    #[error("this clone does not have {object}")]
    Lacking {
        /// The object.
        object: Oid,
    },
    /// The clone is shallow, and the question is about all of its history.
    #[error("this clone is shallow: the history of HEAD is not all here")]
    CutOff,
}
