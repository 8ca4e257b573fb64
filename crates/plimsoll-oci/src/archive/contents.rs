//! Where everything lies in a tar.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::ArchiveError;
use crate::content::{FileContent, give_way};
use crate::layer::{EntryKind, Event, RawEntry, SplitError, Splitter};
use crate::model::Descriptor;
use crate::store::StoreError;

const ENTRY_LIMIT: usize = 1_000_000;
/// Small, since most of a tar is content that is passed over.
const PIECE: usize = 16 * 1024;

/// A stretch of the tar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) size: u64,
}

/// Whether a symbolic link may stand for the file that it points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Links {
    Follow,
    Refuse,
}

#[derive(Debug)]
enum Found {
    File(Place),
    Symlink(String),
    HardLink(String),
}

/// A tar and where its files lie.
#[derive(Debug)]
pub(super) struct Contents {
    path: PathBuf,
    file: Arc<File>,
    found: BTreeMap<String, Found>,
}

impl Contents {
    /// Goes through a tar; `path` is for messages.
    pub(super) async fn of(path: &Path, file: File) -> Result<Contents, ArchiveError> {
        let io = |error| StoreError::io(path, error);
        let length = file.metadata().map_err(io)?.len();
        let mut found = BTreeMap::new();
        let mut splitter = Splitter::new();
        let mut position: u64 = 0;
        let mut piece = vec![0; PIECE];
        while position < length {
            let read = file.read_at(&mut piece, position).map_err(io)?;
            if read == 0 {
                break;
            }
            position = position.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
            splitter.push(piece.get(..read).unwrap_or(&piece), &mut |event| match event {
                Event::Entry(entry) => take(&mut found, entry),
                Event::Data(_) => Ok(()),
            })?;
            position = position.saturating_add(splitter.skippable());
            splitter.skip();
            give_way().await;
        }
        if position > length {
            return Err(SplitError::Truncated { offset: length }.into());
        }
        splitter.finish()?;
        Ok(Contents { path: path.to_owned(), file: Arc::new(file), found })
    }

    /// The archive.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The paths of all files.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.found.keys().map(String::as_str)
    }

    /// Where a file lies; `None` if it is not there.
    pub(super) fn find(&self, entry: &str, links: Links) -> Result<Option<Place>, ArchiveError> {
        let refuse =
            |target: &str| Err(ArchiveError::Link { entry: entry.to_owned(), target: target.to_owned() });
        match self.found.get(entry) {
            None => Ok(None),
            Some(Found::File(place)) => Ok(Some(*place)),
            Some(Found::Symlink(target)) if links == Links::Follow => {
                match beside(entry, target).and_then(|path| self.found.get(&path)) {
                    Some(Found::File(place)) => Ok(Some(*place)),
                    _ => refuse(target),
                }
            }
            Some(Found::Symlink(target) | Found::HardLink(target)) => refuse(target),
        }
    }

    /// Where a file lies that must be there.
    pub(super) fn locate(&self, entry: &str, links: Links) -> Result<Place, ArchiveError> {
        self.find(entry, links)?.ok_or_else(|| ArchiveError::Missing { entry: entry.to_owned() })
    }

    /// Reads a small file whole.
    pub(super) fn read(&self, what: &str, place: Place, limit: u64) -> Result<Bytes, StoreError> {
        if place.size > limit {
            return Err(StoreError::TooLarge { what: what.to_owned(), size: place.size, limit });
        }
        let length = usize::try_from(place.size).expect("a limited size fits in memory");
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, place.offset).map_err(|e| StoreError::io(&self.path, e))?;
        Ok(bytes.into())
    }

    /// Reads a file piece by piece, whatever its digest may be.
    pub(super) async fn read_pieces(
        &self,
        place: Place,
        mut on: impl FnMut(&[u8]) -> Result<(), ArchiveError>,
    ) -> Result<(), ArchiveError> {
        let mut piece = vec![0; 8 * PIECE];
        let mut done: u64 = 0;
        while done < place.size {
            let left = usize::try_from(place.size - done).unwrap_or(usize::MAX).min(piece.len());
            let read = self.file.read_at(piece.get_mut(..left).unwrap_or_default(), place.offset + done);
            let read = read.map_err(|e| StoreError::io(&self.path, e))?;
            if read == 0 {
                return Err(SplitError::Truncated { offset: place.offset + done }.into());
            }
            on(piece.get(..read).unwrap_or_default())?;
            done += u64::try_from(read).unwrap_or(u64::MAX);
            give_way().await;
        }
        Ok(())
    }

    /// The content that lies at `place`.
    pub(super) fn content(&self, descriptor: Descriptor, place: Place) -> FileContent {
        FileContent::part(descriptor, &self.path, self.file.clone(), place.offset)
    }
}

fn take(found: &mut BTreeMap<String, Found>, entry: RawEntry) -> Result<(), ArchiveError> {
    let shown = || String::from_utf8_lossy(&entry.path).into_owned();
    let escapes = || ArchiveError::Escapes { entry: shown() };
    let path = std::str::from_utf8(&entry.path).ok().and_then(inside).ok_or_else(escapes)?;
    let target = || String::from_utf8_lossy(entry.link.as_deref().unwrap_or_default()).into_owned();
    let item = match entry.kind {
        EntryKind::File => Found::File(Place { offset: entry.offset, size: entry.size }),
        EntryKind::Symlink => Found::Symlink(target()),
        EntryKind::HardLink => Found::HardLink(target()),
        EntryKind::Device => return Err(ArchiveError::Device { entry: shown() }),
        EntryKind::Directory | EntryKind::Other => return Ok(()),
    };
    if found.insert(path, item).is_some() {
        return Err(ArchiveError::Twice { entry: shown() });
    }
    if found.len() > ENTRY_LIMIT {
        return Err(ArchiveError::TooManyEntries { limit: ENTRY_LIMIT });
    }
    Ok(())
}

/// A path without `.`; `None` if it leads outside.
fn inside(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').filter(|part| *part != ".").collect();
    let leads_out = path.starts_with('/') || parts.contains(&"..");
    (!leads_out).then(|| parts.join("/"))
}

/// Where a symbolic link beside `entry` points at; `None` if that is outside.
fn beside(entry: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = entry.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_links_inside_only() {
        for (entry, target, want) in [
            ("a/layer.tar", "../b/layer.tar", Some("b/layer.tar")),
            ("a/layer.tar", "./x", Some("a/x")),
            ("layer.tar", "x", Some("x")),
            ("layer.tar", "../x", None),
            ("a/layer.tar", "../../x", None),
            ("a/layer.tar", "/x", None),
        ] {
            assert_eq!(beside(entry, target).as_deref(), want, "{entry} → {target}");
        }
    }

    #[test]
    fn keeps_paths_inside() {
        for (path, want) in [
            ("blobs/sha256/x", Some("blobs/sha256/x")),
            ("./index.json", Some("index.json")),
            ("a/./b", Some("a/b")),
            ("..", None),
            ("a/../../b", None),
            ("/etc/passwd", None),
        ] {
            assert_eq!(inside(path).as_deref(), want, "{path}");
        }
    }
}
