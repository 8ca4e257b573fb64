//! What a release would stop for before it claims anything, as far as the machine that it runs on can tell.

use super::stop::Stop;
use crate::check::chart_images::{self, ChartImageFault};
use crate::check::seal::SealFault;
use crate::domain::project::Project;
use crate::domain::time::Moment;
use crate::make;
use crate::world::{Eyes, WorldError};

/// Keys that can't be used for signatures of this time. Nobody is asked for a password and no command for a key, and who signs
/// by what a token proves is not asked for one.
pub async fn find_unusable_keys(eyes: Eyes<'_>, project: &Project, time: Moment) -> Vec<Stop> {
    let mut found = Vec::new();
    for key in project.charts.iter().filter_map(|chart| chart.pgp_key.as_deref()) {
        found.extend(eyes.chart_signer().at_hand(key, time).await.err());
    }
    if project.signing.is_some() {
        found.extend(eyes.signatures().at_hand().await.err());
    }
    found.into_iter().map(|error| WorldError::from(error).into()).collect()
}

/// Programs that are needed for what is to be made, and are not there.
pub async fn find_missing_programs(eyes: Eyes<'_>, project: &Project) -> Vec<Stop> {
    let (scanner, charts) = (demand_scanner(eyes, project).await, demand_chart_program(eyes, project).await);
    scanner.err().into_iter().chain(charts.err()).collect()
}

/// What can be known before anything is claimed: whether there is what looks at what will be made.
pub(super) async fn demand_programs(eyes: Eyes<'_>, project: &Project) -> Result<(), Stop> {
    demand_scanner(eyes, project).await?;
    demand_chart_program(eyes, project).await
}

async fn demand_scanner(eyes: Eyes<'_>, project: &Project) -> Result<(), Stop> {
    let demanded = make::demand_scanner(eyes, project).await;
    demanded.map_err(|fault| Stop::Make(Box::new(fault.into())))
}

async fn demand_chart_program(eyes: Eyes<'_>, project: &Project) -> Result<(), Stop> {
    let demanded = chart_images::demand_program(eyes, &project.charts).await;
    demanded.map_err(|fault| match fault {
        ChartImageFault::World(error) => error.into(),
        fault => Stop::Unsealable(vec![SealFault::ChartImage(Box::new(fault))]),
    })
}
