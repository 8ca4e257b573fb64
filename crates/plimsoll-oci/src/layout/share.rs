//! One image of a layout in another one, without its bytes being there twice.

use super::Layout;
use crate::model::Manifest;
use crate::name::{Digest, ImageTag};
use crate::store::{Pull as _, Store as _, StoreError};

impl Layout {
    /// Makes an image of another layout be in this one, too, under a tag: its manifest, and what that names. Blobs get a second name
    /// where the file system can do that, and are copied piece by piece where it can't. Whatever has one of these names must only read
    /// it.
    ///
    /// A layer that says where else it may be had, and is not in `from`, is left out.
    ///
    /// # Errors
    /// The image is not whole, or is no image but an index of some; or the disk refused.
    pub async fn take_over(
        &self,
        from: &Layout,
        image: &Digest,
        tag: &ImageTag,
    ) -> Result<Manifest, StoreError> {
        let manifest = from.manifest(image).await?.ok_or_else(|| from.missing(image))?;
        for blob in manifest.blobs() {
            if self.has_blob(blob)? {
                continue;
            }
            match from.blob(blob).await? {
                Some(_) if self.link_blob(&blob.digest, from)? => {}
                Some(content) => self.put_blob(&*content, None).await?,
                None if blob.urls.is_empty() => return Err(from.missing(&blob.digest)),
                None => {}
            }
        }
        self.put_manifest(&manifest).await?;
        self.point(tag, image, None).await?;
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;

    use super::*;
    use crate::content::MemoryContent;
    use crate::model::{Descriptor, ImageManifest, MediaType};

    async fn put(layout: &Layout, bytes: &'static [u8]) -> Descriptor {
        let descriptor = Descriptor::of(MediaType::LAYER_TAR, bytes);
        let content = MemoryContent::new(descriptor.clone(), bytes.into()).unwrap();
        layout.put_blob(&content, None).await.unwrap();
        descriptor
    }

    fn image(config: &Descriptor, layers: &[Descriptor]) -> Manifest {
        Manifest::from_image(ImageManifest {
            schema_version: 2,
            media_type: Some(MediaType::MANIFEST),
            artifact_type: None,
            config: config.clone(),
            layers: layers.to_vec(),
            subject: None,
            annotations: BTreeMap::new(),
        })
    }

    #[tokio::test]
    async fn an_image_stands_alone_and_its_bytes_are_there_once() {
        let folder = tempfile::tempdir().unwrap();
        let [full, alone] = ["full", "alone"].map(|name| Layout::create(&folder.path().join(name)).unwrap());
        let (config, layer) = (put(&full, b"{}").await, put(&full, b"a layer").await);
        let wanted = image(&config, &[layer.clone(), layer.clone()]);
        let other = image(&config, &[]);
        for manifest in [&wanted, &other] {
            full.put_manifest(manifest).await.unwrap();
            full.point(&manifest.digest().hex()[..7].parse().unwrap(), manifest.digest(), None)
                .await
                .unwrap();
        }
        let tag = "image".parse().unwrap();
        let taken = alone.take_over(&full, wanted.digest(), &tag).await.unwrap();
        assert_eq!(taken.bytes(), wanted.bytes());
        let listed = alone.listed().unwrap();
        assert_eq!(listed.iter().map(|one| &one.digest).collect::<Vec<_>>(), [wanted.digest()]);
        let file = |layout: &Layout| fs::metadata(layout.blob_path(&layer.digest)).unwrap();
        assert_eq!(file(&full).ino(), file(&alone).ino());
        assert!(alone.blob(&config).await.unwrap().is_some());
        assert!(alone.manifest(other.digest()).await.unwrap().is_none());
        // Once more it is the same.
        alone.take_over(&full, wanted.digest(), &tag).await.unwrap();
        assert_eq!(alone.listed().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn what_is_not_whole_is_not_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let [full, alone] = ["full", "alone"].map(|name| Layout::create(&folder.path().join(name)).unwrap());
        let (config, layer) = (put(&full, b"{}").await, put(&full, b"a layer").await);
        let manifest = image(&config, std::slice::from_ref(&layer));
        full.put_manifest(&manifest).await.unwrap();
        fs::remove_file(full.blob_path(&layer.digest)).unwrap();
        let tag = "image".parse().unwrap();
        let lacking = alone.take_over(&full, manifest.digest(), &tag).await;
        assert!(matches!(lacking, Err(StoreError::Missing { digest, .. }) if digest == layer.digest));
        assert!(alone.listed().unwrap().is_empty());
        let nowhere = Digest::of(b"nowhere");
        let missing = alone.take_over(&full, &nowhere, &tag).await;
        assert!(matches!(missing, Err(StoreError::Missing { digest, .. }) if digest == nowhere));
    }
}
