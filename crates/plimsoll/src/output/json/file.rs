//! A file of a release.

use serde::Serialize;

use super::source::SourceInfo;

/// `plimsoll.file/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// The version, without `v`.
    pub version: String,
    /// The file's name beside the record.
    pub file: String,
    /// Where it is.
    pub path: String,
    /// The SHA-256 of its bytes in bare hexadecimal.
    pub hash: String,
    /// Whether the record has a hash, with which it was compared. One that differs is an error.
    pub verified: bool,
    /// Where the answer comes from.
    pub source: SourceInfo,
}

impl FileInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.file/v1";
}
