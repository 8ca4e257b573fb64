//! What was built elsewhere: a folder that `plimsoll build --output` wrote, one for each runner. Its format stands in
//! `docs/formats/part.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::builder::{BuildError, BuildOrder, Builder, PartFault};
use plimsoll_engine::world::origins::{Opened, Whence};
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::layout::{Layout, SelectError};
use plimsoll_oci::name::Digest;
use serde::{Deserialize, Serialize};

use crate::adapters::files::{broken, file_error, read_bounded, write_whole};

/// The file that says what a folder is a part of.
const FILE: &str = "plimsoll-part.json";
const FORMAT: u32 = 1;
/// The largest such file that is read, in bytes.
const LIMIT: u64 = 1024 * 1024;

/// What a folder is a part of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartFile {
    /// The format: 1.
    pub format: u32,
    /// The commit that it was built from.
    pub commit: Oid,
    /// Whether files were built from that the commit does not have.
    pub modified: bool,
    /// What its images say is their version.
    pub version: String,
    /// The hash of the configuration.
    pub config: Digest,
    /// The platforms of each image.
    pub images: BTreeMap<String, Vec<String>>,
}

impl PartFile {
    /// A part in the format of today.
    pub fn new(commit: Oid, version: &str, config: Digest) -> PartFile {
        let (version, images) = (version.to_owned(), BTreeMap::new());
        PartFile { format: FORMAT, commit, modified: false, version, config, images }
    }

    /// Empties a folder for a new part; one that holds something else is left alone.
    pub fn make_room(folder: &Path) -> Result<Layout, WorldError> {
        let failed = |error: std::io::Error| file_error(folder, &error);
        if folder.join(FILE).exists() {
            fs::remove_dir_all(folder).map_err(failed)?;
        } else if folder.exists() && fs::read_dir(folder).map_err(failed)?.next().is_some() {
            return Err(broken(folder, "it is there, is not empty, and is no part of a release"));
        }
        Ok(Layout::create(folder)?)
    }

    /// Writes it, last of all: a folder without it is no part.
    pub fn write(&self, folder: &Path) -> Result<(), WorldError> {
        let bytes = serde_json::to_vec_pretty(self).expect("texts and numbers can be written as JSON");
        write_whole(&folder.join(FILE), &bytes)
    }

    fn read(folder: &Path) -> Result<PartFile, PartFault> {
        let no_part = |why: String| PartFault::NotAPart(why);
        let bytes = read_bounded(&folder.join(FILE), LIMIT).map_err(|error| no_part(error.to_string()))?;
        let bytes = bytes.ok_or_else(|| no_part(format!("it has no {FILE}")))?;
        let part: PartFile = serde_json::from_slice(&bytes).map_err(|error| no_part(error.to_string()))?;
        match part.format {
            FORMAT => Ok(part),
            other => Err(no_part(format!("it has format {other}, and {FORMAT} is known here"))),
        }
    }

    /// Checks that it belongs to a release.
    fn check(&self, wanted: &Wanted<'_>) -> Result<(), PartFault> {
        if self.commit != *wanted.commit {
            return Err(PartFault::OtherCommit { found: self.commit.clone(), wanted: wanted.commit.clone() });
        }
        if self.modified {
            return Err(PartFault::Modified);
        }
        if self.config != *wanted.config {
            return Err(PartFault::OtherConfig);
        }
        if self.version != wanted.version {
            let (found, wanted) = (self.version.clone(), wanted.version.to_owned());
            return Err(PartFault::OtherVersion { found, wanted });
        }
        Ok(())
    }
}

/// What parts must be of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) commit: &'a Oid,
    pub(crate) version: &'a str,
    pub(crate) config: &'a Digest,
}

/// A builder that builds nothing: it takes what was built elsewhere.
pub(crate) struct PartsBuilder {
    folders: Vec<PathBuf>,
    version: String,
    config: Digest,
}

impl PartsBuilder {
    /// The parts in `folders`, of a version with the configuration of that hash.
    pub(crate) fn new(folders: &[PathBuf], version: &str, config: &Digest) -> PartsBuilder {
        PartsBuilder { folders: folders.to_vec(), version: version.to_owned(), config: config.clone() }
    }

    fn open(&self, order: &BuildOrder<'_>) -> Result<Vec<Opened>, BuildError> {
        let wanted = Wanted { commit: order.commit, version: &self.version, config: &self.config };
        let mut found = Vec::new();
        for folder in &self.folders {
            let of_folder = |fault| BuildError::Part { folder: folder.display().to_string(), fault };
            let part = PartFile::read(folder).map_err(of_folder)?;
            part.check(&wanted).map_err(of_folder)?;
            if !part.images.contains_key(order.image.as_str()) {
                continue;
            }
            let layout = Layout::open(folder).map_err(WorldError::from)?;
            let root = layout.select(Some(order.image.as_str())).map_err(|error| match error {
                SelectError::Store(error) => WorldError::from(error),
                other => broken(folder, other.to_string()),
            })?;
            found.push(Opened { pull: Arc::new(layout), root, whence: Whence::WorkingDirectory });
        }
        Ok(found)
    }
}

impl Builder for PartsBuilder {
    fn build<'a>(&'a self, order: BuildOrder<'a>) -> Work<'a, Vec<Opened>, BuildError> {
        Box::pin(async move { self.open(&order) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(digit: &str) -> Oid {
        digit.repeat(40).parse().unwrap()
    }

    #[test]
    fn a_part_is_of_one_commit_version_and_configuration() {
        let (commit, config) = (oid("1"), Digest::of(b"config"));
        let part = PartFile::new(commit.clone(), "1.0.0", config.clone());
        let wanted = Wanted { commit: &commit, version: "1.0.0", config: &config };
        assert_eq!(part.check(&wanted), Ok(()));
        let fault = |part: PartFile| part.check(&wanted).unwrap_err();
        assert_eq!(
            fault(PartFile { commit: oid("2"), ..part.clone() }),
            PartFault::OtherCommit { found: oid("2"), wanted: commit.clone() }
        );
        assert_eq!(fault(PartFile { modified: true, ..part.clone() }), PartFault::Modified);
        assert_eq!(fault(PartFile { config: Digest::of(b"x"), ..part.clone() }), PartFault::OtherConfig);
        assert!(matches!(
            fault(PartFile { version: "1.0.1".into(), ..part }),
            PartFault::OtherVersion { .. }
        ));
    }

    #[test]
    fn a_folder_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("part");
        let part = PartFile::new(oid("1"), "1.0.0", Digest::of(b"config"));
        PartFile::make_room(&place).unwrap();
        part.write(&place).unwrap();
        assert_eq!(PartFile::read(&place), Ok(part));
        PartFile::make_room(&place).unwrap();
        assert!(PartFile::read(&place).is_err(), "a part that is being made is none yet");
        fs::write(place.join("mine"), "x").unwrap();
        assert!(PartFile::make_room(&place).is_err());
        assert!(place.join("mine").exists());
    }
}
