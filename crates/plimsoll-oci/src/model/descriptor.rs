//! Descriptors (OCI image-spec 1.1, "Content Descriptors").

use std::collections::BTreeMap;

use super::{MediaType, Platform};
use crate::name::Digest;

/// What some content is: type, digest, size, and what its parent says of it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// The content's media type.
    pub media_type: MediaType,
    /// The content's digest.
    pub digest: Digest,
    /// The content's length in bytes.
    pub size: u64,
    /// Where else the content may be had; only foreign layers use it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// Annotations on this mention of the content.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// What kind of artifact a manifest is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<MediaType>,
    /// What a manifest in an index runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
}

impl Descriptor {
    /// A bare descriptor of content known by digest.
    pub fn new(media_type: MediaType, digest: Digest, size: u64) -> Descriptor {
        Descriptor {
            media_type,
            digest,
            size,
            urls: Vec::new(),
            annotations: BTreeMap::new(),
            artifact_type: None,
            platform: None,
        }
    }

    /// A bare descriptor of `bytes`.
    pub fn of(media_type: MediaType, bytes: &[u8]) -> Descriptor {
        let size = u64::try_from(bytes.len()).expect("a length in memory fits 64 bits");
        Descriptor::new(media_type, Digest::of(bytes), size)
    }

    /// The descriptor of the empty JSON object, for artifacts without a config.
    pub fn empty() -> Descriptor {
        Descriptor::of(MediaType::EMPTY, b"{}")
    }
}
