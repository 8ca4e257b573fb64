//! Git tags: which one names a version, a prerelease or a promotion, and why another does not.
//!
//! A [`TagPolicy`] is made of a version pattern (`v{version}`) and, where releases are promoted by tag, a stable
//! pattern (`v{version}-stable`). The stable pattern is tried first: without that, `v1.4.0-stable` would be the
//! prerelease `stable` of 1.4.0.
//!
//! The *release family* is every tag that begins like one of the patterns (`v…`). A tag in the family that fits no
//! pattern is a mistake and is refused; a tag outside it is somebody else's. Naming a tag on a command line claims it
//! for the family, hence [`TagPolicy::read`] and [`TagPolicy::read_named`].
//!
//! A tag fits only in the one spelling that the pattern renders for its version: `v1.0-RC1` is refused under PEP 440
//! and `v1.0rc1` named instead, so that one version can never have two tags of one pattern.

mod nearest;
mod pattern;
mod refusal;

pub use pattern::{PatternError, TagPattern};
pub use refusal::{Refusal, RefusalReason};

use crate::version::{Scheme, Version, VersionError};

/// Whether tags of prereleases are released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Prereleases {
    /// They are released, and never become `latest`.
    Allowed,
    /// They are refused.
    #[default]
    Refused,
}

/// What a git tag means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagVerdict {
    /// It names a version to release.
    Version(Version),
    /// It names a prerelease to release; prereleases are allowed.
    Prerelease(Version),
    /// It promotes this version, which has a tag of its own.
    Promotion(Version),
    /// It is none of ours. Never the answer of [`TagPolicy::read_named`].
    Outside {
        /// The tag that was perhaps meant.
        nearest: Option<String>,
    },
    /// It should be ours and is not.
    Refused(Refusal),
}

/// Two patterns that cannot stand side by side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Every version tag would be a promotion.
    #[error("the version pattern and the stable pattern are both `{pattern}`")]
    SamePattern {
        /// The pattern that was given twice.
        pattern: TagPattern,
    },
}

/// How a repository spells its release tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagPolicy {
    version: TagPattern,
    stable: Option<TagPattern>,
    prerelease: Prereleases,
    scheme: Scheme,
}

impl TagPolicy {
    /// Puts a policy together.
    ///
    /// # Errors
    /// The two patterns are the same.
    pub fn new(
        version: TagPattern,
        stable: Option<TagPattern>,
        prerelease: Prereleases,
        scheme: Scheme,
    ) -> Result<Self, PolicyError> {
        if stable.as_ref() == Some(&version) {
            return Err(PolicyError::SamePattern { pattern: version });
        }
        Ok(Self { version, stable, prerelease, scheme })
    }

    /// Returns the pattern of version tags.
    pub fn version(&self) -> &TagPattern {
        &self.version
    }

    /// Returns the pattern of promotion tags, if releases are promoted by tag.
    pub fn stable(&self) -> Option<&TagPattern> {
        self.stable.as_ref()
    }

    /// Returns whether prereleases are released.
    pub fn prerelease(&self) -> Prereleases {
        self.prerelease
    }

    /// Returns the scheme that versions are read by.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Returns the patterns in the order in which they are tried.
    pub fn patterns(&self) -> impl Iterator<Item = &TagPattern> {
        self.stable.iter().chain([&self.version])
    }

    /// Whether a tag begins like one of ours.
    pub fn is_in_family(&self, tag: &str) -> bool {
        self.patterns().any(|pattern| pattern.is_in_family(tag))
    }

    /// Reads a tag that simply exists, as a CI event or a listing names it (without `refs/tags/`).
    pub fn read(&self, tag: &str) -> TagVerdict {
        if self.is_in_family(tag) {
            self.read_in_family(tag)
        } else {
            TagVerdict::Outside { nearest: nearest::find_nearest(self, tag) }
        }
    }

    /// Reads a tag that a person named: outside the family it is refused, not ignored.
    pub fn read_named(&self, tag: &str) -> TagVerdict {
        if self.is_in_family(tag) {
            self.read_in_family(tag)
        } else {
            self.refuse(tag, RefusalReason::OutsideFamily)
        }
    }

    fn read_in_family(&self, tag: &str) -> TagVerdict {
        let mut misfit = None;
        if let Some(stable) = &self.stable {
            match self.read_by(stable, tag) {
                Fit::Version(version) if version.is_prerelease() => {
                    return self.refuse(tag, RefusalReason::PrereleasePromoted { version });
                }
                Fit::Version(version) => return TagVerdict::Promotion(version),
                Fit::Misspelt(reason) => misfit = Some(reason),
                Fit::No => {}
            }
        }
        match self.read_by(&self.version, tag) {
            Fit::Version(version) => self.judge(tag, version),
            // What almost was a promotion is explained as one: its pattern is the longer.
            Fit::Misspelt(reason) => self.refuse(tag, misfit.unwrap_or(reason)),
            Fit::No => self.refuse(tag, misfit.unwrap_or(RefusalReason::NoPatternFits)),
        }
    }

    fn judge(&self, tag: &str, version: Version) -> TagVerdict {
        match (version.is_prerelease(), self.prerelease) {
            (false, _) => TagVerdict::Version(version),
            (true, Prereleases::Allowed) => TagVerdict::Prerelease(version),
            (true, Prereleases::Refused) => self.refuse(tag, RefusalReason::PrereleasesRefused { version }),
        }
    }

    fn read_by(&self, pattern: &TagPattern, tag: &str) -> Fit {
        match pattern.find_version(self.scheme, tag) {
            None => Fit::No,
            Some(Err(error)) => Fit::Misspelt(RefusalReason::NotAVersion { pattern: pattern.clone(), error }),
            Some(Ok(version)) if pattern.render(&version) == tag => Fit::Version(version),
            Some(Ok(version)) => {
                Fit::Misspelt(RefusalReason::NotCanonical { pattern: pattern.clone(), version })
            }
        }
    }

    fn refuse(&self, tag: &str, reason: RefusalReason) -> TagVerdict {
        TagVerdict::Refused(Refusal {
            tag: tag.to_owned(),
            reason,
            patterns: self.patterns().map(ToString::to_string).collect(),
            nearest: nearest::find_nearest(self, tag),
        })
    }
}

/// How a tag stands to one pattern.
enum Fit {
    Version(Version),
    Misspelt(RefusalReason),
    No,
}

impl TagVerdict {
    /// Returns the version that is to be released or promoted, if there is one.
    pub fn version(&self) -> Option<&Version> {
        match self {
            Self::Version(version) | Self::Prerelease(version) | Self::Promotion(version) => Some(version),
            Self::Outside { .. } | Self::Refused(_) => None,
        }
    }
}

impl TagPattern {
    /// Reads the version in a tag, by this pattern alone and without regard to its spelling.
    ///
    /// `None`: the text round the version differs. `Some(Err(_))`: it fits, and what stands for the version is none.
    pub fn find_version(&self, scheme: Scheme, tag: &str) -> Option<Result<Version, VersionError>> {
        self.find_version_text(tag).map(|text| Version::parse(scheme, text))
    }
}

#[cfg(test)]
mod tests;
