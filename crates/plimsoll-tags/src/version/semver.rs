//! SemVer 2.0.0: the version and what can be wrong with one.

use std::cmp::Ordering;
use std::fmt;

use super::error::{Part, Section, VersionFault, find_common_fault};

/// A SemVer 2.0.0 version.
///
/// Equality and order include build metadata, after precedence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SemverVersion(semver::Version);

impl SemverVersion {
    pub(super) fn parse(text: &str) -> Result<Self, VersionFault> {
        if let Some(fault) = find_common_fault(text) {
            return Err(fault);
        }
        semver::Version::parse(text).map(Self).map_err(|_| fault_of(text))
    }

    pub(super) fn of(numbers: [u64; 3], prerelease: semver::Prerelease) -> Self {
        let [major, minor, patch] = numbers;
        Self(semver::Version { major, minor, patch, pre: prerelease, build: semver::BuildMetadata::EMPTY })
    }

    pub(super) fn numbers(&self) -> [u64; 3] {
        [self.0.major, self.0.minor, self.0.patch]
    }

    pub(super) fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }

    pub(super) fn precedence(&self, other: &Self) -> Ordering {
        self.0.cmp_precedence(&other.0)
    }

    /// Returns the pre-release part without its `-`, empty for a release.
    pub fn prerelease(&self) -> &str {
        self.0.pre.as_str()
    }

    /// Returns the build metadata without its `+`, empty where there is none.
    pub fn build(&self) -> &str {
        self.0.build.as_str()
    }
}

impl fmt::Display for SemverVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Says what is wrong with a text that the `semver` crate refused, in words a person can act on.
fn fault_of(text: &str) -> VersionFault {
    let after_v = text.strip_prefix(['v', 'V']);
    if after_v.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit())) {
        return VersionFault::LeadingV;
    }
    let core_length = text.find(|character: char| !character.is_ascii_digit() && character != '.');
    let (core, rest) = text.split_at(core_length.unwrap_or(text.len()));
    if !core.starts_with(|first: char| first.is_ascii_digit()) {
        return VersionFault::NoNumber;
    }
    if let Some(fault) = core_fault(core) {
        return fault;
    }
    let (prerelease, build) = match rest.split_once('+') {
        Some((prerelease, build)) => (prerelease, Some(build)),
        None => (rest, None),
    };
    let offset = core.len();
    match prerelease.strip_prefix('-') {
        Some(identifiers) => {
            if let Some(fault) = section_fault(Section::Prerelease, identifiers, offset + 1) {
                return fault;
            }
        }
        None => match prerelease.chars().next() {
            None => {}
            Some(first) if first.is_ascii_alphanumeric() => {
                return VersionFault::MissingHyphen { rest: rest.to_owned() };
            }
            Some(character) => return VersionFault::IllegalCharacter { character, position: offset + 1 },
        },
    }
    build
        .and_then(|identifiers| section_fault(Section::Build, identifiers, offset + prerelease.len() + 1))
        .unwrap_or_else(|| VersionFault::Trailing { version: core.to_owned(), rest: rest.to_owned() })
}

fn core_fault(core: &str) -> Option<VersionFault> {
    const PARTS: [Part; 3] = [Part::Major, Part::Minor, Part::Patch];
    let numbers: Vec<&str> = core.split('.').collect();
    for (index, part) in PARTS.into_iter().enumerate() {
        let Some(number) = numbers.get(index).filter(|number| !number.is_empty()) else {
            return Some(VersionFault::MissingPart { part });
        };
        if number.len() > 1 && number.starts_with('0') {
            return Some(VersionFault::LeadingZero { number: (*number).to_owned() });
        }
        if number.parse::<u64>().is_err() {
            return Some(VersionFault::NumberTooLarge { number: (*number).to_owned() });
        }
    }
    (numbers.len() > PARTS.len()).then_some(VersionFault::ExtraPart { found: numbers.len() })
}

fn section_fault(section: Section, identifiers: &str, offset: usize) -> Option<VersionFault> {
    let illegal = |character: &char| !(character.is_ascii_alphanumeric() || matches!(character, '-' | '.'));
    if let Some((index, character)) =
        identifiers.chars().enumerate().find(|(_, character)| illegal(character))
    {
        return Some(VersionFault::IllegalCharacter { character, position: offset + index + 1 });
    }
    for identifier in identifiers.split('.') {
        if identifier.is_empty() {
            return Some(VersionFault::EmptyIdentifier { section });
        }
        let is_number = identifier.bytes().all(|byte| byte.is_ascii_digit());
        if section == Section::Prerelease && is_number && identifier.len() > 1 && identifier.starts_with('0')
        {
            return Some(VersionFault::LeadingZero { number: identifier.to_owned() });
        }
    }
    None
}
