//! The seal: what a set is, frozen when it was made and only copied ever after.

use std::collections::BTreeMap;
use std::fmt;

use plimsoll_oci::model::{Descriptor, MediaType};
use plimsoll_oci::name::{Digest, ImageRepository};
use serde_json::Value;

use crate::domain::artifact::ArtifactName;
use crate::domain::attestation::SignatureForm;
use crate::domain::chart::{ChartPage, ChartRepository, ChartTag, ListedVersion, PackagePlace};
use crate::domain::git::GitTag;
use crate::domain::predicate::PredicateType;
use crate::domain::target::{Necessity, Target};
use crate::domain::time::Moment;

/// Every digest of one set, where it goes, and the record that says so.
///
/// A takeover copies a seal, it never makes one anew: the record is a function of seal and tag alone, so that every
/// run on every machine writes the same record bytes (claim protocol, F9).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Seal {
    /// When the set was sealed; the record's time.
    pub time: Moment,
    /// The format of the record that this seal stands for.
    #[serde(default, skip_serializing_if = "RecordFormat::is_first")]
    pub format: RecordFormat,
    /// Name → digest, of images and charts.
    pub artifacts: BTreeMap<ArtifactName, Digest>,
    /// What the record says of each image.
    pub images: BTreeMap<ArtifactName, SealedImage>,
    /// What the record says of each chart.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub charts: BTreeMap<ArtifactName, SealedChart>,
    /// Files of the release that do not follow from the seal alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<FileRole, SealedFile>,
    /// In which form it is signed; none: it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<SignatureForm>,
    /// What is stated of its content, beside that it is signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<SealedStatement>,
    /// Where each artifact goes, under which tags.
    pub targets: Vec<Target>,
    /// The digest of the record: of the statement's bytes, in the first format of the record file's.
    pub record: Digest,
    /// Whatever newer versions added.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, Value>,
}

/// How the record of a seal is written. A claim of an older Plimsoll is finished with the bytes that it names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub enum RecordFormat {
    /// The record file alone.
    #[default]
    One,
    /// The record file, and a statement about it and everything else.
    Two,
}

/// A number that is no record's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record format {0} is not known")]
pub struct RecordFormatError(pub u64);

impl RecordFormat {
    fn is_first(&self) -> bool {
        *self == RecordFormat::One
    }
}

impl TryFrom<u64> for RecordFormat {
    type Error = RecordFormatError;

    fn try_from(number: u64) -> Result<RecordFormat, RecordFormatError> {
        match number {
            1 => Ok(RecordFormat::One),
            2 => Ok(RecordFormat::Two),
            other => Err(RecordFormatError(other)),
        }
    }
}

impl From<RecordFormat> for u64 {
    fn from(format: RecordFormat) -> u64 {
        match format {
            RecordFormat::One => 1,
            RecordFormat::Two => 2,
        }
    }
}

/// What a file of a release is. Its text is no part of the seal: it lies with the images, by its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileRole {
    /// The dstack app-compose file.
    AppCompose,
    /// The compose file with pinned images.
    DockerCompose,
}

impl fmt::Display for FileRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileRole::AppCompose => "the app-compose file",
            FileRole::DockerCompose => "the compose file",
        })
    }
}

impl FileRole {
    /// All of them, in the order in which they are named.
    pub const ALL: [FileRole; 2] = [FileRole::AppCompose, FileRole::DockerCompose];
}

/// One sealed file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SealedFile {
    /// The digest of its bytes.
    pub digest: Digest,
    /// How many they are; 0 where that is not known, as in records of before Plimsoll.
    #[serde(default)]
    pub size: u64,
}

impl SealedFile {
    /// A file of these bytes.
    pub fn of(bytes: &[u8]) -> SealedFile {
        SealedFile { digest: Digest::of(bytes), size: u64::try_from(bytes.len()).unwrap_or(u64::MAX) }
    }
}

/// One sealed image.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SealedImage {
    /// The index's media type.
    pub media_type: MediaType,
    /// The index's size in bytes.
    pub size: u64,
    /// Platform → digest of its manifest, in the spelling `os/architecture[/variant]`.
    pub platforms: BTreeMap<String, Digest>,
    /// The labels of its config; of the first platform's if they differ.
    pub labels: BTreeMap<String, String>,
    /// Whatever newer versions added.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, Value>,
}

/// One sealed chart: its artifact is a manifest of Helm's kind.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SealedChart {
    /// What `Chart.yaml` calls it.
    pub chart: String,
    /// Its version.
    pub version: String,
    /// The version of what it installs.
    pub app_version: String,
    /// The manifest's size in bytes.
    pub size: u64,
    /// Its package, which is a layer.
    pub package: SealedFile,
    /// What signs the package for `helm verify`: the other layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<SealedFile>,
    /// The chart repository over HTTP that lists it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed_in: Option<ChartRepository>,
    /// The git tag that it has of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_tag: Option<ChartTag>,
    /// Whatever newer versions added.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, Value>,
}

/// One statement that was made before the seal: which of its kind it is, not yet who signs it. Its text is no part of the seal: it
/// lies with the images, by its digest.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SealedStatement {
    /// What it is about: an image's index, its manifest for a platform, or a chart's manifest.
    pub subject: Descriptor,
    /// What kind of thing it says.
    pub predicate_type: PredicateType,
    /// The digest of its bytes.
    pub digest: Digest,
    /// How many they are.
    pub size: u64,
}

impl SealedChart {
    /// The name of its package.
    pub fn package_name(&self) -> String {
        format!("{}-{}.tgz", self.chart, self.version)
    }

    /// The name of what signs its package.
    pub fn provenance_name(&self) -> String {
        format!("{}.prov", self.package_name())
    }

    /// Its files, by their names: the package, and what signs it.
    pub fn files(&self) -> impl Iterator<Item = (String, &SealedFile)> {
        let provenance = self.provenance.as_ref().map(|provenance| (self.provenance_name(), provenance));
        std::iter::once((self.package_name(), &self.package)).chain(provenance)
    }

    /// The git tag of its own that has a page; none if there is no such page.
    pub fn own_page(&self) -> Option<&GitTag> {
        self.own_tag.as_ref().filter(|own| own.page == ChartPage::Own).map(|own| &own.git_tag)
    }

    /// The page whose file the chart repository names: its own, or that of the release, if there is one. None if the package
    /// lies on the branch.
    pub fn listed_page<'a>(&'a self, release: Option<&'a GitTag>) -> Option<&'a GitTag> {
        let listed = self.listed_in.as_ref()?;
        let page = self.own_page().or(release);
        page.filter(|_| listed.packages == PackagePlace::Page)
    }

    /// True if its package is a file of the release's page: a chart repository looks for it there.
    pub fn is_on_release_page(&self) -> bool {
        let listed = self.listed_in.as_ref().map(|listed| listed.packages);
        listed == Some(PackagePlace::Page) && self.own_page().is_none()
    }

    /// The version of the chart repository that it becomes; `None` if it goes to none.
    pub fn listed_version(&self) -> Option<ListedVersion> {
        let branch = self.listed_in.as_ref()?.branch.clone();
        Some(ListedVersion { branch, chart: self.chart.clone(), version: self.version.clone() })
    }
}

impl Seal {
    /// Whether a repository is one that the release waits for.
    pub fn requires(&self, repository: &ImageRepository) -> bool {
        let is_it =
            |target: &Target| target.repository == *repository && target.necessity == Necessity::Required;
        self.targets.iter().any(is_it)
    }

    /// The descriptor of an image's index or a chart's manifest; `None` for an artifact that is not in the seal.
    pub fn descriptor(&self, artifact: &ArtifactName) -> Option<Descriptor> {
        let digest = self.artifacts.get(artifact)?.clone();
        if let Some(chart) = self.charts.get(artifact) {
            return Some(Descriptor::new(MediaType::MANIFEST, digest, chart.size));
        }
        let image = self.images.get(artifact)?;
        Some(Descriptor::new(image.media_type.clone(), digest, image.size))
    }

    /// Name → digest, of images alone.
    pub fn image_digests(&self) -> BTreeMap<ArtifactName, Digest> {
        let images = self.artifacts.iter().filter(|(name, _)| self.images.contains_key(*name));
        images.map(|(name, digest)| (name.clone(), digest.clone())).collect()
    }

    /// Whether some content belongs to an artifact: is it, or is its image for a platform.
    pub fn is_of(&self, digest: &Digest, artifact: &ArtifactName) -> bool {
        let platforms = self.images.get(artifact).into_iter().flat_map(|image| image.platforms.values());
        self.artifacts.get(artifact).into_iter().chain(platforms).any(|one| one == digest)
    }

    /// The same set: the same digests under the same names.
    pub fn is_same_set(&self, other: &Seal) -> bool {
        self.artifacts == other.artifacts && self.record == other.record
    }
}
