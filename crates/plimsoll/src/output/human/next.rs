//! The version that commits ask for. It alone is data, so that `$(plimsoll version next)` is it.

use crate::output::json::next::NextInfo;

/// How many digits are shown of a commit.
const SHORT: usize = 7;

/// Renders the version; nothing if no commit asks for one.
pub fn render(answer: &NextInfo) -> String {
    answer.version.as_ref().map(|version| format!("{version}\n")).unwrap_or_default()
}

/// Says which commits decided it.
pub fn remarks(answer: &NextInfo) -> Vec<String> {
    let since = match &answer.tag {
        Some(tag) => format!("since {tag}"),
        None => "and no version tag".to_owned(),
    };
    let commits = match answer.commits {
        1 => "1 commit".to_owned(),
        count => format!("{count} commits"),
    };
    let verdict = match (&answer.version, &answer.tag) {
        (None, _) => format!("{commits} {since}, none of which asks for a release"),
        (Some(_), None) => format!("{commits} {since}: this would be the first version"),
        (Some(_), Some(_)) => format!("{commits} {since}; decided by:"),
    };
    let decided = answer.decided.iter().filter(|_| answer.tag.is_some());
    let lines = decided.map(|commit| {
        let short = commit.commit.get(..SHORT).unwrap_or(&commit.commit);
        format!("  {short} {} ({})", commit.subject, commit.change)
    });
    std::iter::once(verdict).chain(lines).collect()
}
