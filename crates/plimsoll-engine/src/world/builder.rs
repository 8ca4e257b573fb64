//! What makes an image from a Dockerfile.

use std::collections::BTreeMap;

use plimsoll_oci::model::Platform;

use super::origins::Opened;
use super::{Work, WorldError};
use crate::domain::artifact::ArtifactName;
use crate::domain::build::Recipe;
use crate::domain::git::Oid;
use crate::domain::time::Moment;

/// One image to be built.
#[derive(Clone, Copy, Debug)]
pub struct BuildOrder<'a> {
    /// The image.
    pub image: &'a ArtifactName,
    /// What it is built from.
    pub recipe: &'a Recipe,
    /// The commit.
    pub commit: &'a Oid,
    /// For which platforms, each once.
    pub platforms: &'a [Platform],
    /// Every build argument: the recipe's and those that the Dockerfile is given.
    pub arguments: &'a BTreeMap<String, String>,
    /// Labels that the image gets.
    pub labels: &'a BTreeMap<String, String>,
    /// The time of everything that the build makes, as far as the builder can set it.
    pub time: Moment,
    /// Where the build's programs run.
    pub execution: Execution,
}

/// Where the programs of a build run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Execution {
    /// Some run on the platform that is built for; a foreign one needs emulation.
    OnTarget,
    /// None runs there.
    OnBuilder,
}

/// Builds images.
pub trait Builder: Send + Sync {
    /// Builds an image, or opens what was built elsewhere. What comes back together holds the image for each platform, in
    /// one index or in several pieces; whoever asked checks that.
    fn build<'a>(&'a self, order: BuildOrder<'a>) -> Work<'a, Vec<Opened>, BuildError>;
}

/// Why an image was not built.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BuildError {
    /// There is nothing to build with.
    #[error("there is no builder")]
    NoBuilder {
        /// What was looked for, and why it can't be used.
        tried: Vec<(&'static str, String)>,
    },
    /// The builder that was asked for can't be used, or went away.
    #[error("{builder} can't be used: {why}")]
    Unusable {
        /// The builder.
        builder: &'static str,
        /// What it or the system said.
        why: String,
    },
    /// The builder can't do what is configured.
    #[error("{builder} can't do this: {what}")]
    Unsupported {
        /// The builder.
        builder: &'static str,
        /// What it can't do.
        what: String,
    },
    /// The builder can't run programs of a platform.
    #[error("{builder} runs nothing for {}", list(platforms))]
    NoEmulation {
        /// The builder.
        builder: &'static str,
        /// For which platforms.
        platforms: Vec<Platform>,
        /// For which it does.
        has: Vec<String>,
    },
    /// The build failed.
    #[error("{builder} could not build it")]
    Failed {
        /// The builder.
        builder: &'static str,
        /// Its exit code; `None` if a signal ended it.
        code: Option<i32>,
        /// What it said.
        log: Log,
    },
    /// The build took too long.
    #[error("{builder} was not done within {limit} s")]
    TooSlow {
        /// The builder.
        builder: &'static str,
        /// How long it may take, in seconds.
        limit: u64,
        /// What it said.
        log: Log,
    },
    /// A secret that the build needs is not there.
    #[error("secret `{id}`: {why}")]
    Secret {
        /// Its id.
        id: String,
        /// What is wrong.
        why: String,
    },
    /// What was built elsewhere can't be used.
    #[error("{folder}: {fault}")]
    Part {
        /// Where it lies.
        folder: String,
        /// What is wrong with it.
        fault: PartFault,
    },
    /// The world did not answer.
    #[error(transparent)]
    World(#[from] WorldError),
}

/// What a program said while it ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The file that has all of it.
    pub path: String,
    /// Its last lines.
    pub last: Vec<String>,
}

/// What is wrong with something that was built elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartFault {
    /// `plimsoll build --output` did not write it.
    #[error("this is no part of a release: {0}")]
    NotAPart(String),
    /// It was built from another commit.
    #[error("it was built from commit {found}, and {wanted} is released")]
    OtherCommit {
        /// Its commit.
        found: Oid,
        /// The commit that is released.
        wanted: Oid,
    },
    /// It was built for another version.
    #[error("it was built as version {found}, and {wanted} is released")]
    OtherVersion {
        /// Its version.
        found: String,
        /// The version that is released.
        wanted: String,
    },
    /// It was built with another configuration.
    #[error("it was built with another configuration")]
    OtherConfig,
    /// Files of the working directory were not those of the commit.
    #[error("it was built from files that are not committed")]
    Modified,
}

fn list(platforms: &[Platform]) -> String {
    platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
