//! What changed in the charts of two releases.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_helm::CHART_LIMIT;
use plimsoll_helm::archive::read_chart;
use plimsoll_helm::chart::Chart;
use plimsoll_helm::oci::CHART;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::StoreError;

use super::Change;
use super::lines::{Line, compare_lines};
use crate::ledger::release::Release;
use crate::statement::record::RecordedChart;
use crate::world::stores::StoresView;

/// What changed in charts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartsDifference {
    /// Charts that only the second release has.
    pub added: Vec<String>,
    /// Charts that only the first has.
    pub removed: Vec<String>,
    /// Charts that both have with other content.
    pub changed: Vec<ChartDifference>,
    /// Charts that are the same, byte for byte.
    pub same: Vec<String>,
}

/// What changed in one chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartDifference {
    /// Its name in the project.
    pub name: String,
    /// Its manifest.
    pub digest: Change<Digest>,
    /// Its version.
    pub version: Change<String>,
    /// The version of what it installs.
    pub app_version: Change<String>,
    /// Its files that differ, and those of charts inside it; or why they can't be read.
    pub files: Result<BTreeMap<String, ChartFileDifference>, String>,
}

/// What changed in one file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartFileDifference {
    /// The lines that differ, of texts.
    Lines(Vec<Line>),
    /// Its bytes, which are no text.
    Bytes,
}

/// Compares the charts of two releases, package by package.
pub(super) async fn compare_charts(
    stores: &dyn StoresView,
    from: &Release,
    to: &Release,
) -> ChartsDifference {
    let charts = |release: &Release| {
        release.record.whole.as_ref().map(|whole| whole.charts.clone()).unwrap_or_default()
    };
    let (old, new) = (charts(from), charts(to));
    let mut difference = ChartsDifference::default();
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for name in names {
        match (old.get(name), new.get(name)) {
            (None, _) => difference.added.push(name.to_string()),
            (_, None) => difference.removed.push(name.to_string()),
            (Some(old), Some(new)) if old.digest == new.digest => difference.same.push(name.to_string()),
            (Some(old), Some(new)) => {
                difference.changed.push(compare(stores, name.to_string(), old, new).await);
            }
        }
    }
    difference
}

async fn compare(
    stores: &dyn StoresView,
    name: String,
    old: &RecordedChart,
    new: &RecordedChart,
) -> ChartDifference {
    let both = async { Ok::<_, String>((read(stores, old).await?, read(stores, new).await?)) };
    let change =
        |value: fn(&RecordedChart) -> &String| Change { from: value(old).clone(), to: value(new).clone() };
    ChartDifference {
        name,
        digest: Change { from: old.digest.clone(), to: new.digest.clone() },
        version: change(|chart| &chart.version),
        app_version: change(|chart| &chart.app_version),
        files: both.await.map(|(old, new)| compare_files(&old, &new)),
    }
}

/// The files of a chart as it was released.
async fn read(stores: &dyn StoresView, chart: &RecordedChart) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let hash = chart.package.hash.as_deref().unwrap_or_default();
    let digest: Digest =
        format!("sha256:{hash}").parse().map_err(|_| "the record has no hash of it".to_owned())?;
    let blob = Descriptor::new(CHART, digest.clone(), chart.package.size.unwrap_or_default());
    let missing = || StoreError::Missing { place: chart.repository.to_string(), digest };
    let package = async {
        let content = stores.pull(&chart.repository).blob(&blob).await?.ok_or_else(missing)?;
        read_whole(&*content, CHART_LIMIT).await
    };
    let package = package.await.map_err(|error| error.to_string())?;
    let read = read_chart(&package).map_err(|error| error.to_string())?;
    let mut files = BTreeMap::new();
    collect(&read, "", &mut files);
    Ok(files)
}

fn collect(chart: &Chart, below: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for file in &chart.files {
        files.insert(format!("{below}{}", file.path), file.bytes.clone());
    }
    for inside in &chart.subcharts {
        collect(inside, &format!("{below}charts/{}/", inside.metadata.name), files);
    }
}

fn compare_files(
    old: &BTreeMap<String, Vec<u8>>,
    new: &BTreeMap<String, Vec<u8>>,
) -> BTreeMap<String, ChartFileDifference> {
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let compare = |path: &String| {
        let (old, new) = (old.get(path), new.get(path));
        if old == new {
            return None;
        }
        let text = |bytes: Option<&Vec<u8>>| match bytes {
            Some(bytes) => std::str::from_utf8(bytes).ok().map(str::to_owned),
            None => Some(String::new()),
        };
        let difference = match (text(old), text(new)) {
            (Some(old), Some(new)) => ChartFileDifference::Lines(compare_lines(&old, &new)),
            _ => ChartFileDifference::Bytes,
        };
        Some((path.clone(), difference))
    };
    paths.into_iter().filter_map(compare).collect()
}
