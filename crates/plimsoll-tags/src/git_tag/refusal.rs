//! Why a tag of the release family is not released.

use std::fmt;

use super::TagPattern;
use crate::version::{Version, VersionError};

/// A tag that should be a release and cannot be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The tag.
    pub tag: String,
    /// What is wrong with it.
    pub reason: RefusalReason,
    /// The patterns that it could have fitted, as they are configured.
    pub patterns: Vec<String>,
    /// The tag that was probably meant. It is one that the policy accepts.
    pub nearest: Option<String>,
}

/// What is wrong with a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalReason {
    /// A pattern fits, but what stands for `{version}` is no version.
    NotAVersion {
        /// The pattern.
        pattern: TagPattern,
        /// Why it is none.
        error: VersionError,
    },
    /// The version is right and spelled in another way than the tag has to be.
    NotCanonical {
        /// The pattern.
        pattern: TagPattern,
        /// The version that was read.
        version: Version,
    },
    /// A prerelease, and prereleases are switched off.
    PrereleasesRefused {
        /// The prerelease.
        version: Version,
    },
    /// A prerelease cannot be promoted: it is not the release that it precedes.
    PrereleasePromoted {
        /// The prerelease.
        version: Version,
    },
    /// It begins like a release tag, and the rest fits no pattern.
    NoPatternFits,
    /// It does not begin like a release tag, but was named as one.
    OutsideFamily,
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAVersion { error, .. } => error.fmt(formatter),
            Self::NotCanonical { pattern, version } => {
                write!(formatter, "version {version} is spelled `{}`", pattern.render(version))
            }
            Self::PrereleasesRefused { version } => {
                write!(formatter, "{version} is a prerelease, and prereleases are not allowed")
            }
            Self::PrereleasePromoted { version } => {
                write!(formatter, "{version} is a prerelease, and a prerelease cannot be promoted")
            }
            Self::NoPatternFits => formatter.write_str("it begins like a release tag and fits no pattern"),
            Self::OutsideFamily => formatter.write_str("it does not begin like a release tag"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "tag `{}` is not released: {}", self.tag, self.reason)
    }
}

impl std::error::Error for Refusal {}
