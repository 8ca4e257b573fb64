//! The record of a release: `vX.Y.Z-release-info.json` (`docs/formats/release-info.md`).
//!
//! Its bytes are a function of tag and seal alone, so that any run on any machine writes the same.

use std::collections::BTreeMap;

use plimsoll_oci::model::MediaType;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::artifact::ArtifactName;
use crate::domain::canonical;
use crate::domain::claim::{ClaimName, Seal, SealedImage};
use crate::domain::git::{GitTag, Oid, TagAt};
use crate::domain::target::{Necessity, Target};
use crate::domain::time::Moment;

/// The format that this Plimsoll writes.
const FORMAT: u64 = 1;

/// A record, read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The file's format.
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
    /// Whatever newer versions added.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, Value>,
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
    #[error("{file} has format {found}, this version knows {FORMAT}")]
    Unknown {
        /// The file.
        file: String,
        /// The format found.
        found: u64,
    },
}

/// The name of a version's record file.
pub fn file_name(version: &str) -> String {
    format!("v{version}-release-info.json")
}

/// The version whose record file has this name.
pub fn find_version(file_name: &str) -> Option<&str> {
    file_name.strip_prefix('v')?.strip_suffix("-release-info.json")
}

/// What a record is made of, before its digest is in the seal.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Component and version.
    pub name: &'a ClaimName,
    /// The tag.
    pub tag: &'a TagAt,
    /// When the set was sealed.
    pub time: Moment,
    /// Name → digest.
    pub artifacts: &'a BTreeMap<ArtifactName, Digest>,
    /// What there is to say of each image.
    pub images: &'a BTreeMap<ArtifactName, SealedImage>,
    /// Where each goes.
    pub targets: &'a [Target],
}

impl Record {
    /// The record of a set.
    pub fn of(facts: Facts<'_>) -> Record {
        let image = |(name, digest): (&ArtifactName, &Digest)| {
            let sealed = facts.images.get(name)?;
            let mut targets = facts.targets.iter().filter(|target| target.artifact == *name);
            let first = targets.next()?;
            let mut all_tags = first.version_tags.clone();
            all_tags.extend(first.moving.iter().cloned());
            let mirrors = targets
                .map(|target| RecordedMirror {
                    repository: target.repository.clone(),
                    necessity: target.necessity,
                })
                .collect();
            let recorded = RecordedImage {
                name: first.repository.clone(),
                primary_tag: first.version_tags.first()?.clone(),
                all_tags,
                moving_tags: first.moving.clone(),
                digest: digest.clone(),
                media_type: sealed.media_type.to_string(),
                size: sealed.size,
                labels: sealed.labels.clone(),
                platforms: sealed.platforms.clone(),
                mirrors,
            };
            Some((name.clone(), recorded))
        };
        Record {
            format: FORMAT,
            component: facts.name.component.clone(),
            version: facts.name.version.clone(),
            release_date: facts.time.to_string(),
            git_commit: facts.tag.commit.clone(),
            git_ref: format!("refs/tags/{}", facts.tag.name),
            git_tag_object: facts.tag.object.clone(),
            docker_images: facts.artifacts.iter().filter_map(image).collect(),
            unknown: BTreeMap::new(),
        }
    }

    /// The record that a claim's seal names.
    pub fn of_seal(name: &ClaimName, tag: &TagAt, seal: &Seal) -> Record {
        let Seal { time, artifacts, images, targets, record: _ } = seal;
        Record::of(Facts { name, tag, time: *time, artifacts, images, targets })
    }

    /// The seal that this record stands for, `digest` being that of its bytes; `None` if it holds something that no
    /// seal could have said. First-wins tags are in no record and so not in this seal either.
    pub fn seal(&self, digest: Digest) -> Option<Seal> {
        let mut seal = Seal {
            time: Moment::parse(&self.release_date)?,
            artifacts: BTreeMap::new(),
            images: BTreeMap::new(),
            targets: Vec::new(),
            record: digest,
        };
        for (name, image) in &self.docker_images {
            seal.artifacts.insert(name.clone(), image.digest.clone());
            seal.images.insert(
                name.clone(),
                SealedImage {
                    media_type: MediaType::from(image.media_type.as_str()),
                    size: image.size,
                    platforms: image.platforms.clone(),
                    labels: image.labels.clone(),
                },
            );
            let fixed = image.all_tags.iter().filter(|tag| !image.moving_tags.contains(tag));
            let target = |repository: &ImageRepository, necessity| Target {
                artifact: name.clone(),
                repository: repository.clone(),
                necessity,
                version_tags: fixed.clone().cloned().collect(),
                first_wins: Vec::new(),
                moving: image.moving_tags.clone(),
            };
            seal.targets.push(target(&image.name, Necessity::Required));
            seal.targets
                .extend(image.mirrors.iter().map(|mirror| target(&mirror.repository, mirror.necessity)));
        }
        Some(seal)
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

    /// The file's bytes: sorted keys, indented, one newline at the end.
    pub fn bytes(&self) -> Vec<u8> {
        let value =
            serde_json::to_value(self).expect("a record of strings and numbers can be written as JSON");
        canonical::render_pretty(&value)
    }

    /// Reads a record file.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Record, RecordError> {
        let broken = |why: serde_json::Error| RecordError::Broken { file: file.into(), why: why.to_string() };
        let value: Value = serde_json::from_slice(bytes).map_err(broken)?;
        if let Some(found) = value.get("format").and_then(Value::as_u64).filter(|found| *found != FORMAT) {
            return Err(RecordError::Unknown { file: file.into(), found });
        }
        serde_json::from_value(value).map_err(broken)
    }
}
