//! What `publish` would do, phase by phase.

use super::plan::render_steps;
use super::short_commit;
use crate::output::ink::Ink;
use crate::output::json::publish_plan::PublishPlanInfo;

/// Renders it.
pub fn render(answer: &PublishPlanInfo, ink: Ink) -> String {
    let PublishPlanInfo { component, reference, version, commit, .. } = answer;
    let title = format!("{component} {version}: {reference} at commit {}", short_commit(commit));
    format!("{}\n{}", ink.strong(&title), render_steps(&answer.steps, ink))
}

/// What is left to say.
pub fn remarks(answer: &PublishPlanInfo) -> Vec<String> {
    let mut remarks = answer.skipped.clone();
    remarks.push(
        "moving tags end at the newest published commit, whichever that is when they are moved".to_owned(),
    );
    if answer.adopted.is_none() {
        remarks.push(
            "nothing was looked at; `--online` says what is published of this commit already".to_owned(),
        );
    }
    remarks
}
