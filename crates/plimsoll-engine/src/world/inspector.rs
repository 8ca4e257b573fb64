//! The project's own commands: what its people ask of a release beside the rules.

use super::builder::Log;
use super::{Work, WorldError};
use crate::domain::artifact::ArtifactName;
use crate::domain::project::Image;
use plimsoll_oci::model::{Descriptor, Platform};
use plimsoll_oci::name::Digest;
use std::collections::BTreeMap;

/// Runs the commands that a project configures. One that fails stops the release.
pub trait Inspector: Send + Sync {
    /// The gates before anything is made.
    fn source(&self) -> Work<'_, (), InspectionError>;
    /// The gates before a version is promoted.
    fn promote(&self) -> Work<'_, (), InspectionError>;
    /// The smoke command of an image that was made, on each platform that can run here.
    fn smoke<'a>(&'a self, image: &'a Image, root: &'a Descriptor) -> Work<'a, (), InspectionError>;
    /// The gates between the seal and the first push, for artifacts that lie in the workshop.
    fn sealed<'a>(&'a self, artifacts: &'a BTreeMap<ArtifactName, Digest>) -> Work<'a, (), InspectionError>;
    /// The commands of the gates that succeeded in this run, in the order in which they were run.
    fn passed(&self) -> Vec<String>;
}

/// An inspector without commands.
pub struct Unasked;

impl Inspector for Unasked {
    fn source(&self) -> Work<'_, (), InspectionError> {
        Box::pin(async { Ok(()) })
    }

    fn promote(&self) -> Work<'_, (), InspectionError> {
        Box::pin(async { Ok(()) })
    }

    fn smoke<'a>(&'a self, _image: &'a Image, _root: &'a Descriptor) -> Work<'a, (), InspectionError> {
        Box::pin(async { Ok(()) })
    }

    fn sealed<'a>(&'a self, _artifacts: &'a BTreeMap<ArtifactName, Digest>) -> Work<'a, (), InspectionError> {
        Box::pin(async { Ok(()) })
    }

    fn passed(&self) -> Vec<String> {
        Vec::new()
    }
}

fn wanted(command: &str, image: Option<&ArtifactName>) -> String {
    match image {
        Some(image) => format!("the smoke command of image `{image}`, `{command}`,"),
        None => format!("`{command}`"),
    }
}

/// Why a command of the project did not succeed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InspectionError {
    /// A gate failed.
    #[error("gate `{command}` failed")]
    Gate {
        /// The command.
        command: String,
        /// Its exit code; `None` if a signal ended it.
        code: Option<i32>,
        /// What it said.
        log: Log,
    },
    /// The smoke command failed.
    #[error("the smoke command of image `{image}` failed on {platform}")]
    Smoke {
        /// The image.
        image: ArtifactName,
        /// Where it ran.
        platform: Platform,
        /// Its exit code; `None` if a signal ended it.
        code: Option<i32>,
        /// What it said.
        log: Log,
    },
    /// A command took too long.
    #[error("`{command}` was not done within {limit} s")]
    TooSlow {
        /// The command.
        command: String,
        /// How long it may take, in seconds.
        limit: u64,
        /// What it said.
        log: Log,
    },
    /// There is nothing to run images with.
    #[error("{} needs docker or podman: {why}", wanted(command, image.as_ref()))]
    NothingRuns {
        /// What is to run.
        command: String,
        /// The image whose smoke command it is; none for a gate's.
        image: Option<ArtifactName>,
        /// Why there is nothing.
        why: String,
    },
    /// The world did not answer.
    #[error(transparent)]
    World(#[from] WorldError),
}
