//! A release attempt that was taken back.

use crate::output::json::withdrawn::WithdrawnInfo;

/// Renders what was taken back.
pub fn render(answer: &WithdrawnInfo) -> String {
    let WithdrawnInfo { component, tag, .. } = answer;
    match (answer.changed.is_some(), answer.had_claim) {
        (false, true) => {
            format!("would withdraw {component} {tag}: its claim and its git tag would be gone\n")
        }
        (false, false) => {
            format!("would withdraw {component} {tag}: it has no claim; its git tag would be gone\n")
        }
        (true, true) => format!("withdrew {component} {tag}: its claim and its git tag are gone\n"),
        (true, false) => format!("withdrew {component} {tag}: it had no claim; its git tag is gone\n"),
    }
}
