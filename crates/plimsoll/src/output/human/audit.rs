//! What an audit found.

use super::count;
use super::rebuilt::replaced;
use super::releases::state;
use super::table::render_table;
use super::verification::line;
use crate::output::ink::Ink;
use crate::output::json::audit::{AuditInfo, MovedInfo, RepairInfo, RepairResult};
use crate::output::json::release::StateInfo;
use crate::output::json::verification::{CheckInfo, OutcomeInfo};

const HEADING: [&str; 5] = ["VERSION", "STATE", "STANDING", "VERDICT", "CHECKS"];

/// Renders every release with its verdict, and every check that found something; then the same of charts by themselves.
pub fn render(answer: &AuditInfo, ink: Ink) -> String {
    let own = ledger(answer, ink);
    let chart = |chart: &AuditInfo| {
        format!("{}\n{}", ink.strong(&format!("chart {}", chart.component)), ledger(chart, ink))
    };
    let parts = (!own.is_empty()).then_some(own).into_iter().chain(answer.charts.iter().map(chart));
    parts.collect::<Vec<_>>().join("\n")
}

fn ledger(answer: &AuditInfo, ink: Ink) -> String {
    let mut text = String::new();
    for RepairInfo { version, result, why } in &answer.repairs {
        let why = why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        text.push_str(&match result {
            RepairResult::Done => format!("repaired {version}\n"),
            RepairResult::Nothing => format!("{version} had everything that can be written again\n"),
            RepairResult::Partly => format!("repaired {version}, but not all of it{why}\n"),
            RepairResult::Kept => format!("left {version} as it is{why}\n"),
            RepairResult::Failed => format!("could not repair {version}{why}\n"),
        });
    }
    for MovedInfo { tag, from, to } in &answer.moved {
        let from = from.as_deref().map_or("nowhere".to_owned(), |from| format!("at {from}"));
        text.push_str(&format!("moved {tag} to {to}; it was {from}\n"));
    }
    for file in &answer.written {
        text.push_str(&format!("wrote {file}\n"));
    }
    text.extend(answer.replaced.iter().map(replaced));
    if !text.is_empty() {
        text.push('\n');
    }
    let rows: Vec<[String; 5]> = answer
        .releases
        .iter()
        .map(|release| {
            let unread = || "unreadable".to_owned();
            let state =
                release.state.zip(release.standing).map_or_else(unread, |(far, stands)| state(far, stands));
            let standing = release.standing.map_or_else(unread, |standing| standing.to_string());
            [release.version.clone(), state, standing, release.verdict.to_owned(), release.checks.to_string()]
        })
        .collect();
    if !rows.is_empty() {
        text.push_str(&render_table(HEADING, &rows, ink));
    }
    let problems: Vec<&CheckInfo> = answer
        .releases
        .iter()
        .filter(|release| release.state != Some(StateInfo::Burnt))
        .flat_map(|release| &release.problems)
        .chain(answer.moving_tags.iter().filter(|check| check.outcome != OutcomeInfo::Ok))
        .collect();
    if !problems.is_empty() {
        text.push('\n');
    }
    text.extend(problems.into_iter().map(|check| line(check, ink)));
    text
}

/// The whole in one sentence.
pub fn remarks(answer: &AuditInfo) -> Vec<String> {
    let AuditInfo { component, charts, .. } = answer;
    let all = std::iter::once(answer).chain(charts);
    let releases = all.clone().map(|one| one.releases.len()).sum();
    let tags = all.map(|one| one.moving_tags.len()).sum();
    let all = format!("{} and {}", count(releases, "release"), count(tags, "moving tag"));
    let orphans = std::iter::once(answer).chain(charts).flat_map(|one| &one.moving_tags);
    let orphans = orphans.filter(|check| matches!(check.outcome, OutcomeInfo::Orphaned { .. })).count();
    let orphans = match orphans {
        0 => String::new(),
        _ => format!("; of the tags {orphans} stay where they are: no version that counts asks for them"),
    };
    vec![match answer.verdict {
        "ok" => format!("{component}: {all} are as they should be{orphans}"),
        verdict => format!("{component}: of {all} not all are as they should be ({verdict})"),
    }]
}
