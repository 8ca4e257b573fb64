//! All repositories of this machine's own registry.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::folder::{Layout, OWN_NAMES};
use super::lock::Lock;
use super::repository::LocalRepository;
use crate::name::{ImageRepository, RegistryHost};
use crate::store::{StoreError, Work};

/// Set behind a part of a name that a layout has for its own files. No part of a name can hold it.
const ESCAPE: char = '+';
/// In the root: for callers that must keep others out across several operations.
const LOCK: &str = ".lock";

/// A folder of layouts, one for each repository: `ghcr.io/acme/app` lies in `ghcr.io/acme/app`, and every tool that
/// reads layouts can read it there. Why it is made like this is told in `docs/design/local-registry.md`.
///
/// Nothing is made before something is written.
#[derive(Clone, Debug)]
pub struct LocalRegistry {
    root: Arc<Path>,
}

impl LocalRegistry {
    /// The registry in the folder `root`, which need not be there yet.
    pub fn open(root: &Path) -> LocalRegistry {
        LocalRegistry { root: root.into() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A repository, which need not be there yet.
    pub fn repository(&self, name: &ImageRepository) -> LocalRepository {
        LocalRepository::new(self.clone(), name.clone(), self.folder_of(name))
    }

    /// The names of all repositories that were ever written to, sorted.
    pub fn repositories(&self) -> Result<Vec<ImageRepository>, StoreError> {
        let mut found = Vec::new();
        for (folder, host) in folders_in(&self.root)? {
            // Anything else in the root is none of ours.
            let Ok(host) = host.replace(ESCAPE, ":").parse::<RegistryHost>() else { continue };
            let mut waiting: Vec<(PathBuf, String)> = folders_in(&folder)?;
            while let Some((folder, path)) = waiting.pop() {
                let Ok(name) = ImageRepository::new(host.clone(), &path) else { continue };
                if self.folder_of(&name) == folder && Layout::find(&folder)?.is_some() {
                    found.push(name);
                }
                let below = folders_in(&folder)?.into_iter();
                waiting.extend(below.map(|(folder, part)| (folder, format!("{path}/{part}"))));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Keeps everybody else who asks out until it is dropped. Single reads and writes need it not, and do not heed it:
    /// it is for who must read, decide and write.
    pub fn lock(&self) -> Work<'static, Lock> {
        Lock::wait(&self.root.join(LOCK))
    }

    fn folder_of(&self, name: &ImageRepository) -> PathBuf {
        // A colon would end the path for tools that take `folder:tag`.
        let mut folder = self.root.join(name.registry().as_str().replace(':', &ESCAPE.to_string()));
        for part in name.path().split('/') {
            match OWN_NAMES.contains(&part) {
                true => folder.push(format!("{part}{ESCAPE}")),
                false => folder.push(part),
            }
        }
        folder
    }
}

/// The folders in a folder, with the parts of names that they stand for. Links are not followed.
fn folders_in(folder: &Path) -> Result<Vec<(PathBuf, String)>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io(folder, error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| StoreError::io(folder, e))?;
        let is_folder = entry.file_type().map_err(|e| StoreError::io(entry.path(), e))?.is_dir();
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        if is_folder && !OWN_NAMES.contains(&name.as_str()) {
            let part = name.strip_suffix(ESCAPE).filter(|part| OWN_NAMES.contains(part)).map(str::to_owned);
            found.push((entry.path(), part.unwrap_or(name)));
        }
    }
    Ok(found)
}
