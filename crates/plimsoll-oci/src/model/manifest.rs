//! Indexes and manifests: the bytes as they are, and a view of them.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{Descriptor, MediaType};
use crate::name::Digest;

/// The largest manifest that is read: 4 MiB, what registries must accept (OCI distribution-spec 1.1).
pub const MANIFEST_LIMIT: u64 = 4 * 1024 * 1024;

/// An index or image manifest: its bytes, its digest and a parsed view.
#[derive(Clone, Debug)]
pub struct Manifest {
    bytes: Bytes,
    descriptor: Descriptor,
    view: View,
}

/// What a manifest's bytes say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// Several platforms.
    Index(Box<ImageIndex>),
    /// One image or artifact.
    Image(Box<ImageManifest>),
}

/// The view of an index.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageIndex {
    /// Always 2.
    pub schema_version: u32,
    /// The index's own media type, where it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// What kind of artifact it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<MediaType>,
    /// Its manifests, in order.
    pub manifests: Vec<Descriptor>,
    /// The manifest that this one refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// The view of an image manifest or artifact manifest.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageManifest {
    /// Always 2.
    pub schema_version: u32,
    /// The manifest's own media type, where it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// What kind of artifact it is; absent for images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<MediaType>,
    /// The config.
    pub config: Descriptor,
    /// The layers, lowest first.
    pub layers: Vec<Descriptor>,
    /// The manifest that this one refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// Why bytes are no manifest or config that can be worked with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Larger than [`MANIFEST_LIMIT`].
    #[error("a manifest of {size} bytes is larger than the limit of {MANIFEST_LIMIT}")]
    TooLarge {
        /// The size found.
        size: u64,
    },
    /// Not the JSON that it should be.
    #[error("{what} {digest} can't be read: {why}")]
    Json {
        /// The digest of the bytes.
        digest: Digest,
        /// `index`, `manifest` or `config`.
        what: &'static str,
        /// What the parser says.
        why: String,
    },
    /// A manifest of a kind that is not supported, such as Docker's schema 1.
    #[error("manifest {digest} has media type `{found}`, which is neither an index nor an image manifest")]
    Kind {
        /// The digest of the bytes.
        digest: Digest,
        /// The media type found.
        found: String,
    },
    /// The bytes name one media type, whoever served them another.
    #[error("manifest {digest} says it is `{inside}` but was served as `{outside}`")]
    Disagree {
        /// The digest of the bytes.
        digest: Digest,
        /// The type in the bytes.
        inside: MediaType,
        /// The type beside them.
        outside: MediaType,
    },
    /// The bytes are an index to one reader and an image to another (CVE-2021-41190).
    #[error(
        "manifest {digest} is an index and an image at once: it has `manifests` beside `config` or `layers`"
    )]
    Both {
        /// The digest of the bytes.
        digest: Digest,
    },
    /// `schemaVersion` is not 2.
    #[error("manifest {digest} has schemaVersion {found}, only 2 is supported")]
    SchemaVersion {
        /// The digest of the bytes.
        digest: Digest,
        /// The version found.
        found: u32,
    },
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Peek {
    media_type: Option<MediaType>,
    #[serde(default)]
    manifests: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    config: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    layers: Option<serde::de::IgnoredAny>,
}

impl Manifest {
    /// Reads a manifest. `served_as` is the media type that came beside the bytes (a `Content-Type`, a
    /// descriptor); where it is absent or generic, the bytes decide. If both name a type they must agree, and no bytes
    /// may have the fields of both, since a manifest that is an index to one reader and an image to another has no single
    /// meaning.
    pub fn parse(bytes: Bytes, served_as: Option<&MediaType>) -> Result<Manifest, ModelError> {
        let size = u64::try_from(bytes.len()).expect("a length in memory fits 64 bits");
        if size > MANIFEST_LIMIT {
            return Err(ModelError::TooLarge { size });
        }
        let digest = Digest::of(&bytes);
        let json = |what| {
            let digest = digest.clone();
            move |why: serde_json::Error| ModelError::Json { digest, what, why: why.to_string() }
        };
        let peek: Peek = serde_json::from_slice(&bytes).map_err(json("manifest"))?;
        if peek.manifests.is_some() && (peek.config.is_some() || peek.layers.is_some()) {
            return Err(ModelError::Both { digest });
        }
        let served_as = served_as.filter(|served| served.is_manifest());
        let media_type = match (peek.media_type, served_as) {
            (Some(inside), Some(outside)) if inside != *outside => {
                return Err(ModelError::Disagree { digest, inside, outside: outside.clone() });
            }
            (Some(inside), _) => inside,
            (None, Some(outside)) => outside.clone(),
            (None, None) if peek.manifests.is_some() => MediaType::INDEX,
            (None, None) => MediaType::MANIFEST,
        };
        let (view, schema_version) = if media_type.is_index() {
            let index: ImageIndex = serde_json::from_slice(&bytes).map_err(json("index"))?;
            let version = index.schema_version;
            (View::Index(Box::new(index)), version)
        } else if media_type.is_image() {
            let image: ImageManifest = serde_json::from_slice(&bytes).map_err(json("manifest"))?;
            let version = image.schema_version;
            (View::Image(Box::new(image)), version)
        } else {
            return Err(ModelError::Kind { digest, found: media_type.to_string() });
        };
        if schema_version != 2 {
            return Err(ModelError::SchemaVersion { digest, found: schema_version });
        }
        let descriptor = Descriptor::new(media_type, digest, size);
        Ok(Manifest { bytes, descriptor, view })
    }

    /// The same manifest under another digest that its bytes have, of another algorithm.
    pub(crate) fn known_as(mut self, digest: Digest) -> Manifest {
        self.descriptor.digest = digest;
        self
    }

    /// Writes an index of our own making.
    pub fn from_index(index: ImageIndex) -> Manifest {
        let bytes =
            serde_json::to_vec(&index).expect("an index of strings and numbers can be written as JSON");
        let media_type = index.media_type.clone().unwrap_or(MediaType::INDEX);
        let descriptor = Descriptor::of(media_type, &bytes);
        Manifest { bytes: bytes.into(), descriptor, view: View::Index(Box::new(index)) }
    }

    /// Writes an image or artifact manifest of our own making.
    pub fn from_image(image: ImageManifest) -> Manifest {
        let bytes =
            serde_json::to_vec(&image).expect("a manifest of strings and numbers can be written as JSON");
        let media_type = image.media_type.clone().unwrap_or(MediaType::MANIFEST);
        let descriptor = Descriptor::of(media_type, &bytes);
        Manifest { bytes: bytes.into(), descriptor, view: View::Image(Box::new(image)) }
    }

    /// The bytes, as they were received or made.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Media type, digest and size of the bytes.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// The digest of the bytes.
    pub fn digest(&self) -> &Digest {
        &self.descriptor.digest
    }

    /// The media type.
    pub fn media_type(&self) -> &MediaType {
        &self.descriptor.media_type
    }

    /// What the bytes say.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The manifests that an index lists; none for an image.
    pub fn children(&self) -> &[Descriptor] {
        match &self.view {
            View::Index(index) => &index.manifests,
            View::Image(_) => &[],
        }
    }

    /// Config and layers of an image; none for an index.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        let image = match &self.view {
            View::Index(_) => None,
            View::Image(image) => Some(image),
        };
        image.into_iter().flat_map(|image| std::iter::once(&image.config).chain(&image.layers))
    }

    /// The manifest that this one refers to.
    pub fn subject(&self) -> Option<&Descriptor> {
        match &self.view {
            View::Index(index) => index.subject.as_ref(),
            View::Image(image) => image.subject.as_ref(),
        }
    }

    /// Annotations.
    pub fn annotations(&self) -> &BTreeMap<String, String> {
        match &self.view {
            View::Index(index) => &index.annotations,
            View::Image(image) => &image.annotations,
        }
    }

    /// The artifact type as referrer lists show it: its own, else the config's media type; none for an index
    /// without one (OCI distribution-spec 1.1, "Listing Referrers").
    pub fn artifact_type(&self) -> Option<&MediaType> {
        match &self.view {
            View::Index(index) => index.artifact_type.as_ref(),
            View::Image(image) => Some(image.artifact_type.as_ref().unwrap_or(&image.config.media_type)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const IMAGE: &str = r#"{ "schemaVersion": 2, "unknown": {"a": [1]},
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2,
            "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
        "layers": [] }"#;

    #[test]
    fn keeps_the_bytes() {
        let manifest = Manifest::parse(Bytes::from_static(IMAGE.as_bytes()), None).unwrap();
        assert_eq!(manifest.bytes(), IMAGE.as_bytes());
        assert_eq!(*manifest.digest(), Digest::of(IMAGE.as_bytes()));
        assert_eq!(*manifest.media_type(), MediaType::MANIFEST);
        assert_eq!(manifest.artifact_type(), Some(&MediaType::EMPTY));
        assert_eq!(manifest.blobs().count(), 1);
    }

    #[test]
    fn writes_what_it_reads() {
        let index = ImageIndex {
            schema_version: 2,
            media_type: Some(MediaType::INDEX),
            artifact_type: None,
            manifests: vec![Descriptor::empty()],
            subject: None,
            annotations: BTreeMap::from([("a".into(), "b".into())]),
        };
        let made = Manifest::from_index(index.clone());
        let read = Manifest::parse(made.bytes().clone(), Some(&MediaType::INDEX)).unwrap();
        assert_eq!(read.descriptor(), made.descriptor());
        assert_eq!(*read.view(), View::Index(Box::new(index)));
    }

    #[test]
    fn refuses_what_has_two_meanings() {
        let text = IMAGE.replacen('{', r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json","#, 1);
        let wrong = Manifest::parse(text.into(), Some(&MediaType::INDEX));
        assert!(matches!(wrong, Err(ModelError::Disagree { .. })), "{wrong:?}");
        let old = Manifest::parse(Bytes::from_static(br#"{"schemaVersion":1,"config":0,"layers":[]}"#), None);
        assert!(matches!(old, Err(ModelError::Json { .. })), "{old:?}");
        let html = Manifest::parse(Bytes::from_static(b"<html>"), None);
        assert!(matches!(html, Err(ModelError::Json { .. })), "{html:?}");
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = Manifest::parse(bytes.into(), None);
        }
    }
}
