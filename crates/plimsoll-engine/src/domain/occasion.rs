//! Why Plimsoll runs.

use plimsoll_tags::version::Version;

/// Why a run takes place (`docs/glossary.md`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A version tag.
    Version(Version),
    /// A version tag with a pre-release part.
    Prerelease(Version),
    /// A promotion tag of an existing version.
    Promotion(Version),
    /// A push to a configured branch.
    Branch(String),
    /// A pull request.
    PullRequest(u64),
}

impl Occasion {
    /// The version that is released, for the occasions that release one.
    pub fn released(&self) -> Option<&Version> {
        match self {
            Occasion::Version(version) | Occasion::Prerelease(version) => Some(version),
            Occasion::Promotion(_) | Occasion::Branch(_) | Occasion::PullRequest(_) => None,
        }
    }

    /// The occasion's name in messages and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Occasion::Version(_) => "version",
            Occasion::Prerelease(_) => "prerelease",
            Occasion::Promotion(_) => "promotion",
            Occasion::Branch(_) => "branch",
            Occasion::PullRequest(_) => "pull-request",
        }
    }
}
