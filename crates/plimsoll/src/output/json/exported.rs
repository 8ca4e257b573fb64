//! What `export` wrote.

use plimsoll_engine::ledger::contents::{Content, ContentKind};
use serde::Serialize;

/// `plimsoll.exported/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The component.
    pub component: String,
    /// The version, without `v`.
    pub version: String,
    /// The archive.
    pub file: String,
    /// Its size in bytes.
    pub size: u64,
    /// Images and charts.
    pub contents: Vec<CarriedContent>,
    /// The digest of the record's artifact.
    pub record: String,
    /// How many signatures, attestations and the like there are.
    pub referrers: usize,
    /// The names of the files to trust by.
    pub trust: Vec<String>,
    /// How many marks say something of it: yanks, rollbacks, and what ended these.
    pub marks: usize,
}

/// One image or chart of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CarriedContent {
    /// `image` or `chart`.
    pub kind: &'static str,
    /// Its name in the project.
    pub name: String,
    /// Where it was released.
    pub repository: String,
    /// Its digest.
    pub digest: String,
    /// The tags that it has for good.
    pub tags: Vec<String>,
}

impl ExportedInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.exported/v1";
}

impl CarriedContent {
    /// Something that a release has in repositories.
    pub fn of(content: &Content) -> CarriedContent {
        CarriedContent {
            kind: match content.kind {
                ContentKind::Image => "image",
                ContentKind::Chart => "chart",
            },
            name: content.name.to_string(),
            repository: content.repository.to_string(),
            digest: content.digest.to_string(),
            tags: content.tags.iter().map(ToString::to_string).collect(),
        }
    }
}
