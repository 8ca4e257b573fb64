//! Writing one blob of a layout.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::Layout;
use super::ahead::Ahead;
use super::incoming::{IncomingFile, make_folder, sync_folder_of};
use crate::content::open_regular;
use crate::name::{Algorithm, Digest, Digester};
use crate::store::StoreError;

/// A blob that is being written into a layout. Dropped before it is kept, it was never there.
pub struct BlobWriter {
    layout: Layout,
    incoming: IncomingFile,
    algorithm: Algorithm,
    digester: Digester,
    size: u64,
    ahead: Ahead,
}

impl BlobWriter {
    pub(super) fn new(layout: &Layout, algorithm: Algorithm) -> Result<BlobWriter, StoreError> {
        Ok(BlobWriter {
            layout: layout.clone(),
            incoming: layout.incoming().begin()?,
            algorithm,
            digester: Digester::new(algorithm),
            size: 0,
            ahead: Ahead::default(),
        })
    }

    /// How many bytes were written.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Keeps the blob under the digest that its bytes have, and tells digest and size.
    pub fn keep(mut self) -> Result<(Digest, u64), StoreError> {
        self.settle()?;
        let digest = self.digester.finish();
        place(self.incoming, &self.layout.blob_path(&digest))?;
        Ok((digest, self.size))
    }

    /// Keeps the blob if it has exactly this digest and size. What lay under its name is replaced: the same bytes,
    /// or a file that something else has torn.
    pub fn keep_as(mut self, digest: &Digest, size: u64) -> Result<(), StoreError> {
        self.settle()?;
        if self.size != size {
            return Err(StoreError::Size { digest: digest.clone(), want: size, found: self.size });
        }
        let found = self.digester.finish();
        if found != *digest {
            return Err(StoreError::Lies { want: digest.clone(), found });
        }
        place(self.incoming, &self.layout.blob_path(digest))
    }
}

impl BlobWriter {
    /// Keeps the blob if it has this digest, whatever its size, and tells the size. If the digest is of another
    /// algorithm than the writer began with, the file is read once more to compute it.
    pub fn keep_under(mut self, digest: &Digest) -> Result<u64, StoreError> {
        self.settle()?;
        let found = match self.algorithm == digest.algorithm() {
            true => self.digester.finish(),
            false => self.incoming.digest(digest.algorithm())?,
        };
        if found != *digest {
            return Err(StoreError::Lies { want: digest.clone(), found });
        }
        place(self.incoming, &self.layout.blob_path(digest))?;
        Ok(self.size)
    }

    /// Waits for what goes to the disk ahead of the end. What fails there is told once, and so must be heard here.
    fn settle(&mut self) -> Result<(), StoreError> {
        self.ahead.settle().map_err(|error| StoreError::io(self.incoming.path(), error))
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.incoming.file.write(bytes)?;
        self.digester.update(bytes.get(..written).unwrap_or(bytes));
        self.size = self.size.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        self.ahead.reached(&self.incoming.file, self.size)?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn place(incoming: IncomingFile, path: &Path) -> Result<(), StoreError> {
    make_folder_of(path)?;
    incoming.move_to(path)
}

/// Gives the blob file at `from` a second name in another layout. False if the file system can't.
pub(super) fn link(from: &Path, to: &Path) -> Result<bool, StoreError> {
    make_folder_of(to)?;
    match fs::hard_link(from, to) {
        Ok(()) => {
            sync_folder_of(to)?;
            Ok(true)
        }
        Err(_) => Ok(false),
    }
}

/// The length of the file at `path`; `None` if there is none.
pub(super) fn length_at(path: &Path) -> Result<Option<u64>, StoreError> {
    let io = |error| StoreError::io(path, error);
    open_regular(path)?.map(|file| file.metadata().map(|metadata| metadata.len()).map_err(io)).transpose()
}

fn make_folder_of(path: &Path) -> Result<(), StoreError> {
    path.parent().map_or(Ok(()), make_folder)
}
