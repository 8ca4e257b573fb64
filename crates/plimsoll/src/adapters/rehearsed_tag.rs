//! The git tag of a rehearsal: it does not exist yet, and stands all the same.

use plimsoll_engine::domain::git::{GitTag, Oid, TagAt};
use plimsoll_engine::world::Work;
use plimsoll_engine::world::git::{Git, GitView, TagNow};

/// A tag that always stands.
pub(crate) struct RehearsedTag;

impl GitView for RehearsedTag {
    fn tag<'a>(&'a self, _tag: &'a TagAt) -> Work<'a, TagNow> {
        Box::pin(async { Ok(TagNow::Same) })
    }
}

impl Git for RehearsedTag {
    fn delete_tag<'a>(&'a self, _tag: &'a GitTag, _object: &'a Oid) -> Work<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}
