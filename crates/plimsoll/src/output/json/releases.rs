//! All releases.

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::ledger::entry::Entry;
use plimsoll_engine::ledger::standing::Standings;
use plimsoll_engine::run::hearing::Hearing;
use serde::Serialize;

use super::problem::Problem;
use super::release::StateInfo;
use super::source::SourceInfo;
use super::whatis::{Certainty, StandingInfo, standing_heard};

/// `plimsoll.releases/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Releases {
    /// The schema's name.
    pub schema: &'static str,
    /// The product; null where a ledger was read that may have several.
    pub component: Option<String>,
    /// The newest published version that is no pre-release; null if there is none, or it is not known which one it is.
    pub latest: Option<String>,
    /// All of them, highest version first.
    pub releases: Vec<ListedRelease>,
    /// Charts that were released by themselves; absent if none was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub charts: Vec<ChartReleases>,
    /// Where the answer comes from.
    pub source: SourceInfo,
    /// What keeps this from being all that there is to know.
    pub problems: Vec<Problem>,
}

/// The releases of a chart by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChartReleases {
    /// The chart's name in the project.
    pub component: String,
    /// As of the product.
    pub latest: Option<String>,
    /// As of the product.
    pub releases: Vec<ListedRelease>,
}

/// One release of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedRelease {
    /// The version, without `v`.
    pub version: String,
    /// The product.
    pub component: String,
    /// The git tag.
    pub tag: String,
    /// How far it came.
    pub state: StateInfo,
    /// How it stands among the others.
    pub standing: StandingInfo,
    /// What replaces it.
    pub replaced_by: Option<String>,
    /// When it was sealed, RFC 3339.
    pub released: String,
    /// The commit.
    pub commit: String,
    /// Whether it is a pre-release.
    pub prerelease: bool,
    /// The names of its images.
    pub images: Vec<String>,
    /// Its charts.
    pub charts: Vec<ListedChart>,
}

/// A chart of a release of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedChart {
    /// What `Chart.yaml` calls it.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Releases {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.releases/v1";

    /// The list; `newest` is the release that counts as the newest, where that is known.
    pub fn of(
        component: Option<&ArtifactName>,
        entries: &[Entry],
        (newest, certainty): (Option<&Entry>, Certainty),
        said: &Hearing,
        source: SourceInfo,
        problems: &Findings,
    ) -> Releases {
        let standings = Standings::of(entries, &said.marks);
        let listed = |entry: &Entry| listed(entry, standing_heard(entry, &standings, said, certainty));
        Releases {
            schema: Releases::SCHEMA,
            component: component.map(ToString::to_string),
            latest: newest.map(|entry| entry.version.to_string()),
            releases: entries.iter().map(listed).collect(),
            charts: Vec::new(),
            source,
            problems: problems.all().iter().map(Problem::from).collect(),
        }
    }
}

fn listed(entry: &Entry, (standing, replaced_by): (StandingInfo, Option<String>)) -> ListedRelease {
    ListedRelease {
        version: entry.version.to_string(),
        component: entry.component.to_string(),
        tag: entry.tag.to_string(),
        state: entry.state.into(),
        standing,
        replaced_by,
        released: entry.time.to_string(),
        commit: entry.commit.to_string(),
        prerelease: entry.version.is_prerelease(),
        images: entry.images.iter().map(ToString::to_string).collect(),
        charts: entry
            .charts
            .iter()
            .map(|(name, version)| ListedChart { name: name.clone(), version: version.clone() })
            .collect(),
    }
}
