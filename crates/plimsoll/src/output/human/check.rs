//! What `check` found. Problems are talk: they are on standard error already.

use super::short_commit;
use crate::output::json::check::CheckReport;

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
        (None, _, _) => "everything that can be known without the network is right\n".to_owned(),
    }
}
