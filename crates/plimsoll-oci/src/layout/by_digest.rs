//! A layout as the storage of a registry: content by its digest alone, whatever else is said of it.

use std::fs::File;
use std::io::{ErrorKind, Write as _};

use super::blob::{BlobWriter, length_at, link};
use super::folder::{Changed, Layout, entry_of};
use super::index::{CONTAINERD_NAME, REF_NAME};
use crate::content::open_regular;
use crate::model::{Manifest, MediaType};
use crate::name::{Digest, Reference};
use crate::store::StoreError;

impl Layout {
    /// Opens what lies under a digest, and tells its size; `None` if nothing does. Its name says what was written there:
    /// whoever reads the file compares the digest, or hands it on to somebody who does.
    pub fn open_blob(&self, at: &Digest) -> Result<Option<(File, u64)>, StoreError> {
        let path = self.blob_path(at);
        let Some(file) = open_regular(&path)? else { return Ok(None) };
        let size = file.metadata().map_err(|error| StoreError::io(&path, error))?.len();
        Ok(Some((file, size)))
    }

    /// Removes what lies under a digest; false if nothing did. Whoever reads it goes on to its end.
    ///
    /// Manifests that list it stay as they are: for one that is a manifest itself there is
    /// [`Prune::remove_manifest`](crate::store::Prune::remove_manifest).
    pub fn remove_blob(&self, at: &Digest) -> Result<bool, StoreError> {
        let path = self.blob_path(at);
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(StoreError::io(path, error)),
        }
    }

    /// Takes a blob over from another layout by giving the same file a second name; false if it is not there, or
    /// the file system can't.
    pub fn link_blob(&self, at: &Digest, from: &Layout) -> Result<bool, StoreError> {
        // What holds a name was compared with its digest before it got it, and will be when it is read.
        let linked = match length_at(&from.blob_path(at))? {
            Some(_) => link(&from.blob_path(at), &self.blob_path(at))?,
            None => false,
        };
        if linked {
            self.touch(at);
        }
        Ok(linked)
    }

    /// Makes a manifest be there under its digest, and be listed if it refers to another one, without asking whether
    /// what it lists is there.
    pub fn keep_manifest(&self, manifest: &Manifest) -> Result<(), StoreError> {
        let digest = manifest.digest();
        if matches!(self.read_manifest(digest), Ok(Some(_))) {
            self.touch(digest);
        } else {
            let mut writer = BlobWriter::new(self, digest.algorithm())?;
            let write = writer.write_all(manifest.bytes());
            write.map_err(|e| StoreError::io(self.blob_path(digest), e))?;
            writer.keep_as(digest, manifest.descriptor().size)?;
        }
        if manifest.subject().is_none() {
            return Ok(());
        }
        // Nothing but `index.json` tells a layout's readers of a manifest that nothing else points at.
        self.change_index(|index| {
            // Somebody may have removed it since: then it is gone, and nothing is to be listed.
            let is_gone = length_at(&self.blob_path(digest))?.is_none();
            if is_gone || index.descriptors().any(|entry| entry.digest == *digest) {
                return Ok(Changed::No);
            }
            index.add(entry_of(manifest));
            Ok(Changed::Yes)
        })
    }

    /// Lists a manifest that is there under a whole reference (`ghcr.io/acme/app:1.0.0`), as tools do that keep several
    /// repositories in one layout; under any other name too. What has that name already keeps it as well.
    pub fn list_as(&self, name: &str, at: &Digest) -> Result<(), StoreError> {
        let manifest = self.read_manifest(at)?.ok_or_else(|| self.missing(at))?;
        self.change_index(|index| {
            if index.named(name).any(|entry| entry.digest == *at) {
                return Ok(Changed::No);
            }
            let mut entry = entry_of(&manifest);
            entry.artifact_type = manifest.artifact_type().cloned().filter(|kind| *kind != MediaType::CONFIG);
            entry.annotations.insert(REF_NAME.into(), name.into());
            if name.parse::<Reference>().is_ok_and(|reference| reference.tag.is_some()) {
                entry.annotations.insert(CONTAINERD_NAME.into(), name.into());
            }
            index.add(entry);
            Ok(Changed::Yes)
        })
    }

    /// Puts what `index.json` lists in an order that does not tell in which it was written.
    pub fn sort_listing(&self) -> Result<(), StoreError> {
        self.change_index(|index| {
            index.sort();
            Ok(Changed::Yes)
        })
    }
}
