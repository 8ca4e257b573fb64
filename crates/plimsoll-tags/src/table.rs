//! The tables of a configuration that a rule for image tags can stand in.

use std::fmt;

/// When a rule applies: the key that it stands under in an image's `tags`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// `release`: a version tag, prereleases included.
    Release,
    /// `promotion`: a promotion tag.
    Promotion,
    /// `branch:NAME`: a push to that branch.
    Branch(String),
    /// `branch:*`: a push to any branch that has no table of its own.
    AnyBranch,
    /// `pull-request`: a pull request.
    PullRequest,
}

/// A key that names no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// It is none of the known ones.
    #[error("`{key}` is none of `release`, `promotion`, `branch:NAME`, `branch:*` and `pull-request`")]
    Unknown {
        /// The key.
        key: String,
        /// The key that was perhaps meant.
        suggestion: Option<&'static str>,
    },
    /// `branch:` without a name.
    #[error("`branch:` needs the name of a branch")]
    NoBranch,
}

impl Table {
    /// Reads the key of a table.
    ///
    /// # Errors
    /// The key is none; see [`TableError`].
    pub fn parse(key: &str) -> Result<Self, TableError> {
        match key {
            "release" => Ok(Self::Release),
            "promotion" => Ok(Self::Promotion),
            "pull-request" => Ok(Self::PullRequest),
            _ => match key.strip_prefix("branch:") {
                Some("") => Err(TableError::NoBranch),
                Some("*") => Ok(Self::AnyBranch),
                Some(name) => Ok(Self::Branch(name.to_owned())),
                None => Err(TableError::Unknown {
                    key: key.to_owned(),
                    suggestion: crate::suggest::nearest(
                        key,
                        &["release", "promotion", "pull-request"],
                        &[
                            ("version", "release"),
                            ("tag", "release"),
                            ("stable", "promotion"),
                            ("promote", "promotion"),
                            ("branch", "branch:NAME"),
                            ("main", "branch:NAME"),
                            ("master", "branch:NAME"),
                            ("pr", "pull-request"),
                            ("pull_request", "pull-request"),
                        ],
                    ),
                }),
            },
        }
    }
}

/// Prints the key.
impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release => formatter.write_str("release"),
            Self::Promotion => formatter.write_str("promotion"),
            Self::Branch(name) => write!(formatter, "branch:{name}"),
            Self::AnyBranch => formatter.write_str("branch:*"),
            Self::PullRequest => formatter.write_str("pull-request"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Table, TableError};

    #[test]
    fn keys_are_read_as_they_are_printed() {
        for key in [
            "release",
            "promotion",
            "pull-request",
            "branch:main",
            "branch:release/1.x",
            "branch:a:b",
            "branch:*",
        ] {
            assert_eq!(Table::parse(key).unwrap().to_string(), key);
        }
    }

    #[test]
    fn other_keys_are_refused_with_what_was_meant() {
        for (key, suggestion) in [
            ("relase", Some("release")),
            ("pr", Some("pull-request")),
            ("main", Some("branch:NAME")),
            ("weekly", None),
        ] {
            assert_eq!(Table::parse(key), Err(TableError::Unknown { key: key.to_owned(), suggestion }));
        }
        assert_eq!(Table::parse("branch:"), Err(TableError::NoBranch));
    }
}
