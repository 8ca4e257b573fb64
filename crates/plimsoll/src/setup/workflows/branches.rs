//! The workflow that publishes the images of branches.

use super::document::{Job, Overtaken, Step, Workflow, in_quotes};
use super::needs::Needs;
use super::steps::Ground;
use super::tag_family::name_filter;
use super::variables::{Work, handed};
use super::{Choices, made_files, steps};

/// None where pushes to branches publish nothing.
pub(super) fn workflow(needs: &Needs, choices: &Choices) -> Option<Workflow> {
    let branches = match (needs.any_branch, needs.branches.as_slice()) {
        (true, _) => "'**'".to_owned(),
        (false, []) => return None,
        (false, branches) => {
            branches.iter().map(|branch| in_quotes(&name_filter(branch))).collect::<Vec<_>>().join(", ")
        }
    };
    let mut list = steps::fetch(choices, Ground::Event);
    list.push(steps::install(&choices.pin));
    list.extend(made_files::before(needs, choices));
    list.extend(steps::prepare_builds(needs, choices, &needs.foreign()));
    list.push(Step {
        name: "Publish the images of the branch".to_owned(),
        env: handed(needs, Work::Publishes),
        run: vec!["plimsoll publish".to_owned()],
        ..Step::default()
    });
    Some(Workflow {
        file: "plimsoll-branch",
        about: vec![
            "Publishes the images of a branch; tags that move only go on to newer commits.".to_owned(),
        ],
        name: "Branch",
        on: format!("push:\n  branches: [{branches}]"),
        // A group of its own for each commit of each branch: none loses its images.
        group: "plimsoll-branch-${{ github.ref }}-${{ github.sha }}".to_owned(),
        overtaken: Overtaken::GoesOn,
        jobs: made_files::with_job(
            made_files::job(needs, choices, Ground::Event, None),
            Job {
                id: "publish",
                name: "Publish".to_owned(),
                runner: steps::runner(choices),
                minutes: 120,
                permissions: steps::publishing_permissions(needs),
                steps: list,
                ..Job::default()
            },
        ),
    })
}
