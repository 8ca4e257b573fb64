//! The next version by what commits say they change.
//!
//! Messages follow Conventional Commits 1.0.0 (conventionalcommits.org): `feat!: …`, `fix(api): …`, a footer
//! `BREAKING CHANGE: …`. The gravest change decides. 0.x versions promise less, and the parts move down by one as
//! `^0.2.3` of Cargo and npm understands them: what breaks raises the second number, everything else the third.

use git_conventional::Commit;

use crate::version::{Bump, BumpError, Version};

/// What a commit changes for users, the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Nothing that they see: documentation, tests, chores; or the message does not say.
    None,
    /// Something is mended: `fix`, `perf`, `revert`.
    Fix,
    /// Something is new: `feat`.
    Feature,
    /// Something that worked does not work any more.
    Breaking,
}

impl Change {
    /// Reads the message of a commit. What follows no convention changes nothing.
    pub fn parse(message: &str) -> Self {
        let Ok(commit) = Commit::parse(message.trim()) else { return Self::None };
        if commit.breaking() {
            return Self::Breaking;
        }
        match commit.type_().as_str().to_ascii_lowercase().as_str() {
            "feat" | "feature" => Self::Feature,
            "fix" | "perf" | "revert" => Self::Fix,
            _ => Self::None,
        }
    }

    /// Returns the name that programs know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Fix => "fix",
            Self::Feature => "feature",
            Self::Breaking => "breaking",
        }
    }

    /// Returns what the change raises of a version.
    pub fn bump(self, version: &Version) -> Option<Bump> {
        let is_early = version.major() == 0;
        match self {
            Self::None => None,
            Self::Breaking if !is_early => Some(Bump::Major),
            Self::Breaking => Some(Bump::Minor),
            Self::Feature if !is_early => Some(Bump::Minor),
            Self::Feature | Self::Fix => Some(Bump::Patch),
        }
    }
}

/// A commit as its message describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it changes.
    pub change: Change,
    /// Which part of the project.
    pub scope: Option<String>,
    /// What it does, in one line.
    pub description: String,
}

impl Entry {
    /// Reads the message of a commit; `None` if it follows no convention.
    pub fn parse(message: &str) -> Option<Self> {
        let commit = Commit::parse(message.trim()).ok()?;
        Some(Self {
            change: Change::parse(message),
            scope: commit.scope().map(|scope| scope.to_string()),
            description: commit.description().trim().to_owned(),
        })
    }
}

/// Returns the version after one that was released, or nothing where no change asks for one.
///
/// # Errors
/// A number of the version cannot be raised.
pub fn next(
    version: &Version,
    changes: impl IntoIterator<Item = Change>,
) -> Result<Option<Version>, BumpError> {
    let gravest = changes.into_iter().max().unwrap_or(Change::None);
    gravest.bump(version).map(|bump| version.bump(&bump)).transpose()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::version::Scheme;

    #[test]
    fn messages_say_what_they_change() {
        for (message, want) in [
            ("fix: a", Change::Fix),
            ("Fix(api): a", Change::Fix),
            ("perf: a", Change::Fix),
            ("feat(ui): a\n\nmore", Change::Feature),
            ("feat!: a", Change::Breaking),
            ("chore(deps)!: a", Change::Breaking),
            ("fix: a\n\nBREAKING CHANGE: b", Change::Breaking),
            ("fix: a\n\nBREAKING-CHANGE: b", Change::Breaking),
            ("docs: a", Change::None),
            ("Merge branch 'x'", Change::None),
            ("feat a", Change::None),
            ("", Change::None),
        ] {
            assert_eq!(Change::parse(message), want, "{message}");
        }
    }

    #[test]
    fn the_gravest_change_decides() {
        use Change::{Breaking, Feature, Fix, None as Nothing};
        for (from, changes, want) in [
            ("1.2.3", vec![Fix, Nothing], Some("1.2.4")),
            ("1.2.3", vec![Fix, Feature], Some("1.3.0")),
            ("1.2.3", vec![Breaking, Feature], Some("2.0.0")),
            ("0.2.3", vec![Fix], Some("0.2.4")),
            ("0.2.3", vec![Feature], Some("0.2.4")),
            ("0.2.3", vec![Breaking], Some("0.3.0")),
            ("1.2.3", vec![Nothing], None),
            ("1.2.3", vec![], None),
        ] {
            let version = Version::parse(Scheme::Semver, from).unwrap();
            let found = next(&version, changes).unwrap().map(|version| version.to_string());
            assert_eq!(found.as_deref(), want, "{from}");
        }
    }

    proptest! {
        #[test]
        fn the_next_version_is_higher(text in "[0-3]\\.[0-3]\\.[0-3]", change in 0..4_usize) {
            let change = [Change::None, Change::Fix, Change::Feature, Change::Breaking][change];
            let version = Version::parse(Scheme::Semver, &text).unwrap();
            let found = next(&version, [change]).unwrap();
            prop_assert_eq!(found.is_none(), change == Change::None);
            prop_assert!(found.is_none_or(|found| found > version));
        }

        #[test]
        fn never_panics(message: String) {
            let _ = Change::parse(&message);
        }
    }
}
