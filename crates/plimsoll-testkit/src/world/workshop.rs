//! The layout on a machine's disk, and the seals that were kept beside it.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use plimsoll_engine::domain::claim::Seal;
use plimsoll_engine::world::Work;
use plimsoll_engine::world::workshop::{LayerFile, LayerPlan, SealKey, Workshop, WorkshopView};
use plimsoll_oci::content::{Content, read_whole};
use plimsoll_oci::layer::Packed;
use plimsoll_oci::model::{Descriptor, Manifest, MediaType};
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_oci::store::{Pull, Store, StoreError, Work as StoreWork};

use super::act::Act;
use super::caller::Caller;
use super::repository::Repository;
use super::store::{hold, list_referrers, refuse_incomplete};

const LIMIT: u64 = 1 << 24;

/// The workshop of the caller's machine.
pub(super) struct DiskWorkshop(pub(super) Arc<Caller>);

impl WorkshopView for DiskWorkshop {
    fn sealed<'a>(&'a self, key: &'a SealKey) -> Work<'a, Option<Seal>> {
        Box::pin(async move {
            self.0.turn(Act::Local).await;
            let waters = self.0.waters();
            let disk = waters.disks.get(&self.0.machine).expect("the caller's machine is there");
            Ok(disk.seals.iter().rev().find(|(kept, _)| kept == key).map(|(_, seal)| seal.clone()))
        })
    }

    fn pull(&self) -> Arc<dyn Pull> {
        Arc::new(Layout(Arc::clone(&self.0)))
    }
}

impl Workshop for DiskWorkshop {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(Layout(Arc::clone(&self.0)))
    }

    /// No archive: what matters is that other files give other bytes.
    fn pack(&self, layer: LayerPlan) -> Work<'_, Packed> {
        Box::pin(async move {
            let mut whole = Vec::new();
            for LayerFile { to, mode, mut file } in layer.files {
                whole.extend(format!("{to} {mode:o}\n").into_bytes());
                while let Some(piece) = file.bytes.next().await {
                    whole.extend_from_slice(&piece?);
                }
            }
            let bytes = Bytes::from(whole);
            let descriptor = Descriptor::of(MediaType::LAYER_TAR, &bytes);
            let packed = Packed { diff_id: descriptor.digest.clone(), unpacked: descriptor.size, descriptor };
            let digest = packed.diff_id.clone();
            Layout(Arc::clone(&self.0)).with(|layout| layout.blobs.insert(digest, bytes)).await;
            Ok(packed)
        })
    }

    fn keep<'a>(&'a self, key: &'a SealKey, seal: &'a Seal) -> Work<'a, ()> {
        Box::pin(async move {
            self.0.turn(Act::Local).await;
            let mut waters = self.0.waters();
            waters.sets.push(seal.clone());
            let disk = waters.disks.get_mut(&self.0.machine).expect("the caller's machine is there");
            disk.seals.push((key.clone(), seal.clone()));
            Ok(())
        })
    }
}

struct Layout(Arc<Caller>);

impl Layout {
    async fn with<T>(&self, act: impl FnOnce(&mut Repository) -> T) -> T {
        self.0.turn(Act::Local).await;
        let mut waters = self.0.waters();
        act(&mut waters.disks.get_mut(&self.0.machine).expect("the caller's machine is there").layout)
    }
}

impl Pull for Layout {
    fn resolve<'a>(&'a self, tag: &'a ImageTag) -> StoreWork<'a, Option<Descriptor>> {
        Box::pin(async move {
            Ok(self
                .with(|layout| {
                    let manifest = layout.tags.get(tag).and_then(|digest| layout.manifests.get(digest));
                    manifest.map(|manifest| manifest.descriptor().clone())
                })
                .await)
        })
    }

    fn manifest<'a>(&'a self, at: &'a Digest) -> StoreWork<'a, Option<Manifest>> {
        Box::pin(async move { Ok(self.with(|layout| layout.manifests.get(at).cloned()).await) })
    }

    fn blob<'a>(&'a self, at: &'a Descriptor) -> StoreWork<'a, Option<Arc<dyn Content>>> {
        Box::pin(async move {
            let bytes = self.with(|layout| layout.blobs.get(&at.digest).cloned()).await;
            Ok(bytes.map(|bytes| hold(at, bytes)))
        })
    }

    fn tags(&self) -> StoreWork<'_, Vec<ImageTag>> {
        Box::pin(async move { Ok(self.with(|layout| layout.tags.keys().cloned().collect()).await) })
    }

    fn referrers<'a>(
        &'a self,
        subject: &'a Digest,
        kind: Option<&'a MediaType>,
    ) -> StoreWork<'a, Vec<Descriptor>> {
        Box::pin(async move { Ok(self.with(|layout| list_referrers(layout, subject, kind)).await) })
    }
}

impl Store for Layout {
    fn put_blob<'a>(
        &'a self,
        content: &'a dyn Content,
        _mount_from: Option<&'a ImageRepository>,
    ) -> StoreWork<'a, ()> {
        Box::pin(async move {
            let bytes = read_whole(content, LIMIT).await?;
            let digest = content.descriptor().digest.clone();
            self.with(|layout| layout.blobs.insert(digest, bytes)).await;
            Ok(())
        })
    }

    fn put_manifest<'a>(&'a self, manifest: &'a Manifest) -> StoreWork<'a, ()> {
        Box::pin(async move {
            self.with(|layout| {
                refuse_incomplete(layout, manifest)?;
                layout.manifests.insert(manifest.digest().clone(), manifest.clone());
                Ok(())
            })
            .await
        })
    }

    fn point<'a>(&'a self, tag: &'a ImageTag, to: &'a Digest, _was: Option<&'a Digest>) -> StoreWork<'a, ()> {
        Box::pin(async move {
            let there = self
                .with(|layout| {
                    let there = layout.manifests.contains_key(to);
                    there.then(|| layout.tags.insert(tag.clone(), to.clone())).is_some()
                })
                .await;
            match there {
                true => Ok(()),
                false => Err(StoreError::Missing { place: "the workshop".into(), digest: to.clone() }),
            }
        })
    }
}
