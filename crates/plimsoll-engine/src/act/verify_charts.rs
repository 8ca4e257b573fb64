//! `verify`: charts as their repositories over HTTP list them.

use super::verify::{Check, Outcome, describe};
use crate::domain::target::Necessity;
use crate::ledger::release::Release;
use crate::world::Eyes;

/// The charts of a release that are listed, by the digests of their packages.
pub(super) async fn check_listed(eyes: Eyes<'_>, release: &Release) -> Vec<Check> {
    let mut checks = Vec::new();
    for chart in release.seal.charts.values() {
        let Some(listed) = chart.listed_version() else { continue };
        let want = &chart.package.digest;
        let outcome = match eyes.chart_repositories().find(&listed).await {
            Ok(Some(found)) if found == *want => Outcome::Ok,
            Ok(found) => {
                let found = found.map(|found| found.to_string());
                Outcome::Drift { want: want.to_string(), found }
            }
            Err(error) => describe(&error),
        };
        checks.push(Check {
            subject: format!("chart-index {listed}"),
            necessity: Necessity::Required,
            outcome,
        });
    }
    checks
}
