//! Which jobs wait for which.

use std::collections::BTreeSet;

use super::{Job, Step, Workflow};

/// Whether a job that publishes waits for this one, or for one that does.
pub(super) fn is_awaited(id: &str, workflow: &Workflow) -> bool {
    let mut awaited: BTreeSet<&str> = BTreeSet::new();
    let publishing = workflow.jobs.iter().filter(|job| job.publishes() || job.is_publisher());
    let mut wanted: Vec<&str> = publishing.flat_map(|job| &job.needs).map(String::as_str).collect();
    while let Some(name) = wanted.pop() {
        if awaited.insert(name) {
            let named = workflow.jobs.iter().filter(|job| job.id == name);
            wanted.extend(named.flat_map(|job| &job.needs).map(String::as_str));
        }
    }
    awaited.contains(id)
}

/// Whether a job waits for one that makes images.
pub(super) fn waits_for_images(job: &Job, workflow: &Workflow) -> bool {
    let makes = |step: &Step| step.publishes() && !step.makes_page() && !step.makes_chart();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut wanted: Vec<&str> = job.needs.iter().map(String::as_str).collect();
    while let Some(name) = wanted.pop() {
        if seen.insert(name) {
            let mut named = workflow.jobs.iter().filter(|job| job.id == name).peekable();
            wanted.extend(named.peek().into_iter().flat_map(|job| &job.needs).map(String::as_str));
            if named.any(|job| job.steps.iter().any(makes)) {
                return true;
            }
        }
    }
    false
}
