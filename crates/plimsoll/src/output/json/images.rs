//! The images of a release.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::claim::Seal;
use plimsoll_engine::domain::line::MovingTag;
use plimsoll_engine::domain::marks::ComponentMarks;
use plimsoll_engine::domain::target::Necessity;
use plimsoll_engine::ledger::release::Release;
use plimsoll_engine::run::stop::MirrorTrouble;
use plimsoll_oci::name::ImageRepository;
use serde::Serialize;

use super::source::SourceInfo;

/// `plimsoll.images/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Images {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// The version, without `v`.
    pub version: String,
    /// The images, by name.
    pub images: Vec<ReleasedImage>,
    /// Where the answer comes from; nothing of a release that was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceInfo>,
}

/// One image of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReleasedImage {
    /// Its name in the project.
    pub name: String,
    /// Where it is, without tag: `ghcr.io/acme/app`.
    pub repository: String,
    /// The digest of its index.
    pub digest: String,
    /// The media type of its index.
    pub media_type: String,
    /// Every tag that the release gives it; those that move come last.
    pub tags: Vec<String>,
    /// The first tag with the whole version in it.
    pub primary_tag: String,
    /// Those of the tags that move.
    pub moving_tags: Vec<String>,
    /// Those of the tags that move which promotions asked for.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub promoted_tags: BTreeSet<String>,
    /// Those that move and are known to be at another release now: people are not shown them.
    #[serde(rename = "tags_elsewhere", skip_serializing_if = "BTreeSet::is_empty")]
    pub elsewhere: BTreeSet<String>,
    /// Platform → digest of its manifest.
    pub platforms: BTreeMap<String, String>,
    /// Further repositories with the same bytes.
    pub mirrors: Vec<ImageMirror>,
    /// The labels of its config.
    pub labels: BTreeMap<String, String>,
}

/// A further repository of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageMirror {
    /// Where.
    pub repository: String,
    /// `required` or `optional`: whether the release waited for it.
    pub necessity: Necessity,
}

impl Images {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.images/v1";

    /// The images of a release.
    pub fn of(component: &ArtifactName, version: &str, seal: &Seal, source: SourceInfo) -> Images {
        Images {
            schema: Images::SCHEMA,
            component: component.to_string(),
            version: version.to_owned(),
            images: images_of(seal),
            source: Some(source),
        }
    }
}

impl ReleasedImage {
    /// The tags that are at this release, as far as is known.
    pub fn own_tags(&self) -> impl Iterator<Item = &String> {
        self.tags.iter().filter(|tag| !self.elsewhere.contains(*tag))
    }

    /// The same of the tags that promotions asked for.
    pub fn own_promoted_tags(&self) -> impl Iterator<Item = &String> {
        self.promoted_tags.difference(&self.elsewhere)
    }
}

/// Adds the tags that promotions of a release ask for.
pub fn add_promoted(images: &mut [ReleasedImage], release: &Release, marks: &ComponentMarks) {
    let marks = marks.of(&release.record.component);
    let promotions = marks.promotions(&release.record.version);
    let believed = promotions.filter(|one| one.is_of(&release.seal.record, &release.tag.commit));
    for channel in believed.flat_map(|promotion| promotion.channels) {
        let (name, repository) = (channel.artifact.to_string(), channel.repository.to_string());
        let Some(image) =
            images.iter_mut().find(|image| image.name == name && image.repository == repository)
        else {
            continue;
        };
        for tag in channel.tags.iter().map(ToString::to_string) {
            if !image.tags.contains(&tag) {
                image.tags.push(tag.clone());
                image.moving_tags.push(tag.clone());
            }
            image.promoted_tags.insert(tag);
        }
    }
}

/// Notes which moving tags are at another release.
pub fn leave_out(images: &mut [ReleasedImage], elsewhere: &[MovingTag]) {
    for image in images {
        let own = elsewhere.iter().filter(|(repository, _)| repository.to_string() == image.repository);
        image.elsewhere.extend(own.map(|(_, tag)| tag.to_string()));
    }
}

/// Takes mirrors that were left behind from among those that have the images, and gives their names.
pub fn leave_out_mirrors<'a>(
    mirrors: impl Iterator<Item = &'a mut Vec<ImageMirror>>,
    behind: &[(ImageRepository, MirrorTrouble)],
) -> Vec<String> {
    let behind: Vec<String> = behind.iter().map(|(repository, _)| repository.to_string()).collect();
    for of_image in mirrors {
        of_image.retain(|mirror| !behind.contains(&mirror.repository));
    }
    behind
}

/// The images of a seal, by name.
pub fn images_of(seal: &Seal) -> Vec<ReleasedImage> {
    seal.artifacts
        .iter()
        .filter_map(|(name, digest)| {
            let sealed = seal.images.get(name)?;
            let mut targets = seal.targets.iter().filter(|target| target.artifact == *name);
            let first = targets.next()?;
            let moving_tags: Vec<String> = first.moving.iter().map(ToString::to_string).collect();
            let mut tags: Vec<String> = first.version_tags.iter().map(ToString::to_string).collect();
            let primary_tag = tags.first().cloned().unwrap_or_default();
            tags.extend(moving_tags.iter().cloned());
            let mirrors = targets.map(|target| ImageMirror {
                repository: target.repository.to_string(),
                necessity: target.necessity,
            });
            Some(ReleasedImage {
                name: name.to_string(),
                repository: first.repository.to_string(),
                digest: digest.to_string(),
                media_type: sealed.media_type.to_string(),
                tags,
                primary_tag,
                moving_tags,
                promoted_tags: BTreeSet::new(),
                elsewhere: BTreeSet::new(),
                platforms: sealed
                    .platforms
                    .iter()
                    .map(|(platform, digest)| (platform.clone(), digest.to_string()))
                    .collect(),
                mirrors: mirrors.collect(),
                labels: sealed.labels.clone(),
            })
        })
        .collect()
}
