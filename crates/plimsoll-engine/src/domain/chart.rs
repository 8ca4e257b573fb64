//! Helm charts of a project, as configured.

use std::fmt;

use plimsoll_edit::path::KeyPath;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag, Reference};
use plimsoll_tags::git_tag::TagPattern;
use plimsoll_tags::version::{Scheme, Version};

use super::artifact::ArtifactName;
use super::git::GitTag;

/// A Helm chart that is released with the images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Its name in the project, which no image has.
    pub name: ArtifactName,
    /// What `Chart.yaml` calls it.
    pub chart: String,
    /// Its folder, relative to the repository's root, which is `.` itself.
    pub path: String,
    /// Which version it gets.
    pub version: VersionPolicy,
    /// What its `appVersion` is by the version of the release, where it installs no image of the project; none: the tag of its
    /// image, else what `Chart.yaml` says.
    pub app_version: Option<TagPattern>,
    /// The git tags that it has of its own, beside that of the release.
    pub tags: Option<ChartTags>,
    /// What is written into its values.
    pub values: Vec<ImageValue>,
    /// Where its content goes.
    pub repository: ImageRepository,
    /// How it stands there.
    pub in_registry: InRegistry,
    /// The OpenPGP key that signs its provenance: a file, or `env:NAME`. Only named, never held.
    pub pgp_key: Option<String>,
    /// The chart repository over HTTP that lists it.
    pub listed_in: Option<ChartRepository>,
    /// Whether it must be rendered before it is released.
    pub rendering: Rendering,
    /// The files of values that it is rendered with, beside its own: patterns of paths in its folder.
    pub presets: Vec<String>,
    /// Images of others that are not asked for: repositories, or what they begin with before a `*`.
    pub allow: Vec<String>,
}

impl Chart {
    /// The path of one of its files, relative to the repository's root.
    pub fn path_of(&self, file: &str) -> String {
        match self.path.as_str() {
            "." => file.to_owned(),
            folder => format!("{folder}/{file}"),
        }
    }
}

/// How a chart stands in its image repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InRegistry {
    /// Under the tag of its version, in a repository whose last part is what `Chart.yaml` calls it: Helm finds it.
    Tagged,
    /// By its digest alone, beside the project's first image: whoever goes on with the release has it from there, and Helm finds it
    /// in its chart repository.
    ByDigest,
}

/// A chart repository over HTTP that is served from a branch.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChartRepository {
    /// The branch, with `index.yaml` at its root.
    pub branch: String,
    /// Where it is served: what `helm repo add` is told.
    pub url: String,
    /// Where its packages lie.
    #[serde(default)]
    pub packages: PackagePlace,
}

/// Where the packages of a chart repository lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackagePlace {
    /// On the branch, beside the index.
    #[default]
    Branch,
    /// On the release page of the forge, whose address the index names.
    Page,
}

/// A version of a chart in a chart repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct ListedVersion {
    /// The branch.
    pub branch: String,
    /// What `Chart.yaml` calls the chart.
    pub chart: String,
    /// Its version.
    pub version: String,
}

impl ListedVersion {
    /// The name of its package's file.
    pub fn file_name(&self) -> String {
        format!("{}-{}.tgz", self.chart, self.version)
    }
}

impl fmt::Display for ListedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}-{}.tgz", self.branch, self.chart, self.version)
    }
}

/// The git tags that a chart has of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartTags {
    /// How they are named.
    pub pattern: TagPattern,
    /// Whether they have pages on the forge.
    pub page: ChartPage,
    /// Whether releases make them.
    pub made: TagsMade,
}

/// Whether releases make the git tags that a chart has of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagsMade {
    /// Each release makes its own.
    WithReleases,
    /// Nobody makes them, as nobody else sees what is released; one that is there is a chart's all the same.
    Never,
}

/// The git tag that one version of a chart has of its own, on the commit of its release.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChartTag {
    /// The tag.
    pub git_tag: GitTag,
    /// Whether it has a page on the forge.
    #[serde(default)]
    pub page: ChartPage,
}

/// Whether the tag of a chart has a page on the forge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChartPage {
    /// It has none.
    #[default]
    None,
    /// It has one, with the package; never the latest.
    Own,
}

impl ChartTags {
    /// The tag of a version.
    pub fn of(&self, version: &Version) -> ChartTag {
        ChartTag { git_tag: GitTag(self.pattern.render(version)), page: self.page }
    }
}

/// Whether a chart must be rendered before it is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rendering {
    /// A release without Helm is refused.
    Required,
    /// A release without Helm says that nobody looked.
    IfPresent,
}

impl Chart {
    /// Whether an image of somebody else's is not asked for.
    pub fn allows(&self, reference: &Reference) -> bool {
        let name = reference.repository.to_string();
        self.allow.iter().any(|allowed| match allowed.strip_suffix('*') {
            Some(begin) => name.starts_with(begin),
            None => name == *allowed,
        })
    }
}

/// Which version a chart gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionPolicy {
    /// That of the release.
    Match,
    /// A number of its own, reserved for each release beside its claim: a project without claims has no such charts.
    Independent,
}

impl Chart {
    /// Whether Helm finds it in a registry.
    pub fn is_tagged(&self) -> bool {
        self.in_registry == InRegistry::Tagged
    }

    /// The version that a git tag of its own is of; none if it is no such tag.
    pub fn find_own_version(&self, tag: &str) -> Option<Version> {
        let tags = self.tags.as_ref().filter(|_| self.is_numbered())?;
        tags.pattern.find_version(Scheme::Semver, tag)?.ok()
    }

    /// The git tags of its own that releases make.
    pub fn made_tags(&self) -> Option<&ChartTags> {
        self.tags.as_ref().filter(|tags| tags.made == TagsMade::WithReleases)
    }

    /// Whether its versions are numbers of its own.
    pub fn is_numbered(&self) -> bool {
        self.version == VersionPolicy::Independent
    }
}

/// A value of a chart that says something of an image of the same release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageValue {
    /// Where it stands in `values.yaml`.
    pub path: KeyPath,
    /// The image.
    pub image: ArtifactName,
    /// What of it.
    pub part: ImagePart,
}

/// What a chart can say of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImagePart {
    /// `sha256:…` of its index.
    Digest,
    /// The first tag with the whole version in it.
    Tag,
    /// `ghcr.io/acme/app`.
    Repository,
    /// `ghcr.io`.
    Registry,
    /// `acme/app`.
    Path,
    /// `ghcr.io/acme/app:v1.0.0@sha256:…`.
    Reference,
}

impl ImagePart {
    /// All of them.
    pub const ALL: [ImagePart; 6] = [
        ImagePart::Digest,
        ImagePart::Tag,
        ImagePart::Repository,
        ImagePart::Registry,
        ImagePart::Path,
        ImagePart::Reference,
    ];

    /// The word for it in a configuration.
    pub fn word(self) -> &'static str {
        match self {
            ImagePart::Digest => "digest",
            ImagePart::Tag => "tag",
            ImagePart::Repository => "repository",
            ImagePart::Registry => "registry",
            ImagePart::Path => "path",
            ImagePart::Reference => "reference",
        }
    }

    /// What it is of a released image.
    pub fn of(self, repository: &ImageRepository, tag: &ImageTag, digest: &Digest) -> String {
        match self {
            ImagePart::Digest => digest.to_string(),
            ImagePart::Tag => tag.to_string(),
            ImagePart::Repository => repository.to_string(),
            ImagePart::Registry => repository.registry().as_str().to_owned(),
            ImagePart::Path => repository.path().to_owned(),
            ImagePart::Reference => Reference {
                repository: repository.clone(),
                tag: Some(tag.clone()),
                digest: Some(digest.clone()),
            }
            .to_string(),
        }
    }
}

impl fmt::Display for ImagePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
