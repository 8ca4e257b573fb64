//! Putting what is in an archive into repositories, and looking at it there.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_engine::statement::artifact::hold_tag;
use plimsoll_engine::world::clock::Clock;
use plimsoll_engine::world::signatures::SignaturesView;
use plimsoll_oci::copy::{CopyOptions, Progress, Referrers, copy, copy_all};
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_oci::store::{Pull, Store, StoreError};
use plimsoll_oci::walk;

use super::Parcel;
use super::cosign_list::{ListError, add_to_list};
use super::vouch::{VouchError, Vouched, statements, vouch};

/// What became of an archive.
#[derive(Clone, Debug, Default)]
pub struct Unloaded {
    /// What was sent.
    pub sent: Vec<Descriptor>,
    /// What was there.
    pub present: Vec<Descriptor>,
    /// What was looked at afterwards.
    pub checked: Checked,
    /// Who has signed it, where that was asked: in the archive as well as in every repository.
    pub vouched: Option<Vouched>,
}

/// What was looked at in the repositories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Manifests that were read again, each with its digest.
    pub manifests: usize,
    /// Blobs that are there with their size.
    pub blobs: usize,
    /// Referrers that are listed at what they refer to.
    pub referrers: usize,
    /// Tags that point where they must.
    pub tags: usize,
}

/// Why an archive can't be put into repositories.
#[derive(Debug, thiserror::Error)]
pub enum UnloadError {
    /// A version tag is at something else.
    #[error("{repository}:{tag} is there, and is something else")]
    Taken {
        /// Where.
        repository: ImageRepository,
        /// The tag.
        tag: ImageTag,
        /// What it should point at.
        want: Digest,
        /// What it points at.
        found: Digest,
    },
    /// A version tag was written by somebody else while content was sent.
    #[error("{repository}:{tag} was written meanwhile, and is something else")]
    TakenMeanwhile {
        /// Where.
        repository: ImageRepository,
        /// The tag.
        tag: ImageTag,
        /// What it should point at.
        want: Digest,
        /// What it points at.
        found: Digest,
    },
    /// What cosign says of something can't be added to what is said of it there.
    #[error(
        "{tag} of {repository} lists what is said of an image, and what the archive has can't be added: {error}"
    )]
    Unlisted {
        /// Where.
        repository: ImageRepository,
        /// The tag.
        tag: ImageTag,
        /// Why.
        #[source]
        error: ListError,
    },
    /// What was sent is not there afterwards.
    #[error("{repository} does not have {what} after it was sent there")]
    NotThere {
        /// Where.
        repository: ImageRepository,
        /// What.
        what: String,
    },
    /// Nobody who counts has signed something in the archive. Nothing was sent.
    #[error("the archive can't be imported: {0}")]
    Unvouched(#[source] VouchError),
    /// The same, of something where it was sent.
    #[error("{0}")]
    UnvouchedThere(#[source] VouchError),
    /// A repository, or the archive.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where what lies in one repository goes.
#[derive(Clone)]
pub struct Destination {
    /// Its name.
    pub repository: ImageRepository,
    /// The same, to write to.
    pub store: Arc<dyn Store>,
}

/// What goes into one repository.
struct Load {
    store: Arc<dyn Store>,
    roots: Vec<Digest>,
    tags: BTreeMap<ImageTag, Digest>,
    /// What was said of the release later, which is there before them.
    marks: BTreeMap<ImageTag, Digest>,
    /// What cosign says, under tags that whoever signs there adds to.
    cosign: BTreeMap<ImageTag, Digest>,
}

/// Puts everything of an archive where `moves` says, which must name every repository of it, byte for byte: content, then what refers to it and what was said of it later, then the record, and
/// only then version tags, once everything was looked at again. Nothing is sent before every version tag is known to be
/// free or right and, where `signatures` are asked for, before everything in the archive is signed by whom it must be.
pub async fn unload(
    parcel: &Parcel,
    moves: &BTreeMap<ImageRepository, Destination>,
    signatures: Option<&dyn SignaturesView>,
    clock: &dyn Clock,
    progress: Arc<dyn Progress>,
) -> Result<Unloaded, UnloadError> {
    let loads = loads(parcel, moves);
    let statements = statements(parcel);
    if let Some(signatures) = signatures {
        if statements.is_empty() {
            return Err(UnloadError::Unvouched(VouchError::Unsigned));
        }
        let archive: &dyn Pull = &parcel.archive;
        let here = vouch(&statements, signatures, |place| Some((place.to_string(), archive))).await;
        here.map_err(UnloadError::Unvouched)?;
    }
    for (repository, load) in &loads {
        for (tag, want) in &load.tags {
            if let Some(found) = load.store.resolve(tag).await?.filter(|found| found.digest != *want) {
                let (repository, tag, want) = (repository.clone(), tag.clone(), want.clone());
                return Err(UnloadError::Taken { repository, tag, want, found: found.digest });
            }
        }
    }
    let mut done = Unloaded::default();
    for (repository, load) in &loads {
        let store = &*load.store;
        let options = CopyOptions {
            referrers: Referrers::Follow,
            progress: Arc::clone(&progress),
            ..CopyOptions::default()
        };
        let copied = copy_all(&parcel.archive, store, &load.roots, &options).await?;
        done.sent.extend(copied.sent);
        done.present.extend(copied.present);
        for digest in load.said() {
            let copied = copy(&parcel.archive, store, digest, &options).await?;
            done.sent.extend(copied.sent);
            done.present.extend(copied.present);
        }
        for (tag, digest) in &load.marks {
            point(store, tag, digest).await?;
        }
        for (tag, digest) in &load.cosign {
            let added = add_to_list(&parcel.archive, store, clock, (tag, digest)).await;
            added.map_err(|error| UnloadError::Unlisted {
                repository: repository.clone(),
                tag: tag.clone(),
                error,
            })?;
        }
        let record_tag = hold_tag(&parcel.record.version, &parcel.seal.record);
        point(store, &record_tag, &parcel.record_manifest.digest).await?;
        check(parcel, repository, load, &mut done.checked).await?;
    }
    if let Some(signatures) = signatures {
        let there = vouch(&statements, signatures, |place| {
            let to = moves.get(place)?;
            let pull: &dyn Pull = &*to.store;
            Some((to.repository.to_string(), pull))
        });
        done.vouched = Some(there.await.map_err(UnloadError::UnvouchedThere)?);
    }
    // Content is whole everywhere before anybody can see it anywhere.
    for (repository, load) in &loads {
        for (tag, digest) in &load.tags {
            let overtaken = |found: Digest| UnloadError::TakenMeanwhile {
                repository: repository.clone(),
                tag: tag.clone(),
                want: digest.clone(),
                found,
            };
            let find = async || Ok::<_, StoreError>(load.store.resolve(tag).await?.map(|there| there.digest));
            match find().await? {
                Some(found) if found == *digest => {}
                // Sending takes a while: it was free before that.
                Some(found) => return Err(overtaken(found)),
                None => load.store.point(tag, digest, None).await?,
            }
            match find().await? {
                Some(found) if found == *digest => done.checked.tags += 1,
                Some(found) => return Err(overtaken(found)),
                None => {
                    let what = format!("tag {tag}");
                    return Err(UnloadError::NotThere { repository: repository.clone(), what });
                }
            }
        }
    }
    Ok(done)
}

fn loads(parcel: &Parcel, moves: &BTreeMap<ImageRepository, Destination>) -> BTreeMap<ImageRepository, Load> {
    let mut loads: BTreeMap<ImageRepository, Load> = BTreeMap::new();
    for content in &parcel.contents {
        let Some(to) = moves.get(&content.repository) else { continue };
        let new = || Load {
            store: Arc::clone(&to.store),
            roots: Vec::new(),
            tags: BTreeMap::new(),
            marks: parcel.said.artifacts.clone(),
            cosign: BTreeMap::new(),
        };
        let load = loads.entry(to.repository.clone()).or_insert_with(new);
        load.roots.push(content.digest.clone());
        load.tags.extend(content.tags.iter().map(|tag| (tag.clone(), content.digest.clone())));
    }
    for load in loads.values_mut() {
        load.roots.push(parcel.record_manifest.digest.clone());
    }
    for (repository, tag, digest) in &parcel.cosign {
        let load = moves.get(repository).and_then(|to| loads.get_mut(&to.repository));
        if let Some(load) = load {
            load.cosign.insert(tag.clone(), digest.clone());
        }
    }
    loads
}

impl Load {
    /// What is said of what goes in.
    fn said(&self) -> impl Iterator<Item = &Digest> {
        self.marks.values().chain(self.cosign.values())
    }
}

/// Points a tag whose name says what it is at.
async fn point(store: &dyn Store, tag: &ImageTag, to: &Digest) -> Result<(), StoreError> {
    let was = store.resolve(tag).await?.map(|was| was.digest);
    match was.as_ref() == Some(to) {
        true => Ok(()),
        false => store.point(tag, to, was.as_ref()).await,
    }
}

/// Looks at everything where it is now, as whoever pulls it would.
async fn check(
    parcel: &Parcel,
    repository: &ImageRepository,
    load: &Load,
    checked: &mut Checked,
) -> Result<(), UnloadError> {
    let store = &*load.store;
    let absent = |what: String| UnloadError::NotThere { repository: repository.clone(), what };
    for root in load.roots.iter().chain(load.said()) {
        if let Some(missing) = walk::whole(store, root).await?.into_iter().next() {
            return Err(absent(missing.digest.to_string()));
        }
        let tree = walk::tree(store, root).await?;
        checked.blobs += tree.blobs.len();
        let mut waiting: Vec<Digest> = tree.manifests().map(|one| one.digest().clone()).collect();
        checked.manifests += waiting.len();
        while let Some(subject) = waiting.pop() {
            let wanted = parcel.archive.referrers(&subject, None).await?;
            if wanted.is_empty() {
                continue;
            }
            let found = store.referrers(&subject, None).await?;
            for referrer in wanted {
                if !found.iter().any(|found| found.digest == referrer.digest) {
                    return Err(absent(format!("{} among the referrers of {subject}", referrer.digest)));
                }
                checked.referrers += 1;
                waiting.push(referrer.digest);
            }
        }
    }
    Ok(())
}
