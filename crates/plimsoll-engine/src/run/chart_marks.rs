//! Listed charts of versions that are yanked: marked, so that whoever searches a chart repository sees it.

use bytes::Bytes;
use plimsoll_helm::CHART_LIMIT;
use plimsoll_helm::archive::read_chart;
use plimsoll_helm::index::Use;
use plimsoll_helm::oci::CHART;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::ImageRepository;

use super::stop::Stop;
use super::swap::read;
use crate::domain::artifact::ArtifactName;
use crate::domain::chart::ListedVersion;
use crate::domain::claim::{ClaimName, SealedChart};
use crate::domain::event::Event;
use crate::domain::marks::Marks;
use crate::domain::project::Project;
use crate::plan::saying::{Saying, Settlement};
use crate::ship::key::{Counted, Key as _, Published};
use crate::ship::mark_chart::MarkChart;
use crate::ship::push::{find_blob, sources};
use crate::ship::{Ensured, Observation, Step, ensure};
use crate::statement::record::{Record, RecordedChart, file_name};
use crate::world::World;

/// The marks that would be written by what is said.
pub(crate) async fn foresee_marks(
    world: &World,
    project: &Project,
    saying: &Saying,
    settlement: &Settlement,
) -> Result<Vec<ListedVersion>, Stop> {
    let mut needed = Vec::new();
    for step in find_marks(world, project, saying, settlement).await? {
        if let Observation::Needed(_) = Step::<Counted>::observe(&step, world.eyes()).await? {
            needed.push(step.version);
        }
    }
    Ok(needed)
}

/// Makes the marks of listed charts follow what is said. Gives those that were written.
pub(crate) async fn mark_charts(
    world: &World,
    project: &Project,
    key: &Counted,
    saying: &Saying,
    settlement: &Settlement,
) -> Result<Vec<ListedVersion>, Stop> {
    let mut written = Vec::new();
    for step in find_marks(world, project, saying, settlement).await? {
        if ensure(world, key, &step).await? == Ensured::Made {
            world.watcher.see(Event::Note(format!("{}: marked in its chart repository", step.version)));
            written.push(step.version);
        }
    }
    Ok(written)
}

/// Marks the charts of a version that is yanked: who yanked it marks what was listed then. Gives whether one was written.
pub(crate) async fn mark_yanked(
    world: &World,
    published: &Published,
    version: &str,
    marks: &Marks,
) -> Result<Ensured, Stop> {
    let mut marked = Ensured::Already;
    if marks.yanked(version) {
        for version in published.seal().charts.values().filter_map(SealedChart::listed_version) {
            let step = MarkChart { version, wanted: Use::Yanked };
            if ensure(world, published, &step).await? == Ensured::Made {
                marked = Ensured::Made;
            }
        }
    }
    Ok(marked)
}

/// The marks that listed charts are to have.
async fn find_marks(
    world: &World,
    project: &Project,
    saying: &Saying,
    settlement: &Settlement,
) -> Result<Vec<MarkChart>, Stop> {
    match saying {
        Saying::Yank { .. } | Saying::Unyank { .. } => {}
        Saying::RollBack { .. } | Saying::Unhold { .. } | Saying::Promote { .. } => return Ok(Vec::new()),
    }
    let mut marks = Vec::new();
    for version in &settlement.about {
        for listed in find_listed(world, project, version).await? {
            let wanted = match saying {
                Saying::Unyank { .. } => judge(world, &listed).await,
                _ => Use::Yanked,
            };
            marks.push(MarkChart { version: listed.version, wanted });
        }
    }
    Ok(marks)
}

/// A chart that is listed, and where its package is.
struct ListedChart {
    version: ListedVersion,
    /// Old records may not say it.
    package: Option<Descriptor>,
    places: Vec<ImageRepository>,
}

/// How a chart stands that is not yanked any more: by its own package, as Helm drops what tells our mark from the chart's own.
async fn judge(world: &World, listed: &ListedChart) -> Use {
    match read_listed(world, listed).await.and_then(|package| read_chart(&package).ok()) {
        Some(chart) if chart.metadata.deprecated => Use::Open,
        Some(_) => Use::Undeprecated,
        None => {
            let note = format!(
                "{}: its package can't be read, so a `deprecated: true` that Helm has written anew stays in its entry",
                listed.version
            );
            world.watcher.see(Event::Remark(note));
            Use::Open
        }
    }
}

/// The package, from any repository that has it.
async fn read_listed(world: &World, listed: &ListedChart) -> Option<Bytes> {
    let content = find_blob(&sources(world.eyes(), &listed.places), listed.package.as_ref()?).await;
    read_whole(&*content.ok()??, CHART_LIMIT).await.ok()
}

/// The charts of a version that are listed: as its claim has them, or its record where no claim is held.
async fn find_listed(world: &World, project: &Project, version: &str) -> Result<Vec<ListedChart>, Stop> {
    let name = ClaimName { component: project.name.clone(), version: version.to_owned() };
    if let Some(seal) = read(world, &name).await?.and_then(|at| at.claim.seal) {
        let listed = |(name, chart): (&ArtifactName, &SealedChart)| {
            let places = seal.targets.iter().filter(|target| target.artifact == *name);
            Some(ListedChart {
                version: chart.listed_version()?,
                package: Some(Descriptor::new(CHART, chart.package.digest.clone(), chart.package.size)),
                places: places.map(|target| target.repository.clone()).collect(),
            })
        };
        return Ok(seal.charts.iter().filter_map(listed).collect());
    }
    let file = file_name(version);
    let Some(bytes) = world.eyes().ledger().read(&file).await? else { return Ok(Vec::new()) };
    // A record that can't be read was told when its release was looked for.
    let whole = Record::parse_meaning(&file, &bytes, &project.name).ok().and_then(|record| record.whole);
    let listed = |chart: &RecordedChart| {
        let digest = chart.package.hash.as_ref().and_then(|hash| format!("sha256:{hash}").parse().ok());
        let package =
            digest.zip(chart.package.size).map(|(digest, size)| Descriptor::new(CHART, digest, size));
        Some(ListedChart {
            version: chart.listed_version()?,
            package,
            places: vec![chart.repository.clone()],
        })
    };
    Ok(whole.iter().flat_map(|whole| whole.charts.values()).filter_map(listed).collect())
}
