//! What `check` says of the charts of a project.

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::project::Project;
use plimsoll_engine::make::{Cargo, Dependencies, pack_chart};
use plimsoll_engine::world::tree::Tree;

use crate::explain::Asked;
use crate::explain::chart::{Strictness, chart_fault, finding};

/// The version of charts as long as there is no tag.
const ANY_VERSION: &str = "0.1.0";

/// Packages every chart as a release would, with something in the place of digests, and says what is wrong with it or
/// odd. Charts that a lock names are not fetched.
pub(super) async fn chart_findings(
    project: &Project,
    tree: &dyn Tree,
    version: Option<&str>,
    asked: &Asked,
) -> Findings {
    let cargo = Cargo::stand_in(project, version.unwrap_or(ANY_VERSION));
    let mut findings = Findings::new();
    for chart in &project.charts {
        match pack_chart(tree, Dependencies::Assumed, chart, &cargo).await {
            Ok(packed) => findings.extend(
                packed
                    .findings
                    .iter()
                    .map(|found| finding(&chart.path, &packed.chart, found, Strictness::Lenient)),
            ),
            Err(fault) => findings.extend(chart_fault(&fault, asked)),
        }
    }
    findings
}
