//! What a rule may depend on: what a CI system or git says of the present commit.

use jiff::Timestamp;

use crate::facts::{Event, Facts};
use crate::git_tag::TagPattern;

/// A git ref as rules tell them apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GitRef {
    /// `refs/heads/NAME`.
    Branch(String),
    /// `refs/tags/NAME`.
    Tag(String),
    /// `refs/pull/NUMBER/merge`; what stands between `refs/pull/` and `/merge`.
    Pull(String),
    /// Any other text, or none.
    Other(String),
}

impl GitRef {
    /// Reads a full ref name.
    pub fn parse(text: &str) -> Self {
        if let Some(name) = text.strip_prefix("refs/heads/") {
            Self::Branch(name.to_owned())
        } else if let Some(name) = text.strip_prefix("refs/tags/") {
            Self::Tag(name.to_owned())
        } else if let Some(pull) = text.strip_prefix("refs/pull/") {
            Self::Pull(pull.strip_suffix("/merge").unwrap_or(pull).to_owned())
        } else {
            Self::Other(text.to_owned())
        }
    }

    /// Returns the branch's name.
    pub fn branch(&self) -> Option<&str> {
        match self {
            Self::Branch(name) => Some(name),
            Self::Tag(_) | Self::Pull(_) | Self::Other(_) => None,
        }
    }

    /// Returns the tag's name.
    pub fn tag(&self) -> Option<&str> {
        match self {
            Self::Tag(name) => Some(name),
            Self::Branch(_) | Self::Pull(_) | Self::Other(_) => None,
        }
    }
}

/// What is known of the present commit, and why images are made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The ref.
    pub reference: GitRef,
    /// GitHub's name of the event: `push`, `schedule`, `pull_request`. Empty where there is none.
    pub event_name: String,
    /// The full commit id. Empty where nobody says.
    pub sha: String,
    /// The default branch of the repository.
    pub default_branch: Option<String>,
    /// The branch that a tag was pushed from or a pull request goes to, where the event says so.
    pub base_ref: Option<String>,
    /// The time of the run: what `{{date}}` shows.
    pub now: Timestamp,
    /// When the commit was made: what `{{commit_date}}` shows.
    pub commit_time: Timestamp,
    /// How many digits `{{sha}}` and `type=sha` show of the commit.
    pub short_length: usize,
}

impl Context {
    /// How many digits are shown of a commit unless somebody asks for another number.
    pub const SHORT_LENGTH: usize = 7;

    /// Takes what rules of docker/metadata-action look at from all that is known. `git_tag` spells a version's git tag.
    pub fn of(facts: &Facts, git_tag: &TagPattern) -> Self {
        let reference = match &facts.event {
            // A promotion is about its version, which has a tag of its own.
            Event::Promotion { version, .. } => GitRef::Tag(git_tag.render(version)),
            Event::Release { tag, .. } => GitRef::Tag(tag.clone()),
            Event::Branch(name) => GitRef::Branch(name.clone()),
            Event::PullRequest(number) => GitRef::Pull(number.to_string()),
        };
        Self {
            reference,
            event_name: facts.run.event_name.clone(),
            sha: facts.commit.as_str().to_owned(),
            default_branch: facts.run.default_branch.clone(),
            base_ref: facts.run.base_ref.clone(),
            now: facts.run.now,
            commit_time: facts.run.commit_time,
            short_length: facts.run.short_length,
        }
    }

    /// Returns the first digits of the commit.
    pub fn short_sha(&self) -> &str {
        self.sha.get(..self.short_length).unwrap_or(&self.sha)
    }

    /// Whether this is the default branch, or an event that GitHub only ever sets off for it.
    pub(super) fn is_default_branch(&self) -> bool {
        let name = match &self.reference {
            GitRef::Branch(name) => Some(name),
            GitRef::Other(text) if text.is_empty() => return false,
            GitRef::Tag(_) | GitRef::Pull(_) | GitRef::Other(_) => None,
        };
        let always = ["create", "discussion", "issues", "schedule"];
        (name.is_some() && self.default_branch.as_ref() == name)
            || always.iter().any(|event| self.event_name.contains(event))
    }

    pub(super) fn is_scheduled(&self) -> bool {
        self.event_name.contains("schedule")
    }
}

#[cfg(test)]
mod tests {
    use super::GitRef;

    #[test]
    fn refs_are_told_apart() {
        for (text, want) in [
            ("refs/heads/a/b", GitRef::Branch("a/b".into())),
            ("refs/tags/v1", GitRef::Tag("v1".into())),
            ("refs/pull/15/merge", GitRef::Pull("15".into())),
            ("refs/pull/15/head", GitRef::Pull("15/head".into())),
            ("main", GitRef::Other("main".into())),
        ] {
            assert_eq!(GitRef::parse(text), want);
        }
    }
}
