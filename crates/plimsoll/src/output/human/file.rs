//! A file of a release.

use crate::output::ink::Ink;
use crate::output::json::file::FileInfo;

/// Renders a file.
pub fn render(answer: &FileInfo, ink: Ink) -> String {
    let verified = if answer.verified { "as recorded" } else { "the record has none to compare with" };
    format!(
        "{}  {}\n  {}{}\n  {}{verified}\n  {}\n",
        ink.strong(&format!("{} {}", answer.component, answer.version)),
        answer.file,
        ink.faint("path  "),
        answer.path,
        ink.faint("hash  "),
        answer.hash,
    )
}
