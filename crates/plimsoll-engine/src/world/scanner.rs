//! What lists what is in images: [`SCANNER`], where it is installed.

use bytes::Bytes;
use plimsoll_oci::model::{Descriptor, Platform};

use super::builder::Log;
use super::{Work, WorldError};
use crate::domain::artifact::ArtifactName;
use crate::domain::sbom::{SCANNER, SbomFormat};

/// The image for one platform, whose content is to be listed.
#[derive(Clone, Copy, Debug)]
pub struct ScanOrder<'a> {
    /// The image.
    pub image: &'a ArtifactName,
    /// For which platform it is.
    pub platform: &'a Platform,
    /// Its manifest, which lies in the workshop.
    pub manifest: &'a Descriptor,
    /// What the list calls it: its repository.
    pub name: &'a str,
    /// Which version of it the list says it is of.
    pub version: &'a str,
    /// How the list is written.
    pub format: SbomFormat,
    /// The most bytes that are taken.
    pub limit: u64,
}

/// A program that lists what is in images. Nothing outside changes when it does.
pub trait Scanner: Send + Sync {
    /// Asks whether it can be used. Nothing is listed.
    fn ready(&self) -> Work<'_, (), ScanError>;
    /// What it lists, as it wrote it: nobody has looked at it yet.
    fn scan<'a>(&'a self, order: ScanOrder<'a>) -> Work<'a, Bytes, ScanError>;
}

/// Why nothing was listed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ScanError {
    /// The program is not there, too old, or does not work.
    #[error("{SCANNER} can't be used: {why}")]
    Unusable {
        /// What it or the system said.
        why: String,
    },
    /// It did not succeed.
    #[error("{SCANNER} failed")]
    Failed {
        /// Its exit code; `None` if a signal ended it.
        code: Option<i32>,
        /// What it said.
        log: Log,
    },
    /// It took too long.
    #[error("{SCANNER} was not done within {limit} s")]
    TooSlow {
        /// How long it may take, in seconds.
        limit: u64,
    },
    /// It lists more than can be stated.
    #[error("{SCANNER} listed more than {limit} bytes")]
    TooMuch {
        /// How many bytes are taken.
        limit: u64,
    },
    /// The world did not answer.
    #[error(transparent)]
    World(#[from] WorldError),
}
