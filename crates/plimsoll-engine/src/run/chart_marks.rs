//! Listed charts of versions that are yanked: marked, so that whoever searches a chart repository sees it.

use plimsoll_helm::index::Use;

use super::stop::Stop;
use super::swap::read;
use crate::domain::chart::ListedVersion;
use crate::domain::claim::{ClaimName, SealedChart};
use crate::domain::event::Event;
use crate::domain::marks::Marks;
use crate::domain::project::Project;
use crate::plan::saying::{Saying, Settlement};
use crate::ship::key::{Counted, Key as _, Published};
use crate::ship::mark_chart::MarkChart;
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
    let wanted = match saying {
        Saying::Yank { .. } => Use::Yanked,
        Saying::Unyank { .. } => Use::Open,
        Saying::RollBack { .. } | Saying::Unhold { .. } | Saying::Promote { .. } => return Ok(Vec::new()),
    };
    let mut marks = Vec::new();
    for version in &settlement.about {
        let listed = find_listed(world, project, version).await?;
        marks.extend(listed.into_iter().map(|version| MarkChart { version, wanted }));
    }
    Ok(marks)
}

/// The charts of a version that are listed: as its claim has them, or its record where no claim is held.
async fn find_listed(world: &World, project: &Project, version: &str) -> Result<Vec<ListedVersion>, Stop> {
    let name = ClaimName { component: project.name.clone(), version: version.to_owned() };
    if let Some(seal) = read(world, &name).await?.and_then(|at| at.claim.seal) {
        return Ok(seal.charts.values().filter_map(SealedChart::listed_version).collect());
    }
    let file = file_name(version);
    let Some(bytes) = world.eyes().ledger().read(&file).await? else { return Ok(Vec::new()) };
    // A record that can't be read was told when its release was looked for.
    let whole = Record::parse_meaning(&file, &bytes, &project.name).ok().and_then(|record| record.whole);
    let charts = whole.iter().flat_map(|whole| whole.charts.values());
    Ok(charts.filter_map(RecordedChart::listed_version).collect())
}
