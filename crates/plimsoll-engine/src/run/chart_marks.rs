//! Listed charts of versions that are yanked: marked, so that whoever searches a chart repository sees it.

use plimsoll_helm::index::Use;

use super::ending::Stop;
use super::swap::read;
use crate::domain::claim::ClaimName;
use crate::domain::event::Event;
use crate::domain::project::Project;
use crate::plan::saying::{Saying, Settlement};
use crate::ship::key::Counted;
use crate::ship::mark_chart::MarkChart;
use crate::ship::{Ensured, ensure};
use crate::world::World;

/// Makes the marks of listed charts follow what is said. True if something was written.
pub(crate) async fn mark_charts(
    world: &World,
    project: &Project,
    key: &Counted,
    saying: &Saying,
    settlement: &Settlement,
) -> Result<bool, Stop> {
    let wanted = match saying {
        Saying::Yank { .. } => Use::Yanked,
        Saying::Unyank { .. } => Use::Open,
        Saying::RollBack { .. } | Saying::Unhold { .. } | Saying::Promote { .. } => return Ok(false),
    };
    let mut wrote = false;
    for version in &settlement.about {
        let name = ClaimName { component: project.name.clone(), version: version.clone() };
        let Some(seal) = read(world, &name).await?.and_then(|at| at.claim.seal) else { continue };
        for version in seal.charts.values().filter_map(|chart| chart.listed_version()) {
            let step = MarkChart { version, wanted };
            if ensure(world, key, &step).await? == Ensured::Made {
                world.watcher.see(Event::Note(format!("{}: marked in its chart repository", step.version)));
                wrote = true;
            }
        }
    }
    Ok(wrote)
}
