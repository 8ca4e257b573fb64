//! What a site says of a release.

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::ledger::release::Release;
use plimsoll_engine::statement::record::{RecordedChart, RecordedFile};

use super::NewCommit;
use crate::output::json::release::ReleaseInfo;
use crate::output::json::whatis::StandingInfo;
use crate::output::shell::quote;

/// One release.
#[derive(Clone, Debug)]
pub struct SiteRelease {
    /// The release.
    pub info: ReleaseInfo,
    /// How it stands among the others.
    pub standing: StandingInfo,
    /// What replaces it.
    pub replaced_by: Option<String>,
    /// The files that deploy it.
    pub files: Vec<SiteFile>,
    /// Its charts.
    pub charts: Vec<SiteChart>,
    /// What is new since the release before it; none for the first.
    pub changes: Option<Changes>,
}

/// A file that deploys a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteFile {
    /// Its name, beside the record.
    pub name: String,
    /// The SHA-256 of its bytes in hexadecimal, where the record has it.
    pub hash: Option<String>,
}

/// A chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteChart {
    /// What `Chart.yaml` calls it.
    pub name: String,
    /// How Helm is asked for it.
    pub pull: String,
    /// Its version.
    pub version: String,
    /// The digest of its manifest.
    pub digest: String,
}

/// What is new since the release before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The git tag of the release before.
    pub since: String,
    /// Each image and chart of either.
    pub artifacts: Vec<(ArtifactKind, String, Changed)>,
    /// The files that differ, by name.
    pub files: Vec<String>,
    /// The commits, newest first; none where this clone does not have them.
    pub commits: Option<Vec<NewCommit>>,
}

/// What kind of artifact something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArtifactKind {
    /// An image.
    Image,
    /// A chart.
    Chart,
}

/// What became of an image or chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is new.
    Added,
    /// It is no longer there.
    Removed,
    /// It has other content.
    Changed,
    /// It is the same, byte for byte.
    Same,
}

impl SiteFile {
    /// Those of a release.
    pub fn of(release: &Release) -> Vec<SiteFile> {
        let files = [&release.record.docker_compose, &release.record.app_compose];
        let files = files.into_iter().flatten();
        files.map(|file| SiteFile { name: file.file.clone(), hash: file.hash.clone() }).collect()
    }
}

impl SiteChart {
    /// Those of a release.
    pub fn of(release: &Release) -> Vec<SiteChart> {
        let charts = release.record.whole.iter().flat_map(|whole| whole.charts.values());
        let chart = |chart: &RecordedChart| {
            let RecordedChart { name, version, .. } = chart;
            let place = match (&chart.tag, &chart.listed_in) {
                (None, Some(listed)) => format!("{} --repo {}", quote(name), quote(&listed.url)),
                _ => quote(&format!("oci://{}", chart.repository)),
            };
            let pull = format!("helm pull {place} --version {}", quote(version));
            SiteChart { name: name.clone(), pull, version: version.clone(), digest: chart.digest.to_string() }
        };
        charts.map(chart).collect()
    }
}

impl Changes {
    /// What differs between two releases by what is sealed of them.
    pub fn between(before: &Release, after: &Release, commits: Option<Vec<NewCommit>>) -> Changes {
        let (old, new) = (&before.seal.artifacts, &after.seal.artifacts);
        let kind = |release: &Release, name: &ArtifactName| match release.seal.charts.contains_key(name) {
            true => ArtifactKind::Chart,
            false => ArtifactKind::Image,
        };
        let mut artifacts: Vec<(ArtifactKind, String, Changed)> = new
            .iter()
            .map(|(name, digest)| {
                let changed = match old.get(name) {
                    None => Changed::Added,
                    Some(other) if other == digest => Changed::Same,
                    Some(_) => Changed::Changed,
                };
                (kind(after, name), name.to_string(), changed)
            })
            .collect();
        let gone = old.keys().filter(|name| !new.contains_key(*name));
        artifacts.extend(gone.map(|name| (kind(before, name), name.to_string(), Changed::Removed)));
        artifacts.sort_by(|(a, one, _), (b, other, _)| (a, one).cmp(&(b, other)));
        let (was, is) = (&before.record, &after.record);
        let files = [
            ("compose file", &was.docker_compose, &is.docker_compose),
            ("app-compose file", &was.app_compose, &is.app_compose),
        ];
        let hash = |file: &Option<RecordedFile>| file.as_ref().and_then(|file| file.hash.clone());
        let differ = files.into_iter().filter(|(_, was, is)| hash(was) != hash(is));
        Changes {
            since: before.tag.name.to_string(),
            artifacts,
            files: differ.map(|(name, ..)| name.to_owned()).collect(),
            commits,
        }
    }
}
