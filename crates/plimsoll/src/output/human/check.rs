//! What `check` found. Problems are talk: they are on standard error already.

use super::{count, short_commit};
use crate::output::json::check::{CheckReport, PublishedInfo, PublishedVerdict};

/// Renders the verdict; nothing if it is a refusal, which was explained.
pub fn render(answer: &CheckReport) -> String {
    if answer.verdict == "refused" {
        return String::new();
    }
    let at = answer.commit.as_deref().map(|commit| format!(", commit {}", short_commit(commit)));
    let at = at.unwrap_or_default();
    match (&answer.tag, answer.occasion, &answer.version) {
        (Some(tag), Some("promotion"), Some(version)) => {
            format!("{tag} is a right promotion tag of version {version}{at}\n")
        }
        (Some(tag), Some(_), Some(version)) => format!("{tag} would be released as version {version}{at}\n"),
        (Some(tag), _, _) => format!("{tag} is no release tag and would be ignored\n"),
        (None, _, _) => match &answer.published {
            Some(published) => compared(published),
            None => "everything that can be known without the network is right\n".to_owned(),
        },
    }
}

/// How a version that is out stands to the configuration.
fn compared(published: &PublishedInfo) -> String {
    let PublishedInfo { tag, verdict, repositories } = published;
    let tags = count(repositories.iter().map(|one| one.same).sum(), "tag");
    let (read, unread): (Vec<_>, Vec<_>) = repositories.iter().partition(|one| one.read);
    let (read, unread) = (places(read.len()), places(unread.len()));
    match verdict {
        PublishedVerdict::Same => {
            format!("{tag} is published as this configuration would release it: {tags} in {read}\n")
        }
        PublishedVerdict::Otherwise => format!(
            "{tag} is published otherwise than this configuration would release it (the same: {tags} in {read})\n"
        ),
        PublishedVerdict::Incomplete => format!(
            "{tag} is published as this configuration would release it, as far as could be read: {tags} in {read}; {unread} could not be read\n"
        ),
        PublishedVerdict::Unknown => format!(
            "nothing could be compared: whether {tag} is published as this configuration would release it is not known ({unread} could not be read)\n"
        ),
    }
}

fn places(count: usize) -> String {
    let word = if count == 1 { "repository" } else { "repositories" };
    format!("{count} {word}")
}
