//! The version that commits ask for.

use serde::Serialize;

/// `plimsoll.next/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The next version; absent if no commit asks for one.
    pub version: Option<String>,
    /// The last version.
    pub last: Option<String>,
    /// Its git tag.
    pub tag: Option<String>,
    /// The gravest change: `none`, `fix`, `feature` or `breaking`.
    pub change: &'static str,
    /// How many commits there are since.
    pub commits: usize,
    /// Those that decided it.
    pub decided: Vec<CommitInfo>,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommitInfo {
    /// Its id.
    pub commit: String,
    /// What it changes.
    pub change: &'static str,
    /// The first line of its message.
    pub subject: String,
}

impl NextInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.next/v1";
}
