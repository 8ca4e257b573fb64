//! The git repository and its remote.

use super::Work;
use crate::domain::git::{GitLine, GitTag, Oid, TagAt};

/// Git, looked at.
pub trait GitView: Send + Sync {
    /// What the tag points at now, on the remote; where the run began with a tag that only this clone has, here.
    fn tag<'a>(&'a self, tag: &'a TagAt) -> Work<'a, TagNow>;
    /// The commits that were the newest of a line, as far as git tells now: its tip, the tip's first parent, and so on,
    /// down to `until` or, where that is none of them, to the first commit. Empty if there is no such ref.
    fn line<'a>(&'a self, line: &'a GitLine, until: &'a Oid) -> Work<'a, Vec<Oid>>;
    /// The commit that a tag is on, on the remote; in this clone where there is none. `None` if there is no such tag.
    fn find_tag<'a>(&'a self, tag: &'a GitTag) -> Work<'a, Option<Oid>>;
}

/// What a git tag points at, seen from a run that began with a certain object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagNow {
    /// Still that object (or still only in this clone).
    Same,
    /// It is gone.
    Gone,
    /// Another object.
    Other(Oid),
}

/// Git, changed.
pub trait Git: GitView {
    /// Makes a lightweight tag on a commit, on the remote; in this clone where there is none. So every run makes the same one.
    /// One that is there already is never moved: that is an error, or nothing where it is the same.
    fn make_tag<'a>(&'a self, tag: &'a GitTag, commit: &'a Oid) -> Work<'a, ()>;
    /// Deletes a tag here and on the remote, if it still is the object given.
    fn delete_tag<'a>(&'a self, tag: &'a GitTag, object: &'a Oid) -> Work<'a, ()>;
}
