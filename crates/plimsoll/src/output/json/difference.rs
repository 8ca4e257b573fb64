//! What changed between two releases.

mod charts;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_engine::domain::claim::FileRole;
use plimsoll_engine::ledger::difference::{
    Change, ContentDifference, Difference, FileDifference, ImageDifference, Line, PlatformDifference,
};
use plimsoll_engine::ledger::release::Release;
use plimsoll_oci::name::Digest;
use serde::Serialize;

use super::source::SourceInfo;

pub use self::charts::{ChartChanged, ChartsChanged};

/// `plimsoll.diff/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DifferenceInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// The versions, without `v`.
    pub versions: FromTo<String>,
    /// The commits.
    pub commits: FromTo<String>,
    /// What changed in the images.
    pub images: ImagesChanged,
    /// What changed in the charts.
    pub charts: ChartsChanged,
    /// Files that differ: `app-compose`, `docker-compose`.
    pub files: BTreeMap<&'static str, FileChanged>,
    /// The types of what is stated of an image or chart, where they differ.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attestations: BTreeMap<String, FromTo<BTreeSet<String>>>,
    /// True if the first is the newer one.
    pub backwards: bool,
    /// The commits that only the newer one has, newest first; null if this clone does not have them.
    pub log: Option<Vec<ListedCommit>>,
    /// Where the answer comes from.
    pub source: SourceInfo,
}

/// Before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FromTo<T> {
    /// In the first release.
    pub from: T,
    /// In the second.
    pub to: T,
}

/// What changed in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileChanged {
    /// Its hash.
    #[serde(flatten)]
    pub hash: FromTo<Option<String>>,
    /// The lines that differ; null if the ledger does not have both files as they were released.
    pub lines: Option<Vec<LineChanged>>,
}

/// One line that differs; of an app-compose file one key, or one line of the compose file in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineChanged {
    /// Only the first release has it.
    Gone(String),
    /// Only the second has it.
    New(String),
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedCommit {
    /// Its name.
    pub commit: String,
    /// The first line of its message.
    pub subject: String,
}

/// What changed in the images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImagesChanged {
    /// Only the second release has them.
    pub added: Vec<String>,
    /// Only the first has them.
    pub removed: Vec<String>,
    /// The same, byte for byte.
    pub same: Vec<String>,
    /// Both have them with other content.
    pub changed: Vec<ImageChanged>,
}

/// What changed in one image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageChanged {
    /// Its name in the project.
    pub name: String,
    /// Its index.
    pub digest: FromTo<String>,
    /// Labels that differ.
    pub labels: BTreeMap<String, FromTo<Option<String>>>,
    /// By platform.
    pub platforms: BTreeMap<String, PlatformChanged>,
}

/// What changed for one platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum PlatformChanged {
    /// Only the second release has it.
    Added,
    /// Only the first has it.
    Removed,
    /// Both have it.
    Changed {
        /// The manifests.
        digest: FromTo<String>,
        /// Compressed bytes of all layers.
        size: FromTo<u64>,
        /// How many layers there are.
        layers: FromTo<usize>,
        /// Layers that only the second has.
        layers_added: Vec<Layer>,
        /// Layers that only the first has.
        layers_removed: Vec<Layer>,
        /// Settings that differ: `user`, `entrypoint`, `command`, `env.NAME`, `port.8080/tcp`.
        config: BTreeMap<String, FromTo<Option<String>>>,
    },
    /// Both have it; the content could not be read.
    Unread {
        /// The manifests.
        digest: FromTo<String>,
        /// Why not.
        why: String,
    },
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Layer {
    /// Its digest.
    pub digest: String,
    /// Its size in bytes.
    pub size: u64,
}

impl DifferenceInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.diff/v1";

    /// What changed.
    pub fn of(
        from: &Release,
        to: &Release,
        difference: &Difference,
        log: Option<Vec<ListedCommit>>,
        source: SourceInfo,
    ) -> DifferenceInfo {
        let both = |of: fn(&Release) -> String| FromTo { from: of(from), to: of(to) };
        DifferenceInfo {
            schema: DifferenceInfo::SCHEMA,
            component: to.record.component.to_string(),
            versions: both(|release| release.record.version.clone()),
            commits: both(|release| release.tag.commit.to_string()),
            backwards: false,
            images: ImagesChanged {
                added: difference.added.clone(),
                removed: difference.removed.clone(),
                same: difference.same.clone(),
                changed: difference.changed.iter().map(image).collect(),
            },
            charts: charts::charts(&difference.charts),
            files: difference.files.iter().map(|(role, change)| (word(*role), file(change))).collect(),
            attestations: difference
                .stated
                .iter()
                .map(|(name, change)| {
                    let (from, to) = (change.from.clone(), change.to.clone());
                    (name.clone(), FromTo { from, to })
                })
                .collect(),
            log,
            source,
        }
    }
}

fn word(role: FileRole) -> &'static str {
    match role {
        FileRole::AppCompose => "app-compose",
        FileRole::DockerCompose => "docker-compose",
    }
}

fn file(of: &FileDifference) -> FileChanged {
    let lines = of.lines.as_ref().map(|lines| lines.iter().map(line).collect());
    FileChanged { hash: plain(&of.hash), lines }
}

fn line(line: &Line) -> LineChanged {
    match line {
        Line::Gone(line) => LineChanged::Gone(line.clone()),
        Line::New(line) => LineChanged::New(line.clone()),
    }
}

fn plain<T: Clone>(change: &Change<T>) -> FromTo<T> {
    FromTo { from: change.from.clone(), to: change.to.clone() }
}

fn digests(change: &Change<Digest>) -> FromTo<String> {
    FromTo { from: change.from.to_string(), to: change.to.to_string() }
}

fn table(of: &BTreeMap<String, Change<Option<String>>>) -> BTreeMap<String, FromTo<Option<String>>> {
    of.iter().map(|(key, change)| (key.clone(), plain(change))).collect()
}

fn image(of: &ImageDifference) -> ImageChanged {
    let platforms = of.platforms.iter().map(|(name, platform)| (name.clone(), changed(platform)));
    ImageChanged {
        name: of.name.clone(),
        digest: digests(&of.digest),
        labels: table(&of.labels),
        platforms: platforms.collect(),
    }
}

fn changed(of: &PlatformDifference) -> PlatformChanged {
    match of {
        PlatformDifference::Added => PlatformChanged::Added,
        PlatformDifference::Removed => PlatformChanged::Removed,
        PlatformDifference::Unread { digest, why } => {
            PlatformChanged::Unread { digest: digests(digest), why: why.clone() }
        }
        PlatformDifference::Changed(content) => content_changed(content),
    }
}

fn content_changed(of: &ContentDifference) -> PlatformChanged {
    let layers = |layers: &[(Digest, u64)]| {
        layers.iter().map(|(digest, size)| Layer { digest: digest.to_string(), size: *size }).collect()
    };
    PlatformChanged::Changed {
        digest: digests(&of.digest),
        size: plain(&of.size),
        layers: plain(&of.layers),
        layers_added: layers(&of.layers_added),
        layers_removed: layers(&of.layers_removed),
        config: table(&of.config),
    }
}
