//! The eight types of rules.
//!
//! | type | yields | for |
//! |---|---|---|
//! | [`schedule`] | a pattern, `nightly` by default | scheduled runs |
//! | [`semver`], [`pep440`] | a version by a pattern | git tags, or the `value` |
//! | [`matching`] (`match`) | what a regular expression finds | git tags, or the `value` |
//! | [`edge`] | `edge` | one branch |
//! | [`mod@reference`] (`ref`) | the name of a branch, tag or pull request | those |
//! | [`raw`] | the `value` | everything |
//! | [`sha`] | the commit | everything |

pub mod edge;
pub mod matching;
pub mod pep440;
pub mod raw;
pub mod reference;
pub mod schedule;
pub mod semver;
pub mod sha;
pub mod source;

use std::fmt;

use super::context::Context;
use super::evaluation::{EvaluationError, Warning};
use super::rule::{Attributes, RuleTextError};
use crate::suggest;

/// A type by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KindName {
    /// `schedule`.
    Schedule,
    /// `semver`.
    Semver,
    /// `pep440`.
    Pep440,
    /// `match`.
    Match,
    /// `edge`.
    Edge,
    /// `ref`.
    Ref,
    /// `raw`.
    Raw,
    /// `sha`.
    Sha,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `schedule`.
    Schedule(schedule::Schedule),
    /// `semver`.
    Semver(semver::Semver),
    /// `pep440`.
    Pep440(pep440::Pep440),
    /// `match`.
    Match(matching::Match),
    /// `edge`.
    Edge(edge::Edge),
    /// `ref`.
    Ref(reference::RefEvent),
    /// `raw`.
    Raw(raw::Raw),
    /// `sha`.
    Sha(sha::Length),
}

/// What a rule yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The text, without prefix and suffix.
    pub value: String,
    /// Whether `latest` goes with it.
    pub latest: GoesWithLatest,
}

/// Whether `latest` is one of the tags if this rule is the first that yields something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GoesWithLatest {
    /// It is.
    Yes,
    /// It is not.
    No,
}

impl KindName {
    /// Every type there is.
    pub const ALL: [Self; 8] = [
        Self::Schedule,
        Self::Semver,
        Self::Pep440,
        Self::Match,
        Self::Edge,
        Self::Ref,
        Self::Raw,
        Self::Sha,
    ];

    /// Reads a type.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn parse(text: &str) -> Result<Self, RuleTextError> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| RuleTextError::UnknownType {
            found: text.to_owned(),
            suggestion: suggest::nearest(
                text,
                &Self::ALL.map(Self::as_str),
                &[
                    ("version", "semver"),
                    ("branch", "ref"),
                    ("tag", "ref"),
                    ("pr", "ref"),
                    ("regex", "match"),
                ],
            ),
        })
    }

    /// Returns the name as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Semver => "semver",
            Self::Pep440 => "pep440",
            Self::Match => "match",
            Self::Edge => "edge",
            Self::Ref => "ref",
            Self::Raw => "raw",
            Self::Sha => "sha",
        }
    }

    /// Returns the priority of a rule that has none of its own.
    pub fn priority(self) -> i64 {
        match self {
            Self::Schedule => 1000,
            Self::Semver | Self::Pep440 => 900,
            Self::Match => 800,
            Self::Edge => 700,
            Self::Ref => 600,
            Self::Raw => 200,
            Self::Sha => 100,
        }
    }
}

impl fmt::Display for KindName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Kind {
    pub(super) fn parse(name: KindName, attributes: &mut Attributes) -> Result<Self, RuleTextError> {
        match name {
            KindName::Schedule => schedule::Schedule::parse(attributes).map(Self::Schedule),
            KindName::Semver => semver::Semver::parse(attributes).map(Self::Semver),
            KindName::Pep440 => pep440::Pep440::parse(attributes).map(Self::Pep440),
            KindName::Match => matching::Match::parse(attributes).map(Self::Match),
            KindName::Edge => Ok(Self::Edge(edge::Edge::parse(attributes))),
            KindName::Ref => reference::RefEvent::parse(attributes).map(Self::Ref),
            KindName::Raw => raw::Raw::parse(attributes).map(Self::Raw),
            KindName::Sha => sha::Length::parse(attributes).map(Self::Sha),
        }
    }

    /// Returns the prefix of a rule that has none of its own.
    pub(super) fn default_prefix(&self) -> Option<&'static str> {
        match self {
            Self::Ref(reference::RefEvent::PullRequest) => Some("pr-"),
            Self::Sha(_) => Some("sha-"),
            Self::Ref(_)
            | Self::Schedule(_)
            | Self::Semver(_)
            | Self::Pep440(_)
            | Self::Match(_)
            | Self::Edge(_)
            | Self::Raw(_) => None,
        }
    }

    pub(super) fn find_value(
        &self,
        context: &Context,
        warnings: &mut Vec<Warning>,
    ) -> Result<Option<Found>, EvaluationError> {
        match self {
            Self::Schedule(schedule) => Ok(schedule.find_value(context)),
            Self::Semver(semver) => semver.find_value(context, warnings),
            Self::Pep440(pep440) => pep440.find_value(context, warnings),
            Self::Match(matching) => Ok(matching.find_value(context, warnings)),
            Self::Edge(edge) => Ok(edge.find_value(context)),
            Self::Ref(event) => Ok(event.find_value(context)),
            Self::Raw(raw) => Ok(Some(raw.find_value(context))),
            Self::Sha(length) => Ok(length.find_value(context)),
        }
    }
}

impl Found {
    fn without_latest(value: impl Into<String>) -> Self {
        Self { value: value.into(), latest: GoesWithLatest::No }
    }

    fn with_latest(value: impl Into<String>) -> Self {
        Self { value: value.into(), latest: GoesWithLatest::Yes }
    }
}
