//! A git tag that was made.

use serde::Serialize;

use super::word::words;

/// `plimsoll.tagged/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaggedInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The git tag.
    pub tag: String,
    /// `version`, `prerelease` or `promotion`.
    pub occasion: &'static str,
    /// The commit.
    pub commit: String,
    /// The tag object.
    pub object: String,
    /// Whether this run made it.
    pub status: TaggedStatus,
    /// Whether git signed it; nobody has verified that.
    pub signed: bool,
    /// Whether the remote has it.
    pub pushed: bool,
    /// Whether a branch of the remote has the commit, as far as this clone knows.
    pub commit_pushed: bool,
    /// The branch that is checked out.
    #[serde(skip)]
    pub branch: Option<String>,
    /// The remote that it is on, or can be pushed to.
    #[serde(skip)]
    pub remote: Option<String>,
}

words! {
    /// Whether a run made a tag.
    TaggedStatus {
        /// It did.
        Made = "made",
        /// It was there.
        ThereAlready = "there-already",
    }
}

impl TaggedInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.tagged/v1";
}
