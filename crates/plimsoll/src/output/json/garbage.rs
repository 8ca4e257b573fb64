//! What `registry gc` removed.

use std::path::Path;

use serde::Serialize;

/// `plimsoll.garbage/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Garbage {
    /// The schema's name.
    pub schema: &'static str,
    /// The folder of the registry.
    pub folder: String,
    /// Every repository in it.
    pub repositories: Vec<CleanedRepository>,
    /// How many manifests and blobs were removed.
    pub removed: usize,
    /// How many bytes they had together. What several repositories share counts in each.
    pub bytes: u64,
}

/// A repository that was looked through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CleanedRepository {
    /// Its name.
    pub repository: String,
    /// The digests of what was removed.
    pub removed: Vec<String>,
    /// How many bytes that were.
    pub bytes: u64,
    /// How many manifests and blobs were kept.
    pub kept: usize,
}

impl Garbage {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.garbage/v1";

    /// What was removed from these repositories.
    pub fn of(folder: &Path, repositories: Vec<CleanedRepository>) -> Garbage {
        Garbage {
            schema: Garbage::SCHEMA,
            folder: folder.display().to_string(),
            removed: repositories.iter().map(|one| one.removed.len()).sum(),
            bytes: repositories.iter().fold(0, |sum, one| sum.saturating_add(one.bytes)),
            repositories,
        }
    }
}
