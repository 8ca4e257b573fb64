//! Image repositories and the workshop's layout, as stores.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use plimsoll_engine::world::Subject;
use plimsoll_engine::world::stores::{Stores, StoresView, TagLock};
use plimsoll_oci::content::{ByteStream, Content, read_whole};
use plimsoll_oci::model::{Descriptor, Manifest, MediaType};
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_oci::store::{Pull, Store, StoreError, Work};

use super::act::Act;
use super::caller::Caller;
use super::fault::Armed;
use super::repository::Repository;
use super::sea::{Lag, Lagging, Late};

/// The largest blob of a test.
const LIMIT: u64 = 1 << 24;

/// Image repositories.
pub(super) struct SeaStores(pub(super) Arc<Caller>);

impl StoresView for SeaStores {
    fn pull(&self, repository: &ImageRepository) -> Arc<dyn Pull> {
        Arc::new(SeaStore { caller: Arc::clone(&self.0), repository: repository.clone() })
    }
}

impl Stores for SeaStores {
    fn store(&self, repository: &ImageRepository) -> Arc<dyn Store> {
        Arc::new(SeaStore { caller: Arc::clone(&self.0), repository: repository.clone() })
    }

    fn lock(&self) -> plimsoll_engine::world::Work<'_, Option<TagLock>> {
        Box::pin(async move {
            if !self.0.waters().locks {
                return Ok(None);
            }
            loop {
                self.0.turn(Act::LockTags).await;
                let holder = &mut self.0.waters().lock_holder;
                if holder.is_none() {
                    *holder = Some(self.0.run.clone());
                    return Ok(Some(Box::new(HeldLock(Arc::clone(&self.0))) as TagLock));
                }
            }
        })
    }
}

/// The sea's one lock on moving tags, held by a run.
struct HeldLock(Arc<Caller>);

impl Drop for HeldLock {
    fn drop(&mut self) {
        self.0.waters().lock_holder = None;
    }
}

/// One repository of the sea, called by one run.
struct SeaStore {
    caller: Arc<Caller>,
    repository: ImageRepository,
}

impl SeaStore {
    /// Waits for the turn; then the repository answers, or is down.
    async fn turn(&self, act: Act) -> Result<(), StoreError> {
        self.caller.turn(act).await;
        let mut waters = self.caller.waters();
        match waters.outages.get_mut(&self.repository) {
            Some(left) if *left > 0 => {
                *left = left.saturating_sub(1);
                Err(self.silence())
            }
            _ => Ok(()),
        }
    }

    /// True if the registry answers this machine as if nothing were there.
    fn is_veiled(&self) -> bool {
        let veil = (self.caller.machine.clone(), self.repository.clone());
        self.caller.waters().veils.contains(&veil)
    }

    /// Whoever does not see a repository may not write to it either.
    fn refuse_veiled(&self) -> Result<(), StoreError> {
        let denied = || StoreError::Denied {
            place: self.repository.to_string(),
            action: "push",
            why: "requested access to the resource is denied".into(),
        };
        if self.is_veiled() { Err(denied()) } else { Ok(()) }
    }

    fn silence(&self) -> StoreError {
        StoreError::Unreachable { place: self.repository.to_string(), why: "no route to host".into() }
    }

    /// Looks at the repository, or at what it still shows of before.
    fn look<T>(
        &self,
        lags: impl Fn(&Lagging) -> bool,
        before: impl FnOnce(&Lagging, &Repository) -> T,
        now: impl FnOnce(&Repository) -> T,
    ) -> T {
        let mut waters = self.caller.waters();
        let waters = &mut *waters;
        let held = waters.repositories.entry(self.repository.clone()).or_default();
        let lag = waters
            .lags
            .iter_mut()
            .find(|lag| lag.reads_left > 0 && lag.repository == self.repository && lags(&lag.of));
        match lag {
            Some(lag) => {
                lag.reads_left -= 1;
                before(&lag.of, held)
            }
            None => now(held),
        }
    }

    /// True if the content does not show yet.
    fn hides(&self, digest: &Digest) -> bool {
        let lags = |of: &Lagging| matches!(of, Lagging::Content(hidden) if hidden == digest);
        self.look(lags, |_, _| true, |_| false)
    }

    /// Takes the content; it may be slow to show.
    fn keep(&self, digest: &Digest, take: impl FnOnce(&mut Repository)) {
        let fits = |subject: &Subject| matches!(subject, Subject::Content(at, of) if *at == self.repository && of == digest);
        let armed = self.caller.take_armed(fits);
        let mut waters = self.caller.waters();
        if let Some(Armed::Slow(reads_left)) = armed {
            let of = Lagging::Content(digest.clone());
            waters.lags.push(Lag { repository: self.repository.clone(), of, reads_left });
        }
        take(waters.repository(&self.repository));
    }
}

impl Pull for SeaStore {
    fn resolve<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, Option<Descriptor>> {
        Box::pin(async move {
            self.turn(Act::ReadTag(self.repository.clone(), tag.clone())).await?;
            if self.is_veiled() {
                return Ok(None);
            }
            let lags = |of: &Lagging| matches!(of, Lagging::Tag(slow, _) if slow == tag);
            let describe = |held: &Repository, digest: Option<&Digest>| {
                digest
                    .and_then(|digest| held.manifests.get(digest))
                    .map(|manifest| manifest.descriptor().clone())
            };
            let before = |of: &Lagging, held: &Repository| match of {
                Lagging::Tag(_, old) => describe(held, old.as_ref()),
                Lagging::Content(_) => None,
            };
            Ok(self.look(lags, before, |held| describe(held, held.tags.get(tag))))
        })
    }

    fn manifest<'a>(&'a self, at: &'a Digest) -> Work<'a, Option<Manifest>> {
        Box::pin(async move {
            self.turn(Act::ReadContent(self.repository.clone(), at.clone())).await?;
            let hidden = self.hides(at) || self.is_veiled();
            Ok(self
                .caller
                .waters()
                .repository(&self.repository)
                .manifests
                .get(at)
                .cloned()
                .filter(|_| !hidden))
        })
    }

    fn blob<'a>(&'a self, at: &'a Descriptor) -> Work<'a, Option<Arc<dyn Content>>> {
        Box::pin(async move {
            self.turn(Act::ReadContent(self.repository.clone(), at.digest.clone())).await?;
            let hidden = self.hides(&at.digest) || self.is_veiled();
            let mut waters = self.caller.waters();
            let bytes = waters.repository(&self.repository).blobs.get(&at.digest).cloned();
            Ok(bytes.filter(|_| !hidden).map(|bytes| hold(at, bytes)))
        })
    }

    fn tags(&self) -> Work<'_, Vec<ImageTag>> {
        Box::pin(async move {
            self.turn(Act::ListTags(self.repository.clone())).await?;
            if self.is_veiled() {
                return Ok(Vec::new());
            }
            let mut waters = self.caller.waters();
            if waters.unlisted.contains(&self.repository) {
                let place = self.repository.to_string();
                return Err(StoreError::Denied { place, action: "pull", why: "tags are not listed".into() });
            }
            Ok(waters.repository(&self.repository).tags.keys().cloned().collect())
        })
    }

    fn referrers<'a>(
        &'a self,
        subject: &'a Digest,
        kind: Option<&'a MediaType>,
    ) -> Work<'a, Vec<Descriptor>> {
        Box::pin(async move {
            self.turn(Act::ListReferrers(self.repository.clone(), subject.clone())).await?;
            let mut waters = self.caller.waters();
            Ok(list_referrers(waters.repository(&self.repository), subject, kind))
        })
    }
}

impl Store for SeaStore {
    fn put_blob<'a>(
        &'a self,
        content: &'a dyn Content,
        _mount_from: Option<&'a ImageRepository>,
    ) -> Work<'a, ()> {
        Box::pin(async move {
            let bytes = read_whole(content, LIMIT).await?;
            let digest = &content.descriptor().digest;
            self.turn(Act::PutContent(self.repository.clone(), digest.clone())).await?;
            self.refuse_veiled()?;
            self.keep(digest, |held| {
                held.blobs.insert(digest.clone(), bytes);
            });
            Ok(())
        })
    }

    fn put_manifest<'a>(&'a self, manifest: &'a Manifest) -> Work<'a, ()> {
        Box::pin(async move {
            let digest = manifest.digest();
            self.turn(Act::PutContent(self.repository.clone(), digest.clone())).await?;
            self.refuse_veiled()?;
            refuse_incomplete(self.caller.waters().repository(&self.repository), manifest)?;
            self.keep(digest, |held| {
                held.manifests.insert(digest.clone(), manifest.clone());
            });
            Ok(())
        })
    }

    fn point<'a>(&'a self, tag: &'a ImageTag, to: &'a Digest, _was: Option<&'a Digest>) -> Work<'a, ()> {
        Box::pin(async move {
            self.turn(Act::Point(self.repository.clone(), tag.clone())).await?;
            self.refuse_veiled()?;
            let fits = |subject: &Subject| matches!(subject, Subject::Tag(at, of) | Subject::Hidden(at, of) if *at == self.repository && of == tag);
            let armed = self.caller.take_armed(fits);
            let repository = self.repository.clone();
            let mut waters = self.caller.waters();
            let old = waters.repository(&repository).tags.get(tag).cloned();
            match armed {
                Some(Armed::Late) => {
                    waters.late.push(Late::Point { repository, tag: tag.clone(), to: to.clone() });
                    return Err(self.silence());
                }
                Some(Armed::Slow(reads_left)) => {
                    waters.lags.push(Lag { repository, of: Lagging::Tag(tag.clone(), old), reads_left });
                }
                None => {}
            }
            match waters.point(self.caller.author(), &self.repository, tag, to) {
                true => Ok(()),
                false => Err(StoreError::Missing { place: self.repository.to_string(), digest: to.clone() }),
            }
        })
    }
}

/// Bytes that a repository holds: their digest was checked when they came.
struct HeldContent {
    descriptor: Descriptor,
    bytes: Bytes,
}

impl Content for HeldContent {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn open(&self, from: u64) -> Work<'_, ByteStream> {
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(self.bytes.len());
        let rest = self.bytes.slice(from..);
        Box::pin(async move { Ok(stream::iter([Ok(rest)]).boxed()) })
    }
}

pub(super) fn hold(at: &Descriptor, bytes: Bytes) -> Arc<dyn Content> {
    let size = u64::try_from(bytes.len()).expect("a length in memory fits 64 bits");
    let descriptor = Descriptor::new(at.media_type.clone(), at.digest.clone(), size);
    Arc::new(HeldContent { descriptor, bytes })
}

/// Registries take no manifest before what it lists.
pub(super) fn refuse_incomplete(held: &Repository, manifest: &Manifest) -> Result<(), StoreError> {
    let mut listed = manifest.children().iter().chain(manifest.blobs());
    let there = |digest: &Digest| held.blobs.contains_key(digest) || held.manifests.contains_key(digest);
    match listed.find(|listed| !there(&listed.digest)) {
        None => Ok(()),
        Some(missing) => Err(StoreError::Rejected {
            place: "the registry".into(),
            action: "a manifest".into(),
            status: 400,
            message: format!("MANIFEST_BLOB_UNKNOWN: {}", missing.digest),
        }),
    }
}

pub(super) fn list_referrers(
    held: &Repository,
    subject: &Digest,
    kind: Option<&MediaType>,
) -> Vec<Descriptor> {
    let all = held.referrers(subject);
    let fitting = all.filter(|manifest| kind.is_none() || manifest.artifact_type() == kind);
    fitting.map(|manifest| manifest.descriptor().clone()).collect()
}
