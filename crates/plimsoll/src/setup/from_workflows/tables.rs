//! The occasions that rules stand under, by what sets a workflow off.

use plimsoll_tags::table::Table;

use super::workflow::Triggers;

/// The occasions that a workflow is set off for.
pub(super) fn tables(triggers: &Triggers) -> Vec<Table> {
    let mut tables = Vec::new();
    if triggers.tags.is_some() {
        tables.push(Table::Release);
    }
    for branch in triggers.branches.iter().flatten() {
        let table = match is_pattern(branch) {
            true if is_every(branch) => Table::AnyBranch,
            // Some of the branches are no occasion, and every branch is more than is meant.
            true => continue,
            false => Table::Branch(branch.clone()),
        };
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
    if triggers.branches.as_ref().is_some_and(Vec::is_empty) {
        tables.push(Table::AnyBranch);
    }
    if triggers.pull_request.is_some() {
        tables.push(Table::PullRequest);
    }
    tables
}

/// Whether a pattern fits every branch: a single star is no slash.
fn is_every(pattern: &str) -> bool {
    matches!(pattern, "**" | "**/*")
}

/// What is said of branches that are written as a pattern and are some of them.
pub(super) fn tell_some_branches(triggers: &Triggers) -> Option<String> {
    let branches = triggers.branches.as_deref().unwrap_or_default();
    let is_some = |branch: &&String| is_pattern(branch) && !is_every(branch) && !branch.starts_with('!');
    let some: Vec<&str> = branches.iter().filter(is_some).map(String::as_str).collect();
    (!some.is_empty()).then(|| {
        format!(
            "branches {}: here one branch has rules by its name (`\"branch:NAME\"`), or all of them have (`\"branch:*\"`): these are not published",
            some.join(", ")
        )
    })
}

/// Whether a branch is written as a pattern.
pub(super) fn is_pattern(branch: &str) -> bool {
    branch.contains(['*', '?', '[', '!', '+'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_of_the_branches_are_no_occasion() {
        let on = |branches: &[&str]| Triggers {
            branches: Some(branches.iter().map(|&branch| branch.to_owned()).collect()),
            ..Triggers::default()
        };
        for (branches, want, told) in [
            (&["main", "release/**"][..], &["branch:main"][..], true),
            (&["**", "!dependabot/**"], &["branch:*"], false),
            (&["main", "**"], &["branch:main", "branch:*"], false),
            (&["main", "*"], &["branch:main"], true),
            (&[], &["branch:*"], false),
            (&["v[0-9]+"], &[], true),
        ] {
            let found: Vec<String> = tables(&on(branches)).iter().map(ToString::to_string).collect();
            assert_eq!(found, want, "{branches:?}");
            assert_eq!(tell_some_branches(&on(branches)).is_some(), told, "{branches:?}");
        }
    }
}
