//! What a release came to.

use plimsoll_engine::domain::marks::Mark;

use super::{charts, count, images, on_forge, short_commit};
use crate::output::ink::Ink;
use crate::output::json::released::{ReleaseDone, ReleasedStatus};
use crate::output::json::statement::{KeptTag, TagInfo};

/// Renders what a run came to.
pub fn render(answer: &ReleaseDone, ink: Ink) -> String {
    let ReleaseDone { component, tag, commit, .. } = answer;
    let commit = short_commit(commit);
    let line = match answer.status {
        ReleasedStatus::Released => format!("released {component} {tag} from commit {commit}"),
        ReleasedStatus::Finished => format!("finished the release of {component} {tag} from commit {commit}"),
        ReleasedStatus::Rehearsed => {
            format!("rehearsed {component} {tag} from commit {commit}; nothing of it was kept")
        }
        ReleasedStatus::AlreadyReleased if !answer.behind.is_empty() => {
            format!("{component} {tag} is released already")
        }
        ReleasedStatus::AlreadyReleased => {
            format!("{component} {tag} is released already; nothing was missing")
        }
    };
    let line = ink.good(&line);
    match answer.status {
        ReleasedStatus::AlreadyReleased => format!("{line}\n"),
        _ => {
            let images = images::render(&answer.images, ink);
            format!("{line}\n\n{images}{}", charts::render(&answer.charts, ink))
        }
    }
}

/// What is left to say.
pub fn remarks(answer: &ReleaseDone) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(why) = answer.pageless {
        remarks.push(format!("there are the ledger's files and no release page: {why}"));
    }
    if !answer.gates_before.is_empty() {
        let gates = count(answer.gates_before.len(), "gate");
        remarks.push(format!(
            "not run again: {gates}; what this finished had been sealed once they had succeeded"
        ));
    }
    remarks.extend(answer.page.iter().flat_map(on_forge::describe_page));
    remarks.extend(answer.deployments.iter().map(on_forge::describe_deployment));
    if !answer.orphaned_tags.is_empty() {
        let (tags, stay) = match answer.orphaned_tags.len() {
            1 => ("a moving tag".to_owned(), "stays where it is, since no version is left for it"),
            many => (count(many, "moving tag"), "stay where they are, since no version is left for them"),
        };
        remarks.push(format!("{tags} {stay}: {}", answer.orphaned_tags.join(", ")));
    }
    remarks.extend(describe_standing(answer));
    remarks.push(match answer.status {
        ReleasedStatus::Rehearsed => {
            format!(
                "a release of {} from this commit would make the same; `plimsoll doctor` says whether keys, programs and \
                 registries are ready for it",
                answer.tag
            )
        }
        _ => "everything is done; running the same command again changes nothing".to_owned(),
    });
    remarks
}

/// What keeps the release from counting, or tags that it asks for from following it.
pub fn describe_standing(answer: &ReleaseDone) -> Vec<String> {
    let ReleaseDone { component, tag, .. } = answer;
    let kept = answer.kept_tags.iter().map(describe_kept);
    let passed_over = answer.passed_over.iter().filter_map(|mark| match mark {
        Mark::Hold { to, .. } => Some(format!(
            "a rollback to {to} passes {component} {tag} over: no moving tag follows it; to let it count: `plimsoll unhold {tag}`"
        )),
        Mark::Yank { reason, .. } => Some(format!(
            "{component} {tag} is yanked ({reason}): no moving tag follows it; to take that back: `plimsoll unyank {tag}`"
        )),
        Mark::Lift { .. } | Mark::Promotion { .. } => None,
    });
    kept.chain(passed_over).collect()
}

/// A tag that is not taken back from what another tool made.
pub fn describe_kept(KeptTag { tag: TagInfo { repository, tag }, at }: &KeptTag) -> String {
    format!(
        "{repository}:{tag} stays at {at}, which another tool made and which is newer than every release that asks for it"
    )
}
