//! Records and marks as OCI artifacts, and the tags under which they are found and kept.

use std::collections::BTreeMap;

use bytes::Bytes;
use plimsoll_oci::model::{Descriptor, ImageManifest, Manifest, MediaType};
use plimsoll_oci::name::{Digest, ImageTag};

/// The artifact type of a release's record.
pub const RECORD: MediaType = MediaType::literal("application/vnd.plimsoll.release.v1+json");
/// The artifact type of a mark: a yank, hold or lift.
pub const MARK: MediaType = MediaType::literal("application/vnd.plimsoll.mark.v1+json");
/// What every tag of ours that nobody looks for begins with.
pub const HIDDEN: &str = "plimsoll-";
/// What the tags of marks begin with.
pub const MARK_PREFIX: &str = "plimsoll-mark-";

const TITLE: &str = "org.opencontainers.image.title";

/// One statement as an artifact: a manifest with the statement's bytes as its only layer.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// The manifest.
    pub manifest: Manifest,
    /// The statement's descriptor; its digest is the statement's.
    pub layer: Descriptor,
    /// The statement's bytes.
    pub bytes: Bytes,
}

impl Artifact {
    /// Wraps the statement `bytes` as an artifact of type `kind`; `title` is its file name.
    pub fn wrap(kind: MediaType, title: &str, bytes: Vec<u8>) -> Artifact {
        let mut layer = Descriptor::of(kind.clone(), &bytes);
        layer.annotations = BTreeMap::from([(TITLE.to_owned(), title.to_owned())]);
        let manifest = Manifest::from_image(ImageManifest {
            schema_version: 2,
            media_type: Some(MediaType::MANIFEST),
            artifact_type: Some(kind),
            config: Descriptor::empty(),
            layers: vec![layer.clone()],
            subject: None,
            annotations: BTreeMap::new(),
        });
        Artifact { manifest, layer, bytes: bytes.into() }
    }

    /// The only layer of an artifact of type `kind`; `None` for any other manifest.
    pub fn find_layer<'a>(manifest: &'a Manifest, kind: &MediaType) -> Option<&'a Descriptor> {
        let right = manifest.artifact_type() == Some(kind);
        // The first blob is the config, the second the only layer.
        manifest.blobs().nth(1).filter(|_| right)
    }
}

/// The hold tag of content of a version: keeps it from being collected while no version tag does.
pub fn hold_tag(version: &str, digest: &Digest) -> ImageTag {
    hidden(&format!("{}{}", hold_prefix(version), digest.short()))
}

/// What all hold tags of a version begin with.
pub fn hold_prefix(version: &str) -> String {
    let legal = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' };
    // Two of 128 characters are spared for very long versions; the digest's part must always fit.
    let version: String = version.chars().map(legal).take(100).collect();
    format!("{HIDDEN}{version}-")
}

/// The tag of a mark.
pub fn mark_tag(digest: &Digest) -> ImageTag {
    hidden(&format!("{MARK_PREFIX}{}", digest.short()))
}

fn hidden(text: &str) -> ImageTag {
    text.parse().expect("letters, digits, dots, underscores and hyphens, fewer than 128")
}
