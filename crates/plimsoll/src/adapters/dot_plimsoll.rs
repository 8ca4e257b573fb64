//! `.plimsoll/`: what Plimsoll keeps on this machine, beside the user's files and never among them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use plimsoll_engine::world::WorldError;

use super::files::{escapes, file_error, write_whole};

/// The ledger of what is released into the local registry, relative to the repository's root.
pub const LOCAL_RECORDS: &str = ".plimsoll/releases";

/// The ledger of what is released into the local registry by a project whose ledger is `directory`: where that is the usual
/// one, [`LOCAL_RECORDS`]; else a folder in it, as two projects of one repository have records of the same names.
pub fn local_records(directory: &str) -> String {
    let usual = Path::new("releases");
    match Path::new(directory).strip_prefix(usual).unwrap_or(Path::new(directory)) {
        below if below == Path::new("") => LOCAL_RECORDS.to_owned(),
        below => format!("{LOCAL_RECORDS}/{}", below.display()),
    }
}

/// Where damaged files of a ledger are kept that were replaced, relative to the repository's root.
pub(crate) const REPLACED: &str = ".plimsoll/replaced";

/// The folder `.plimsoll` of a working directory.
///
/// | inside | what |
/// |---|---|
/// | `registry/` | the local registry |
/// | `claims/` | its claims |
/// | `releases/` | the ledger of what is in it |
/// | `workshop/` | what is being made, and the seals of what was made |
/// | `journal/` | what runs on this machine did |
/// | `replaced/` | damaged files of a ledger, in whose place stands what was released |
/// | `ledger.lock` | held while records are written |
/// | `logs/` | what builders, scanners, gates and smoke commands said |
/// | `builds/` | what builders are writing, and what scanners read |
#[derive(Clone, Debug)]
pub(crate) struct DotPlimsoll(PathBuf);

impl DotPlimsoll {
    /// The folder in `root`, which need not be there yet.
    pub(crate) fn at(root: &Path) -> Result<DotPlimsoll, WorldError> {
        let path = root.join(".plimsoll");
        match fs::symlink_metadata(&path) {
            // A commit could bring one that leads anywhere.
            Ok(found) if found.is_symlink() => Err(escapes(&path, "this is a symbolic link")),
            Ok(_) => Ok(DotPlimsoll(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(DotPlimsoll(path)),
            Err(error) => Err(file_error(&path, &error)),
        }
    }

    /// Makes it be there, so that git ignores everything in it without being told by the user.
    pub(crate) fn ensure(&self) -> Result<(), WorldError> {
        let ignore = self.0.join(".gitignore");
        if ignore.exists() { Ok(()) } else { write_whole(&ignore, b"*\n") }
    }

    /// What whoever writes records locks.
    pub(crate) fn ledger_lock(&self) -> PathBuf {
        self.0.join("ledger.lock")
    }

    /// Damaged files of a ledger that were replaced.
    pub(crate) fn replaced(&self) -> PathBuf {
        self.0.join("replaced")
    }

    /// The local registry.
    pub(crate) fn registry(&self) -> PathBuf {
        self.0.join("registry")
    }

    /// The local registry's claims.
    pub(crate) fn claims(&self) -> PathBuf {
        self.0.join("claims")
    }

    /// What is being made.
    pub(crate) fn workshop(&self) -> PathBuf {
        self.0.join("workshop")
    }

    /// Chart repositories, as branches would have them.
    pub(crate) fn chart_repositories(&self) -> PathBuf {
        self.0.join("chart-repositories")
    }

    /// What programs said.
    pub(crate) fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    /// What builders are writing, and what scanners read.
    pub(crate) fn builds(&self) -> PathBuf {
        self.0.join("builds")
    }

    /// What runs did.
    pub(crate) fn journal(&self) -> PathBuf {
        self.0.join("journal")
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_testkit::env::Environment;
    use plimsoll_testkit::repo::Repo;

    use super::*;

    #[test]
    fn git_does_not_see_it() {
        let repo = Repo::init(&Environment::new(), "repo");
        let folder = DotPlimsoll::at(repo.path()).unwrap();
        assert!(!repo.path().join(".plimsoll").exists());
        folder.ensure().unwrap();
        write_whole(&folder.registry().join("x"), b"x").unwrap();
        assert_eq!(repo.git(["status", "--porcelain"]), "");
        DotPlimsoll::at(repo.path()).unwrap().ensure().unwrap();
    }

    #[test]
    fn a_link_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/tmp", folder.path().join(".plimsoll")).unwrap();
        assert!(DotPlimsoll::at(folder.path()).is_err());
    }
}
