//! The manifest of a package, its config and its layers.

use std::collections::BTreeMap;

use bytes::Bytes;
use plimsoll_oci::model::{Descriptor, ImageManifest, Manifest, MediaType};
use plimsoll_oci::name::{ImageTag, ImageTagError};

use super::json::escape_as_go;
use crate::archive::{ArchiveError, read_chart};
use crate::chart::{Maintainer, Metadata};

/// The media type of the config: the chart's metadata.
pub const CONFIG: MediaType = MediaType::literal("application/vnd.cncf.helm.config.v1+json");
/// The media type of the package.
pub const CHART: MediaType = MediaType::literal("application/vnd.cncf.helm.chart.content.v1.tar+gzip");
/// The media type of its PGP provenance.
pub const PROVENANCE: MediaType = MediaType::literal("application/vnd.cncf.helm.chart.provenance.v1.prov");

const TITLE: &str = "org.opencontainers.image.title";
const VERSION: &str = "org.opencontainers.image.version";

/// A package, ready for a registry.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// What the chart says of itself.
    pub metadata: Metadata,
    /// The tag that Helm looks for.
    pub tag: ImageTag,
    /// The manifest.
    pub manifest: Manifest,
    /// The blobs that it names.
    pub blobs: Vec<(Descriptor, Bytes)>,
}

/// Why a package can't become an artifact.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// It can't be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Its version can't be a tag.
    #[error("its version can't be a tag: {0}")]
    Tag(#[from] ImageTagError),
}

/// The tag of a version: tags can't hold `+`, so that Helm writes `_`.
///
/// # Errors
/// The version is longer than a tag, or holds what tags can't.
pub fn tag_of(version: &str) -> Result<ImageTag, ImageTagError> {
    version.replace('+', "_").parse()
}

impl Artifact {
    /// Makes the artifact of a package. `created` is the time that it says, in RFC 3339.
    ///
    /// # Errors
    /// See [`ArtifactError`].
    pub fn of_package(
        package: Bytes,
        provenance: Option<Bytes>,
        created: &str,
    ) -> Result<Artifact, ArtifactError> {
        let metadata = read_chart(&package)?.metadata;
        let tag = tag_of(&metadata.version)?;
        let json = serde_json::to_string(&metadata).expect("texts, truths and lists can be written as JSON");
        let config = Bytes::from(escape_as_go(&json));
        let blob = |kind: MediaType, bytes: Bytes| (Descriptor::of(kind, &bytes), bytes);
        let mut layers = vec![blob(CHART, package)];
        layers.extend(provenance.map(|provenance| blob(PROVENANCE, provenance)));
        // As Helm has them: so the chart is not always the first.
        layers.sort_by(|(one, _), (other, _)| one.digest.hex().cmp(other.digest.hex()));
        let config = blob(CONFIG, config);
        let manifest = ImageManifest {
            schema_version: 2,
            media_type: None,
            artifact_type: None,
            config: config.0.clone(),
            layers: layers.iter().map(|(descriptor, _)| descriptor.clone()).collect(),
            subject: None,
            annotations: annotations(&metadata, created),
        };
        let json = serde_json::to_string(&manifest).expect("texts, numbers and lists can be written as JSON");
        let manifest = Manifest::parse(Bytes::from(escape_as_go(&json)), Some(&MediaType::MANIFEST))
            .map_err(|_| ImageTagError::TooLong(metadata.version.clone()))?;
        Ok(Artifact { metadata, tag, manifest, blobs: std::iter::once(config).chain(layers).collect() })
    }
}

/// What the manifest says: the chart's own annotations too, which can't change title and version.
fn annotations(metadata: &Metadata, created: &str) -> BTreeMap<String, String> {
    let authors: Vec<String> = metadata.maintainers.iter().map(author).collect();
    let said = [
        (TITLE, metadata.name.as_str()),
        (VERSION, metadata.version.as_str()),
        ("org.opencontainers.image.description", metadata.description.as_str()),
        ("org.opencontainers.image.url", metadata.home.as_str()),
        ("org.opencontainers.image.source", metadata.sources.first().map_or("", String::as_str)),
        ("org.opencontainers.image.authors", &authors.join(", ")),
        ("org.opencontainers.image.created", created),
    ];
    let said = said.into_iter().filter(|(_, value)| !value.trim().is_empty());
    let mut annotations: BTreeMap<String, String> =
        said.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    for (key, value) in
        metadata.annotations.iter().filter(|(key, _)| ![TITLE, VERSION].contains(&key.as_str()))
    {
        annotations.insert(key.clone(), value.clone());
    }
    annotations
}

fn author(maintainer: &Maintainer) -> String {
    match maintainer.email.as_str() {
        "" => maintainer.name.clone(),
        email => format!("{} ({email})", maintainer.name),
    }
}

#[cfg(test)]
mod tests;
