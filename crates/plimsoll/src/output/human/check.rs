//! What `check` found. Problems are talk: they are on standard error already.

use super::{count, short_commit};
use crate::output::json::check::{CheckReport, PublishedInfo, PublishedRepository};

/// Renders the verdict; nothing if it is a refusal, which was explained.
pub fn render(answer: &CheckReport) -> String {
    if answer.verdict != "ok" {
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
    let PublishedInfo { tag, repositories } = published;
    let tags = count(repositories.iter().map(|one| one.same).sum(), "tag");
    let word = if repositories.len() == 1 { "repository" } else { "repositories" };
    match repositories.iter().all(PublishedRepository::is_same) {
        true => format!(
            "{tag} is published as this configuration would release it: {tags} in {} {word}\n",
            repositories.len()
        ),
        false => format!(
            "{tag} is published otherwise than this configuration would release it (the same: {tags} in {} {word})\n",
            repositories.len()
        ),
    }
}
