//! Families of git tags that are surely not those of the project's releases: of charts, and of Go's modules.

use std::collections::BTreeSet;

use super::Home;
use super::chart_families::{is_named_after, is_of_charts};
use super::charts::{begin_of_tags, name_of};
use super::families::word_of;
use super::git_tags::{begin_of, families};
use super::scheme;
use crate::setup::from_workflows::Carried;
use crate::setup::holdings::Holdings;

/// Finds them, by what stands before the version.
pub(super) fn find(holdings: &Holdings, carried: &Carried, home: &Home) -> BTreeSet<String> {
    let charts = &holdings.charts;
    // Where no image is, a family that is called as a chart is that chart's.
    let has_images =
        !(holdings.dockerfiles.is_empty() && carried.images.is_empty() && carried.homeless.is_empty());
    let is_named =
        |begin: &str| !has_images && charts.iter().any(|chart| is_named_after(begin, name_of(chart)));
    let of_charts = families(&holdings.tags, scheme::find(holdings))
        .into_iter()
        .filter(|begin| !charts.is_empty() && word_of(begin) != home.name)
        .filter(|begin| is_of_charts(begin) || is_named(begin));
    let asked = carried.chart_tags.iter().map(|pattern| begin_of(pattern).to_owned());
    let made = carried.chart_releasers.iter().filter_map(|releaser| releaser.tags.as_ref());
    let made = made.flat_map(|tags| charts.iter().map(|chart| begin_of_tags(tags, name_of(chart))));
    of_charts.chain(asked).chain(made).chain(modules(&holdings.paths)).collect()
}

/// The families of Go's modules that do not lie at the root: a version of one, once fetched, can't be taken back.
pub(super) fn modules(paths: &BTreeSet<String>) -> BTreeSet<String> {
    let folders = paths.iter().filter_map(|path| path.strip_suffix("/go.mod"));
    folders.map(|folder| format!("{folder}/v")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::holdings::FoundChart;

    #[test]
    fn families_of_charts_and_modules_are_not_those_of_releases() {
        let chart =
            FoundChart { path: "charts/web".into(), name: Some("web".into()), ..FoundChart::default() };
        let tags = ["web-1.0.0", "helm-v1.0.0", "api/v1.0.0", "release-1.0.0"].map(str::to_owned).to_vec();
        let paths = ["go.mod", "api/go.mod"].map(str::to_owned).into();
        let mut holdings = Holdings { charts: vec![chart], tags, paths, ..Holdings::default() };
        let home = |name: &str| Home { name: name.to_owned(), ..Home::default() };
        let found = |holdings: &Holdings, name: &str| find(holdings, &Carried::default(), &home(name));
        assert_eq!(found(&holdings, "app"), ["api/v", "helm-v", "web-"].map(str::to_owned).into());
        // What is called as the project is may be the project's own.
        assert_eq!(found(&holdings, "helm"), ["api/v", "web-"].map(str::to_owned).into());
        holdings.dockerfiles.push("Dockerfile".to_owned());
        assert_eq!(found(&holdings, "app"), ["api/v", "helm-v"].map(str::to_owned).into());
    }
}
