//! A configuration that was drafted, and workflows.

use serde::Serialize;

/// `plimsoll.init/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InitDone {
    /// The schema's name.
    pub schema: &'static str,
    /// The files that were to be written.
    pub files: Vec<FileInfo>,
    /// The workflows that were read.
    pub read: Vec<String>,
    /// The images that were found.
    pub images: Vec<String>,
    /// What could not be carried over.
    pub left: Vec<String>,
    /// What is left to do.
    pub next: Vec<String>,
}

/// A file that was to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileInfo {
    /// Its path from the repository's root.
    pub path: String,
    /// `written`; `same`, if it was there and is as it would be; `kept`, if it was there and differs.
    pub status: &'static str,
    /// How it differs, as `diff --unified` shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
}

impl InitDone {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.init/v1";
}
