//! The output of `docker save`: a `manifest.json` that names configs and layers by their paths in the archive.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use super::ArchiveError;
use super::contents::{Contents, Links, Place};
use crate::layer::{Compression, Decompressor, Limits};
use crate::layout::{CONTAINERD_NAME, IndexFile, REF_NAME};
use crate::model::{Descriptor, ImageConfig, ImageManifest, MANIFEST_LIMIT, Manifest, MediaType};
use crate::name::{Algorithm, Digest, Digester, Reference};
use crate::store::StoreError;

pub(super) const MANIFEST: &str = "manifest.json";

/// One image of `manifest.json`.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Option<Vec<String>>,
}

/// What a docker archive is as a repository.
pub(super) struct Docker {
    pub(super) index: IndexFile,
    pub(super) manifests: HashMap<Digest, Manifest>,
    pub(super) blobs: HashMap<Digest, Place>,
}

/// Compressed layers that were looked at, by place and the digest that they should have unpacked. Of one archive no more is
/// unpacked than a layer may have, whatever number of layers it is in.
struct Looked {
    found: HashMap<(Place, Digest), Descriptor>,
    limit: u64,
    left: u64,
}

impl Looked {
    fn new(limit: u64) -> Looked {
        Looked { found: HashMap::new(), limit, left: limit }
    }
}

/// Reads `manifest.json` and makes an OCI manifest for each image in it: configs and layers stay the bytes that they
/// are, and the manifest depends on nothing but them.
pub(super) async fn read(contents: &Contents, manifest: Place) -> Result<Docker, ArchiveError> {
    let text = contents.read(MANIFEST, manifest, MANIFEST_LIMIT)?;
    let saved: Vec<Saved> = serde_json::from_slice(&text).map_err(|e| broken(MANIFEST, e))?;
    let mut docker = Docker { index: IndexFile::empty(), manifests: HashMap::new(), blobs: HashMap::new() };
    let mut looked = Looked::new(Limits::default().unpacked);
    for image in saved {
        docker.take(contents, &mut looked, image).await?;
    }
    Ok(docker)
}

impl Docker {
    async fn take(
        &mut self,
        contents: &Contents,
        looked: &mut Looked,
        saved: Saved,
    ) -> Result<(), ArchiveError> {
        let place = contents.locate(&saved.config, Links::Refuse)?;
        let bytes = contents.read(&saved.config, place, MANIFEST_LIMIT)?;
        let config = ImageConfig::parse(&bytes).map_err(StoreError::from)?;
        let described = Descriptor::of(MediaType::CONFIG, &bytes);
        self.blobs.insert(described.digest.clone(), place);

        let paths = saved.layers.unwrap_or_default();
        let (want, found) = (config.rootfs.diff_ids.len(), paths.len());
        if want != found {
            let why = format!("it lists {want} layers, but {MANIFEST} has {found}");
            return Err(ArchiveError::Broken { entry: saved.config, why });
        }
        let mut layers = Vec::new();
        for (path, diff_id) in paths.iter().zip(&config.rootfs.diff_ids) {
            let place = contents.locate(path, Links::Follow)?;
            let layer = looked.layer(contents, path, place, diff_id).await?;
            self.blobs.insert(layer.digest.clone(), place);
            layers.push(layer);
        }
        let manifest = Manifest::from_image(ImageManifest {
            schema_version: 2,
            media_type: Some(MediaType::MANIFEST),
            artifact_type: None,
            config: described,
            layers,
            subject: None,
            annotations: BTreeMap::new(),
        });
        let entry = Descriptor { platform: Some(config.platform), ..manifest.descriptor().clone() };
        self.manifests.insert(manifest.digest().clone(), manifest);
        let names = saved.repo_tags.unwrap_or_default();
        if names.is_empty() {
            self.index.add(entry.clone());
        }
        for name in names {
            let mut entry = entry.clone();
            if let Some(tag) = name.parse::<Reference>().ok().and_then(|reference| reference.tag) {
                entry.annotations.insert(REF_NAME.into(), tag.to_string());
            }
            entry.annotations.insert(CONTAINERD_NAME.into(), name);
            self.index.add(entry);
        }
        Ok(())
    }
}

impl Looked {
    /// What a layer is. Docker's own are plain tars, so that the config tells their digest, which is checked when they
    /// are read; other tools write compressed ones, whose digest only reading tells.
    async fn layer(
        &mut self,
        contents: &Contents,
        path: &str,
        place: Place,
        diff_id: &Digest,
    ) -> Result<Descriptor, ArchiveError> {
        let start = contents.read(path, Place { size: place.size.min(4), ..place }, 4)?;
        let media_type = match Compression::of(&start) {
            Compression::None => {
                return Ok(Descriptor::new(MediaType::LAYER_TAR, diff_id.clone(), place.size));
            }
            Compression::Gzip => MediaType::LAYER_GZIP,
            Compression::Zstd => MediaType::LAYER_ZSTD,
        };
        let key = (place, diff_id.clone());
        if let Some(known) = self.found.get(&key) {
            return Ok(known.clone());
        }
        let failed = |error: io::Error| {
            let path = contents.path().join(path);
            match error.get_ref().is_some_and(|error| error.is::<TooMuch>()) {
                true => ArchiveError::TooLarge { path, limit: self.limit },
                false => ArchiveError::Compression { path, source: error },
            }
        };
        let mut digester = Digester::new(Algorithm::Sha256);
        let hash = Hash { digester: Digester::new(diff_id.algorithm()), left: self.left };
        let mut unpacked = Decompressor::new(hash);
        let take = |piece: &[u8]| {
            digester.update(piece);
            unpacked.write_all(piece).map_err(failed)
        };
        contents.read_pieces(place, take).await?;
        let Hash { digester: of_tar, left } = unpacked.finish().map_err(failed)?;
        let found = of_tar.finish();
        if found != *diff_id {
            return Err(ArchiveError::DiffId { entry: path.to_owned(), want: diff_id.clone(), found });
        }
        self.left = left;
        let layer = Descriptor::new(media_type, digester.finish(), place.size);
        self.found.insert(key, layer.clone());
        Ok(layer)
    }
}

/// Computes the digest of so many bytes at most.
struct Hash {
    digester: Digester,
    left: u64,
}

/// More was unpacked than may be.
#[derive(Debug, thiserror::Error)]
#[error("it is too large")]
struct TooMuch;

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(length).ok_or_else(|| io::Error::other(TooMuch))?;
        self.digester.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn broken(entry: &str, error: serde_json::Error) -> ArchiveError {
    ArchiveError::Broken { entry: entry.to_owned(), why: error.to_string() }
}

#[cfg(test)]
mod tests;
