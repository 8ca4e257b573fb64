//! Why a text is not read as a tree.

use super::{MAX_BYTES, MAX_DEPTH, MAX_EXPANDED};

/// Why a text is not read as a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// It is no YAML.
    #[error("line {line}, column {column}: {message}")]
    DoesNotParse {
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// A line is indented with a tab.
    #[error("line {line} is indented with a tab")]
    Tab {
        /// The line, from 1.
        line: usize,
    },
    /// A mapping has a key twice.
    #[error("line {line}: `{key}` stands in line {first} already")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it stands first.
        first: usize,
        /// Where it stands again.
        line: usize,
    },
    /// A key is a list, a mapping or an alias.
    #[error("line {line}: a key that is not plain text")]
    KeyNotText {
        /// The line, from 1.
        line: usize,
    },
    /// An anchor is used inside itself.
    #[error("line {line}: an alias stands inside of what it means")]
    SelfReference {
        /// The line of the alias, from 1.
        line: usize,
    },
    /// There is more than one document.
    #[error("line {line}: a second document begins")]
    SecondDocument {
        /// The line, from 1.
        line: usize,
    },
    /// There is nothing but white space and comments.
    #[error("there is nothing in it")]
    Empty,
    /// It is longer than [`MAX_BYTES`].
    #[error("{length} bytes are more than {MAX_BYTES}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// It is nested deeper than [`MAX_DEPTH`].
    #[error("line {line}: it is nested more than {MAX_DEPTH} deep")]
    TooDeep {
        /// The line, from 1.
        line: usize,
    },
    /// Its aliases multiply it to more than [`MAX_EXPANDED`] nodes.
    #[error("line {line}: its aliases would multiply it to more than {MAX_EXPANDED} nodes")]
    TooMuch {
        /// The line, from 1.
        line: usize,
    },
}

impl TreeError {
    /// The line that the error is about, from 1, where there is one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::DoesNotParse { line, .. }
            | Self::Tab { line }
            | Self::DuplicateKey { line, .. }
            | Self::KeyNotText { line }
            | Self::SelfReference { line }
            | Self::SecondDocument { line }
            | Self::TooDeep { line }
            | Self::TooMuch { line } => Some(*line),
            Self::Empty | Self::TooLong { .. } => None,
        }
    }
}
