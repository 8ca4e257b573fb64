//! A release attempt that was taken back.

use crate::output::json::withdrawn::WithdrawnInfo;

/// Renders what was taken back.
pub fn render(answer: &WithdrawnInfo) -> String {
    let WithdrawnInfo { component, tag, .. } = answer;
    match answer.had_claim {
        true => format!("withdrew {component} {tag}: its claim and its git tag are gone\n"),
        false => format!("withdrew {component} {tag}: it had no claim; its git tag is gone\n"),
    }
}
