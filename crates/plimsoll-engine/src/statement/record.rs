//! The record of a release: `vX.Y.Z-release-info.json` (`docs/formats/release-info.md`).
//!
//! Its bytes are a function of tag and seal alone, so that any run on any machine writes the same. Every format that was
//! ever written is read: the newest is written, the one before it where an old claim asks for it, and the oldest is that
//! of scripts that kept such files before Plimsoll did.

mod charts;
mod headline;
mod made;
mod schema;
mod seed;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::artifact::ArtifactName;
use crate::domain::attestation::SignatureForm;
use crate::domain::canonical;
use crate::domain::chart::{ChartRepository, ChartTag, ListedVersion};
use crate::domain::claim::FileRole;
use crate::domain::git::{GitTag, Oid, TagAt};
use crate::domain::predicate::PredicateType;
use crate::domain::target::Necessity;

pub use headline::Headline;
pub use made::Facts;
pub use schema::schema;

/// The newest format, which this Plimsoll writes.
const NEWEST: u64 = 2;

/// A record, read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The file's format; 0 for files that name none.
    pub format: u64,
    /// The component.
    pub component: ArtifactName,
    /// The version, without `v`.
    pub version: String,
    /// When the set was sealed, RFC 3339.
    pub release_date: String,
    /// The commit.
    pub git_commit: Oid,
    /// The ref: `refs/tags/v1.0.0`.
    pub git_ref: String,
    /// What the ref pointed at.
    pub git_tag_object: Oid,
    /// Every image by its name in the project.
    pub docker_images: BTreeMap<ArtifactName, RecordedImage>,
    /// The app-compose file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_compose: Option<RecordedFile>,
    /// The compose file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docker_compose: Option<RecordedFile>,
    /// In which form the release is signed; none: it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<SignatureForm>,
    /// What only the newest format has.
    #[serde(flatten)]
    pub whole: Option<Whole>,
    /// True for a release that was made before its record was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopted: bool,
    /// Whatever newer versions added.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, Value>,
}

/// What format 2 added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole {
    /// The oldest Plimsoll that reads it.
    pub needs: String,
    /// Every other file of the release by name, with its hash.
    pub files: BTreeMap<String, Digest>,
    /// Every chart by its name in the project.
    pub charts: BTreeMap<ArtifactName, RecordedChart>,
    /// Statements about its content that were made before the seal, and are signed and attached.
    pub attestations: Vec<RecordedAttestation>,
}

/// One image of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedImage {
    /// Its first repository.
    pub name: ImageRepository,
    /// The first tag with the whole version in it.
    pub primary_tag: ImageTag,
    /// Every tag that the release gives it, the moving ones as intentions.
    pub all_tags: Vec<ImageTag>,
    /// Which of them move.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moving_tags: Vec<ImageTag>,
    /// The index's digest.
    pub digest: Digest,
    /// The index's media type.
    pub media_type: String,
    /// The index's size in bytes.
    pub size: u64,
    /// The labels of its config.
    pub labels: BTreeMap<String, String>,
    /// Platform → digest of its manifest.
    pub platforms: BTreeMap<String, Digest>,
    /// Further repositories with the same bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mirrors: Vec<RecordedMirror>,
}

/// A further repository of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedMirror {
    /// Where.
    pub repository: ImageRepository,
    /// Whether the release waited for it.
    pub necessity: Necessity,
}

/// A further file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedFile {
    /// Its name, beside the record.
    pub file: String,
    /// The SHA-256 of its bytes in bare hexadecimal; old files may lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// How many bytes they are; old files may lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// A chart of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedChart {
    /// Where it is.
    pub repository: ImageRepository,
    /// Its own version.
    pub version: String,
    /// The digest of its manifest.
    pub digest: Digest,
    /// What `Chart.yaml` calls it.
    pub name: String,
    /// The version of what it installs.
    pub app_version: String,
    /// The tag of its version, which is written once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<ImageTag>,
    /// The manifest's size in bytes.
    pub size: u64,
    /// Its package.
    pub package: RecordedFile,
    /// What signs the package for `helm verify`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<RecordedFile>,
    /// The chart repository over HTTP that lists it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed_in: Option<ChartRepository>,
    /// The git tag that it has of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_tag: Option<ChartTag>,
}

impl RecordedChart {
    /// The version of the chart repository that it is; `None` if it is in none.
    pub fn listed_version(&self) -> Option<ListedVersion> {
        let branch = self.listed_in.as_ref()?.branch.clone();
        Some(ListedVersion { branch, chart: self.name.clone(), version: self.version.clone() })
    }

    /// Its files: the package, and what signs it.
    pub fn files(&self) -> impl Iterator<Item = &RecordedFile> {
        std::iter::once(&self.package).chain(&self.provenance)
    }
}

/// A statement about something of the release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedAttestation {
    /// What it is about.
    pub subject: Digest,
    /// The media type of that.
    pub subject_media_type: String,
    /// The size of that, in bytes.
    pub subject_size: u64,
    /// What it says of it.
    pub predicate_type: PredicateType,
    /// The digest of its bytes.
    pub digest: Digest,
    /// How many they are.
    pub size: u64,
}

/// Why bytes are no record that can be worked with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Not the JSON that it should be.
    #[error("{file} can't be read: {why}")]
    Broken {
        /// The file.
        file: String,
        /// What the parser says.
        why: String,
    },
    /// A format that is not known here.
    #[error("{file} has format {found}, this version knows {NEWEST}")]
    Unknown {
        /// The file.
        file: String,
        /// The format found.
        found: u64,
        /// The oldest Plimsoll that reads it, as the file says.
        needs: Option<String>,
    },
    /// It says what a record may say, in other bytes than a record has.
    #[error("{file} was edited: a record is not written like this")]
    Edited {
        /// The file.
        file: String,
    },
}

/// What the names of record files end with.
pub const RECORD_ENDING: &str = "-release-info.json";

/// The name of a version's record file.
pub fn file_name(version: &str) -> String {
    format!("v{version}{RECORD_ENDING}")
}

/// The name of a further file of a version.
pub fn role_file_name(version: &str, role: FileRole) -> String {
    match role {
        FileRole::AppCompose => format!("v{version}-app-compose.json"),
        FileRole::DockerCompose => format!("v{version}-docker-compose.yml"),
    }
}

/// The version whose record file has this name.
pub fn find_version(file_name: &str) -> Option<&str> {
    file_name.strip_prefix('v')?.strip_suffix(RECORD_ENDING)
}

impl Record {
    /// True if the release was made before its record was: the record lies in the ledger alone, and Plimsoll moved no tags for it.
    pub fn was_written_later(&self) -> bool {
        self.adopted || self.format == 0
    }

    /// The tag that this record says it was made from; whether it is on the remote is not its business.
    pub fn tag(&self) -> TagAt {
        let name = self.git_ref.strip_prefix("refs/tags/").unwrap_or(&self.git_ref).to_owned();
        TagAt {
            name: GitTag(name),
            object: self.git_tag_object.clone(),
            commit: self.git_commit.clone(),
            on_remote: true,
        }
    }

    /// A further file, by what it is.
    pub fn file(&self, role: FileRole) -> Option<&RecordedFile> {
        match role {
            FileRole::AppCompose => self.app_compose.as_ref(),
            FileRole::DockerCompose => self.docker_compose.as_ref(),
        }
    }

    /// The hash of every file that the record names, by file name.
    pub fn hashes(&self) -> BTreeMap<String, Digest> {
        let named = [&self.app_compose, &self.docker_compose].into_iter().flatten();
        let hash = |named: &RecordedFile| {
            let digest = format!("sha256:{}", named.hash.as_deref()?).parse().ok()?;
            Some((named.file.clone(), digest))
        };
        let named = named.filter_map(hash);
        let charts = self.whole.iter().flat_map(|whole| whole.charts.values()).flat_map(RecordedChart::files);
        let named = named.chain(charts.filter_map(hash));
        named.chain(self.whole.iter().flat_map(|whole| whole.files.clone())).collect()
    }

    /// The record as JSON.
    pub fn value(&self) -> Value {
        serde_json::to_value(self).expect("a record of strings and numbers can be written as JSON")
    }

    /// The file's bytes: sorted keys, indented, one newline at the end.
    pub fn bytes(&self) -> Vec<u8> {
        canonical::render_pretty(&self.value())
    }

    /// Reads a record file, which must have the very bytes that such a record has. One that names no component is
    /// `whose`.
    pub fn parse(file: &str, bytes: &[u8], whose: &ArtifactName) -> Result<Record, RecordError> {
        let record = Record::parse_meaning(file, bytes, whose)?;
        let written = record.format == 0 || record.bytes() == bytes;
        if written { Ok(record) } else { Err(RecordError::Edited { file: file.into() }) }
    }

    /// Reads what a record file says, however it is written: for thousands of them, which are not all written again to be
    /// compared.
    pub fn parse_meaning(file: &str, bytes: &[u8], whose: &ArtifactName) -> Result<Record, RecordError> {
        let broken = |why: serde_json::Error| RecordError::Broken { file: file.into(), why: why.to_string() };
        match Record::read_head(file, bytes)?.check(file)? {
            None => seed::read(bytes, whose).map_err(|why| RecordError::Broken { file: file.into(), why }),
            Some(_) => serde_json::from_slice(bytes).map_err(broken),
        }
    }

    fn read_head(file: &str, bytes: &[u8]) -> Result<Head, RecordError> {
        serde_json::from_slice(bytes)
            .map_err(|why| RecordError::Broken { file: file.into(), why: why.to_string() })
    }

    /// Reads a record that stands in another text.
    pub(super) fn from_value(file: &str, value: Value) -> Result<Record, RecordError> {
        serde_json::from_value(value)
            .map_err(|why| RecordError::Broken { file: file.into(), why: why.to_string() })
    }
}

/// What every format has in common.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    format: Option<u64>,
    #[serde(default)]
    needs: Option<String>,
}

impl Head {
    /// The format, if it is known here; none: the file is of before Plimsoll.
    fn check(self, file: &str) -> Result<Option<u64>, RecordError> {
        match self.format {
            None => Ok(None),
            Some(known @ 1..=NEWEST) => Ok(Some(known)),
            Some(found) => Err(RecordError::Unknown { file: file.into(), found, needs: self.needs }),
        }
    }
}
