//! What git calls things.

use std::fmt;
use std::str::FromStr;

/// The name of a git object: 40 or 64 lowercase hexadecimal characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Oid(String);

/// A text that names no git object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no git object name")]
pub struct OidError(pub String);

impl Oid {
    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first seven characters, as image tags of commits have them.
    pub fn short(&self) -> &str {
        self.0.get(..7).expect("an object name has at least 40 characters")
    }
}

impl FromStr for Oid {
    type Err = OidError;

    fn from_str(text: &str) -> Result<Self, OidError> {
        let hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        match hex && matches!(text.len(), 40 | 64) {
            true => Ok(Oid(text.into())),
            false => Err(OidError(text.into())),
        }
    }
}

impl TryFrom<String> for Oid {
    type Error = OidError;

    fn try_from(text: String) -> Result<Self, OidError> {
        text.parse()
    }
}

impl From<Oid> for String {
    fn from(oid: Oid) -> String {
        oid.0
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a git tag, without `refs/tags/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct GitTag(pub String);

impl fmt::Display for GitTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The git tag a release is made from, as it was when the run began.
///
/// The tag *object* is held to, not only its commit: a tag made anew on the same commit is another attempt.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TagAt {
    /// The tag's name.
    pub name: GitTag,
    /// What `refs/tags/<name>` points at: a tag object, or a commit for a lightweight tag.
    pub object: Oid,
    /// The commit below it.
    pub commit: Oid,
    /// True if the remote had the tag; false if only this clone has it.
    pub on_remote: bool,
}

/// A ref on whose newest commit moving tags are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitLine {
    /// A branch.
    Branch(String),
    /// What a pull request proposes.
    PullRequest(u64),
}

impl fmt::Display for GitLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GitLine::Branch(name) => write!(f, "branch {name}"),
            GitLine::PullRequest(number) => write!(f, "pull request {number}"),
        }
    }
}
