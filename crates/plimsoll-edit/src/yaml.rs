//! YAML.
//!
//! A new value is written as a string in the style of the old one: in the same quotes, or plain where it was plain
//! and cannot be taken for anything but a string by YAML 1.1 and 1.2 readers; in double quotes otherwise. An empty
//! value gets its string after the colon.
//!
//! Not edited, and refused: block text (`|`, `>`), plain values of several lines, values with a tag, values that an
//! anchor shares, empty items of a list, and texts whose mappings have keys that are not scalars.
//!
//! A path is looked for in every document of a text and must be in exactly one.

mod literal;
mod read;
pub mod tree;

use crate::edit::{self, Replacement, Syntax};
use crate::error::EditError;
use crate::found::Found;
use crate::outline::{Node, Outline};
use crate::path::KeyPath;
use crate::place::Place;

/// Finds the one value under a path.
///
/// # Errors
/// The text is no YAML, or the path leads to nothing, to several places, to no scalar or through an alias.
pub fn find(text: &str, path: &KeyPath) -> Result<Found, EditError> {
    edit::find::<Yaml>(text, path)
}

/// Returns the text with the value under a path set to a string, every other byte kept.
///
/// # Errors
/// As [`find`]; or the value is of a form that is not edited; or something else would change.
pub fn set(text: &str, path: &KeyPath, value: &str) -> Result<String, EditError> {
    edit::set::<Yaml>(text, path, value)
}

#[cfg(test)]
pub(crate) fn outline(text: &str) -> Result<Outline, EditError> {
    Yaml::outline(text)
}

enum Yaml {}

impl Syntax for Yaml {
    fn outline(text: &str) -> Result<Outline, EditError> {
        read::read_outline(text)
    }

    fn replacement(
        text: &str,
        outline: &Outline,
        index: usize,
        value: &str,
    ) -> Result<Replacement, EditError> {
        let Some(entry) = outline.entries.get(index) else {
            return Ok(Replacement { over: 0..0, literal: String::new() });
        };
        check_not_shared(text, outline, &entry.path, entry.document)?;
        if let Some(form) = entry.form {
            let line = Place::of(text, entry.span.start).line;
            return Err(EditError::Unsupported { path: entry.path.clone(), form, line });
        }
        let old = text.get(entry.span.clone()).unwrap_or_default();
        let literal = match old.chars().next() {
            None => format!(" {}", literal::plain_or_quoted(value)),
            Some('\'') => literal::single_quoted(value),
            Some('"') => literal::double_quoted(value),
            Some(_) => literal::plain_or_quoted(value),
        };
        Ok(Replacement { over: entry.span.clone(), literal })
    }
}

/// Refuses a value that is used a second time: it or something round it has an anchor with an alias.
fn check_not_shared(text: &str, outline: &Outline, path: &KeyPath, document: usize) -> Result<(), EditError> {
    let steps = path.steps().len();
    for entry in outline.entries.iter().filter(|entry| entry.document == document) {
        let length = entry.path.steps().len();
        let is_round_it =
            length <= steps && entry.path == path.prefix(length) && !matches!(entry.node, Node::Key { .. });
        let Some(anchor) = entry.properties.anchor.filter(|_| is_round_it) else { continue };
        if outline.entries.iter().any(|other| other.node == Node::Alias(anchor)) {
            let line = Place::of(text, entry.span.start).line;
            return Err(EditError::Shared { path: entry.path.clone(), line });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
