//! Deployments: what a forge says stands in which environment.

use std::fmt;

use plimsoll_oci::name::Digest;

use super::git::{GitTag, Oid};
use super::occasion::Occasion;

/// Which occasion an environment follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeployOn {
    /// The release of a version that is no prerelease.
    Version,
    /// The release of a prerelease.
    Prerelease,
    /// The promotion of a version.
    Promotion,
}

impl DeployOn {
    /// True if the environment follows this occasion.
    pub fn covers(self, occasion: &Occasion) -> bool {
        match occasion {
            Occasion::Version(_) => self == DeployOn::Version,
            Occasion::Prerelease(_) => self == DeployOn::Prerelease,
            Occasion::Promotion(_) => self == DeployOn::Promotion,
            Occasion::Branch(_) | Occasion::PullRequest(_) => false,
        }
    }
}

/// An environment, and what is deployed there.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Deployment {
    /// The occasion that it follows.
    pub on: DeployOn,
    /// The environment, as the forge names it.
    pub environment: String,
    /// Where people find what is deployed; `{version}` stands for the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The environments of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployments {
    /// What is configured.
    pub wanted: Vec<Deployment>,
    /// Who keeps the entries.
    pub keeper: Keeper,
}

/// Who keeps entries of deployments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// The forge.
    Forge,
    /// Nobody, for this reason.
    Nobody(&'static str),
}

impl Default for Keeper {
    fn default() -> Keeper {
        Keeper::Nobody("plimsoll.toml names no forge")
    }
}

impl Deployment {
    /// Where people find a version.
    pub fn url_of(&self, version: &str) -> Option<String> {
        self.url.as_ref().map(|url| url.replace("{version}", version))
    }
}

impl Deployments {
    /// What somebody keeps entries of.
    pub fn kept(&self) -> Vec<Deployment> {
        match self.keeper {
            Keeper::Forge => self.wanted.clone(),
            Keeper::Nobody(_) => Vec::new(),
        }
    }

    /// What follows an occasion, of which entries are kept.
    pub fn of_occasion(&self, occasion: &Occasion) -> Vec<Deployment> {
        self.kept().into_iter().filter(|deployment| deployment.on.covers(occasion)).collect()
    }

    /// What follows an occasion and has no entry, each with the reason, as a remark.
    pub fn unkept(&self, occasion: &Occasion) -> Vec<String> {
        let Keeper::Nobody(why) = self.keeper else { return Vec::new() };
        let wanted = self.wanted.iter().filter(|deployment| deployment.on.covers(occasion));
        wanted.map(|it| format!("no entry of the deployment to {}: {why}", it.environment)).collect()
    }
}

/// An entry as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDeployment {
    /// The environment.
    pub environment: String,
    /// Where people find what is deployed.
    pub url: Option<String>,
    /// The git tag of what is deployed.
    pub tag: GitTag,
    /// Its commit.
    pub commit: Oid,
    /// Why it is deployed.
    pub cause: Cause,
}

/// Why something is deployed: with commit and environment the name of an entry, the same in every run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A git tag releases or promotes it.
    Tag(GitTag),
    /// A statement goes back to it, or forward again: its digest.
    Statement(Digest),
    /// Another entry was put over one that counts, which is put over that again.
    Again {
        /// What is stated of what counts.
        statement: Digest,
        /// Why the other entry was made.
        after: Box<Cause>,
    },
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Tag(tag) => write!(f, "tag {tag}"),
            Cause::Statement(digest) => write!(f, "statement {digest}"),
            Cause::Again { statement, after } => write!(f, "statement {statement} after {after}"),
        }
    }
}

/// How a forge names an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeploymentId(pub String);

/// How far a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentState {
    /// Nobody has begun.
    Pending,
    /// It is under way.
    InProgress,
    /// It stands.
    Success,
    /// It failed.
    Failure,
    /// It stood, or was given up: another one took its place.
    Inactive,
}

impl DeploymentState {
    /// True if nothing is left to say of it to come to `goal`: what stood once is never said to have failed.
    pub fn has_reached(self, goal: DeploymentState) -> bool {
        let over = matches!(self, DeploymentState::Success | DeploymentState::Inactive);
        over || self == goal
    }
}

impl fmt::Display for DeploymentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DeploymentState::Pending => "pending",
            DeploymentState::InProgress => "in-progress",
            DeploymentState::Success => "success",
            DeploymentState::Failure => "failure",
            DeploymentState::Inactive => "inactive",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stood_once_never_fails() {
        use DeploymentState::{Failure, InProgress, Inactive, Pending, Success};
        for over in [Success, Inactive] {
            assert!([InProgress, Success, Failure, Inactive].into_iter().all(|goal| over.has_reached(goal)));
        }
        assert!(!Failure.has_reached(InProgress), "another try begins anew");
        assert!(!Pending.has_reached(InProgress) && InProgress.has_reached(InProgress));
    }
}
