//! What changed between two releases.

mod charts;
mod lines;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::{ImageConfig, MANIFEST_LIMIT, Manifest, View};
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, StoreError};

use serde_json::{Map, Value};

use self::charts::compare_charts;
use self::lines::compare_lines;
use super::release::Release;
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::FileRole;
use crate::statement::record::RecordedImage;
use crate::world::ledger::LedgerView;
use crate::world::stores::StoresView;

pub use self::charts::{ChartDifference, ChartFileDifference, ChartsDifference};
pub use self::lines::Line;

/// What changed between two releases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Images that only the second has.
    pub added: Vec<String>,
    /// Images that only the first has.
    pub removed: Vec<String>,
    /// Images that both have with other content.
    pub changed: Vec<ImageDifference>,
    /// Images that are the same, byte for byte.
    pub same: Vec<String>,
    /// Charts.
    pub charts: ChartsDifference,
    /// Files that differ, by what they are.
    pub files: BTreeMap<FileRole, FileDifference>,
    /// The types of what is stated of an image or chart, where they differ.
    pub stated: BTreeMap<String, Change<BTreeSet<String>>>,
}

/// Before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<T> {
    /// In the first release.
    pub from: T,
    /// In the second.
    pub to: T,
}

/// What changed in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDifference {
    /// Its hash; none where there is no such file.
    pub hash: Change<Option<String>>,
    /// The lines that differ; none if the ledger does not have both files, with the hashes that they should have.
    pub lines: Option<Vec<Line>>,
}

/// What changed in one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageDifference {
    /// Its name in the project.
    pub name: String,
    /// Its index.
    pub digest: Change<Digest>,
    /// Labels that differ; none where there is none.
    pub labels: BTreeMap<String, Change<Option<String>>>,
    /// By platform.
    pub platforms: BTreeMap<String, PlatformDifference>,
}

/// What changed for one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlatformDifference {
    /// Only the second release has it.
    Added,
    /// Only the first has it.
    Removed,
    /// Both have it; the content was looked into.
    Changed(Box<ContentDifference>),
    /// Both have it; the content could not be looked into.
    Unread {
        /// The manifests.
        digest: Change<Digest>,
        /// Why not.
        why: String,
    },
}

/// What changed in the content of one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentDifference {
    /// The manifests.
    pub digest: Change<Digest>,
    /// Compressed bytes of all layers.
    pub size: Change<u64>,
    /// How many layers there are.
    pub layers: Change<usize>,
    /// Layers that only the second has.
    pub layers_added: Vec<(Digest, u64)>,
    /// Layers that only the first has.
    pub layers_removed: Vec<(Digest, u64)>,
    /// What differs of the configuration: `entrypoint`, `env.NAME`, `port.8080/tcp`; none where there is nothing.
    pub config: BTreeMap<String, Change<Option<String>>>,
}

/// What is stated of the images and charts that both releases have, where that differs by type.
fn compare_stated(from: &Release, to: &Release) -> BTreeMap<String, Change<BTreeSet<String>>> {
    let stated = |release: &Release, name: &ArtifactName| {
        let statements = release.seal.statements.iter();
        let of = statements.filter(|one| release.seal.is_of(&one.subject.digest, name));
        of.map(|one| one.predicate_type.to_string()).collect::<BTreeSet<String>>()
    };
    let both = from.seal.artifacts.keys().filter(|name| to.seal.artifacts.contains_key(*name));
    let changes = both.map(|name| (name, Change { from: stated(from, name), to: stated(to, name) }));
    let differ = changes.filter(|(_, change)| change.from != change.to);
    differ.map(|(name, change)| (name.to_string(), change)).collect()
}

/// Compares two releases. Content is read from the first repository of each image, files from the ledger.
pub async fn compare_releases(
    stores: &dyn StoresView,
    ledger: &dyn LedgerView,
    from: &Release,
    to: &Release,
) -> Difference {
    let mut difference = Difference::default();
    let (old, new) = (&from.record.docker_images, &to.record.docker_images);
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for name in names {
        match (old.get(name), new.get(name)) {
            (None, _) => difference.added.push(name.to_string()),
            (_, None) => difference.removed.push(name.to_string()),
            (Some(old), Some(new)) if old.digest == new.digest => difference.same.push(name.to_string()),
            (Some(old), Some(new)) => {
                difference.changed.push(compare_images(stores, name.to_string(), old, new).await);
            }
        }
    }
    difference.charts = compare_charts(stores, from, to).await;
    difference.stated = compare_stated(from, to);
    for role in FileRole::ALL {
        let hash = |release: &Release| release.record.file(role).and_then(|file| file.hash.clone());
        let hash = Change { from: hash(from), to: hash(to) };
        if hash.from != hash.to {
            let texts = (read_text(ledger, from, role).await, read_text(ledger, to, role).await);
            let lines = match texts {
                (Some(from), Some(to)) => Some(compare_lines(&from, &to)),
                _ => None,
            };
            difference.files.insert(role, FileDifference { hash, lines });
        }
    }
    difference
}

/// The text of a file of a release, empty if it has none; `None` if the ledger has no such file with the recorded hash.
async fn read_text(ledger: &dyn LedgerView, release: &Release, role: FileRole) -> Option<String> {
    let Some(recorded) = release.record.file(role) else { return Some(String::new()) };
    let bytes = ledger.read(&recorded.file).await.ok().flatten()?;
    let text = String::from_utf8(bytes).ok()?;
    (recorded.hash.as_deref() == Some(Digest::of(text.as_bytes()).hex())).then(|| readable(text, role))
}

/// An app-compose file is JSON with a compose file in one of its values: each key of it by line, and that file's lines.
fn readable(text: String, role: FileRole) -> String {
    let parsed =
        (role == FileRole::AppCompose).then(|| serde_json::from_str::<Map<String, Value>>(&text).ok());
    let Some(fields) = parsed.flatten() else { return text };
    let lines = fields.into_iter().flat_map(|(key, value)| match value {
        Value::String(text) if text.contains('\n') => {
            text.lines().map(|line| format!("{key}| {line}")).collect::<Vec<_>>()
        }
        value => vec![format!("{key}: {value}")],
    });
    lines.collect::<Vec<_>>().join("\n")
}

async fn compare_images(
    stores: &dyn StoresView,
    name: String,
    old: &RecordedImage,
    new: &RecordedImage,
) -> ImageDifference {
    let mut platforms = BTreeMap::new();
    let names: BTreeSet<_> = old.platforms.keys().chain(new.platforms.keys()).collect();
    for platform in names {
        let found = match (old.platforms.get(platform), new.platforms.get(platform)) {
            (None, _) => PlatformDifference::Added,
            (_, None) => PlatformDifference::Removed,
            (Some(a), Some(b)) if a == b => continue,
            (Some(a), Some(b)) => {
                let digest = Change { from: a.clone(), to: b.clone() };
                let both = async {
                    let before = read(&*stores.pull(&old.name), a).await?;
                    Ok::<_, StoreError>((before, read(&*stores.pull(&new.name), b).await?))
                };
                match both.await {
                    Ok((before, after)) => {
                        PlatformDifference::Changed(Box::new(compare_content(digest, &before, &after)))
                    }
                    Err(error) => PlatformDifference::Unread { digest, why: error.to_string() },
                }
            }
        };
        platforms.insert(platform.clone(), found);
    }
    ImageDifference {
        name,
        digest: Change { from: old.digest.clone(), to: new.digest.clone() },
        labels: compare_tables(&old.labels, &new.labels),
        platforms,
    }
}

/// One platform's content.
struct Content {
    layers: Vec<(Digest, u64)>,
    config: BTreeMap<String, String>,
}

async fn read(pull: &dyn Pull, digest: &Digest) -> Result<Content, StoreError> {
    let missing =
        |digest: &Digest| StoreError::Missing { place: "the registry".into(), digest: digest.clone() };
    let manifest: Manifest = pull.manifest(digest).await?.ok_or_else(|| missing(digest))?;
    let View::Image(image) = manifest.view() else {
        return Ok(Content { layers: Vec::new(), config: BTreeMap::new() });
    };
    let content = pull.blob(&image.config).await?.ok_or_else(|| missing(&image.config.digest))?;
    let config = ImageConfig::parse(&read_whole(&*content, MANIFEST_LIMIT).await?)?;
    let layers = image.layers.iter().map(|layer| (layer.digest.clone(), layer.size)).collect();
    Ok(Content { layers, config: describe(&config) })
}

/// What a container would notice, flat.
fn describe(config: &ImageConfig) -> BTreeMap<String, String> {
    let mut said = BTreeMap::new();
    let Some(execution) = &config.config else { return said };
    let list = |words: &Vec<String>| format!("[{}]", words.join(", "));
    let mut say = |key: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            said.insert(key.to_owned(), value);
        }
    };
    say("user", execution.user.clone());
    say("entrypoint", execution.entrypoint.as_ref().map(list));
    say("command", execution.cmd.as_ref().map(list));
    say("working-directory", execution.working_dir.clone());
    for variable in execution.env.iter().flatten() {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        said.insert(format!("env.{name}"), value.to_owned());
    }
    for port in execution.exposed_ports.iter().flat_map(BTreeMap::keys) {
        said.insert(format!("port.{port}"), "listens".to_owned());
    }
    for volume in execution.volumes.iter().flat_map(BTreeMap::keys) {
        said.insert(format!("volume.{volume}"), "kept outside".to_owned());
    }
    said
}

fn compare_content(digest: Change<Digest>, before: &Content, after: &Content) -> ContentDifference {
    let size = |content: &Content| content.layers.iter().map(|(_, size)| size).sum();
    let only = |of: &Content, other: &Content| -> Vec<(Digest, u64)> {
        of.layers.iter().filter(|layer| !other.layers.contains(layer)).cloned().collect()
    };
    ContentDifference {
        digest,
        size: Change { from: size(before), to: size(after) },
        layers: Change { from: before.layers.len(), to: after.layers.len() },
        layers_added: only(after, before),
        layers_removed: only(before, after),
        config: compare_tables(&before.config, &after.config),
    }
}

fn compare_tables(
    from: &BTreeMap<String, String>,
    to: &BTreeMap<String, String>,
) -> BTreeMap<String, Change<Option<String>>> {
    let keys: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let changes = keys.into_iter().map(|key| {
        let change = Change { from: from.get(key).cloned(), to: to.get(key).cloned() };
        (key.clone(), change)
    });
    changes.filter(|(_, change)| change.from != change.to).collect()
}
