//! The folder of a layout: its files, and how they are read and changed.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::blob::{BlobWriter, length_at};
use super::incoming::{Incoming, make_folder};
use super::index::IndexFile;
use super::lock::Lock;
use super::referrers::Subjects;
use super::select::{SelectError, select};
use crate::content::{FileContent, open_regular, parse_manifest};
use crate::model::{Descriptor, MANIFEST_LIMIT, Manifest, MediaType};
use crate::name::{Algorithm, Digest};
use crate::store::StoreError;

const MARK: &str = "oci-layout";
const MARK_TEXT: &[u8] = b"{\"imageLayoutVersion\":\"1.0.0\"}";
const MARK_LIMIT: u64 = 4096;
const INDEX: &str = "index.json";
/// A hundred thousand tags and more.
pub(crate) const INDEX_LIMIT: u64 = 64 * 1024 * 1024;
const BLOBS: &str = "blobs";
/// Begins with a dot, as all that we add to a layout: no part of a repository's name can.
const LOCK: &str = ".lock";
const INCOMING: &str = ".incoming";

/// Names in a layout's folder that a part of a repository's name could have, too.
pub(super) const OWN_NAMES: [&str; 3] = [MARK, INDEX, BLOBS];

/// An image layout in a folder. Clones are the same layout.
#[derive(Clone, Debug)]
pub struct Layout {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// What it is called in messages.
    place: String,
    incoming: Incoming,
    subjects: Subjects,
}

#[derive(serde::Deserialize)]
struct Mark {
    #[serde(rename = "imageLayoutVersion")]
    version: String,
}

impl Layout {
    /// Opens a layout that is there.
    pub fn open(path: &Path) -> Result<Layout, StoreError> {
        Layout::find(path)?.ok_or_else(|| broken(path, "it holds no `oci-layout`, so it is no image layout"))
    }

    /// Opens a layout if there is one; `None` if nothing or something else is there.
    pub fn find(path: &Path) -> Result<Option<Layout>, StoreError> {
        Layout::find_as(path, path.display().to_string())
    }

    /// Opens a layout, and makes it first if it is not there.
    pub fn create(path: &Path) -> Result<Layout, StoreError> {
        Layout::create_as(path, path.display().to_string())
    }

    pub(super) fn find_as(path: &Path, place: String) -> Result<Option<Layout>, StoreError> {
        let mark = path.join(MARK);
        let Some(text) = read_bounded(&mark, MARK_LIMIT)? else { return Ok(None) };
        check_mark(&text).map_err(|why| broken(&mark, &why))?;
        Ok(Some(Layout::at(path, place)))
    }

    pub(super) fn create_as(path: &Path, place: String) -> Result<Layout, StoreError> {
        let layout = Layout::at(path, place);
        make_folder(&path.join(BLOBS).join(Algorithm::Sha256.name()))?;
        let lock = layout.lock()?;
        if !path.join(INDEX).exists() {
            layout.replace(INDEX, &IndexFile::empty().render())?;
        }
        // Last, since it is what says that there is a layout.
        if !path.join(MARK).exists() {
            layout.replace(MARK, MARK_TEXT)?;
        }
        drop(lock);
        match Layout::find_as(path, layout.inner.place.clone())? {
            Some(found) => Ok(found),
            None => Err(broken(path, "somebody removed the layout while it was made")),
        }
    }

    fn at(path: &Path, place: String) -> Layout {
        let incoming = Incoming::new(path.join(INCOMING));
        let inner = Inner { path: path.to_owned(), place, incoming, subjects: Subjects::default() };
        Layout { inner: Arc::new(inner) }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// What `index.json` lists, in order, with its annotations.
    pub fn listed(&self) -> Result<Vec<Descriptor>, StoreError> {
        Ok(self.read_index()?.descriptors().cloned().collect())
    }

    /// The image of that name, or the only one: see [`SelectError`] for what names are taken.
    pub fn select(&self, name: Option<&str>) -> Result<Descriptor, SelectError> {
        let index = self.read_index()?;
        let subjects = self.subjects();
        select(&index, self.place(), name, |entry| {
            Ok(subjects.of(entry, &mut |at| self.read_manifest(at))?.is_some())
        })
    }

    /// Begins a blob whose digest is not known yet.
    pub fn begin_blob(&self) -> Result<BlobWriter, StoreError> {
        self.begin_blob_of(Algorithm::Sha256)
    }

    /// Begins a blob whose digest is not known yet, but its algorithm.
    pub fn begin_blob_of(&self, algorithm: Algorithm) -> Result<BlobWriter, StoreError> {
        BlobWriter::new(self, algorithm)
    }

    pub(super) fn place(&self) -> &str {
        &self.inner.place
    }

    pub(super) fn incoming(&self) -> &Incoming {
        &self.inner.incoming
    }

    pub(super) fn subjects(&self) -> &Subjects {
        &self.inner.subjects
    }

    pub(super) fn blob_path(&self, at: &Digest) -> PathBuf {
        self.path().join(BLOBS).join(at.algorithm().name()).join(at.hex())
    }

    pub(super) fn missing(&self, at: &Digest) -> StoreError {
        StoreError::Missing { place: self.place().to_owned(), digest: at.clone() }
    }

    /// True if the blob is there with its right size; a wrong one is an error.
    pub(super) fn has_blob(&self, at: &Descriptor) -> Result<bool, StoreError> {
        match length_at(&self.blob_path(&at.digest))? {
            None => Ok(false),
            Some(size) if size == at.size => Ok(true),
            Some(found) => Err(StoreError::Size { digest: at.digest.clone(), want: at.size, found }),
        }
    }

    pub(super) fn content(&self, at: &Descriptor) -> FileContent {
        FileContent::new(at.clone(), self.blob_path(&at.digest))
    }

    pub(super) fn read_manifest(&self, at: &Digest) -> Result<Option<Manifest>, StoreError> {
        match read_bounded(&self.blob_path(at), MANIFEST_LIMIT)? {
            Some(bytes) => parse_manifest(at, bytes, None).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn read_index(&self) -> Result<IndexFile, StoreError> {
        let path = self.path().join(INDEX);
        let text = read_bounded(&path, INDEX_LIMIT)?;
        let text = text.ok_or_else(|| broken(&path, "it is missing from the image layout"))?;
        IndexFile::parse(&text).map_err(|why| broken(&path, &why))
    }

    /// Changes `index.json` under the lock. `change` says whether there is something to write.
    ///
    /// The lock is never held across an `await`, so that whoever waits for it waits for another thread or process
    /// that is at work.
    pub(super) fn change_index(
        &self,
        change: impl FnOnce(&mut IndexFile) -> Result<Changed, StoreError>,
    ) -> Result<(), StoreError> {
        let _lock = self.lock()?;
        let mut index = self.read_index()?;
        match change(&mut index)? {
            Changed::Yes => self.replace(INDEX, &index.render()),
            Changed::No => Ok(()),
        }
    }

    /// Writes `index.json` in the middle of [`Layout::change_index`].
    pub(super) fn replace_index(&self, index: &IndexFile) -> Result<(), StoreError> {
        self.replace(INDEX, &index.render())
    }

    /// Does something while nobody else changes `index.json` or collects garbage.
    pub(super) fn alone<T>(&self, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let _lock = self.lock()?;
        work()
    }

    fn lock(&self) -> Result<Lock, StoreError> {
        Lock::acquire(&self.path().join(LOCK))
    }

    fn replace(&self, name: &str, text: &[u8]) -> Result<(), StoreError> {
        let path = self.path().join(name);
        let mut incoming = self.incoming().begin()?;
        incoming.file.write_all(text).map_err(|e| StoreError::io(&path, e))?;
        incoming.move_to(&path)
    }
}

/// Whether an index must be written.
pub(super) enum Changed {
    Yes,
    No,
}

/// A descriptor as it stands in `index.json` for a manifest that is there.
pub(super) fn entry_of(manifest: &Manifest) -> Descriptor {
    let mut entry = manifest.descriptor().clone();
    if let Some(subject) = manifest.subject() {
        entry.annotations.insert(super::index::SUBJECT.into(), subject.digest.to_string());
        entry.artifact_type = manifest.artifact_type().cloned().filter(|kind| *kind != MediaType::CONFIG);
    }
    entry
}

/// Checks that the text of `oci-layout` names a version that is understood; the error says what is wrong.
pub(crate) fn check_mark(text: &[u8]) -> Result<(), String> {
    let Mark { version } = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    match version.starts_with("1.") {
        true => Ok(()),
        false => Err(format!("image layouts of version `{version}` are not supported")),
    }
}

fn broken(path: &Path, why: &str) -> StoreError {
    StoreError::Broken { path: path.to_owned(), why: why.to_owned() }
}

fn read_bounded(path: &Path, limit: u64) -> Result<Option<Bytes>, StoreError> {
    let Some(file) = open_regular(path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| StoreError::io(path, e))?;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    match size > limit {
        true => Err(StoreError::TooLarge { what: path.display().to_string(), size, limit }),
        false => Ok(Some(bytes.into())),
    }
}
