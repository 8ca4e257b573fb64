//! What is known when image tags are rendered.

use jiff::Timestamp;

use crate::table::Table;
use crate::version::Version;

/// Why images are made, with what is particular to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A version or a prerelease is released.
    Release {
        /// The version.
        version: Version,
        /// The git tag that names it.
        tag: String,
    },
    /// A version is promoted.
    Promotion {
        /// The version.
        version: Version,
        /// The git tag that promotes it.
        tag: String,
    },
    /// This branch was pushed.
    Branch(String),
    /// The pull request of this number was made or changed.
    PullRequest(u64),
}

impl Event {
    /// Returns the table whose rules apply.
    pub fn table(&self) -> Table {
        match self {
            Self::Release { .. } => Table::Release,
            Self::Promotion { .. } => Table::Promotion,
            Self::Branch(name) => Table::Branch(name.clone()),
            Self::PullRequest(_) => Table::PullRequest,
        }
    }

    /// Returns the version that is released or promoted.
    pub fn version(&self) -> Option<&Version> {
        match self {
            Self::Release { version, .. } | Self::Promotion { version, .. } => Some(version),
            Self::Branch(_) | Self::PullRequest(_) => None,
        }
    }
}

/// Whether the default branch contains the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DefaultBranch {
    /// It does.
    Contains,
    /// It does not.
    Lacks,
}

/// A full commit id, in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(String);

/// A text that is no commit id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no full commit id (40 or 64 lower-case hexadecimal digits)")]
pub struct CommitIdError {
    /// The text.
    pub text: String,
}

impl CommitId {
    /// How many digits an image tag shows of a commit.
    pub const SHORT_LENGTH: usize = 7;

    /// Reads a commit id of SHA-1 (40 digits) or SHA-256 (64 digits).
    ///
    /// # Errors
    /// The text is anything else: an abbreviation, upper case, a name.
    pub fn parse(text: &str) -> Result<Self, CommitIdError> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if matches!(text.len(), 40 | 64) && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CommitIdError { text: text.to_owned() })
        }
    }

    /// Returns all digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the first [`SHORT_LENGTH`](Self::SHORT_LENGTH) digits.
    pub fn short(&self) -> &str {
        self.0.get(..Self::SHORT_LENGTH).unwrap_or(&self.0)
    }
}

/// Everything that a rule for image tags may depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Why images are made.
    pub event: Event,
    /// The commit that they are made from.
    pub commit: CommitId,
    /// Whether the default branch contains that commit.
    pub default_branch: DefaultBranch,
    /// What else is known of the run.
    pub run: Run,
}

/// What is known of a run beside its event. Only rules of docker/metadata-action depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The time that `{{date}}` shows.
    pub now: Timestamp,
    /// The time that `{{commit_date}}` shows.
    pub commit_time: Timestamp,
    /// The name of the default branch, where somebody says.
    pub default_branch: Option<String>,
    /// The branch that a tag was pushed from or a pull request goes to, where the event says so.
    pub base_ref: Option<String>,
    /// GitHub's name of the event; empty where there is none.
    pub event_name: String,
    /// How many digits of the commit are shown.
    pub short_length: usize,
}

impl Run {
    /// A run that depends on nothing but the commit: both times are the commit's.
    pub fn at(commit_time: Timestamp) -> Self {
        Self {
            now: commit_time,
            commit_time,
            default_branch: None,
            base_ref: None,
            event_name: String::new(),
            short_length: CommitId::SHORT_LENGTH,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CommitId;

    #[test]
    fn a_commit_id_is_full_and_in_lower_case() {
        let full = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(CommitId::parse(full).unwrap().short(), "0123456");
        assert!(CommitId::parse(&"a".repeat(64)).is_ok());
        for text in ["", "0123456", "main", &full.to_uppercase(), &"g".repeat(40), &"é".repeat(20)] {
            assert!(CommitId::parse(text).is_err(), "{text}");
        }
    }
}
