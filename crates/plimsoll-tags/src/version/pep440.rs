//! PEP 440: the version and what can be wrong with one.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::error::{VersionFault, find_common_fault};

/// A PEP 440 version, normalised, with as many release numbers as were written.
///
/// Equality and order include the number of parts, after precedence: `1.0` is just below `1.0.0`.
#[derive(Debug, Clone)]
pub struct Pep440Version(pep440_rs::Version);

impl Pep440Version {
    pub(super) fn parse(text: &str) -> Result<Self, VersionFault> {
        if let Some(fault) = find_common_fault(text) {
            return Err(fault);
        }
        pep440_rs::Version::from_str(text).map(Self).map_err(|_| fault_of(text))
    }

    pub(super) fn of(epoch: u64, numbers: &[u64], prerelease: Option<pep440_rs::Prerelease>) -> Self {
        Self(pep440_rs::Version::new(numbers).with_epoch(epoch).with_pre(prerelease))
    }

    pub(super) fn numbers(&self) -> &[u64] {
        self.0.release()
    }

    pub(super) fn is_prerelease(&self) -> bool {
        self.0.any_prerelease()
    }

    pub(super) fn precedence(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }

    pub(super) fn prerelease(&self) -> Option<pep440_rs::Prerelease> {
        self.0.pre()
    }

    /// Whether it is a final release: no pre-, post- or development release.
    pub fn is_final(&self) -> bool {
        !self.0.any_prerelease() && !self.0.is_post()
    }

    /// Returns the epoch, 0 where none is written.
    pub fn epoch(&self) -> u64 {
        self.0.epoch()
    }
}

impl Ord for Pep440Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.precedence(other).then_with(|| self.numbers().len().cmp(&other.numbers().len()))
    }
}

impl PartialOrd for Pep440Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pep440Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Pep440Version {}

impl Hash for Pep440Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
        self.numbers().len().hash(state);
    }
}

impl fmt::Display for Pep440Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Says what is wrong with a text that the `pep440_rs` crate refused.
fn fault_of(text: &str) -> VersionFault {
    let numbers = text.strip_prefix(['v', 'V']).unwrap_or(text);
    if !numbers.starts_with(|first: char| first.is_ascii_digit()) {
        return VersionFault::NoNumber;
    }
    let too_large = text
        .split(|character: char| !character.is_ascii_digit())
        .find(|number| !number.is_empty() && number.parse::<u64>().is_err());
    if let Some(number) = too_large {
        return VersionFault::NumberTooLarge { number: number.to_owned() };
    }
    // A beginning is always a version here: the text begins with a number that fits.
    let (version, rest) = text
        .char_indices()
        .rev()
        .map(|(index, _)| text.split_at(index))
        .find(|(version, _)| pep440_rs::Version::from_str(version).is_ok())
        .unwrap_or(("", text));
    VersionFault::Trailing { version: version.to_owned(), rest: rest.to_owned() }
}
