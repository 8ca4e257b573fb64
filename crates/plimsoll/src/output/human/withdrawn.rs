//! A release attempt that was taken back.

use crate::output::json::withdrawn::WithdrawnInfo;

/// What others are to be told: a tag that a clone has kept is released from there as if nothing had been taken back.
pub fn remarks(answer: &WithdrawnInfo) -> Vec<String> {
    let WithdrawnInfo { tag, on_remote, changed, .. } = answer;
    let told = (*on_remote && changed.is_some()).then(|| {
        format!("a clone that has fetched {tag} can still release it: delete it there, too, with `git tag -d {tag}`")
    });
    told.into_iter().collect()
}

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
