//! Any text at all: a value is found by what stands round it.
//!
//! A [`Pattern`] is literal text on one line with `{version}` once in it: `__version__ = "{version}"`. In place of
//! `{version}` stands a *value*: it begins with a digit and goes on with letters, digits, `.`, `-`, `_`, `+` and `!`,
//! as far as it can with the rest of the pattern behind it. If `{version}` comes first, or last, no such character
//! may touch the value on that side: `{version}` finds nothing inside `x1.0`.
//!
//! A pattern must match in exactly one place of a text. All other braces are ordinary text.

use crate::found::{Found, Kind};
use crate::place::Place;

const PLACEHOLDER: &str = "{version}";

/// The text round a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    before: String,
    after: String,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// `{version}` is not in it.
    #[error("`{pattern}` has no `{{version}}` in it")]
    NoPlaceholder {
        /// The pattern.
        pattern: String,
    },
    /// `{version}` is in it more than once.
    #[error("`{pattern}` has `{{version}}` in it more than once")]
    SeveralPlaceholders {
        /// The pattern.
        pattern: String,
    },
    /// It goes over the end of a line.
    #[error("a pattern must be on one line")]
    SeveralLines,
}

/// Why a pattern found or changed nothing. The text is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MatchError {
    /// It matches nowhere.
    #[error("`{pattern}` is nowhere in the text")]
    NoMatch {
        /// The pattern.
        pattern: String,
    },
    /// It matches in several places.
    #[error("`{pattern}` is in the text {count} times", count = lines.len())]
    SeveralMatches {
        /// The pattern.
        pattern: String,
        /// The lines, from 1.
        lines: Vec<usize>,
    },
    /// The new value is none that the pattern would find again.
    #[error("`{value}` cannot stand for `{{version}}` in `{pattern}`")]
    Value {
        /// The pattern.
        pattern: String,
        /// The value.
        value: String,
    },
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// See [`PatternError`].
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let (before, after) = text
            .split_once(PLACEHOLDER)
            .ok_or_else(|| PatternError::NoPlaceholder { pattern: text.to_owned() })?;
        if after.contains(PLACEHOLDER) {
            return Err(PatternError::SeveralPlaceholders { pattern: text.to_owned() });
        }
        if text.contains(['\n', '\r']) {
            return Err(PatternError::SeveralLines);
        }
        Ok(Self { before: before.to_owned(), after: after.to_owned() })
    }

    /// Finds the one value.
    ///
    /// # Errors
    /// The pattern matches nowhere or in several places.
    pub fn find(&self, text: &str) -> Result<Found, MatchError> {
        let matches: Vec<(usize, &str)> = self.matches(text).collect();
        match matches[..] {
            [(start, value)] => {
                let Place { line, column } = Place::of(text, start);
                let span = start..start + value.len();
                Ok(Found { value: value.to_owned(), kind: Kind::String, span, line, column })
            }
            [] => Err(MatchError::NoMatch { pattern: self.to_string() }),
            _ => {
                let lines = matches.iter().map(|(start, _)| Place::of(text, *start).line).collect();
                Err(MatchError::SeveralMatches { pattern: self.to_string(), lines })
            }
        }
    }

    /// Returns the text with the value set, every other byte kept.
    ///
    /// # Errors
    /// As [`find`](Self::find); or the pattern would not find exactly the new value in the result.
    pub fn set(&self, text: &str, value: &str) -> Result<String, MatchError> {
        let found = self.find(text)?;
        let refused = || MatchError::Value { pattern: self.to_string(), value: value.to_owned() };
        let (Some(head), Some(tail)) = (text.get(..found.span.start), text.get(found.span.end..)) else {
            return Err(refused());
        };
        let edited = format!("{head}{value}{tail}");
        match self.find(&edited) {
            Ok(again) if again.value == value && again.span.start == found.span.start => Ok(edited),
            _ => Err(refused()),
        }
    }

    fn matches<'text>(&'text self, text: &'text str) -> impl Iterator<Item = (usize, &'text str)> {
        let digits = text.char_indices().filter(|(_, character)| character.is_ascii_digit());
        digits.filter_map(move |(start, _)| self.match_at(text, start).map(|value| (start, value)))
    }

    /// Returns the value that begins at a byte, if the pattern is round it.
    fn match_at<'text>(&self, text: &'text str, start: usize) -> Option<&'text str> {
        let (head, tail) = (text.get(..start)?, text.get(start..)?);
        let is_free = !self.before.is_empty() || !head.ends_with(is_value);
        if !is_free || !head.ends_with(&self.before) {
            return None;
        }
        let longest = tail.find(|character| !is_value(character)).unwrap_or(tail.len());
        let shortest = if self.after.is_empty() { longest } else { 1 };
        let length = (shortest..=longest)
            .rev()
            .find(|length| tail.get(*length..).is_some_and(|rest| rest.starts_with(&self.after)))?;
        tail.get(..length)
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}{PLACEHOLDER}{}", self.before, self.after)
    }
}

fn is_value(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_' | '+' | '!')
}

#[cfg(test)]
mod tests;
