//! What is inside a layer, read with bounds: gzip, Zstandard and plain tar.

use std::io::{self, Write};

use bytes::Bytes;
use futures_util::StreamExt as _;

use super::split::RawEntry;
use super::{Decompressor, EntryKind, Event, LayerPath, SplitError, Splitter};
use crate::content::Content;
use crate::store::StoreError;

/// How much of a layer is read before it is refused.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The tar inside, in bytes.
    pub unpacked: u64,
    /// How many entries.
    pub entries: usize,
    /// A file that is read into memory, in bytes.
    pub file: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { unpacked: 64 << 30, entries: 1_000_000, file: 64 << 20 }
    }
}

/// One entry of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerEntry {
    /// The path without leading and trailing slashes and without `./`; empty for the root. What is not UTF-8 in
    /// it is replaced.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// The target of a link.
    pub link: Option<String>,
    /// Permissions.
    pub mode: u32,
    /// The owner's number.
    pub uid: u64,
    /// The group's number.
    pub gid: u64,
    /// The length of a file, in bytes.
    pub size: u64,
}

/// Why a layer can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The layer's bytes can't be had, or are not what their digest says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is no tar.
    #[error(transparent)]
    Tar(#[from] SplitError),
    /// It can't be decompressed.
    #[error("the layer can't be decompressed: {0}")]
    Compression(#[source] io::Error),
    /// It is larger than allowed.
    #[error("the layer has {what}, which is more than the limit of {limit}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// What was asked for is there but no regular file.
    #[error("`{path}` is no regular file")]
    NotAFile {
        /// The path.
        path: String,
        /// What it is.
        kind: EntryKind,
    },
}

/// Lists all entries of a layer, in order. Reads it to its end, so that its digest is checked.
pub async fn list(layer: &dyn Content, limits: &Limits) -> Result<Vec<LayerEntry>, ReadError> {
    let mut entries = Vec::new();
    let list = |event: Event<'_>| {
        if let Event::Entry(entry) = event {
            entries.push(LayerEntry::of(&entry));
        }
        Ok(())
    };
    read(layer, limits, list).await?;
    Ok(entries)
}

/// Reads one regular file; `None` if the layer has nothing at that path. Where a path comes twice the last one
/// counts, as for whoever unpacks it. Reads the layer to its end, so that its digest is checked.
pub async fn read_file(
    layer: &dyn Content,
    path: &LayerPath,
    limits: &Limits,
) -> Result<Option<Bytes>, ReadError> {
    let mut found: Option<(EntryKind, Vec<u8>)> = None;
    let mut here = false;
    let find = |event: Event<'_>| {
        match event {
            Event::Entry(entry) => {
                here = relative(&entry.path) == path.as_relative().as_bytes();
                if here && entry.size > limits.file {
                    return Err(ReadError::TooLarge { what: "a larger file", limit: limits.file });
                }
                if here {
                    found = Some((entry.kind, Vec::new()));
                }
            }
            Event::Data(piece) => {
                if let Some((_, bytes)) = found.as_mut().filter(|_| here) {
                    bytes.extend_from_slice(piece);
                }
            }
        }
        Ok(())
    };
    read(layer, limits, find).await?;
    match found {
        None => Ok(None),
        Some((EntryKind::File, bytes)) => Ok(Some(bytes.into())),
        Some((kind, _)) => Err(ReadError::NotAFile { path: path.to_string(), kind }),
    }
}

impl LayerEntry {
    fn of(entry: &RawEntry) -> LayerEntry {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let is_link = matches!(entry.kind, EntryKind::Symlink | EntryKind::HardLink);
        LayerEntry {
            path: text(relative(&entry.path)),
            kind: entry.kind,
            link: entry.link.as_deref().filter(|_| is_link).map(text),
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            size: entry.size,
        }
    }
}

/// The path without what changes nothing at its beginning.
fn relative(mut path: &[u8]) -> &[u8] {
    loop {
        path = match path {
            [b'/', rest @ ..] | [b'.', b'/', rest @ ..] => rest,
            b"." => b"",
            path => return path,
        }
    }
}

async fn read(
    layer: &dyn Content,
    limits: &Limits,
    on: impl FnMut(Event<'_>) -> Result<(), ReadError> + Send,
) -> Result<(), ReadError> {
    let contents = Contents { splitter: Splitter::new(), limits, unpacked: 0, entries: 0, on };
    let mut decompressor = Decompressor::new(contents);
    let mut stream = layer.open(0).await?;
    while let Some(piece) = stream.next().await {
        decompressor.write_all(&piece?).map_err(unwrap_error)?;
    }
    let contents = decompressor.finish().map_err(unwrap_error)?;
    Ok(contents.splitter.finish()?)
}

/// The tar inside, on its way through the splitter.
struct Contents<'a, F> {
    splitter: Splitter,
    limits: &'a Limits,
    unpacked: u64,
    entries: usize,
    on: F,
}

impl<F: FnMut(Event<'_>) -> Result<(), ReadError>> Contents<'_, F> {
    fn push(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        self.unpacked = self.unpacked.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.unpacked > self.limits.unpacked {
            return Err(ReadError::TooLarge { what: "more bytes unpacked", limit: self.limits.unpacked });
        }
        let (entries, on) = (&mut self.entries, &mut self.on);
        let most = self.limits.entries;
        self.splitter.push(bytes, &mut |event| {
            if matches!(event, Event::Entry(_)) {
                *entries += 1;
                if *entries > most {
                    let limit = u64::try_from(most).unwrap_or(u64::MAX);
                    return Err(ReadError::TooLarge { what: "more entries", limit });
                }
            }
            on(event)
        })
    }
}

impl<F: FnMut(Event<'_>) -> Result<(), ReadError>> Write for Contents<'_, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The decoders speak of `io::Error` only; ours travels inside.
        self.push(bytes).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn unwrap_error(error: io::Error) -> ReadError {
    error.downcast::<ReadError>().unwrap_or_else(ReadError::Compression)
}
