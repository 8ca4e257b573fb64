//! Why a value was not found or not changed.

use std::fmt;

use crate::found::Kind;
use crate::path::KeyPath;
use crate::place::Place;

/// Why a value in a structured text was not found or not changed. The text is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text is not of its format.
    #[error("line {line}, column {column}: {message}")]
    DoesNotParse {
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// Nothing stands under that path.
    #[error("there is no `{path}`")]
    NotFound {
        /// The path.
        path: KeyPath,
    },
    /// What stands under that path is not one value.
    #[error("`{path}` is a {found}, not one value")]
    NotAScalar {
        /// The path.
        path: KeyPath,
        /// What it is.
        found: Container,
        /// The line that it begins on.
        line: usize,
    },
    /// The path leads to several places: a key is written twice, or several documents have it.
    #[error("`{path}` is there {count} times", count = lines.len())]
    Ambiguous {
        /// The path, down to the first key that is there more than once.
        path: KeyPath,
        /// The lines, from 1.
        lines: Vec<usize>,
    },
    /// The value belongs to a YAML anchor that is used elsewhere, so changing it would change more.
    #[error("`{path}` is shared by an anchor")]
    Shared {
        /// The path, down to what is shared.
        path: KeyPath,
        /// The line of it.
        line: usize,
    },
    /// The value is written in a form that is not edited.
    #[error("`{path}` is {form}, which is not edited in place")]
    Unsupported {
        /// The path.
        path: KeyPath,
        /// The form.
        form: Form,
        /// The line of it.
        line: usize,
    },
    /// The change would have changed something else. This is a bug; the text is as it was.
    #[error("changing `{path}` would change something else as well: {breach}")]
    NotProven {
        /// The path.
        path: KeyPath,
        /// What else would have changed.
        breach: Breach,
    },
}

/// Something that holds other values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Container {
    /// A mapping, table or object.
    Mapping,
    /// A sequence or array.
    Sequence,
}

impl fmt::Display for Container {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Mapping => "table",
            Self::Sequence => "list",
        })
    }
}

/// A form of YAML that is read and not written over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// `|` or `>`.
    Block,
    /// A plain value that goes on in the next line.
    MultiLine,
    /// A value with a tag such as `!!float`.
    Tagged,
    /// An empty value with nothing to say where it would stand.
    Empty,
}

impl fmt::Display for Form {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Block => "a block of text",
            Self::MultiLine => "a value of several lines",
            Self::Tagged => "a value with a tag",
            Self::Empty => "an empty value without a colon",
        })
    }
}

/// How an edited text differs from what was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breach {
    /// It cannot be read any more.
    DoesNotParse {
        /// What the parser says.
        message: String,
    },
    /// It has more or fewer nodes.
    Count {
        /// How many there were.
        before: usize,
        /// How many there are.
        after: usize,
    },
    /// Another value or key is no longer what it was.
    Other {
        /// Its path.
        path: KeyPath,
    },
    /// The value itself is not the wanted one.
    Value {
        /// What it is read as.
        kind: Kind,
        /// What it reads.
        value: String,
    },
}

impl fmt::Display for Breach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DoesNotParse { message } => write!(formatter, "the result cannot be read: {message}"),
            Self::Count { before, after } => write!(formatter, "{before} nodes become {after}"),
            Self::Other { path } => write!(formatter, "`{path}` differs"),
            Self::Value { kind, value } => write!(formatter, "the value reads as {kind} `{value}`"),
        }
    }
}

impl EditError {
    /// Returns the line that the error is about, from 1, where there is one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::DoesNotParse { line, .. }
            | Self::NotAScalar { line, .. }
            | Self::Shared { line, .. }
            | Self::Unsupported { line, .. } => Some(*line),
            Self::Ambiguous { lines, .. } => lines.first().copied(),
            Self::NotFound { .. } | Self::NotProven { .. } => None,
        }
    }

    pub(crate) fn does_not_parse(place: Place, message: impl fmt::Display) -> Self {
        Self::DoesNotParse { line: place.line, column: place.column, message: message.to_string() }
    }
}
