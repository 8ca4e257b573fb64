//! Why a text is no version.

use std::fmt;

use super::Scheme;

/// A text that is no version of its scheme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {scheme} version: {fault}")]
pub struct VersionError {
    /// The text as it was found.
    pub text: String,
    /// The scheme that it was read by.
    pub scheme: Scheme,
    /// What is wrong with it.
    pub fault: VersionFault,
}

/// What is wrong with a text that should be a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionFault {
    /// There is nothing.
    #[error("it is empty")]
    Empty,
    /// It is longer than [`Version::MAX_LENGTH`](super::Version::MAX_LENGTH) bytes.
    #[error("it is {length} bytes long")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// There is white space in it or round it.
    #[error("it contains white space")]
    WhiteSpace,
    /// A `v` stands before the numbers. It may belong to a tag, never to a version.
    #[error("the leading `v` is not part of a version")]
    LeadingV,
    /// It does not begin with a digit.
    #[error("it does not begin with a number")]
    NoNumber,
    /// One of major, minor and patch is not there.
    #[error("the {part} number is missing")]
    MissingPart {
        /// The first that is missing.
        part: Part,
    },
    /// There are more numbers than major, minor and patch.
    #[error("it has {found} numbers, not three")]
    ExtraPart {
        /// How many there are.
        found: usize,
    },
    /// A number begins with a zero that says nothing.
    #[error("`{number}` has a leading zero")]
    LeadingZero {
        /// The number as written.
        number: String,
    },
    /// A number does not fit into 64 bits.
    #[error("`{number}` is too large a number")]
    NumberTooLarge {
        /// The number as written.
        number: String,
    },
    /// Text follows the numbers without the `-` that makes it a pre-release.
    #[error("`{rest}` must be set off by `-`")]
    MissingHyphen {
        /// What follows the numbers.
        rest: String,
    },
    /// Two dots in a row, or none between `-`, `+` and the end.
    #[error("the {section} has an empty identifier")]
    EmptyIdentifier {
        /// Where.
        section: Section,
    },
    /// A character that no version of the scheme may contain at this place.
    #[error("`{character}` is not allowed at position {position}")]
    IllegalCharacter {
        /// The character.
        character: char,
        /// Its place, in characters, counted from 1.
        position: usize,
    },
    /// A version, and then something that cannot follow it.
    #[error("`{rest}` cannot follow `{version}`")]
    Trailing {
        /// The longest beginning that is a version.
        version: String,
        /// What follows it.
        rest: String,
    },
}

/// One of the three numbers of a SemVer version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The first.
    Major,
    /// The second.
    Minor,
    /// The third.
    Patch,
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
        })
    }
}

/// One of the two tails of a SemVer version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// What follows `-`.
    Prerelease,
    /// What follows `+`.
    Build,
}

impl fmt::Display for Section {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Prerelease => "pre-release",
            Self::Build => "build metadata",
        })
    }
}

/// Finds the faults that both schemes share: empty, too long, white space.
pub(super) fn find_common_fault(text: &str) -> Option<VersionFault> {
    if text.is_empty() {
        Some(VersionFault::Empty)
    } else if text.len() > super::Version::MAX_LENGTH {
        Some(VersionFault::TooLong { length: text.len() })
    } else if text.chars().any(char::is_whitespace) {
        Some(VersionFault::WhiteSpace)
    } else {
        None
    }
}
