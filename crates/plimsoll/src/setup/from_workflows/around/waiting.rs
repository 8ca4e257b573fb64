//! Which jobs wait for which.

use std::collections::BTreeSet;

use super::{Job, Step, Workflow};

/// Whether a job that publishes waits for this one, or for one that does.
pub(super) fn is_awaited(id: &str, workflow: &Workflow) -> bool {
    let mut publishing = workflow.jobs.iter().filter(|job| job.publishes() || job.is_publisher());
    publishing.any(|job| waits_for(job, id, workflow))
}

/// The job that makes images and waits for this one. GoReleaser makes its own by itself.
pub(super) fn find_waiting<'a>(id: &str, workflow: &'a Workflow) -> Option<&'a Job> {
    let makes = |step: &Step| makes_images(step) && !step.runs_goreleaser();
    let mut making = workflow.jobs.iter().filter(|job| job.steps.iter().any(makes));
    making.find(|job| waits_for(job, id, workflow))
}

/// Whether a job waits for this one, or for one that does.
fn waits_for(job: &Job, id: &str, workflow: &Workflow) -> bool {
    let mut awaited: BTreeSet<&str> = BTreeSet::new();
    let mut wanted: Vec<&str> = job.needs.iter().map(String::as_str).collect();
    while let Some(name) = wanted.pop() {
        if awaited.insert(name) {
            let named = workflow.jobs.iter().filter(|job| job.id == name);
            wanted.extend(named.flat_map(|job| &job.needs).map(String::as_str));
        }
    }
    awaited.contains(id)
}

fn makes_images(step: &Step) -> bool {
    step.publishes() && !step.makes_page() && !step.makes_chart()
}

/// Whether a job waits for one that makes images.
pub(super) fn waits_for_images(job: &Job, workflow: &Workflow) -> bool {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut wanted: Vec<&str> = job.needs.iter().map(String::as_str).collect();
    while let Some(name) = wanted.pop() {
        if seen.insert(name) {
            let mut named = workflow.jobs.iter().filter(|job| job.id == name).peekable();
            wanted.extend(named.peek().into_iter().flat_map(|job| &job.needs).map(String::as_str));
            if named.any(|job| job.steps.iter().any(makes_images)) {
                return true;
            }
        }
    }
    false
}
