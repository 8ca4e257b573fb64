//! A value and where it stands.

use std::fmt;
use std::ops::Range;

/// A scalar that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The value: of a string its content, of anything else its spelling.
    pub value: String,
    /// What the format takes it for.
    pub kind: Kind,
    /// The bytes of its literal, quotes included. Empty for an empty YAML value.
    pub span: Range<usize>,
    /// The line of its literal, from 1.
    pub line: usize,
    /// The column of its literal in characters, from 1.
    pub column: usize,
}

/// What a format takes a scalar for.
///
/// For YAML that is the core schema of YAML 1.2.2 section 10.3: an unquoted `1.10` is a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// Any other number.
    Float,
    /// True or false.
    Boolean,
    /// Nothing.
    Null,
    /// TOML's dates and times.
    DateTime,
    /// A YAML value whose tag says what it is.
    Tagged,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Null => "null",
            Self::DateTime => "date",
            Self::Tagged => "tagged value",
        })
    }
}
