//! Whose numbers a chart gets that has no git tags of its own: those of releases, or its own.
//!
//! A chart that goes down from 3.1.0 to 1.1.0 is never seen by who installs the newest one, and a number can't be taken back:
//! where a script packages it as Chart.yaml says, or Chart.yaml is ahead of the releases, it keeps its own.

use std::fmt::Write as _;

use plimsoll_tags::version::Version;

use super::charts::{Around, name_of, names_of};
use super::render::quoted;
use crate::setup::from_workflows::{NumbersFrom, SaidVersion};
use crate::setup::holdings::FoundChart;

/// The lines of a chart that a script publishes, or nothing does yet. What becomes of its numbers is told.
pub(super) fn render(
    chart: &FoundChart,
    around: Around<'_>,
    place: Option<&str>,
    left: &mut Vec<String>,
) -> String {
    let pushes = around.carried.charts.as_ref();
    let pushes =
        pushes.map(|pushes| pushes.branches(&names_of(chart), around.charts, place)).unwrap_or_default();
    let branches = match pushes.iter().any(|branch| branch.contains('*')) {
        true => "branches".to_owned(),
        false => pushes.join(", "),
    };
    let Some(why) = find_own(chart, around) else {
        left.extend(tell_spelling(chart, around));
        if !pushes.is_empty() {
            left.push(format!(
                "chart {}: pushes to {branches} publish it, too: here only releases do, with their version",
                chart.path
            ));
        }
        return String::new();
    };
    let mut lines = String::from("version = \"independent\"\n");
    let told = format!(
        "chart {}: {why}: it keeps numbers of its own, and each release gives it the next",
        chart.path
    );
    match pushes.is_empty() {
        true => left.push(told),
        false => {
            let tags = quoted(&format!("{}-{{version}}", name_of(chart)));
            let _ = writeln!(
                lines,
                "# git-tag = {tags}  # with it `plimsoll chart release` publishes it between releases, too"
            );
            left.push(format!(
                "{told}; pushes to {branches} publish it today: here only releases do, unless it has git tags of its own (`git-tag`)"
            ));
        }
    }
    lines
}

/// How a chart's number is written today, where releases write it otherwise.
fn tell_spelling(chart: &FoundChart, around: Around<'_>) -> Option<String> {
    let pushes = around.carried.charts.as_ref();
    let written = match pushes.and_then(|pushes| pushes.version(&names_of(chart), around.charts)) {
        Some(SaidVersion::Tag) => format!("{}{{version}}", around.git_tags.begin()),
        Some(SaidVersion::Follows(text)) => text,
        Some(SaidVersion::Unread(_)) => return None,
        None => chart.version.clone().filter(|said| said.starts_with('v'))?,
    };
    let is_other = written != "{version}";
    is_other.then(|| {
        format!(
            "chart {}: its number is written `{written}` today, and that is its tag in a registry: here both are the version alone",
            chart.path
        )
    })
}

/// Why a chart has numbers of its own; none: it has those of releases.
fn find_own(chart: &FoundChart, around: Around<'_>) -> Option<String> {
    let said = chart.version.as_deref()?;
    // Helm takes a `v` before it, too.
    let own = Version::parse(around.git_tags.scheme, said.trim_start_matches('v')).ok()?;
    let parse = |text: &String| Version::parse(around.git_tags.scheme, text).ok();
    let of_files = || around.holdings.versions.iter().find_map(|file| parse(&file.version));
    let newest = around.git_tags.highest.clone().or_else(of_files);
    // Both go on together, and perhaps the next release is prepared already.
    let is_lockstep = chart
        .app_version
        .as_deref()
        .is_some_and(|app| app.trim_start_matches('v') == said.trim_start_matches('v'))
        && newest.as_ref().is_none_or(|newest| *newest <= own);
    // A number that stands for none is put in later.
    let is_nothing = said.trim_start_matches(['0', '.']).is_empty();
    let numbers = around.carried.charts.as_ref();
    let numbers = numbers.map(|pushes| pushes.numbers(&names_of(chart), around.charts)).unwrap_or_default();
    match (numbers, newest) {
        _ if is_nothing || is_lockstep => None,
        (NumbersFrom::Script, _) => None,
        (NumbersFrom::Chart, Some(newest)) if own == newest => None,
        (NumbersFrom::Chart, _) => Some(format!("it is packaged as Chart.yaml says, {said}")),
        (NumbersFrom::Nowhere, Some(newest)) if own > newest => {
            Some(format!("Chart.yaml says {said}, and the newest release is {newest}"))
        }
        (NumbersFrom::Nowhere, _) => None,
    }
}
