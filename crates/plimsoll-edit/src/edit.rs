//! Finding and changing a value, for every syntax alike.

use std::ops::Range;

use crate::error::{Breach, EditError};
use crate::found::{Found, Kind};
use crate::outline::{Entry, Node, Outline};
use crate::path::KeyPath;
use crate::place::Place;
use crate::proof;

/// What a format has to say for itself.
pub(crate) trait Syntax {
    /// Reads a whole text.
    fn outline(text: &str) -> Result<Outline, EditError>;

    /// Says what to write, and over which bytes, so that the entry at `index` becomes the string `value`.
    fn replacement(
        text: &str,
        outline: &Outline,
        index: usize,
        value: &str,
    ) -> Result<Replacement, EditError>;
}

/// New text for a range of bytes.
pub(crate) struct Replacement {
    pub(crate) over: Range<usize>,
    pub(crate) literal: String,
}

pub(crate) fn find<S: Syntax>(text: &str, path: &KeyPath) -> Result<Found, EditError> {
    let outline = S::outline(text)?;
    let index = outline.find_scalar(text, path)?;
    match outline.entries.get(index).map(|entry| (&entry.node, &entry.span)) {
        Some((Node::Scalar { kind, value }, span)) => {
            let Place { line, column } = Place::of(text, span.start);
            Ok(Found { value: value.clone(), kind: *kind, span: span.clone(), line, column })
        }
        _ => Err(EditError::NotFound { path: path.clone() }),
    }
}

pub(crate) fn strings<S: Syntax>(text: &str) -> Result<Vec<(KeyPath, String)>, EditError> {
    let entries = S::outline(text)?.entries.into_iter();
    let string = |entry: Entry| match entry.node {
        Node::Scalar { kind: Kind::String, value } => Some((entry.path, value)),
        Node::Scalar { .. } | Node::Container(_) | Node::Alias(_) | Node::Key { .. } => None,
    };
    Ok(entries.filter_map(string).collect())
}

pub(crate) fn set<S: Syntax>(text: &str, path: &KeyPath, value: &str) -> Result<String, EditError> {
    let before = S::outline(text)?;
    let index = before.find_scalar(text, path)?;
    let is_there_already = before.entries.get(index).is_some_and(
        |entry| matches!(&entry.node, Node::Scalar { kind: Kind::String, value: present } if present == value),
    );
    if is_there_already {
        return Ok(text.to_owned());
    }
    let Replacement { over, literal } = S::replacement(text, &before, index, value)?;
    let not_proven = |breach| EditError::NotProven { path: path.clone(), breach };
    let (Some(head), Some(tail)) = (text.get(..over.start), text.get(over.end..)) else {
        return Err(not_proven(Breach::Other { path: path.clone() }));
    };
    let edited = format!("{head}{literal}{tail}");
    let after = S::outline(&edited)
        .map_err(|error| not_proven(Breach::DoesNotParse { message: error.to_string() }))?;
    proof::prove(&before, &after, index, value).map_err(not_proven)?;
    Ok(edited)
}
