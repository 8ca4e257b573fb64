//! What became of an archive.

use serde::Serialize;

use super::copied::Amount;
use super::exported::CarriedContent;
use super::release::SaidInfo;
use crate::release_archive::Checked;

/// `plimsoll.imported/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportedInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The component.
    pub component: String,
    /// The version, without `v`.
    pub version: String,
    /// The archive.
    pub file: String,
    /// Images and charts.
    pub contents: Vec<MovedContent>,
    /// The digest of the record's artifact.
    pub record: String,
    /// What was sent.
    pub sent: Amount,
    /// What was there.
    pub present: Amount,
    /// What was looked at in the new place.
    pub checked: CheckedThere,
    /// Who has signed it; absent where nobody says who must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signatures: Option<SignaturesThere>,
    /// Whether its record says that it is signed.
    pub signed: bool,
    /// The files that were written.
    pub files: Vec<String>,
    /// Images that the release's compose file names and the archive does not have.
    pub elsewhere: Vec<String>,
    /// Charts whose values name none of the images that were moved.
    pub unnamed: Vec<String>,
    /// How many marks came along with it, and lie there now.
    pub marks: usize,
    /// What holds of it there: what came along, and what was said there before.
    pub said: Vec<SaidInfo>,
}

/// The signatures that were verified, in the archive and in the new place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignaturesThere {
    /// Who says whose signatures count: `command-line`, `project` or `archive`.
    pub said_by: &'static str,
    /// Who has signed.
    pub signers: Vec<String>,
    /// How many statements: signatures of images and charts, and what is stated of the release.
    pub statements: usize,
}

/// One image or chart, and where it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MovedContent {
    /// What it is, and where it was.
    #[serde(flatten)]
    pub content: CarriedContent,
    /// Where it is now.
    pub now: String,
}

/// What was looked at in the new place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedThere {
    /// Manifests that were read again, each with its digest.
    pub manifests: usize,
    /// Blobs that are there with their size.
    pub blobs: usize,
    /// Referrers that are listed at what they refer to.
    pub referrers: usize,
    /// Tags that point where they must.
    pub tags: usize,
}

impl ImportedInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.imported/v1";
}

impl From<Checked> for CheckedThere {
    fn from(checked: Checked) -> CheckedThere {
        let Checked { manifests, blobs, referrers, tags } = checked;
        CheckedThere { manifests, blobs, referrers, tags }
    }
}
