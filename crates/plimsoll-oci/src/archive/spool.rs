//! Decompressing an archive into a file without a name.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use super::ArchiveError;
use crate::content::give_way;
use crate::layer::{Compression, Decompressor};
use crate::store::StoreError;

/// The largest archive that is decompressed, in bytes.
const UNPACKED_LIMIT: u64 = 256 << 30;
const PIECE: usize = 128 * 1024;

/// Gives the archive back if it is not compressed; else decompresses it into a file in `folder` that goes when it is
/// closed, whatever happens.
pub(super) async fn decompressed(path: &Path, file: File, folder: &Path) -> Result<File, ArchiveError> {
    let io = |error| StoreError::io(path, error);
    let mut piece = vec![0; PIECE];
    let mut read = file.read_at(&mut piece, 0).map_err(io)?;
    if Compression::of(piece.get(..read).unwrap_or_default()) == Compression::None {
        return Ok(file);
    }
    let spool = Spool { file: nameless(folder)?, size: 0 };
    let failed = |error: io::Error| match error.downcast::<Stopped>() {
        Ok(Stopped::TooLarge) => ArchiveError::TooLarge { path: path.to_owned(), limit: UNPACKED_LIMIT },
        Ok(Stopped::Io(error)) => StoreError::io(folder, error).into(),
        Err(source) => ArchiveError::Compression { path: path.to_owned(), source },
    };
    let mut decompressor = Decompressor::new(spool);
    let mut position: u64 = 0;
    while read > 0 {
        decompressor.write_all(piece.get(..read).unwrap_or_default()).map_err(failed)?;
        position = position.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        give_way().await;
        read = file.read_at(&mut piece, position).map_err(io)?;
    }
    Ok(decompressor.finish().map_err(failed)?.file)
}

fn nameless(folder: &Path) -> Result<File, StoreError> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    std::fs::create_dir_all(folder).map_err(|e| StoreError::io(folder, e))?;
    loop {
        let name = format!(".archive-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = folder.join(name);
        match File::options().read(true).write(true).create_new(true).open(&path) {
            Ok(file) => {
                std::fs::remove_file(&path).map_err(|e| StoreError::io(&path, e))?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(StoreError::io(path, error)),
        }
    }
}

struct Spool {
    file: File,
    size: u64,
}

/// What stops a spool, told apart from what is wrong with the compressed bytes.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error("the archive is too large")]
    TooLarge,
    #[error(transparent)]
    Io(io::Error),
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.size = self.size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.size > UNPACKED_LIMIT {
            return Err(io::Error::other(Stopped::TooLarge));
        }
        self.file.write_all(bytes).map_err(|error| io::Error::other(Stopped::Io(error)))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
