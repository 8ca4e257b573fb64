//! `github.ref`, as far as it is known what it is.

use super::{Judge, Truth, Word};
use crate::setup::from_workflows::releases::{family_of, version_of};

/// What `github.ref` is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup::from_workflows) enum Reference {
    /// A git tag as releases have it.
    Release(String),
    /// This branch.
    Branch(String),
    /// A branch that the condition does not name, and what it begins with.
    OtherBranch(String),
    PullRequest,
    Unknown,
}

impl Judge<'_> {
    pub(super) fn reference(&self, tags: &'static str, branches: &'static str) -> Word {
        match &self.moment.reference {
            Reference::Release(tag) => Word::Release { kind: tags, tag: tag.clone() },
            Reference::Branch(name) => Word::Text(format!("{branches}{name}")),
            Reference::OtherBranch(begin) => Word::Begins { kind: branches, begin: begin.clone() },
            // Of whichever number.
            Reference::PullRequest if tags.is_empty() => Word::Text("1/merge".to_owned()),
            Reference::PullRequest => Word::Text("refs/pull/1/merge".to_owned()),
            Reference::Unknown => Word::Unknown,
        }
    }

    /// Whether the page is one of a prerelease: people say so, and of versions that are none they hardly ever do.
    pub(super) fn prerelease(&self) -> Word {
        match &self.moment.reference {
            Reference::Release(tag) => {
                let version = tag.strip_prefix(family_of(tag)).and_then(version_of);
                Word::Switch(version.is_some_and(|version| version.is_prerelease()))
            }
            Reference::Branch(_)
            | Reference::OtherBranch(_)
            | Reference::PullRequest
            | Reference::Unknown => Word::Unknown,
        }
    }

    pub(super) fn default_branch(&self) -> Word {
        let known = self.known.values.get("github.event.repository.default_branch");
        match (known, &self.moment.reference) {
            (Some(name), _) => Word::Text(name.clone()),
            // It is hardly ever called anything else.
            (None, Reference::Branch(name)) if name == "main" || name == "master" => Word::Text(name.clone()),
            // Neither a version nor a pull request is called like that.
            (None, Reference::Release(_) | Reference::PullRequest) => Word::Text("main".to_owned()),
            (None, Reference::Branch(_) | Reference::OtherBranch(_) | Reference::Unknown) => Word::Unknown,
        }
    }
}

/// Whether something that a job works out is called after what it says: whether the version is a prerelease.
pub(in crate::setup::from_workflows) fn says_prerelease(name: &str) -> bool {
    let (of, last) = name.rsplit_once('.').unwrap_or(("env", name));
    let is_worked_out = of == "env" || of.ends_with(".outputs");
    let last = last.to_ascii_lowercase();
    is_worked_out && matches!(last.replace(['_', '-'], "").as_str(), "prerelease" | "isprerelease")
}

/// Whether what begins with `known` begins with `text`.
pub(super) fn begins(known: &str, text: &str) -> Truth {
    match (known.starts_with(text), text.starts_with(known)) {
        (true, _) => Truth::Holds,
        (false, false) => Truth::Fails,
        (false, true) => Truth::Open,
    }
}

/// Whether what begins with `known` has `part` in it.
pub(super) fn contains(known: &str, part: &str) -> Truth {
    let is_kind = ["refs", "tags", "heads", "pull"].iter().any(|word| part.split('/').next() == Some(word));
    match known.contains(part) {
        true => Truth::Holds,
        false if is_kind => Truth::Fails,
        false => Truth::Open,
    }
}
