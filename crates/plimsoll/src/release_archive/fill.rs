//! Bringing together what belongs to a release.

use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use plimsoll_engine::domain::claim::ClaimName;
use plimsoll_engine::ledger::contents::{Content, contents};
use plimsoll_engine::ledger::release::Release;
use plimsoll_engine::run::whole::record_artifact;
use plimsoll_engine::statement::artifact::{Artifact, ArtifactFile, LayerBytes, hold_tag, mark_tag};
use plimsoll_engine::statement::mark::wrap_bytes;
use plimsoll_engine::world::ledger::LedgerFile;
use plimsoll_engine::world::stores::StoresView;
use plimsoll_oci::content::MemoryContent;
use plimsoll_oci::copy::{CopyOptions, Progress, Referrers, copy};
use plimsoll_oci::layout::Layout;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_oci::store::{Pull, Store as _, StoreError};
use plimsoll_oci::walk;

use super::moved::find_moved;
use super::{AT_ONCE, TRUST, TRUST_FILE, TRUST_NAME, cosign_tags};

/// What an archive was filled with.
#[derive(Clone, Debug)]
pub struct Filled {
    /// Images and charts.
    pub contents: Vec<Content>,
    /// The digest of the record's artifact.
    pub record: Digest,
    /// How many manifests there are that say something of another one: signatures, attestations.
    pub referrers: usize,
}

/// What goes along beside what the registries have of a release.
#[derive(Clone, Debug, Default)]
pub struct Luggage {
    /// The files that somebody trusts by.
    pub trust: Vec<LedgerFile>,
    /// What was said of the release later: the bytes of marks.
    pub marks: Vec<Vec<u8>>,
}

/// Why a release can't be brought together.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FillError {
    /// Its record lies in no registry.
    #[error("its record lies in no repository")]
    NoArtifact,
    /// It names nothing.
    #[error("its record names no image")]
    Empty,
    /// Something of it is in none of its repositories.
    #[error("{what} can't be had from any of its repositories")]
    Gone {
        /// What.
        what: String,
        /// What each of them said.
        said: Vec<(ImageRepository, StoreError)>,
    },
    /// The archive can't be written.
    #[error(transparent)]
    Layout(StoreError),
}

/// Puts everything of a release into a layout: images and charts with what refers to them, the record, what was said of it
/// later, and the files that somebody trusts by. Every content comes from its first repository, or from a mirror that has it. If the record lies in
/// `place`, where the release was taken to, the content comes from there if it can.
pub async fn fill(
    layout: &Layout,
    stores: &dyn StoresView,
    release: &Release,
    place: Option<&ImageRepository>,
    luggage: Luggage,
    progress: Arc<dyn Progress>,
) -> Result<Filled, FillError> {
    // A record of before Plimsoll, or one that was written later, is a file of the ledger and nothing else.
    if release.record.was_written_later() {
        return Err(FillError::NoArtifact);
    }
    let all = contents(&release.record, &release.seal);
    let Some(first) = all.first() else { return Err(FillError::Empty) };
    let options = CopyOptions { referrers: Referrers::Follow, progress, ..CopyOptions::default() };
    let filling = Filling { layout, stores, options };
    let names: Vec<&ImageRepository> = all.iter().map(|content| &content.repository).collect();
    let places = |content: &Content| {
        let moved = place.and_then(|place| find_moved(&content.repository, &names, place));
        let said = std::iter::once(&content.repository).chain(&content.mirrors).cloned();
        moved.into_iter().chain(said).collect::<Vec<_>>()
    };
    for content in &all {
        let places = places(content);
        let what = format!("{}@{}", content.repository, content.digest);
        let from = filling.take(what, &places, &content.digest).await?;
        for tag in &content.tags {
            filling.list(&content.repository, tag, &content.digest)?;
        }
        // What has no tag that people see is listed as it is held.
        if content.tags.is_empty() {
            let held = hold_tag(&release.record.version, &content.digest);
            filling.list(&content.repository, &held, &content.digest)?;
        }
        filling.take_cosign_tags(&*from, content).await?;
    }
    let name =
        ClaimName { component: release.record.component.clone(), version: release.record.version.clone() };
    let record = record_artifact(&name, &release.tag, &release.seal).manifest.digest().clone();
    let places: Vec<_> = place.cloned().into_iter().chain(all.iter().flat_map(places)).collect();
    filling.take(format!("record-artifact {}@{record}", first.repository), &places, &record).await?;
    filling.list(&first.repository, &hold_tag(&name.version, &release.seal.record), &record)?;
    for bytes in luggage.marks {
        let mark = wrap_bytes(bytes);
        let name = format!("{}:{}", first.repository, mark_tag(&mark.layer.digest));
        filling.add(&name, mark).await.map_err(FillError::Layout)?;
    }
    if let Some(trust) = wrap_trust(luggage.trust) {
        filling.add(TRUST_NAME, trust).await.map_err(FillError::Layout)?;
    }
    layout.sort_listing().map_err(FillError::Layout)?;
    let referrers = count_referrers(layout, &all, &record).await.map_err(FillError::Layout)?;
    Ok(Filled { contents: all, record, referrers })
}

struct Filling<'a> {
    layout: &'a Layout,
    stores: &'a dyn StoresView,
    options: CopyOptions<'a>,
}

impl Filling<'_> {
    /// Takes something with all that refers to it from the first place that has it whole; gives that place.
    async fn take(
        &self,
        what: String,
        places: &[ImageRepository],
        digest: &Digest,
    ) -> Result<Arc<dyn Pull>, FillError> {
        let mut said = Vec::new();
        for place in places {
            let pull = self.stores.pull(place);
            match copy(&*pull, self.layout, digest, &self.options).await {
                Ok(_) => return Ok(pull),
                Err(error @ (StoreError::Full { .. } | StoreError::Io { .. })) => {
                    return Err(FillError::Layout(error));
                }
                Err(error) => said.push((place.clone(), error)),
            }
        }
        Err(FillError::Gone { what, said })
    }

    fn list(&self, repository: &ImageRepository, tag: &ImageTag, at: &Digest) -> Result<(), FillError> {
        self.layout.list_as(&format!("{repository}:{tag}"), at).map_err(FillError::Layout)
    }

    /// What cosign says of an image or a platform of it, where it says so under tags.
    async fn take_cosign_tags(&self, from: &dyn Pull, content: &Content) -> Result<(), FillError> {
        let gone = |error: StoreError| FillError::Gone {
            what: format!("what cosign says of {}@{}", content.repository, content.digest),
            said: vec![(content.repository.clone(), error)],
        };
        let tree = walk::tree(self.layout, &content.digest).await.map_err(FillError::Layout)?;
        let tags: Vec<ImageTag> = tree.manifests().flat_map(|one| cosign_tags(one.digest())).collect();
        let look = |tag: ImageTag| async move {
            let found = from.resolve(&tag).await?;
            Ok::<_, StoreError>(found.map(|found| (tag, found.digest)))
        };
        let looks: Vec<_> = tags.into_iter().map(look).collect();
        let found: Vec<_> = stream::iter(looks).buffered(AT_ONCE).try_collect().await.map_err(gone)?;
        for (tag, digest) in found.into_iter().flatten() {
            copy(from, self.layout, &digest, &self.options).await.map_err(gone)?;
            self.list(&content.repository, &tag, &digest)?;
        }
        Ok(())
    }

    /// Puts something into the layout that is in no registry as it is listed here.
    async fn add(&self, name: &str, artifact: Artifact) -> Result<(), StoreError> {
        let hold = |descriptor: Descriptor, bytes| {
            MemoryContent::new(descriptor, bytes).expect("the descriptor was made from these bytes")
        };
        self.layout.put_blob(&hold(Descriptor::empty(), bytes::Bytes::from_static(b"{}")), None).await?;
        for layer in artifact.layers {
            if let LayerBytes::Written(bytes) = layer.bytes {
                self.layout.put_blob(&hold(layer.descriptor, bytes), None).await?;
            }
        }
        self.layout.put_manifest(&artifact.manifest).await?;
        self.layout.list_as(name, artifact.manifest.digest())
    }
}

/// The files that somebody trusts by as one artifact; none if there are none.
fn wrap_trust(files: Vec<LedgerFile>) -> Option<Artifact> {
    let mut files = files.into_iter().map(|file| ArtifactFile {
        media_type: TRUST_FILE,
        title: file.name,
        bytes: file.bytes,
    });
    let first = files.next()?;
    Some(Artifact::wrap_files(TRUST, first, files.collect(), Vec::new()))
}

async fn count_referrers(layout: &Layout, all: &[Content], record: &Digest) -> Result<usize, StoreError> {
    let mut waiting: Vec<Digest> = vec![record.clone()];
    for content in all {
        waiting
            .extend(walk::tree(layout, &content.digest).await?.manifests().map(|one| one.digest().clone()));
    }
    waiting.sort();
    waiting.dedup();
    let mut count = 0;
    while let Some(subject) = waiting.pop() {
        let found = layout.referrers(&subject, None).await?;
        count += found.len();
        waiting.extend(found.into_iter().map(|one| one.digest));
    }
    Ok(count)
}
