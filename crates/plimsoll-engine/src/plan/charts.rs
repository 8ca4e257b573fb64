//! The charts of a plan.

use std::collections::BTreeMap;

use plimsoll_helm::oci::tag_of;
use plimsoll_helm::version::is_strict;
use plimsoll_tags::version::Version;

use super::Make;
use crate::domain::chart::{Chart, VersionPolicy};
use crate::domain::code::Code;
use crate::domain::diagnostic::{Cure, Diagnostic};
use crate::domain::project::Project;
use crate::domain::target::{Necessity, Target};

/// What is made for charts.
pub(super) fn make(project: &Project) -> impl Iterator<Item = Make> {
    project.charts.iter().map(|chart| Make::Chart { chart: chart.name.clone(), from: chart.path.clone() })
}

/// Where a chart goes, under the tag that Helm looks for.
pub(super) fn target(chart: &Chart, version: &Version) -> Result<Target, Box<Diagnostic>> {
    let version = match chart.version {
        VersionPolicy::Match => version.to_string(),
    };
    let wrong = |why: &dyn std::fmt::Display| {
        let message = format!("{version} can't be the version of chart `{}`", chart.name);
        Box::new(Diagnostic::error(Code::ChartInvalid, Cure::FixThenRunAgain, message).because(why))
    };
    if !is_strict(&version) {
        let why = "versions of charts are those of Semantic Versioning 2.0.0, with three numbers and no `v`";
        return Err(wrong(&why));
    }
    let tag = tag_of(&version).map_err(|why| wrong(&why))?;
    Ok(Target {
        artifact: chart.name.clone(),
        repository: chart.repository.clone(),
        necessity: Necessity::Required,
        version_tags: vec![tag],
        first_wins: Vec::new(),
        moving: Vec::new(),
        unknown: BTreeMap::new(),
    })
}
