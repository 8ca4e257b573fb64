//! The ledger's files in the user's working directory.

use std::path::{Path, PathBuf};

use plimsoll_engine::ledger::index::{INDEX, index_of};
use plimsoll_engine::statement::record::RECORD_ENDING;
use plimsoll_engine::world::ledger::{Coverage, Ledger, LedgerFile, LedgerView, Replacement};
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::layout::Lock;

use super::dot_plimsoll::{DotPlimsoll, REPLACED};
use super::files::{
    check_name, check_relative, find_inside, list_names, on_disk, read_bounded, share_of, write_whole,
};

/// The largest file of a ledger that is read, in bytes.
const FILE_LIMIT: u64 = 64 * 1024 * 1024;

/// The ledger in a folder of the working directory.
#[derive(Clone)]
pub(crate) struct FolderLedger {
    root: PathBuf,
    /// Inside of the root; none: the root itself.
    directory: Option<String>,
    coverage: Coverage,
}

impl FolderLedger {
    /// The ledger in `directory`, a path relative to `root`.
    pub(crate) fn new(root: &Path, directory: &str, coverage: Coverage) -> FolderLedger {
        FolderLedger { root: root.to_owned(), directory: Some(directory.to_owned()), coverage }
    }

    /// The ledger in a folder that the user has named.
    pub(crate) fn at(folder: &Path) -> FolderLedger {
        FolderLedger { root: folder.to_owned(), directory: None, coverage: Coverage::Checkout }
    }

    /// The folder, once it is sure that it lies inside of the working directory.
    fn folder(&self) -> Result<PathBuf, WorldError> {
        let Some(directory) = &self.directory else { return Ok(self.root.clone()) };
        let relative = check_relative(directory)?;
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

    fn coverage(&self) -> Coverage {
        self.coverage
    }

    fn read_all<'a>(&'a self, ending: &'a str) -> Work<'a, Vec<LedgerFile>> {
        let (this, ending) = (self.clone(), ending.to_owned());
        Box::pin(on_disk(move || this.read_ending(&ending)))
    }
}

impl Ledger for FolderLedger {
    fn write<'a>(&'a self, files: &'a [LedgerFile]) -> Work<'a, ()> {
        Box::pin(async move {
            let (this, files) = (self.clone(), files.to_vec());
            let lock = self.lock().await?;
            on_disk(move || {
                // Whoever gives up waiting does not take the lock from what is being written.
                let _lock = lock;
                let folder = this.folder()?;
                let mut missing = Vec::new();
                for file in &files {
                    let path = folder.join(check_name(&file.name)?);
                    match read_bounded(&path, FILE_LIMIT)? {
                        Some(there) if there == file.bytes => {}
                        // What was recorded is never written over.
                        Some(_) => return Err(WorldError::Refused),
                        None => missing.push((path, file)),
                    }
                }
                for (path, file) in missing {
                    write_whole(&path, &file.bytes)?;
                }
                this.write_index(&folder)
            })
            .await
        })
    }

    fn replace<'a>(&'a self, files: &'a [Replacement]) -> Work<'a, Option<String>> {
        Box::pin(async move {
            let (this, files) = (self.clone(), files.to_vec());
            let lock = self.lock().await?;
            on_disk(move || {
                let _lock = lock;
                let (folder, aside) = (this.folder()?, DotPlimsoll::at(&this.root)?.replaced());
                let mut looked_at = Vec::new();
                for Replacement { file, found } in &files {
                    let path = folder.join(check_name(&file.name)?);
                    let there = read_bounded(&path, FILE_LIMIT)?.filter(|there| found.matches(there));
                    // Somebody has changed it since it was looked at.
                    let there = there.ok_or(WorldError::Refused)?;
                    looked_at.push((
                        path,
                        aside.join(format!("{}-{}", found.short(), file.name)),
                        there,
                        file,
                    ));
                }
                // None is replaced unless all can be.
                for (path, kept, there, file) in looked_at {
                    write_whole(&kept, &there)?;
                    write_whole(&path, &file.bytes)?;
                }
                this.write_index(&folder)?;
                Ok(Some(REPLACED.to_owned()))
            })
            .await
        })
    }
}

impl FolderLedger {
    /// Keeps other writers away. The lock is a file beside the ledger: what is in its folder is committed, and folders themselves
    /// can't be locked on every file system.
    async fn lock(&self) -> Result<Lock, WorldError> {
        let root = self.root.clone();
        let place = on_disk(move || {
            let home = DotPlimsoll::at(&root)?;
            home.ensure()?;
            Ok(home.ledger_lock())
        });
        Ok(Lock::wait(&place.await?).await?)
    }

    fn read_ending(&self, ending: &str) -> Result<Vec<LedgerFile>, WorldError> {
        let folder = self.folder()?;
        let mut names = list_names(&folder)?;
        names.retain(|name| name.ends_with(ending));
        let share = share_of(names.len());
        std::thread::scope(|scope| {
            let shares = names.chunks(share).map(|names| scope.spawn(|| read_names(&folder, names)));
            let shares: Vec<_> = shares.collect();
            let mut files = Vec::with_capacity(names.len());
            for share in shares {
                files.extend(share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            }
            Ok(files)
        })
    }

    fn write_index(&self, folder: &Path) -> Result<(), WorldError> {
        let path = folder.join(INDEX);
        let existing = read_bounded(&path, FILE_LIMIT)?;
        let index = index_of(existing.as_deref(), &self.read_ending(RECORD_ENDING)?);
        if existing.as_deref() == Some(index.as_bytes()) {
            Ok(())
        } else {
            write_whole(&path, index.as_bytes())
        }
    }
}

fn read_names(folder: &Path, names: &[String]) -> Result<Vec<LedgerFile>, WorldError> {
    let mut files = Vec::with_capacity(names.len());
    for name in names {
        // Whoever deletes a file meanwhile has his way.
        let bytes = read_bounded(&folder.join(name), FILE_LIMIT)?;
        files.extend(bytes.map(|bytes| LedgerFile { name: name.clone(), bytes }));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::time::Duration;

    use plimsoll_oci::name::Digest;

    use super::*;

    #[test]
    fn many_share_the_reading_of_many() {
        let folder = tempfile::tempdir().unwrap();
        let name = |number: usize| format!("v{number:04}.json");
        for number in 0..1501 {
            std::fs::write(folder.path().join(name(number)), number.to_string()).unwrap();
        }
        let read = FolderLedger::at(folder.path()).read_ending(".json").unwrap();
        let want =
            (0..1501).map(|number| LedgerFile { name: name(number), bytes: number.to_string().into() });
        assert_eq!(read, want.collect::<Vec<_>>());
    }

    fn file(name: &str, bytes: &[u8]) -> [LedgerFile; 1] {
        [LedgerFile { name: name.into(), bytes: bytes.into() }]
    }

    #[tokio::test]
    async fn keeps_files_whole() {
        let root = tempfile::tempdir().unwrap();
        let ledger = FolderLedger::new(root.path(), "docs/releases", Coverage::Checkout);
        assert_eq!(ledger.read_all("").await.unwrap(), []);
        assert_eq!(ledger.read("a.json").await.unwrap(), None);
        ledger.write(&file("b.json", b"1")).await.unwrap();
        ledger.write(&file("a.json", b"2")).await.unwrap();
        ledger.write(&file("a.json", b"2")).await.unwrap();
        let other = ledger.write(&file("a.json", b"3")).await;
        assert!(matches!(other, Err(WorldError::Refused)), "what was recorded is never written over");
        std::fs::create_dir(root.path().join("docs/releases/folder")).unwrap();
        assert_eq!(
            ledger.read_all(".json").await.unwrap(),
            [file("a.json", b"2"), file("b.json", b"1")].concat()
        );
        assert_eq!(ledger.read("a.json").await.unwrap().as_deref(), Some(b"2".as_slice()));
        assert_eq!(std::fs::read(root.path().join("docs/releases/a.json")).unwrap(), b"2");
        assert!(root.path().join("docs/releases/README.md").exists());
    }

    #[tokio::test]
    async fn what_is_replaced_is_kept_aside() {
        let root = tempfile::tempdir().unwrap();
        let ledger = FolderLedger::new(root.path(), "releases", Coverage::Checkout);
        ledger.write(&file("a.json", b"damaged")).await.unwrap();
        let [with] = file("a.json", b"whole");
        let replacement = |found: &[u8]| [Replacement { file: with.clone(), found: Digest::of(found) }];
        let other = ledger.replace(&replacement(b"else")).await;
        assert!(matches!(other, Err(WorldError::Refused)), "only what was looked at is replaced: {other:?}");
        assert_eq!(ledger.replace(&replacement(b"damaged")).await.unwrap().as_deref(), Some(REPLACED));
        assert_eq!(ledger.read("a.json").await.unwrap().as_deref(), Some(b"whole".as_slice()));
        let kept = format!("{REPLACED}/{}-a.json", Digest::of(b"damaged").short());
        assert_eq!(std::fs::read(root.path().join(kept)).unwrap(), b"damaged");
    }

    #[tokio::test]
    async fn whoever_waits_for_another_writer_can_give_up() {
        let root = tempfile::tempdir().unwrap();
        let held = Lock::acquire(&DotPlimsoll::at(root.path()).unwrap().ledger_lock()).unwrap();
        let ledger = FolderLedger::new(root.path(), "releases", Coverage::Checkout);
        let files = file("a.json", b"1");
        let waited = tokio::time::timeout(Duration::from_millis(50), ledger.write(&files)).await;
        assert!(waited.is_err(), "{waited:?}");
        assert_eq!(ledger.read("a.json").await.unwrap(), None);
        drop(held);
        ledger.write(&files).await.unwrap();
        assert_eq!(list_names(&root.path().join("releases")).unwrap(), ["README.md", "a.json"]);
    }

    #[tokio::test]
    async fn stays_in_its_folder() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let ledger = FolderLedger::new(root.path(), "releases", Coverage::Checkout);
        for name in ["../x", "a/b", "", "..", ".git"] {
            assert!(ledger.write(&file(name, b"x")).await.is_err(), "{name}");
            assert!(ledger.read(name).await.is_err(), "{name}");
        }
        symlink(outside.path(), root.path().join("out")).unwrap();
        for directory in ["../releases", "/releases", "out", "out/deep/er"] {
            let ledger = FolderLedger::new(root.path(), directory, Coverage::Checkout);
            assert!(ledger.write(&file("x", b"x")).await.is_err(), "{directory}");
        }
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}
