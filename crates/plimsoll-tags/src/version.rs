//! Versions of releases, in one of two schemes.
//!
//! A repository has one [`Scheme`]; every version in it is read by that scheme and none is guessed.
//!
//! # Equality and order
//! - `==` and the hash are by canonical spelling: `1.0.0+a` and `1.0.0+b` are two versions, and so are PEP 440's
//!   `1.0` and `1.0.0`. What is equal prints the same, so a version may name a claim, a file or an image tag.
//! - [`Ord`] is total. Within a scheme it is the scheme's own precedence; what precedence calls equal is then
//!   ordered by build metadata (`SemVer`) or by number of parts (`PEP 440`), so that "the highest" never depends on
//!   the order in which versions were listed.
//! - Across schemes every SemVer version is below every PEP 440 version. That order has no meaning beyond being
//!   stable; [`Version::precedence`] is `None` there.
//! - [`Version::is_equivalent`] is the looser question of a version gate: do these name the same release.
//!
//! # What an image tag makes of it
//! An image tag cannot hold `+` nor `!`. [`Version::to_image_tag`] writes `+` as `_` (as Helm does for OCI charts)
//! and the epoch's `!` as `-` (as docker/metadata-action does). Neither character occurs in a canonical version of
//! the scheme in question, so two versions never share a spelling.

mod bump;
mod error;
mod pep440;
mod semver;

use std::cmp::Ordering;
use std::fmt;

pub use bump::{Bump, BumpError};
pub use error::{Part, Section, VersionError, VersionFault};
pub use pep440::Pep440Version;
pub use semver::SemverVersion;

/// The rules that a repository's versions follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Scheme {
    /// [SemVer 2.0.0](https://semver.org/spec/v2.0.0.html).
    #[default]
    Semver,
    /// [PEP 440](https://peps.python.org/pep-0440/), Python's scheme.
    Pep440,
}

impl Scheme {
    /// Reads the name that a configuration uses: `semver` or `pep440`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "semver" => Some(Self::Semver),
            "pep440" => Some(Self::Pep440),
            _ => None,
        }
    }

    /// Returns the name that a configuration uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Semver => "semver",
            Self::Pep440 => "pep440",
        }
    }
}

/// Prints the name that people use: `SemVer` or `PEP 440`.
impl fmt::Display for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Semver => "SemVer",
            Self::Pep440 => "PEP 440",
        })
    }
}

/// A version, without any prefix such as `v`.
///
/// Prints in canonical form: SemVer as it was written, PEP 440 normalised with the number of parts kept.
/// See the [module](self) for equality and order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// A SemVer 2.0.0 version.
    Semver(SemverVersion),
    /// A PEP 440 version.
    Pep440(Pep440Version),
}

impl Version {
    /// The longest text that is read as a version, in bytes.
    pub const MAX_LENGTH: usize = 256;

    /// Reads a version by the rules of `scheme`.
    ///
    /// SemVer is strict. PEP 440 spellings are normalised as PEP 440 appendix B asks (`1.0-RC.1` is `1.0rc1`, a
    /// leading `v` is dropped); white space is refused in both.
    ///
    /// # Errors
    /// The text is no version of that scheme; [`VersionError::fault`] says why.
    pub fn parse(scheme: Scheme, text: &str) -> Result<Self, VersionError> {
        match scheme {
            Scheme::Semver => SemverVersion::parse(text).map(Self::Semver),
            Scheme::Pep440 => Pep440Version::parse(text).map(Self::Pep440),
        }
        .map_err(|fault| VersionError { text: text.to_owned(), scheme, fault })
    }

    /// Returns the scheme that the version belongs to.
    pub fn scheme(&self) -> Scheme {
        match self {
            Self::Semver(_) => Scheme::Semver,
            Self::Pep440(_) => Scheme::Pep440,
        }
    }

    /// Returns the numbers of the release: three for SemVer, at least one for PEP 440 (its epoch is not among them).
    pub fn numbers(&self) -> Vec<u64> {
        match self {
            Self::Semver(version) => version.numbers().to_vec(),
            Self::Pep440(version) => version.numbers().to_vec(),
        }
    }

    /// Returns the first number.
    pub fn major(&self) -> u64 {
        self.number(0)
    }

    /// Returns the second number, 0 where PEP 440 leaves it out.
    pub fn minor(&self) -> u64 {
        self.number(1)
    }

    /// Returns the third number, 0 where PEP 440 leaves it out.
    pub fn patch(&self) -> u64 {
        self.number(2)
    }

    fn number(&self, index: usize) -> u64 {
        self.numbers().get(index).copied().unwrap_or(0)
    }

    /// Whether the version comes before its release: a SemVer pre-release part, or PEP 440's a, b, rc or dev.
    ///
    /// A PEP 440 post-release is none: it follows a release and replaces it.
    pub fn is_prerelease(&self) -> bool {
        match self {
            Self::Semver(version) => version.is_prerelease(),
            Self::Pep440(version) => version.is_prerelease(),
        }
    }

    /// Whether it is a release as it was planned: no prerelease, and no PEP 440 post-release either.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Semver(version) => !version.is_prerelease(),
            Self::Pep440(version) => version.is_final(),
        }
    }

    /// Compares by the scheme's precedence alone; `None` across schemes.
    ///
    /// Source: SemVer 2.0.0 section 11 (build metadata is ignored); PEP 440, "Summary of permitted suffixes and
    /// relative ordering" (trailing zeros are ignored).
    pub fn precedence(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Semver(one), Self::Semver(two)) => Some(one.precedence(two)),
            (Self::Pep440(one), Self::Pep440(two)) => Some(one.precedence(two)),
            _ => None,
        }
    }

    /// Whether two spellings name the same release.
    ///
    /// Trailing zeros do not count in PEP 440 (`1.0` is `1.0.0`); build metadata does count in SemVer. Versions of
    /// two schemes are never equivalent.
    pub fn is_equivalent(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Semver(one), Self::Semver(two)) => one == two,
            (Self::Pep440(one), Self::Pep440(two)) => one.precedence(two) == Ordering::Equal,
            _ => false,
        }
    }

    /// Spells the version as an image tag holds it: `+` as `_`, `!` as `-`.
    pub fn to_image_tag(&self) -> String {
        self.to_string().replace('+', "_").replace('!', "-")
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Semver(version) => version.fmt(formatter),
            Self::Pep440(version) => version.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests;
