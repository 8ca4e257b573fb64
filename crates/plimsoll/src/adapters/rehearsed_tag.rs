//! The git tag of a rehearsal: it does not exist yet, and stands all the same.

use plimsoll_engine::domain::git::{GitLine, GitTag, Oid, TagAt};
use plimsoll_engine::world::Work;
use plimsoll_engine::world::git::{Git, GitView, TagNow};

/// A tag that always stands.
pub(crate) struct RehearsedTag;

impl GitView for RehearsedTag {
    fn tag<'a>(&'a self, _tag: &'a TagAt) -> Work<'a, TagNow> {
        Box::pin(async { Ok(TagNow::Same) })
    }

    fn line<'a>(&'a self, _line: &'a GitLine, until: &'a Oid) -> Work<'a, Vec<Oid>> {
        Box::pin(async move { Ok(vec![until.clone()]) })
    }

    fn find_tag<'a>(&'a self, _tag: &'a GitTag) -> Work<'a, Option<Oid>> {
        Box::pin(async { Ok(None) })
    }
}

impl Git for RehearsedTag {
    fn make_tag<'a>(&'a self, _tag: &'a GitTag, _commit: &'a Oid) -> Work<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn delete_tag<'a>(&'a self, _tag: &'a GitTag, _object: &'a Oid) -> Work<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}
