//! How long something is looked at, and how often it is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use plimsoll_oci::content::Content;
use plimsoll_oci::model::{Descriptor, Manifest, MediaType};
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_oci::store::{self, Pull};

use super::*;
use crate::domain::time::Moment;

/// A repository with one shared tag, or without.
struct Shelf(Option<ImageTag>);

impl Pull for Shelf {
    fn resolve<'a>(&'a self, tag: &'a ImageTag) -> store::Work<'a, Option<Descriptor>> {
        let there = self.0.as_ref() == Some(tag);
        Box::pin(async move { Ok(there.then(Descriptor::empty)) })
    }

    fn manifest<'a>(&'a self, _at: &'a Digest) -> store::Work<'a, Option<Manifest>> {
        Box::pin(async { Ok(None) })
    }

    fn blob<'a>(&'a self, _at: &'a Descriptor) -> store::Work<'a, Option<Arc<dyn Content>>> {
        Box::pin(async { Ok(None) })
    }

    fn tags(&self) -> store::Work<'_, Vec<ImageTag>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn referrers<'a>(
        &'a self,
        _subject: &'a Digest,
        _kind: Option<&'a MediaType>,
    ) -> store::Work<'a, Vec<Descriptor>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

impl RepositoryWriter for Shelf {
    fn pull(&self) -> &dyn Pull {
        self
    }

    fn put_blob<'a>(&'a self, _content: &'a dyn Content) -> Work<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn put_manifest<'a>(&'a self, _manifest: &'a Manifest) -> Work<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn put_referrers<'a>(&'a self, _manifests: &'a [Manifest]) -> Work<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn point_hidden<'a>(
        &'a self,
        _tag: &'a ImageTag,
        _to: &'a Digest,
        _was: Option<&'a Digest>,
    ) -> Work<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn rewrite<'a>(&'a self, _tag: &'a ImageTag) -> Work<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// A clock that says how long was waited.
#[derive(Default)]
struct Waiting(AtomicU32);

impl Clock for Waiting {
    fn now(&self) -> Moment {
        Moment(0)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed).into())
    }

    fn sleep(&self, time: Duration) -> Work<'_, ()> {
        let waited = u32::try_from(time.as_millis()).unwrap();
        self.0.fetch_add(waited, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }

    fn random(&self) -> u128 {
        0
    }
}

/// An attachment that others take off at certain looks.
struct Contested {
    subject: Digest,
    taken_off_at: fn(u32) -> bool,
    looks: AtomicU32,
    writes: AtomicU32,
}

impl Attachment for Contested {
    fn subject(&self) -> &Digest {
        &self.subject
    }

    fn shared_tag(&self) -> Option<ImageTag> {
        "shared".parse().ok()
    }

    fn write<'a>(&'a self, _repository: &'a dyn RepositoryWriter) -> Work<'a, ()> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }

    fn is_found<'a>(&'a self, _pull: &'a dyn Pull) -> Work<'a, bool> {
        let look = self.looks.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { Ok(!(self.taken_off_at)(look)) })
    }
}

/// Whether it stayed, the number of writes and looks, and the milliseconds that were waited.
fn attached(tag: Option<&str>, taken_off_at: fn(u32) -> bool) -> (bool, u32, u32, u32) {
    let (looks, writes) = (AtomicU32::new(0), AtomicU32::new(0));
    let contested = Contested { subject: Digest::of(b"image"), taken_off_at, looks, writes };
    let (shelf, clock) = (Shelf(tag.map(|tag| tag.parse().unwrap())), Waiting::default());
    let outcome = attach(&shelf, &clock, &contested).now_or_never().expect("nobody waits for anything");
    let count = |number: AtomicU32| number.into_inner();
    (outcome.is_ok(), count(contested.writes), count(contested.looks), count(clock.0))
}

#[test]
fn what_nobody_else_writes_is_looked_at_once() {
    assert_eq!(attached(None, |_| false), (true, 1, 1, 0));
}

#[test]
fn what_others_write_too_is_looked_at_until_they_must_be_done() {
    assert_eq!(attached(Some("shared"), |_| false), (true, 1, 3, 450));
    assert_eq!(attached(Some("another"), |_| false), (true, 1, 1, 0));
}

#[test]
fn what_is_taken_off_is_written_again() {
    assert_eq!(attached(Some("shared"), |look| look == 1), (true, 2, 5, 600));
    assert_eq!(attached(Some("shared"), |look| look == 2), (true, 2, 6, 900));
    assert_eq!(attached(None, |look| look < 3), (true, 4, 4, 0));
}

#[test]
fn what_never_stays_is_given_up() {
    assert_eq!(attached(Some("shared"), |_| true), (false, ATTEMPTS, ATTEMPTS, 0));
}
