//! The workflow that looks at everything that was released.

use super::document::{Job, Overtaken, Step, Workflow};
use super::needs::Needs;
use super::steps::Ground;
use super::variables::{Work, handed};
use super::{Choices, steps};

pub(super) fn workflow(needs: &Needs, choices: &Choices) -> Workflow {
    let mut list = steps::fetch(choices, Ground::Event);
    list.push(steps::install(&choices.pin));
    list.push(Step {
        name: "Audit".to_owned(),
        env: handed(needs, Work::Looks),
        run: vec!["plimsoll audit".to_owned()],
        ..Step::default()
    });
    Workflow {
        file: "plimsoll-audit",
        about: vec![
            "Asks every week whether all that was released is still there, and still the same.".to_owned(),
        ],
        name: "Audit",
        on: "schedule:\n  - cron: '17 4 * * 1'\nworkflow_dispatch:".to_owned(),
        group: "plimsoll-audit".to_owned(),
        overtaken: Overtaken::GoesOn,
        jobs: vec![Job {
            id: "audit",
            name: "Audit".to_owned(),
            runner: steps::runner(choices),
            minutes: 60,
            permissions: steps::reading_permissions(needs),
            steps: list,
            ..Job::default()
        }],
    }
}
