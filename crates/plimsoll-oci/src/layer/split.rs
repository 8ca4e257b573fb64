//! Splits the bytes of a tar into entries, wherever they come from and however they are cut.
//!
//! Understands ustar, PAX and GNU's long names. What two readers could understand differently is refused: a layer
//! or archive must mean the same to us as to whoever runs it.

use tar::{EntryType, Header};

use super::header::{BLOCK, padding};
use super::pax::Extensions;

/// What names and PAX records of one entry may need in memory.
const EXTENSION_LIMIT: u64 = 1024 * 1024;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A further name of another entry.
    HardLink,
    /// A device or a pipe.
    Device,
    /// Something else.
    Other,
}

/// Why bytes are no tar that is understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// The checksum of a header is wrong: this is no tar, or it is damaged.
    #[error("there is no valid tar header at byte {offset}")]
    Header {
        /// Where the header begins.
        offset: u64,
    },
    /// A number in a header can't be read.
    #[error("the {field} of the tar entry at byte {offset} can't be read")]
    Number {
        /// Where the header's content ends.
        offset: u64,
        /// Which number.
        field: &'static str,
    },
    /// It ends in the middle of an entry.
    #[error("the tar ends in the middle of an entry, after {offset} bytes")]
    Truncated {
        /// How many bytes there were.
        offset: u64,
    },
    /// An extension header says what is not understood.
    #[error("the tar extension header before byte {offset} can't be used: {why}")]
    Extension {
        /// Where the header's content ends.
        offset: u64,
        /// What is wrong.
        why: &'static str,
    },
    /// A file with holes.
    #[error("`{path}` is a sparse file, which is not supported")]
    Sparse {
        /// The file.
        path: String,
    },
    /// A directory, link or device with content: readers do not agree where the next entry begins.
    #[error("`{path}` is no file but has content")]
    Content {
        /// The entry.
        path: String,
    },
    /// There is something after the end.
    #[error("the tar goes on after its end, at byte {offset}")]
    AfterEnd {
        /// Where.
        offset: u64,
    },
}

/// An entry as its headers tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawEntry {
    pub(crate) path: Vec<u8>,
    pub(crate) link: Option<Vec<u8>>,
    pub(crate) kind: EntryKind,
    pub(crate) mode: u32,
    pub(crate) uid: u64,
    pub(crate) gid: u64,
    pub(crate) size: u64,
    /// Where the content begins.
    pub(crate) offset: u64,
}

/// What comes out of a tar.
pub(crate) enum Event<'a> {
    /// An entry begins.
    Entry(RawEntry),
    /// The next bytes of its content.
    Data(&'a [u8]),
}

/// The state between two pieces of a tar.
pub(crate) struct Splitter {
    state: State,
    extensions: Extensions,
    offset: u64,
}

enum State {
    Header(Vec<u8>),
    Extension { kind: ExtensionKind, body: Vec<u8>, left: u64, padding: u64 },
    Body { left: u64, padding: u64 },
    End,
}

#[derive(Clone, Copy)]
enum ExtensionKind {
    Pax,
    Global,
    LongPath,
    LongLink,
}

impl Splitter {
    /// The beginning of a tar.
    pub(crate) fn new() -> Splitter {
        Splitter { state: State::Header(Vec::new()), extensions: Extensions::default(), offset: 0 }
    }

    /// Takes the next bytes and tells what is in them.
    pub(crate) fn push<E: From<SplitError>>(
        &mut self,
        mut bytes: &[u8],
        on: &mut dyn FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        while !bytes.is_empty() {
            let want = match &self.state {
                State::Header(block) => BLOCK - block.len(),
                State::Extension { left, padding, .. } | State::Body { left, padding } => {
                    let want = if *left > 0 { *left } else { *padding };
                    usize::try_from(want).unwrap_or(usize::MAX)
                }
                State::End => bytes.len(),
            };
            let (piece, rest) = bytes.split_at(want.min(bytes.len()));
            self.take(piece, on)?;
            bytes = rest;
        }
        Ok(())
    }

    /// How many of the next bytes are content that may be passed over with [`Splitter::skip`].
    pub(crate) fn skippable(&self) -> u64 {
        match self.state {
            State::Body { left, padding } => left.saturating_add(padding),
            _ => 0,
        }
    }

    /// Passes over what is left of an entry's content.
    pub(crate) fn skip(&mut self) {
        let skipped = self.skippable();
        if skipped > 0 {
            self.offset = self.offset.saturating_add(skipped);
            self.state = State::Header(Vec::new());
        }
    }

    /// Checks that the tar may end here. The zeros at the end may be missing.
    pub(crate) fn finish(&self) -> Result<(), SplitError> {
        match &self.state {
            State::Header(block) if block.is_empty() && self.extensions.is_empty() => Ok(()),
            State::End => Ok(()),
            _ => Err(SplitError::Truncated { offset: self.offset }),
        }
    }

    fn take<E: From<SplitError>>(
        &mut self,
        piece: &[u8],
        on: &mut dyn FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let start = self.offset;
        self.offset = self.offset.saturating_add(length);
        match &mut self.state {
            State::Header(block) => {
                block.extend_from_slice(piece);
                if block.len() == BLOCK {
                    let block = std::mem::take(block);
                    self.take_header(&block, on)?;
                }
            }
            State::Extension { kind, body, left, padding } => {
                if *left > 0 {
                    body.extend_from_slice(piece);
                    *left = left.saturating_sub(length);
                } else {
                    *padding = padding.saturating_sub(length);
                }
                if *left == 0 && *padding == 0 {
                    let (kind, body) = (*kind, std::mem::take(body));
                    self.state = State::Header(Vec::new());
                    self.take_extension(kind, &body)?;
                }
            }
            State::Body { left, padding } => {
                let ended = if *left > 0 {
                    *left = left.saturating_sub(length);
                    on(Event::Data(piece))?;
                    *left == 0 && *padding == 0
                } else {
                    *padding = padding.saturating_sub(length);
                    *padding == 0
                };
                if ended {
                    self.state = State::Header(Vec::new());
                }
            }
            State::End => {
                if piece.iter().any(|byte| *byte != 0) {
                    return Err(SplitError::AfterEnd { offset: start }.into());
                }
            }
        }
        Ok(())
    }

    fn take_header<E: From<SplitError>>(
        &mut self,
        block: &[u8],
        on: &mut dyn FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if block.iter().all(|byte| *byte == 0) {
            if !self.extensions.is_empty() {
                return Err(SplitError::Truncated { offset: self.offset }.into());
            }
            self.state = State::End;
            return Ok(());
        }
        let header = Header::from_byte_slice(block);
        if header.cksum().ok() != Some(checksum(block)) {
            return Err(SplitError::Header { offset: self.offset.saturating_sub(512) }.into());
        }
        let kind = match header.entry_type() {
            EntryType::XHeader => Some(ExtensionKind::Pax),
            EntryType::XGlobalHeader => Some(ExtensionKind::Global),
            EntryType::GNULongName => Some(ExtensionKind::LongPath),
            EntryType::GNULongLink => Some(ExtensionKind::LongLink),
            _ => None,
        };
        if let Some(kind) = kind {
            return Ok(self.begin_extension(kind, header)?);
        }
        let entry = self.entry(header)?;
        let size = entry.size;
        self.state = match size {
            0 => State::Header(Vec::new()),
            left => State::Body { left, padding: pad(left) },
        };
        on(Event::Entry(entry))
    }

    fn begin_extension(&mut self, kind: ExtensionKind, header: &Header) -> Result<(), SplitError> {
        let left = self.number("size", &header.as_old().size, header.entry_size())?;
        if left == 0 || left > EXTENSION_LIMIT {
            return Err(SplitError::Extension { offset: self.offset, why: "it is empty or too large" });
        }
        self.state = State::Extension { kind, body: Vec::new(), left, padding: pad(left) };
        Ok(())
    }

    fn take_extension(&mut self, kind: ExtensionKind, body: &[u8]) -> Result<(), SplitError> {
        let offset = self.offset;
        let refuse = |why| SplitError::Extension { offset, why };
        let name = || {
            let name = body.split(|byte| *byte == 0).next().unwrap_or_default();
            if name.is_empty() { Err(refuse("a long name is empty")) } else { Ok(Some(name.to_owned())) }
        };
        match kind {
            ExtensionKind::Pax => self.extensions.take_records(body).map_err(refuse)?,
            ExtensionKind::LongPath => self.extensions.path = name()?,
            ExtensionKind::LongLink => self.extensions.link = name()?,
            ExtensionKind::Global => {
                let mut global = Extensions::default();
                global.take_records(body).map_err(refuse)?;
                // Comments are harmless; one path or size for all entries is not understood by all readers.
                if !global.is_empty() {
                    return Err(refuse("a global header names a path, size or owner"));
                }
            }
        }
        Ok(())
    }

    fn entry(&mut self, header: &Header) -> Result<RawEntry, SplitError> {
        let said = std::mem::take(&mut self.extensions);
        let link = said.link.or_else(|| header.link_name_bytes().map(|name| name.into_owned()));
        let mut path = said.path.unwrap_or_else(|| header.path_bytes().into_owned());
        let shown = || String::from_utf8_lossy(&path).into_owned();
        let size =
            said.size.map_or_else(|| self.number("size", &header.as_old().size, header.entry_size()), Ok)?;
        let kind = match header.entry_type() {
            EntryType::Regular if path.ends_with(b"/") => EntryKind::Directory,
            EntryType::Regular | EntryType::Continuous => EntryKind::File,
            EntryType::Directory => EntryKind::Directory,
            EntryType::Symlink => EntryKind::Symlink,
            EntryType::Link => EntryKind::HardLink,
            EntryType::Char | EntryType::Block | EntryType::Fifo => EntryKind::Device,
            EntryType::GNUSparse => return Err(SplitError::Sparse { path: shown() }),
            _ => EntryKind::Other,
        };
        if size > 0 && !matches!(kind, EntryKind::File | EntryKind::Other) {
            return Err(SplitError::Content { path: shown() });
        }
        let old = header.as_old();
        while path.len() > 1 && path.ends_with(b"/") {
            path.pop();
        }
        Ok(RawEntry {
            path,
            link,
            kind,
            mode: self.number("mode", &old.mode, header.mode())?,
            uid: said.uid.map_or_else(|| self.number("uid", &old.uid, header.uid()), Ok)?,
            gid: said.gid.map_or_else(|| self.number("gid", &old.gid, header.gid()), Ok)?,
            size,
            offset: self.offset,
        })
    }

    /// A number of a header; a field that was left empty is zero.
    fn number<N: Default>(
        &self,
        name: &'static str,
        field: &[u8],
        read: std::io::Result<N>,
    ) -> Result<N, SplitError> {
        if field.iter().all(|byte| matches!(byte, 0 | b' ')) {
            return Ok(N::default());
        }
        read.map_err(|_| SplitError::Number { offset: self.offset, field: name })
    }
}

fn pad(length: u64) -> u64 {
    u64::try_from(padding(length)).unwrap_or(0)
}

/// The sum of all bytes, with those of the checksum itself counted as spaces.
fn checksum(block: &[u8]) -> u32 {
    const FIELD: std::ops::Range<usize> = 148..156;
    let byte = |(at, byte): (usize, &u8)| u32::from(if FIELD.contains(&at) { b' ' } else { *byte });
    block.iter().enumerate().map(byte).sum()
}

#[cfg(test)]
mod tests;
