//! A git tag that was made.

use super::short_commit;
use crate::output::json::tagged::{TaggedInfo, TaggedStatus};

/// Renders the tag.
pub fn render(answer: &TaggedInfo) -> String {
    let TaggedInfo { tag, .. } = answer;
    let commit = short_commit(&answer.commit);
    let signed = if answer.signed { "signed " } else { "" };
    match answer.status {
        TaggedStatus::Made => format!("made the {signed}tag {tag} on commit {commit}\n"),
        TaggedStatus::ThereAlready => format!("the {signed}tag {tag} is on commit {commit} already\n"),
    }
}

/// What comes next.
pub fn remarks(answer: &TaggedInfo) -> Vec<String> {
    let TaggedInfo { tag, .. } = answer;
    let next = match (answer.pushed, &answer.remote) {
        (true, _) => format!(
            "it is on the remote; `plimsoll release {tag}` goes on from it, or the CI job that it sets off"
        ),
        (false, Some(_)) => {
            format!("it is in this clone alone; push it: `plimsoll tag {} --push`", words(answer))
        }
        (false, None) => format!(
            "it is in this clone, which has no remote to push it to; `plimsoll release {tag}` goes on from it"
        ),
    };
    let unpushed = (answer.pushed && !answer.commit_pushed).then(|| {
        let branch = answer.branch.as_deref().unwrap_or("BRANCH");
        format!(
            "no branch of the remote has its commit, as far as this clone knows: `git push origin {branch}`"
        )
    });
    unpushed.into_iter().chain([next]).collect()
}

/// The tag as the command takes it.
fn words(answer: &TaggedInfo) -> String {
    match answer.occasion {
        "promotion" => format!("--stable {}", answer.tag),
        _ => answer.tag.clone(),
    }
}
