//! Content that is in a file, or in a part of one.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::{ByteStream, Content, give_way};
use crate::model::Descriptor;
use crate::name::Digester;
use crate::store::{StoreError, Work};

/// How much is read at once. A read of this size takes well under a millisecond from the page cache and a few
/// from a disk, so it is done where it is asked for and the executor gets a turn after each: a pool of threads for
/// files would cost more in hand-overs than it saves.
const PIECE: u64 = 128 * 1024;

/// Content that is in a file.
///
/// The file may change between one reading and the next: each is checked by itself.
pub struct FileContent {
    descriptor: Descriptor,
    path: PathBuf,
    place: Place,
}

enum Place {
    /// The whole of the file that lies at the path when it is opened.
    Whole,
    /// A part of a file that is open already.
    Part { file: Arc<File>, offset: u64 },
}

impl FileContent {
    /// The file at `path`, which is to be what `descriptor` says.
    pub fn new(descriptor: Descriptor, path: impl Into<PathBuf>) -> FileContent {
        FileContent { descriptor, path: path.into(), place: Place::Whole }
    }

    /// The bytes from `offset` on of a file that is open; `path` is for messages.
    pub(crate) fn part(descriptor: Descriptor, path: &Path, file: Arc<File>, offset: u64) -> FileContent {
        FileContent { descriptor, path: path.to_owned(), place: Place::Part { file, offset } }
    }

    fn file(&self) -> Result<(Arc<File>, u64), StoreError> {
        match &self.place {
            Place::Part { file, offset } => Ok((file.clone(), *offset)),
            Place::Whole => {
                let file = open_regular(&self.path)?.ok_or_else(|| StoreError::Missing {
                    place: self.path.display().to_string(),
                    digest: self.descriptor.digest.clone(),
                })?;
                let found = file.metadata().map_err(|e| StoreError::io(&self.path, e))?.len();
                if found != self.descriptor.size {
                    let Descriptor { digest, size, .. } = self.descriptor.clone();
                    return Err(StoreError::Size { digest, want: size, found });
                }
                Ok((Arc::new(file), 0))
            }
        }
    }

    fn stream(&self, from: u64, check: Check) -> Result<ByteStream, StoreError> {
        let (file, offset) = self.file()?;
        let whole = from == 0 && check == Check::Digest;
        let digester = whole.then(|| Digester::new(self.descriptor.digest.algorithm()));
        let reading = Reading {
            descriptor: self.descriptor.clone(),
            path: self.path.clone(),
            file,
            offset,
            position: from.min(self.descriptor.size),
            digester,
            buffers: Buffers::default(),
        };
        Ok(stream::unfold(Some(reading), |reading| async move {
            let mut reading = reading?;
            give_way().await;
            match reading.next() {
                Ok(Some(piece)) => Some((Ok(piece), Some(reading))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
        .boxed())
    }
}

impl Content for FileContent {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn open(&self, from: u64) -> Work<'_, ByteStream> {
        Box::pin(async move { self.stream(from, Check::Digest) })
    }

    fn open_unchecked(&self, from: u64) -> Work<'_, ByteStream> {
        Box::pin(async move { self.stream(from, Check::Size) })
    }
}

/// What is compared at the end of a reading.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    /// Size and digest.
    Digest,
    /// The size alone.
    Size,
}

/// Opens a file for reading; `None` if there is nothing. A pipe or device is refused before it can block.
pub(crate) fn open_regular(path: &Path) -> Result<Option<File>, StoreError> {
    let io = |error| StoreError::io(path, error);
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(error)),
    };
    if !metadata.is_file() {
        return Err(StoreError::Broken { path: path.to_owned(), why: "it is no regular file".into() });
    }
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io(error)),
    }
}

struct Reading {
    descriptor: Descriptor,
    path: PathBuf,
    file: Arc<File>,
    offset: u64,
    position: u64,
    digester: Option<Digester>,
    buffers: Buffers,
}

/// Memory that pieces were read into and that is free again: memory of this size comes from the system each time, and
/// costs as much as reading into it.
#[derive(Clone, Debug, Default)]
struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    /// How many are kept: one is read into while others are on their way.
    const MOST: usize = 4;

    fn take(&self, length: usize) -> Piece {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut memory = free.unwrap_or_default();
        memory.resize(length, 0);
        Piece { memory, from: self.clone() }
    }
}

/// Bytes that were read. Their memory is given back when nobody needs them any more.
#[derive(Debug)]
struct Piece {
    memory: Vec<u8>,
    from: Buffers,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.memory
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let mut free = self.from.0.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < Buffers::MOST {
            free.push(std::mem::take(&mut self.memory));
        }
    }
}

impl Reading {
    fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let Descriptor { digest, size, .. } = &self.descriptor;
        let left = size.saturating_sub(self.position);
        if left == 0 {
            return match self.digester.take().map(Digester::finish) {
                Some(found) if found != *digest => Err(StoreError::Lies { want: digest.clone(), found }),
                _ => Ok(None),
            };
        }
        let wanted = usize::try_from(left.min(PIECE)).expect("a piece fits in memory");
        let mut piece = self.buffers.take(wanted);
        let read = self
            .file
            .read_at(&mut piece.memory, self.offset.saturating_add(self.position))
            .map_err(|error| StoreError::io(&self.path, error))?;
        if read == 0 {
            return Err(StoreError::Size { digest: digest.clone(), want: *size, found: self.position });
        }
        piece.memory.truncate(read);
        if let Some(digester) = &mut self.digester {
            digester.update(&piece.memory);
        }
        self.position = self.position.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(Some(Bytes::from_owner(piece)))
    }
}
