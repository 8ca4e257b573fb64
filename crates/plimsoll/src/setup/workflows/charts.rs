//! The workflow that releases charts by themselves.

use super::document::{Job, Overtaken, Step, Workflow, in_quotes};
use super::needs::Needs;
use super::steps::Ground;
use super::tag_family::name_filter;
use super::variables::{Work, handed};
use super::{Choices, steps};

/// None where no chart has numbers and git tags of its own.
pub(super) fn workflow(needs: &Needs, choices: &Choices) -> Option<Workflow> {
    if needs.charts.is_empty() || needs.chart_branches.is_empty() {
        return None;
    }
    let branches: Vec<String> =
        needs.chart_branches.iter().map(|branch| in_quotes(&name_filter(branch))).collect();
    let mut list = steps::fetch(choices, Ground::Event);
    list.push(steps::install(&choices.pin));
    list.extend(steps::install_helm(needs, choices));
    list.push(Step {
        name: "Release the charts that changed".to_owned(),
        env: handed(needs, Work::Releases),
        run: needs.charts.iter().map(|chart| format!("plimsoll chart release {chart}")).collect(),
        ..Step::default()
    });
    Some(Workflow {
        file: "plimsoll-chart",
        about: vec![
            "Releases charts whose content changed between releases of the images; it does nothing where none did."
                .to_owned(),
        ],
        name: "Chart",
        on: format!("push:\n  branches: [{}]\nworkflow_dispatch:", branches.join(", ")),
        // Of several runs of one branch that wait the newest is kept, and it has what the others would have released. Those of
        // other branches have charts of their own to release, and numbers are reserved by claims: they need not wait.
        group: "plimsoll-chart-${{ github.ref }}".to_owned(),
        overtaken: Overtaken::GoesOn,
        jobs: vec![Job {
            id: "chart",
            name: "Release charts".to_owned(),
            runner: steps::runner(choices),
            minutes: 60,
            permissions: steps::chart_permissions(needs),
            steps: list,
            ..Job::default()
        }],
    })
}
