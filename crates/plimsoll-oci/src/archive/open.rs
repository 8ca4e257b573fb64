//! Opening an archive.

use std::collections::HashMap;
use std::path::Path;

use super::ArchiveError;
use super::contents::{Contents, Links, Place};
use super::docker::{self, Docker};
use super::spool::decompressed;
use crate::content::{open_regular, parse_manifest};
use crate::layout::{INDEX_LIMIT, IndexFile, SelectError, Subjects, check_mark, select};
use crate::model::{Descriptor, MANIFEST_LIMIT, Manifest};
use crate::name::Digest;
use crate::store::StoreError;

const MARK: &str = "oci-layout";
const INDEX: &str = "index.json";

/// A tar file with images in it, as a repository that can be read.
///
/// An image layout is taken as it is. Of the output of `docker save`, configs and layers are, and a manifest is made
/// for each image; the same archive always gives the same manifests.
#[derive(Debug)]
pub struct Archive {
    pub(super) contents: Contents,
    pub(super) index: IndexFile,
    /// Manifests that are not in the archive.
    pub(super) made: HashMap<Digest, Manifest>,
    pub(super) blobs: HashMap<Digest, Place>,
    pub(super) subjects: Subjects,
}

impl Archive {
    /// Opens an archive, compressed by gzip or Zstandard or not at all. A compressed one is decompressed into the
    /// folder `spool`, where it needs room but leaves no name.
    pub async fn open(path: &Path, spool: &Path) -> Result<Archive, ArchiveError> {
        let file = open_regular(path)?
            .ok_or_else(|| StoreError::io(path, std::io::Error::from(std::io::ErrorKind::NotFound)))?;
        let file = decompressed(path, file, spool).await?;
        let contents = Contents::of(path, file).await?;
        // What writes both writes `manifest.json` for older readers.
        if let Some(mark) = contents.find(MARK, Links::Refuse)? {
            return Archive::layout(contents, mark);
        }
        let Some(manifest) = contents.find(docker::MANIFEST, Links::Refuse)? else {
            return Err(ArchiveError::NoImages { path: path.to_owned() });
        };
        let Docker { index, manifests: made, blobs } = docker::read(&contents, manifest).await?;
        Ok(Archive { contents, index, made, blobs, subjects: Subjects::default() })
    }

    fn layout(contents: Contents, mark: Place) -> Result<Archive, ArchiveError> {
        let broken = |entry: &str, why| ArchiveError::Broken { entry: entry.to_owned(), why };
        let text = contents.read(MARK, mark, MANIFEST_LIMIT)?;
        check_mark(&text).map_err(|why| broken(MARK, why))?;
        let index = contents.read(INDEX, contents.locate(INDEX, Links::Refuse)?, INDEX_LIMIT)?;
        let index = IndexFile::parse(&index).map_err(|why| broken(INDEX, why))?;
        let mut blobs = HashMap::new();
        for entry in contents.files() {
            if let Some(digest) = blob_digest(entry) {
                blobs.insert(digest, contents.locate(entry, Links::Refuse)?);
            }
        }
        Ok(Archive { contents, index, made: HashMap::new(), blobs, subjects: Subjects::default() })
    }

    /// What the archive lists, in order, with annotations.
    pub fn listed(&self) -> Vec<Descriptor> {
        self.index.descriptors().cloned().collect()
    }

    /// The image of that name, or the only one: see [`SelectError`] for what names are taken.
    pub fn select(&self, name: Option<&str>) -> Result<Descriptor, SelectError> {
        let place = self.contents.path().display().to_string();
        select(&self.index, &place, name, |entry| {
            Ok(self.subjects.of(entry, &mut |at| self.read_manifest(at))?.is_some())
        })
    }

    pub(super) fn read_manifest(&self, at: &Digest) -> Result<Option<Manifest>, StoreError> {
        if let Some(made) = self.made.get(at) {
            return Ok(Some(made.clone()));
        }
        let Some(place) = self.blobs.get(at) else { return Ok(None) };
        let bytes = self.contents.read(&at.to_string(), *place, MANIFEST_LIMIT)?;
        parse_manifest(at, bytes, None).map(Some)
    }
}

/// The digest of a blob that lies where layouts have their blobs.
fn blob_digest(entry: &str) -> Option<Digest> {
    let (algorithm, hex) = entry.strip_prefix("blobs/")?.split_once('/')?;
    format!("{algorithm}:{hex}").parse().ok()
}
