//! The ledger's files in the user's working directory.

use std::path::{Path, PathBuf};

use plimsoll_engine::world::ledger::{Ledger, LedgerView};
use plimsoll_engine::world::{Work, WorldError};

use super::files::{check_name, check_relative, find_inside, list_names, on_disk, read_bounded, write_whole};

/// The largest file of a ledger that is read, in bytes.
const FILE_LIMIT: u64 = 64 * 1024 * 1024;

/// The ledger in a folder of the working directory.
#[derive(Clone)]
pub(crate) struct FolderLedger {
    root: PathBuf,
    directory: String,
}

impl FolderLedger {
    /// The ledger in `directory`, a path relative to `root`.
    pub(crate) fn new(root: &Path, directory: &str) -> FolderLedger {
        FolderLedger { root: root.to_owned(), directory: directory.to_owned() }
    }

    /// The folder, once it is sure that it lies inside of the working directory.
    fn folder(&self) -> Result<PathBuf, WorldError> {
        let relative = check_relative(&self.directory)?;
        // What is not there yet is made below the deepest folder that is, so each of them is looked at.
        let ends = relative.match_indices('/').map(|(end, _)| end).chain([relative.len()]);
        for above in ends.filter_map(|end| relative.get(..end)) {
            if find_inside(&self.root, above)?.is_none() {
                break;
            }
        }
        Ok(self.root.join(relative))
    }
}

impl LedgerView for FolderLedger {
    fn read<'a>(&'a self, name: &'a str) -> Work<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let (this, name) = (self.clone(), check_name(name)?.to_owned());
            on_disk(move || read_bounded(&this.folder()?.join(name), FILE_LIMIT)).await
        })
    }

    fn names(&self) -> Work<'_, Vec<String>> {
        let this = self.clone();
        Box::pin(on_disk(move || list_names(&this.folder()?)))
    }
}

impl Ledger for FolderLedger {
    fn write<'a>(&'a self, name: &'a str, bytes: &'a [u8]) -> Work<'a, ()> {
        Box::pin(async move {
            let (this, name, bytes) = (self.clone(), check_name(name)?.to_owned(), bytes.to_vec());
            on_disk(move || write_whole(&this.folder()?.join(name), &bytes)).await
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[tokio::test]
    async fn keeps_files_whole() {
        let root = tempfile::tempdir().unwrap();
        let ledger = FolderLedger::new(root.path(), "docs/releases");
        assert_eq!(ledger.names().await.unwrap(), [""; 0]);
        assert_eq!(ledger.read("a.json").await.unwrap(), None);
        ledger.write("b.json", b"1").await.unwrap();
        ledger.write("a.json", b"2").await.unwrap();
        ledger.write("a.json", b"3").await.unwrap();
        std::fs::create_dir(root.path().join("docs/releases/folder")).unwrap();
        assert_eq!(ledger.names().await.unwrap(), ["a.json", "b.json"]);
        assert_eq!(ledger.read("a.json").await.unwrap().as_deref(), Some(b"3".as_slice()));
        assert_eq!(std::fs::read(root.path().join("docs/releases/a.json")).unwrap(), b"3");
    }

    #[tokio::test]
    async fn stays_in_its_folder() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let ledger = FolderLedger::new(root.path(), "releases");
        for name in ["../x", "a/b", "", "..", ".git"] {
            assert!(ledger.write(name, b"x").await.is_err(), "{name}");
            assert!(ledger.read(name).await.is_err(), "{name}");
        }
        symlink(outside.path(), root.path().join("out")).unwrap();
        for directory in ["../releases", "/releases", "out", "out/deep/er"] {
            let ledger = FolderLedger::new(root.path(), directory);
            assert!(ledger.write("x", b"x").await.is_err(), "{directory}");
        }
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}
