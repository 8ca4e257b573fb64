//! The project's version.

use serde::Serialize;

/// `plimsoll.version/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The version that all files name; absent if they disagree.
    pub version: Option<String>,
    /// The version before, if it was changed.
    pub was: Option<String>,
    /// The files that name it.
    pub files: Vec<VersionInFile>,
    /// The files that were rewritten.
    pub rewritten: Vec<String>,
}

/// A file that names the version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionInFile {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The version as the file spells it.
    pub version: String,
}

impl VersionInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.version/v1";
}
