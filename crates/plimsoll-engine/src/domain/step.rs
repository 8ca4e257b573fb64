//! Names of steps and the order they come in.

use std::fmt;

/// The phases of a release, in their order. No step runs before every required step of the phases before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The project's own commands prove what is promoted.
    Gate,
    /// Content is made in the local layout.
    Make,
    /// Content goes up by digest; nothing is visible.
    Push,
    /// Hold tags keep untagged content from being collected.
    Hold,
    /// What is there is signed, where it is.
    Sign,
    /// The record goes up beside the content.
    Record,
    /// The claim is committed: from here on the set is the release.
    Commit,
    /// Version tags, each written once.
    VersionTag,
    /// The claim is published.
    Publish,
    /// The page on the forge.
    Page,
    /// What the forge keeps of what is attested.
    Attestations,
    /// Tags and pages that charts have of their own.
    ChartTag,
    /// Files of the ledger.
    Ledger,
    /// Charts are listed in their repositories over HTTP.
    ChartIndex,
    /// First-wins tags.
    FirstWins,
    /// Moving tags.
    MovingTag,
    /// What the forge shows as the latest.
    LatestPage,
    /// What the forge says stands in each environment.
    Deployment,
}

/// The name of one step: the same for the same thing in every run.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct StepId(String);

impl StepId {
    /// A step of a kind about a subject: `version-tag ghcr.io/acme/app:v1.0.0`.
    pub fn new(kind: &str, subject: impl fmt::Display) -> StepId {
        StepId(format!("{kind} {subject}"))
    }

    /// True if this is a step of that kind.
    pub fn is(&self, kind: &str) -> bool {
        self.0.split(' ').next() == Some(kind)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
