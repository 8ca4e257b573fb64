//! The output of `docker save`: a `manifest.json` that names configs and layers by their paths in the archive.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use super::ArchiveError;
use super::contents::{Contents, Links, Place};
use crate::layer::{Compression, Decompressor};
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

/// Reads `manifest.json` and makes an OCI manifest for each image in it: configs and layers stay the bytes that they
/// are, and the manifest depends on nothing but them.
pub(super) async fn read(contents: &Contents, manifest: Place) -> Result<Docker, ArchiveError> {
    let text = contents.read(MANIFEST, manifest, MANIFEST_LIMIT)?;
    let saved: Vec<Saved> = serde_json::from_slice(&text).map_err(|e| broken(MANIFEST, e))?;
    let mut docker = Docker { index: IndexFile::empty(), manifests: HashMap::new(), blobs: HashMap::new() };
    for image in saved {
        docker.take(contents, image).await?;
    }
    Ok(docker)
}

impl Docker {
    async fn take(&mut self, contents: &Contents, saved: Saved) -> Result<(), ArchiveError> {
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
            let layer = layer(contents, path, place, diff_id).await?;
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

/// What a layer is. Docker's own are plain tars, so that the config tells their digest, which is checked when they
/// are read; other tools write compressed ones, whose digest only reading tells.
async fn layer(
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
    let compression = |source| ArchiveError::Compression { path: contents.path().join(path), source };
    let mut digester = Digester::new(Algorithm::Sha256);
    let mut unpacked = Decompressor::new(Hash(Digester::new(diff_id.algorithm())));
    let hash = |piece: &[u8]| {
        digester.update(piece);
        unpacked.write_all(piece).map_err(compression)
    };
    contents.read_pieces(place, hash).await?;
    let found = unpacked.finish().map_err(compression)?.0.finish();
    if found != *diff_id {
        return Err(ArchiveError::DiffId { entry: path.to_owned(), want: diff_id.clone(), found });
    }
    Ok(Descriptor::new(media_type, digester.finish(), place.size))
}

struct Hash(Digester);

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn broken(entry: &str, error: serde_json::Error) -> ArchiveError {
    ArchiveError::Broken { entry: entry.to_owned(), why: error.to_string() }
}
