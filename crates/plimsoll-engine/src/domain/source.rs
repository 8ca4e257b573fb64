//! What is released: a commit, with what git knows of it.

use super::git::{Oid, TagAt};
use super::time::Moment;

/// The commit that a run is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The tag, where the run is about one.
    pub tag: Option<TagAt>,
    /// The commit.
    pub commit: Oid,
    /// The committer's time; every time that a release writes is this one unless `SOURCE_DATE_EPOCH` says otherwise.
    pub commit_time: Moment,
    /// Whether the commit lies on the default branch.
    pub on_default_branch: Ancestry,
}

/// Whether a commit lies on a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ancestry {
    /// It is an ancestor of the branch's tip, or the tip.
    On,
    /// It is not.
    Off,
    /// There is no such branch, or it was not fetched.
    Unknown,
}
