//! What `check` says of the charts of a project.

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::chart::{Chart, VersionPolicy};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Diagnostic, Place};
use plimsoll_engine::domain::project::Project;
use plimsoll_engine::make::{Cargo, Dependencies, pack_chart, read_declared};
use plimsoll_engine::world::tree::Tree;
use plimsoll_tags::version::{Scheme, Version};

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

/// Charts that get the number of the release, where `version` is below what Chart.yaml says: who installs the newest chart
/// would never see it.
pub(super) async fn lockstep_findings(project: &Project, tree: &dyn Tree, version: &Version) -> Findings {
    let mut findings = Findings::new();
    let lockstep = |chart: &&Chart| chart.version == VersionPolicy::Match;
    for chart in project.charts.iter().filter(lockstep) {
        // What can't be read is said where the chart is packaged.
        let Ok(declared) = read_declared(tree, chart).await else { continue };
        let next = Version::parse(Scheme::Semver, &version.to_string()).ok();
        if next.is_some_and(|next| next < declared) {
            let message =
                format!("chart {} would be {version}, below the {declared} of its Chart.yaml", chart.path);
            let below = Diagnostic::warning(Code::VersionMismatch, message)
                .at(Place::of_file(&chart.path_of("Chart.yaml")))
                .help("if charts of that number are out, `version = \"independent\"` under [[chart]] goes on from them")
                .help("else write a lower `version` into Chart.yaml: the release puts its own there");
            findings.add(below);
        }
    }
    findings
}
