//! Media types of OCI image-spec 1.1 and of Docker's image format, schema 2.

use std::borrow::Cow;
use std::fmt;

/// A media type; unknown ones are kept as they are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct MediaType(Cow<'static, str>);

impl MediaType {
    /// An OCI image index.
    pub const INDEX: MediaType = MediaType::literal("application/vnd.oci.image.index.v1+json");
    /// An OCI image manifest.
    pub const MANIFEST: MediaType = MediaType::literal("application/vnd.oci.image.manifest.v1+json");
    /// An OCI image config.
    pub const CONFIG: MediaType = MediaType::literal("application/vnd.oci.image.config.v1+json");
    /// An OCI layer, not compressed.
    pub const LAYER_TAR: MediaType = MediaType::literal("application/vnd.oci.image.layer.v1.tar");
    /// An OCI layer, compressed with gzip.
    pub const LAYER_GZIP: MediaType = MediaType::literal("application/vnd.oci.image.layer.v1.tar+gzip");
    /// An OCI layer, compressed with Zstandard.
    pub const LAYER_ZSTD: MediaType = MediaType::literal("application/vnd.oci.image.layer.v1.tar+zstd");
    /// The two bytes `{}`.
    pub const EMPTY: MediaType = MediaType::literal("application/vnd.oci.empty.v1+json");
    /// Docker's manifest list.
    pub const DOCKER_LIST: MediaType =
        MediaType::literal("application/vnd.docker.distribution.manifest.list.v2+json");
    /// Docker's image manifest.
    pub const DOCKER_MANIFEST: MediaType =
        MediaType::literal("application/vnd.docker.distribution.manifest.v2+json");
    /// Docker's image config.
    pub const DOCKER_CONFIG: MediaType = MediaType::literal("application/vnd.docker.container.image.v1+json");
    /// Docker's layer, compressed with gzip.
    pub const DOCKER_LAYER_GZIP: MediaType =
        MediaType::literal("application/vnd.docker.image.rootfs.diff.tar.gzip");

    /// A media type known when the program is written.
    pub const fn literal(text: &'static str) -> MediaType {
        MediaType(Cow::Borrowed(text))
    }

    /// The type as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for an OCI index and for Docker's manifest list.
    pub fn is_index(&self) -> bool {
        *self == MediaType::INDEX || *self == MediaType::DOCKER_LIST
    }

    /// True for an OCI image manifest and for Docker's.
    pub fn is_image(&self) -> bool {
        *self == MediaType::MANIFEST || *self == MediaType::DOCKER_MANIFEST
    }

    /// True for whatever registries keep as a manifest rather than as a blob.
    pub fn is_manifest(&self) -> bool {
        self.is_index() || self.is_image()
    }
}

impl From<String> for MediaType {
    fn from(text: String) -> MediaType {
        MediaType(Cow::Owned(text))
    }
}

impl From<&str> for MediaType {
    fn from(text: &str) -> MediaType {
        MediaType(Cow::Owned(text.to_owned()))
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
