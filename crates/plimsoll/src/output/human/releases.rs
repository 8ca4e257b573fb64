//! The list of releases.

use plimsoll_engine::domain::code::Code;

use super::short_commit;
use super::table::render_table;
use crate::output::ink::Ink;
use crate::output::json::release::StateInfo;
use crate::output::json::releases::{ChartReleases, ListedChart, ListedRelease, Releases};
use crate::output::json::whatis::StandingInfo;

const HEADING: [&str; 5] = ["VERSION", "STATE", "RELEASED", "COMMIT", "IMAGES"];
const HEADING_WITH_CHARTS: [&str; 6] = ["VERSION", "STATE", "RELEASED", "COMMIT", "IMAGES", "CHARTS"];

/// Renders the list; nothing if it is empty.
pub fn render(answer: &Releases, ink: Ink) -> String {
    let own = table(&answer.releases, ink);
    let chart = |chart: &ChartReleases| {
        format!("{}\n{}", ink.strong(&format!("chart {}", chart.component)), table(&chart.releases, ink))
    };
    let tables = (!own.is_empty()).then_some(own).into_iter().chain(answer.charts.iter().map(chart));
    tables.collect::<Vec<_>>().join("\n")
}

/// Renders a table of releases; nothing if there are none.
pub fn table(releases: &[ListedRelease], ink: Ink) -> String {
    if releases.is_empty() {
        return String::new();
    }
    let row = |release: &ListedRelease| {
        [
            release.version.clone(),
            state(release.state, release.standing),
            release.released.clone(),
            short_commit(&release.commit).to_owned(),
            release.images.join(", "),
        ]
    };
    if releases.iter().all(|release| release.charts.is_empty()) {
        return render_table(HEADING, &releases.iter().map(row).collect::<Vec<_>>(), ink);
    }
    let row = |release: &ListedRelease| {
        let [version, state, released, commit, images] = row(release);
        [version, state, released, commit, images, charts(release)]
    };
    render_table(HEADING_WITH_CHARTS, &releases.iter().map(row).collect::<Vec<_>>(), ink)
}

fn charts(release: &ListedRelease) -> String {
    let name = |chart: &ListedChart| format!("{} {}", chart.name, chart.version);
    release.charts.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// How far a release came and how it stands: what was said of it later matters more than that it was published.
pub(super) fn state(state: StateInfo, standing: StandingInfo) -> String {
    match standing {
        StandingInfo::Yanked if state != StateInfo::Burnt => "yanked".to_owned(),
        StandingInfo::HeldBack => "held back".to_owned(),
        StandingInfo::Unknown => format!("{state}, standing unknown"),
        _ => state.to_string(),
    }
}

/// Says that there is nothing, where that is so, and where that was read.
pub fn remarks(answer: &Releases) -> Vec<String> {
    let component = answer.component.as_deref().unwrap_or(&answer.source.place);
    let lost = answer.problems.iter().any(|problem| problem.code == Code::ClaimLost.word());
    let none = (answer.releases.is_empty() && !lost).then(|| format!("{component} has no releases yet"));
    none.into_iter().chain(answer.source.remark()).collect()
}
