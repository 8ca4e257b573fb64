//! Which texts beside the local registry name content in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use plimsoll_engine::world::WorldError;

use super::dot_plimsoll::{DotPlimsoll, LOCAL_RECORDS};
use super::files::{file_error, read_bounded};

/// The largest record or claim that is read, in bytes.
const FILE_LIMIT: u64 = 64 * 1024 * 1024;

/// Every claim and every record that lies on this machine, as it lies there. Links are not followed.
pub(crate) fn read_texts(root: &Path) -> Result<Vec<Vec<u8>>, WorldError> {
    let mut texts = Vec::new();
    let mut waiting = vec![DotPlimsoll::at(root)?.claims(), root.join(LOCAL_RECORDS)];
    while let Some(folder) = waiting.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(file_error(&folder, &error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| file_error(&folder, &error))?;
            let kind = entry.file_type().map_err(|error| file_error(&entry.path(), &error))?;
            let path: PathBuf = entry.path();
            if kind.is_dir() {
                waiting.push(path);
            } else if kind.is_file() {
                texts.extend(read_bounded(&path, FILE_LIMIT)?);
            }
        }
    }
    Ok(texts)
}
