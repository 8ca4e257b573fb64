//! The files of the commit that is released.

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;

use super::error::FileProblem;
use super::{Work, WorldError};

/// A file that an image takes in.
pub struct TreeFile {
    /// Its path, relative to the repository's root.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// Whether it may be executed.
    pub executable: bool,
    /// Where it comes from.
    pub standing: FileStanding,
    /// Its bytes.
    pub bytes: BoxStream<'static, Result<Bytes, WorldError>>,
}

/// Whether git knows a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileStanding {
    /// It is in the commit.
    Tracked,
    /// It is not: a build output in the working directory.
    Untracked,
}

/// The commit's files, and the untracked ones that images declare. What is untracked belongs to the commit that HEAD is
/// at: where that is another one, opening it is refused.
pub trait Tree: Send + Sync {
    /// Opens a file: the commit's if the commit has it, else the working directory's; `None` if neither has it.
    fn open<'a>(&'a self, path: &'a str) -> Work<'a, Option<TreeFile>>;
    /// Opens every file below a directory, in the order of their paths: those of the commit if it has the directory, else
    /// those of the working directory; `None` if neither has it.
    fn open_below<'a>(&'a self, directory: &'a str) -> Work<'a, Option<Vec<TreeFile>>>;
    /// Opens every file of a chart's folder, as `open_below` does; `.` is the root. Symbolic links are the files that they lead
    /// to, as Helm has them. What can't be taken as a file fails when it is read: what the chart leaves out is not.
    fn open_chart<'a>(&'a self, folder: &'a str) -> Work<'a, Option<Vec<TreeFile>>> {
        self.open_below(folder)
    }
}

/// Reads a file whole; refuses one of more than `limit` bytes.
///
/// # Errors
/// Its bytes don't come, or are too many.
pub async fn read_bytes(file: TreeFile, limit: u64) -> Result<Vec<u8>, WorldError> {
    if file.size > limit {
        let why = format!("it has {} bytes, more than {limit}", file.size);
        return Err(WorldError::File { path: file.path, why, kind: FileProblem::Broken });
    }
    let (mut bytes, mut stream) = (Vec::new(), file.bytes);
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok(bytes)
}

/// Reads a file as text; refuses one of more than `limit` bytes, or one that is no UTF-8.
///
/// # Errors
/// Its bytes don't come, or are no such text.
pub async fn read_text(file: TreeFile, limit: u64) -> Result<String, WorldError> {
    let path = file.path.clone();
    String::from_utf8(read_bytes(file, limit).await?).map_err(|_| WorldError::File {
        path,
        why: "it is no text in UTF-8".to_owned(),
        kind: FileProblem::Broken,
    })
}
