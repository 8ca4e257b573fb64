//! Why a version file names no version, or cannot be given one.

use plimsoll_edit::error::EditError;
use plimsoll_edit::found::Kind;
use plimsoll_edit::pattern::MatchError;
use plimsoll_tags::version::{Scheme, Version};

/// Why a version file names no version, or cannot be given one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionFileError {
    /// Its name does not tell where the version stands.
    #[error("{path} is no known version file: give it a pattern")]
    UnknownKind {
        /// The file.
        path: String,
    },
    /// There is no such file.
    #[error("{path} is not there")]
    Missing {
        /// The file.
        path: String,
    },
    /// It is not of its format.
    #[error("{path} cannot be read: line {line}, column {column}: {message}")]
    DoesNotParse {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// No version stands where one should.
    #[error("{path} has no version: there is no {}", wanted.join(" and no "))]
    NoVersion {
        /// The file.
        path: String,
        /// The keys, or whatever else was looked for.
        wanted: Vec<String>,
    },
    /// Something other than text stands there, such as a number.
    #[error("{path}:{line}: `{key}` is a {kind}, not a string")]
    NotAString {
        /// The file.
        path: String,
        /// The key.
        key: String,
        /// The line, from 1.
        line: usize,
        /// What it is.
        kind: Kind,
    },
    /// The version is worked out when the project is built, so no file names it.
    #[error("{path}:{line}: the version is dynamic")]
    Dynamic {
        /// The file.
        path: String,
        /// The line that says so, from 1.
        line: usize,
    },
    /// Two places of one file name two versions.
    #[error("{path} names two versions: {one} in line {one_line} and {two} in line {two_line}")]
    Disagrees {
        /// The file.
        path: String,
        /// The one.
        one: String,
        /// Its line, from 1.
        one_line: usize,
        /// The other.
        two: String,
        /// Its line, from 1.
        two_line: usize,
    },
    /// The version is inherited from a workspace that is not there.
    #[error("{path}:{line}: the version is inherited, and no workspace root was found")]
    NoWorkspaceRoot {
        /// The file.
        path: String,
        /// The line that says so, from 1.
        line: usize,
    },
    /// A file of one line has several, or none.
    #[error("{path} should have one line and has {lines}")]
    NotOneLine {
        /// The file.
        path: String,
        /// How many lines it has that are not empty.
        lines: usize,
    },
    /// The readers of such a file have other rules for versions.
    #[error("{version} cannot be written to {path}: it is no {wanted} version")]
    WrongScheme {
        /// The file.
        path: String,
        /// The version.
        version: Version,
        /// The scheme of such files.
        wanted: Scheme,
    },
    /// The value cannot be found or changed in place.
    #[error("{path}: {error}")]
    Edit {
        /// The file.
        path: String,
        /// Why.
        error: EditError,
    },
    /// The pattern does not find exactly one version.
    #[error("{path}: {error}")]
    Pattern {
        /// The file.
        path: String,
        /// Why.
        error: MatchError,
    },
}

impl VersionFileError {
    /// Returns the file that the error is about.
    pub fn path(&self) -> &str {
        match self {
            Self::UnknownKind { path }
            | Self::Missing { path }
            | Self::DoesNotParse { path, .. }
            | Self::NoVersion { path, .. }
            | Self::NotAString { path, .. }
            | Self::Dynamic { path, .. }
            | Self::Disagrees { path, .. }
            | Self::NoWorkspaceRoot { path, .. }
            | Self::NotOneLine { path, .. }
            | Self::WrongScheme { path, .. }
            | Self::Edit { path, .. }
            | Self::Pattern { path, .. } => path,
        }
    }

    /// Returns the line that the error is about, from 1, where there is one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::DoesNotParse { line, .. }
            | Self::NotAString { line, .. }
            | Self::Dynamic { line, .. }
            | Self::NoWorkspaceRoot { line, .. } => Some(*line),
            Self::Disagrees { two_line, .. } => Some(*two_line),
            Self::Edit { error, .. } => error.line(),
            Self::Pattern { error: MatchError::SeveralMatches { lines, .. }, .. } => lines.first().copied(),
            Self::UnknownKind { .. }
            | Self::Missing { .. }
            | Self::NoVersion { .. }
            | Self::NotOneLine { .. }
            | Self::WrongScheme { .. }
            | Self::Pattern { .. } => None,
        }
    }

    pub(super) fn of_edit(path: &str, error: EditError) -> Self {
        let path = path.to_owned();
        match error {
            EditError::DoesNotParse { line, column, message } => {
                Self::DoesNotParse { path, line, column, message }
            }
            EditError::NotFound { path: key } => Self::NoVersion { path, wanted: vec![format!("`{key}`")] },
            error => Self::Edit { path, error },
        }
    }
}
