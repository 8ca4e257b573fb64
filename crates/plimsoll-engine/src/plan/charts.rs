//! The charts of a plan.

use std::collections::BTreeMap;

use plimsoll_helm::oci::tag_of;
use plimsoll_helm::version::is_strict;
use plimsoll_oci::name::ImageTag;
use plimsoll_tags::version::Version;

use super::Make;
use crate::domain::chart::{Chart, ChartPage, ChartTag, InRegistry, ListedVersion, VersionPolicy};
use crate::domain::chart_number::ChartNumbers;
use crate::domain::code::Code;
use crate::domain::diagnostic::{Cure, Diagnostic};
use crate::domain::project::Project;
use crate::domain::target::{Necessity, Target};

/// What is made for charts.
pub(super) fn make(project: &Project) -> impl Iterator<Item = Make> {
    project.charts.iter().map(|chart| Make::Chart { chart: chart.name.clone(), from: chart.path.clone() })
}

/// The versions of chart repositories over HTTP that list charts, as far as they are known before numbers are reserved.
pub(super) fn listed(project: &Project, version: &Version) -> Vec<ListedVersion> {
    let matching = project.charts.iter().filter(|chart| chart.version == VersionPolicy::Match);
    let listed = |chart: &Chart| {
        let branch = chart.listed_in.as_ref()?.branch.clone();
        Some(ListedVersion { branch, chart: chart.chart.clone(), version: version.to_string() })
    };
    matching.filter_map(listed).collect()
}

/// The git tags that charts have of their own, as far as they are known before numbers are reserved.
pub(super) fn own_tags(project: &Project, version: &Version) -> Vec<ChartTag> {
    let matching = project.charts.iter().filter(|chart| chart.version == VersionPolicy::Match);
    matching.filter_map(|chart| Some(chart.made_tags()?.of(version))).collect()
}

/// What charts get that have numbers of their own, which are not known before they are reserved.
pub(super) fn unnumbered(project: &Project) -> impl Iterator<Item = String> {
    project.charts.iter().filter(|chart| chart.is_numbered()).map(|chart| {
        let tag = chart.is_tagged().then(|| format!("`oci://{}:{{version}}`", chart.repository));
        let listed = chart.listed_in.as_ref().map(|listed| format!("an entry at {}", listed.url));
        let git_tag = chart.made_tags().map(|tags| match tags.page {
            ChartPage::None => format!("git tag `{}`", tags.pattern),
            ChartPage::Own => format!("git tag `{}` with a page", tags.pattern),
        });
        let gets: Vec<String> = [tag, listed, git_tag].into_iter().flatten().collect();
        format!(
            "chart {}: its number is reserved when it is released; then it gets {}",
            chart.name,
            gets.join(", ")
        )
    })
}

/// Where a chart goes, under the tag that Helm looks for. Numbers of its own are not known here: see [`numbered`].
pub(super) fn target(chart: &Chart, version: &Version) -> Result<Target, Box<Diagnostic>> {
    let version_tags = match (chart.version, chart.in_registry) {
        // What is no tag must be a version all the same.
        (VersionPolicy::Match, standing) => {
            let tag = tag(chart, &version.to_string())?;
            (standing == InRegistry::Tagged).then_some(tag).into_iter().collect()
        }
        (VersionPolicy::Independent, _) => Vec::new(),
    };
    Ok(Target {
        artifact: chart.name.clone(),
        repository: chart.repository.clone(),
        necessity: Necessity::Required,
        version_tags,
        first_wins: Vec::new(),
        moving: Vec::new(),
        unknown: BTreeMap::new(),
    })
}

fn tag(chart: &Chart, version: &str) -> Result<ImageTag, Box<Diagnostic>> {
    let wrong = |why: &dyn std::fmt::Display| {
        let message = format!("{version} can't be the version of chart `{}`", chart.name);
        Box::new(Diagnostic::error(Code::ChartInvalid, Cure::FixThenRunAgain, message).because(why))
    };
    if !is_strict(version) {
        let why = "versions of charts are those of Semantic Versioning 2.0.0, with three numbers and no `v`";
        return Err(wrong(&why));
    }
    tag_of(version).map_err(|why| wrong(&why))
}

/// The targets of a plan, with the tags of the charts whose numbers are known by now.
pub(crate) fn numbered(project: &Project, targets: &[Target], numbers: &ChartNumbers) -> Vec<Target> {
    let mut targets = targets.to_vec();
    let is_tagged = |target: &Target| {
        project.charts.iter().any(|chart| chart.name == target.artifact && chart.is_tagged())
    };
    for target in targets.iter_mut().filter(|target| target.version_tags.is_empty() && is_tagged(target)) {
        // Whoever reserves a number makes sure that it can be a tag.
        let tag = numbers.get(&target.artifact).and_then(|number| tag_of(number).ok());
        target.version_tags.extend(tag);
    }
    targets
}
