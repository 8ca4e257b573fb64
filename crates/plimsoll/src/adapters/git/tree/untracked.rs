//! Files of the working directory that the commit does not have: build outputs.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::tree::{FileStanding, TreeFile};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use crate::adapters::files::{broken, check_relative, escapes, file_error, find_inside, on_disk};

/// The largest piece of a file that is held in memory, in bytes.
const PIECE: usize = 256 * 1024;

/// Opens a file below `root`; `None` if there is none. Symbolic links are followed as long as they stay inside.
pub(super) async fn open(root: &Path, path: &str) -> Result<Option<TreeFile>, WorldError> {
    let path = check_relative(path)?;
    let is_git = path.split('/').any(|part| part.eq_ignore_ascii_case(".git"));
    if is_git {
        return Err(escapes(&path, "git's own files are no input"));
    }
    let (root, wanted) = (root.to_owned(), path.clone());
    let Some(real) = on_disk(move || find_inside(&root, &wanted)).await? else { return Ok(None) };
    let file = File::open(&real).await.map_err(|error| file_error(&real, &error))?;
    let found = file.metadata().await.map_err(|error| file_error(&real, &error))?;
    if !found.is_file() {
        return Err(broken(&real, if found.is_dir() { "it is a folder" } else { "it is no regular file" }));
    }
    let (size, executable) = (found.len(), found.mode() & 0o111 != 0);
    Ok(Some(TreeFile {
        path,
        size,
        executable,
        standing: FileStanding::Untracked,
        bytes: read(real, file, size),
    }))
}

fn read(path: PathBuf, file: File, size: u64) -> BoxStream<'static, Result<Bytes, WorldError>> {
    stream::try_unfold((path, file, size), |(path, mut file, left)| async move {
        let mut piece = BytesMut::with_capacity(PIECE);
        let count = file.read_buf(&mut piece).await.map_err(|error| file_error(&path, &error))?;
        match (count, left.checked_sub(u64::try_from(count).unwrap_or(u64::MAX))) {
            (0, Some(0)) => Ok(None),
            (1.., Some(left)) => Ok(Some((piece.freeze(), (path, file, left)))),
            _ => Err(broken(&path, "it changed while it was read")),
        }
    })
    .boxed()
}
