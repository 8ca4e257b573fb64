//! Files that scripts wrote under the same name before Plimsoll did: the same fields, without a format.
//!
//! They come from `docker/metadata-action`, so tags may stand as whole references, one per line, and labels as lines of
//! `name=value`.

use std::collections::BTreeMap;

use plimsoll_oci::model::MediaType;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use serde::Deserialize;

use super::{Record, RecordedFile, RecordedImage};
use crate::domain::artifact::ArtifactName;
use crate::domain::git::Oid;

#[derive(Deserialize)]
struct Seed {
    version: String,
    release_date: String,
    git_commit: Oid,
    git_ref: String,
    #[serde(default)]
    docker_images: BTreeMap<ArtifactName, SeedImage>,
    #[serde(default)]
    app_compose: Option<RecordedFile>,
    #[serde(default)]
    docker_compose: Option<RecordedFile>,
}

#[derive(Deserialize)]
struct SeedImage {
    name: ImageRepository,
    primary_tag: String,
    #[serde(default)]
    all_tags: Lines,
    digest: Digest,
    #[serde(default)]
    labels: Labels,
}

/// A list, or a text of lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lines {
    List(Vec<String>),
    Text(String),
}

/// A table, or a text of lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Labels {
    Table(BTreeMap<String, String>),
    Text(String),
}

impl Default for Lines {
    fn default() -> Lines {
        Lines::List(Vec::new())
    }
}

impl Default for Labels {
    fn default() -> Labels {
        Labels::Table(BTreeMap::new())
    }
}

impl Lines {
    fn all(self) -> Vec<String> {
        match self {
            Lines::List(list) => list,
            Lines::Text(text) => text.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect(),
        }
    }
}

impl Labels {
    fn all(self) -> BTreeMap<String, String> {
        match self {
            Labels::Table(table) => table,
            Labels::Text(text) => {
                let pairs = text.lines().filter_map(|line| line.split_once('='));
                pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
            }
        }
    }
}

/// Reads such a file as the record of `whose`.
pub(super) fn read(bytes: &[u8], whose: &ArtifactName) -> Result<Record, String> {
    let seed: Seed = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let version = seed.version.strip_prefix('v').unwrap_or(&seed.version).to_owned();
    let images = seed.docker_images.into_iter().map(|(name, image)| Ok((name, read_image(image, &version)?)));
    Ok(Record {
        format: 0,
        component: whose.clone(),
        docker_images: images.collect::<Result<_, String>>()?,
        version,
        release_date: seed.release_date,
        git_tag_object: seed.git_commit.clone(),
        git_commit: seed.git_commit,
        git_ref: seed.git_ref,
        app_compose: seed.app_compose.map(base_name),
        docker_compose: seed.docker_compose.map(base_name),
        signing: None,
        whole: None,
        adopted: false,
        unknown: BTreeMap::new(),
    })
}

/// Tags without the whole version in them move.
fn read_image(image: SeedImage, version: &str) -> Result<RecordedImage, String> {
    let primary_tag = read_tag(&image.primary_tag)?;
    let mut all_tags = image.all_tags.all().iter().map(|tag| read_tag(tag)).collect::<Result<Vec<_>, _>>()?;
    if !all_tags.contains(&primary_tag) {
        all_tags.insert(0, primary_tag.clone());
    }
    let moves = |tag: &&ImageTag| !tag.as_str().contains(version);
    Ok(RecordedImage {
        name: image.name,
        primary_tag,
        moving_tags: all_tags.iter().filter(moves).cloned().collect(),
        all_tags,
        digest: image.digest,
        media_type: MediaType::INDEX.to_string(),
        size: 0,
        labels: image.labels.all(),
        platforms: BTreeMap::new(),
        mirrors: Vec::new(),
    })
}

/// `1.0.0` of `acme/app:1.0.0`.
fn read_tag(text: &str) -> Result<ImageTag, String> {
    let tag = text.trim().rsplit(':').next().unwrap_or_default();
    tag.parse().map_err(|error| format!("`{text}`: {error}"))
}

/// The files stand beside the record, whatever folder they were made in.
fn base_name(file: RecordedFile) -> RecordedFile {
    let name = file.file.rsplit('/').next().unwrap_or_default().to_owned();
    let hash = file.hash.map(|hash| hash.trim_start_matches("sha256:").to_owned());
    RecordedFile { file: name, hash, size: file.size }
}
