//! Records and marks as OCI artifacts, and the tags under which they are found and kept.

use std::collections::BTreeMap;

use bytes::Bytes;
use plimsoll_oci::model::{Descriptor, ImageManifest, Manifest, MediaType};
use plimsoll_oci::name::{Digest, ImageTag};

use crate::domain::claim::{FileRole, SealedFile, SealedStatement};

/// The artifact type of a release's record.
pub const RECORD: MediaType = MediaType::literal("application/vnd.plimsoll.release.v2+json");
/// The same in the first format.
pub const FIRST_RECORD: MediaType = MediaType::literal("application/vnd.plimsoll.release.v1+json");
/// The media type of a statement.
pub const STATEMENT: MediaType = MediaType::literal("application/vnd.in-toto+json");
/// The media type of a record file.
pub const RECORD_FILE: MediaType = MediaType::literal("application/vnd.plimsoll.release-info.v2+json");
/// The media type of a compose file with pinned images.
const COMPOSE_FILE: MediaType = MediaType::literal("application/vnd.plimsoll.docker-compose.v1+yaml");
/// The media type of a dstack app-compose file.
const APP_COMPOSE_FILE: MediaType = MediaType::literal("application/vnd.plimsoll.app-compose.v1+json");
/// The artifact type of a mark: a yank, hold or lift.
pub const MARK: MediaType = MediaType::literal("application/vnd.plimsoll.mark.v1+json");
/// What every tag of ours that nobody looks for begins with.
pub const HIDDEN: &str = "plimsoll-";
/// What the tags of marks begin with.
pub const MARK_PREFIX: &str = "plimsoll-mark-";

/// Whether an artifact of this type is a release's record, of any format, later ones too.
pub fn is_record(kind: &MediaType) -> bool {
    kind.as_str().starts_with("application/vnd.plimsoll.release.v")
}

const TITLE: &str = "org.opencontainers.image.title";

/// One statement as an artifact: a manifest with the statement's bytes as its first layer, and files as further ones.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// The manifest.
    pub manifest: Manifest,
    /// The statement's descriptor; its digest is the statement's.
    pub layer: Descriptor,
    /// Every layer, the statement's first.
    pub layers: Vec<Layer>,
}

/// One layer of an artifact.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its descriptor.
    pub descriptor: Descriptor,
    /// Where its bytes are.
    pub bytes: LayerBytes,
}

/// Where the bytes of a layer are.
#[derive(Clone, Debug)]
pub enum LayerBytes {
    /// Here: they follow from the seal.
    Written(Bytes),
    /// Where the images are: in the workshop that made them, and beside every record of the release.
    Made,
}

/// One file that goes into an artifact.
#[derive(Clone, Debug)]
pub struct ArtifactFile {
    /// Its media type.
    pub media_type: MediaType,
    /// Its name.
    pub title: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Artifact {
    /// Wraps the statement `bytes` as an artifact of type `kind`; `title` is its file name.
    pub fn wrap(kind: MediaType, title: &str, bytes: Vec<u8>) -> Artifact {
        let file = ArtifactFile { media_type: kind.clone(), title: title.to_owned(), bytes };
        Artifact::wrap_files(kind, file, Vec::new(), Vec::new())
    }

    /// Wraps a statement and the files that it is about: those that are written, and the descriptors of those that were
    /// made ([`describe_file`]).
    pub fn wrap_files(
        kind: MediaType,
        statement: ArtifactFile,
        files: Vec<ArtifactFile>,
        made: Vec<Descriptor>,
    ) -> Artifact {
        let describe = |file: ArtifactFile| {
            let mut descriptor = Descriptor::of(file.media_type, &file.bytes);
            descriptor.annotations = BTreeMap::from([(TITLE.to_owned(), file.title)]);
            Layer { descriptor, bytes: LayerBytes::Written(Bytes::from(file.bytes)) }
        };
        let first = describe(statement);
        let layer = first.descriptor.clone();
        let made = made.into_iter().map(|descriptor| Layer { descriptor, bytes: LayerBytes::Made });
        let layers: Vec<_> =
            std::iter::once(first).chain(files.into_iter().map(describe)).chain(made).collect();
        let manifest = Manifest::from_image(ImageManifest {
            schema_version: 2,
            media_type: Some(MediaType::MANIFEST),
            artifact_type: Some(kind),
            config: Descriptor::empty(),
            layers: layers.iter().map(|layer| layer.descriptor.clone()).collect(),
            subject: None,
            annotations: BTreeMap::new(),
        });
        Artifact { manifest, layer, layers }
    }

    /// The statement of an artifact of type `kind`: its first layer; `None` for any other manifest.
    pub fn find_layer<'a>(manifest: &'a Manifest, kind: &MediaType) -> Option<&'a Descriptor> {
        let right = manifest.artifact_type() == Some(kind);
        // The first blob is the config, the second the first layer.
        manifest.blobs().nth(1).filter(|_| right)
    }
}

/// A file that was made, as a layer of the record; `None` if its size is not known. `name` is its name beside the record.
pub fn describe_file(role: FileRole, name: String, file: &SealedFile) -> Option<Descriptor> {
    let media_type = match role {
        FileRole::AppCompose => APP_COMPOSE_FILE,
        FileRole::DockerCompose => COMPOSE_FILE,
    };
    (file.size > 0).then(|| describe_titled(media_type, file.digest.clone(), file.size, name))
}

/// A layer with a file name.
pub fn describe_titled(media_type: MediaType, digest: Digest, size: u64, name: String) -> Descriptor {
    let mut descriptor = Descriptor::new(media_type, digest, size);
    descriptor.annotations = BTreeMap::from([(TITLE.to_owned(), name)]);
    descriptor
}

/// What BuildKit and Plimsoll say on a layer of the statement in it.
pub const STATED: &str = "in-toto.io/predicate-type";

/// A statement that was made before the seal, as a layer of the record. It has no name: it is no file of the ledger.
pub fn describe_statement(statement: &SealedStatement) -> Descriptor {
    let mut descriptor = Descriptor::new(STATEMENT, statement.digest.clone(), statement.size);
    descriptor.annotations = BTreeMap::from([(STATED.to_owned(), statement.predicate_type.uri().to_owned())]);
    descriptor
}

/// The file name of a layer.
pub fn find_title(layer: &Descriptor) -> Option<&str> {
    layer.annotations.get(TITLE).map(String::as_str)
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

/// How many characters of a digest are in a hold tag: as many as [`Digest::short`] has.
const SHORT: usize = 12;

/// Whether a tag is a hold tag of a version: one of another version may begin with the same.
pub fn is_hold_of(tag: &ImageTag, version: &str) -> bool {
    let kept = tag.as_str().strip_prefix(&hold_prefix(version));
    kept.is_some_and(|kept| kept.len() == SHORT && kept.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The tag of a mark.
pub fn mark_tag(digest: &Digest) -> ImageTag {
    hidden(&format!("{MARK_PREFIX}{}", digest.short()))
}

fn hidden(text: &str) -> ImageTag {
    text.parse().expect("letters, digits, dots, underscores and hyphens, fewer than 128")
}
