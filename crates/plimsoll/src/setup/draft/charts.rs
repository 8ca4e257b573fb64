//! The lines of charts: where they go, whose numbers they have, and what is written into their values.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Home;
use super::app_version;
use super::chart_families::ChartFamilies;
use super::chart_numbers;
use super::git_tags::{GitTags, begin_of};
use super::other_families::modules;
use super::pins::find_pins;
use super::render::{commented, quoted};
use crate::setup::from_workflows::{Carried, ChartNames, ChartPlace, ChartReleaser, NumbersFrom};
use crate::setup::holdings::{FoundChart, Holdings};

/// What charts are drafted from.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) carried: &'a Carried,
    pub(super) git_tags: &'a GitTags,
    pub(super) holdings: &'a Holdings,
    pub(super) home: &'a Home,
    /// The charts of the repository.
    pub(super) charts: &'a [ChartNames],
}

/// Charts that workflows publish, or that nothing does yet.
pub(super) fn render(text: &mut String, around: Around<'_>, left: &mut Vec<String>) {
    let Around { carried, holdings, home, .. } = around;
    if holdings.charts.is_empty() && carried.charts.is_some() {
        left.push("charts are published, and there is no Chart.yaml".to_owned());
    }
    let all: Vec<ChartNames> = holdings.charts.iter().map(names_of).collect();
    let around = Around { charts: &all, ..around };
    let at_home = home.registry.as_ref().map(|registry| format!("oci://{registry}/charts"));
    // Beside what pushes and is not read, that is a guess, as it is for images.
    let suspects = if home.is_registry_said { Vec::new() } else { carried.pushing_files() };
    let (own, guess) = if suspects.is_empty() { (at_home.clone(), None) } else { (None, at_home.clone()) };
    let place_of = |chart: &FoundChart| match &carried.charts {
        Some(pushes) => pushes.place_of(&names_of(chart), &all),
        None if carried.files.is_empty() => own.clone().map_or(ChartPlace::Unknown, ChartPlace::At),
        None => ChartPlace::Unknown,
    };
    if let Some(pushes) = &carried.charts {
        let taken = holdings.charts.iter().filter_map(|chart| match place_of(chart) {
            ChartPlace::At(place) => Some((chart.path.clone(), place)),
            _ => None,
        });
        left.extend(pushes.tell_others(&all, &taken.collect::<BTreeSet<_>>()));
    }
    let modules = modules(&holdings.paths);
    let mut families = ChartFamilies::find(around.git_tags, &carried.chart_tags, &holdings.charts, &modules);
    let is_asked = home.family.is_some();
    for chart in &holdings.charts {
        // Of another family a configuration has the charts that install its images.
        if is_asked && find_pins(chart, &carried.images).0.is_empty() {
            continue;
        }
        let mut lines = format!("\n[[chart]]\npath = {}\n", quoted(&chart.path));
        if let Some(name) = chart.name.as_ref().filter(|name| !chart.path.ends_with(name.as_str())) {
            let _ = writeln!(lines, "name = {}", quoted(name));
        }
        let found = place_of(chart);
        let releaser = find_releaser(carried, &holdings.charts, chart);
        if releaser.is_none() && matches!(found, ChartPlace::Nowhere | ChartPlace::Unsure(_)) {
            lines.push_str("oci = \"oci://…\"\n");
            text.push_str(&commented(&lines));
            left.push(why_not(chart, &found));
            continue;
        }
        if let (Some(_), ChartPlace::Unsure(_)) = (releaser, &found) {
            left.push(why_not(chart, &found));
        }
        let place = match found {
            ChartPlace::At(place) => Some(place),
            _ => None,
        };
        let mut numbers = String::new();
        let mut is_listed = false;
        if let Some(releaser) = releaser {
            // A tag that sets it off is the chart's own, whatever further one it makes; so is one that there are tags of,
            // where there are none as it would make them: a script does.
            let is_seen = releaser.tags.as_ref().is_some_and(|tags| {
                around.git_tags.others.contains(begin_of_tags(tags, name_of(chart)).as_str())
            });
            let family = Some(&mut families).filter(|_| releaser.pushes.is_empty() || !is_seen);
            let family = family.and_then(|families| families.take(chart));
            family.iter().for_each(|family| families.tell_guess(family, chart, left));
            let tags = family.map(|begin| format!("{begin}{{version}}")).or_else(|| releaser.tags.clone());
            let releaser = ChartReleaser { tags, ..releaser.clone() };
            (numbers, is_listed) = by_branch(chart, &releaser, home, left);
        } else if let Some(family) =
            families.take(chart).filter(|family| !has_release_number(chart, around, family))
        {
            families.tell_guess(&family, chart, left);
            let _ = write!(
                numbers,
                "version = \"independent\"\ngit-tag = {}\n",
                quoted(&format!("{family}{{version}}"))
            );
        } else {
            numbers = chart_numbers::render(chart, around, place.as_deref(), left);
        }
        // Without an image nothing holds the content of a chart that no registry has. What releases it was read.
        let beside = at_home.clone().filter(|_| place.is_none() && is_listed && carried.images.is_empty());
        if let Some(beside) = &beside {
            left.push(format!(
                "chart {}: no image is beside which it could lie: it goes to {beside}, too",
                chart.path
            ));
        }
        let goes = place.as_ref().or(beside.as_ref());
        let is_known = goes.is_some() || (is_listed && !carried.images.is_empty());
        if goes.is_some() || !is_known {
            let likely = goes.or(guess.as_ref()).map_or("oci://…", String::as_str);
            let _ = writeln!(lines, "oci = {}", quoted(likely));
        }
        if !chart.unlocked.is_empty() {
            left.push(format!(
                "chart {0}: nothing says which {1} it is released with: `helm dependency update {0}`, and commit Chart.lock",
                chart.path,
                chart.unlocked.join(", ")
            ));
        }
        let (pins, remarks) = find_pins(chart, &carried.images);
        left.extend(remarks);
        if !pins.is_empty() {
            let pins: Vec<String> =
                pins.iter().map(|(path, what)| format!("{} = {}", quoted(path), quoted(what))).collect();
            let _ = writeln!(lines, "image = {{ {} }}", pins.join(", "));
        }
        if carried.images.is_empty() && !numbers.contains("\ngit-tag") {
            numbers.push_str(&app_version::render(chart, around, left));
        }
        lines.push_str(&numbers);
        match is_known {
            true => text.push_str(&lines),
            false => {
                text.push_str(&commented(&lines));
                left.push(match &guess {
                    Some(guess) => format!(
                        "chart {}: where it goes: no step that is read pushes it: {guess} is a guess, and a comment: compare what {} pushes, or begin anew with `--registry`",
                        chart.path,
                        suspects.join(", ")
                    ),
                    None => format!("chart {}: nothing says which registry it goes to", chart.path),
                });
            }
        }
    }
    families.tell(left);
}

/// Why a chart is not live beside others that steps push.
fn why_not(chart: &FoundChart, place: &ChartPlace) -> String {
    match place {
        ChartPlace::Unsure(line) => {
            format!(
                "chart {}: where it goes: only a run knows whether it is what `{line}` pushes",
                chart.path
            )
        }
        _ => format!("chart {}: no step that is read pushes it, and nothing here does", chart.path),
    }
}

/// What releases this chart when a branch is pushed: where no chart lies in the folders, all of them are meant.
fn find_releaser<'a>(
    carried: &'a Carried,
    charts: &[FoundChart],
    chart: &FoundChart,
) -> Option<&'a ChartReleaser> {
    let releasers = || carried.chart_releasers.iter();
    let has = |releaser: &&ChartReleaser| charts.iter().any(|chart| releaser.releases(&chart.path));
    let is_none = !releasers().any(|releaser| has(&releaser));
    let exact = releasers().find(|releaser| releaser.releases(&chart.path));
    exact.or_else(|| releasers().find(|releaser| is_none && releaser.packages.is_empty()))
}

/// Whether scripts give a chart the number of the release for other git tags than those of a family.
fn has_release_number(chart: &FoundChart, around: Around<'_>, family: &str) -> bool {
    let Some(pushes) = &around.carried.charts else { return false };
    let names = names_of(chart);
    let patterns = pushes.git_tags_of(&names, around.charts);
    let is_of_family = |pattern: &String| begin_of(pattern).is_empty() || begin_of(pattern) == family;
    pushes.numbers(&names, around.charts) == NumbersFrom::Script
        && !patterns.is_empty()
        && !patterns.iter().any(is_of_family)
}

/// How steps may name a chart.
pub(super) fn names_of(chart: &FoundChart) -> ChartNames {
    ChartNames { path: chart.path.clone(), name: name_of(chart).to_owned() }
}

/// What a chart is called.
pub(super) fn name_of(chart: &FoundChart) -> &str {
    chart.name.as_deref().or_else(|| chart.path.rsplit('/').next()).unwrap_or_default()
}

/// What stands before the version in tags like `{name}-{version}`.
pub(super) fn begin_of_tags(tags: &str, name: &str) -> String {
    tags.replace("{name}", name).trim_end_matches("{version}").to_owned()
}

/// The lines of a chart with numbers, git tags and pages of its own, and whether a chart repository lists it.
fn by_branch(
    chart: &FoundChart,
    releaser: &ChartReleaser,
    home: &Home,
    left: &mut Vec<String>,
) -> (String, bool) {
    let mut lines = String::from("version = \"independent\"\n");
    let name = name_of(chart);
    let has_page = releaser.tags.is_some() && home.has_pages;
    if releaser.tags.is_none() && !releaser.pushes.is_empty() {
        left.push(format!(
            "chart {}: pushes to {} publish it today: here only releases do, unless it has git tags of its own (`git-tag`)",
            chart.path,
            releaser.pushes.join(", ")
        ));
    }
    if let Some(tags) = &releaser.tags {
        let _ = writeln!(lines, "git-tag = {}", quoted(&tags.replace("{name}", name)));
    }
    if has_page {
        lines.push_str("page = true\n");
    }
    let Some(url) = releaser.url.clone().or_else(|| served_at(home)) else {
        left.push(format!(
            "chart {}: it is listed on the branch {}, and nothing says where that is served",
            chart.path, releaser.branch
        ));
        return (lines, false);
    };
    let packages = if has_page && !releaser.keeps_packages { ", packages = \"page\"" } else { "" };
    let _ = writeln!(
        lines,
        "http = {{ branch = {}, url = {}{packages} }}",
        quoted(&releaser.branch),
        quoted(&url)
    );
    (lines, true)
}

/// Where GitHub serves a branch of pages.
fn served_at(home: &Home) -> Option<String> {
    let (owner, name) = home.repository.as_ref().filter(|_| home.has_pages)?.split_once('/')?;
    Some(format!("https://{}.github.io/{name}", owner.to_lowercase()))
}
