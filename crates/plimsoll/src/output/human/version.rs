//! The project's version. The version alone is data, so that `$(plimsoll version)` is it.

use crate::output::json::version::VersionInfo;

/// Renders the version.
pub fn render(answer: &VersionInfo) -> String {
    answer.version.as_ref().map(|version| format!("{version}\n")).unwrap_or_default()
}

/// Says which files name it, or were rewritten.
pub fn remarks(answer: &VersionInfo) -> Vec<String> {
    match &answer.was {
        Some(was) if answer.rewritten.is_empty() => vec![format!("every file names {was} already")],
        Some(was) => {
            let now = answer.version.as_deref().unwrap_or_default();
            answer.rewritten.iter().map(|file| format!("{file}: {was} to {now}")).collect()
        }
        None => answer.files.iter().map(|file| format!("{}:{}", file.file, file.line)).collect(),
    }
}
