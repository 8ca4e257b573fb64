//! TOML.
//!
//! A new value is written as a string, whatever was there: in single quotes where the old one was and the value
//! allows it, in double quotes otherwise.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use crate::edit::{self, Replacement, Syntax};
use crate::error::{Container, EditError};
use crate::found::{Found, Kind};
use crate::outline::{Entry, Node, Outline, Properties};
use crate::path::{KeyPath, Step};
use crate::place::Place;

/// Finds the one value under a path. Tables, dotted keys and inline tables are all the same to it.
///
/// # Errors
/// The text is no TOML, or the path leads to nothing or to no scalar.
pub fn find(text: &str, path: &KeyPath) -> Result<Found, EditError> {
    edit::find::<Toml>(text, path)
}

/// Lists every string with the path that it stands under, in the order of the text.
///
/// # Errors
/// The text is no TOML.
pub fn strings(text: &str) -> Result<Vec<(KeyPath, String)>, EditError> {
    edit::strings::<Toml>(text)
}

/// Returns the text with the value under a path set to a string, every other byte kept.
///
/// # Errors
/// As [`find`]; or something else would change.
pub fn set(text: &str, path: &KeyPath, value: &str) -> Result<String, EditError> {
    edit::set::<Toml>(text, path, value)
}

enum Toml {}

impl Syntax for Toml {
    fn outline(text: &str) -> Result<Outline, EditError> {
        let document = Document::parse(text).map_err(|error| {
            let start = error.span().map_or(text.len(), |span| span.start);
            EditError::does_not_parse(Place::of(text, start), error.message())
        })?;
        let mut walk = Walk { text, outline: Outline::default() };
        walk.add_table(document.as_table(), &KeyPath::default());
        Ok(walk.outline)
    }

    fn replacement(
        text: &str,
        outline: &Outline,
        index: usize,
        value: &str,
    ) -> Result<Replacement, EditError> {
        let over = outline.entries.get(index).map(|entry| entry.span.clone()).unwrap_or_default();
        let old = text.get(over.clone()).unwrap_or_default();
        let keeps_single = old.starts_with('\'') && !old.starts_with("'''");
        let literal =
            if keeps_single && !value.contains(|character| character == '\'' || is_control(character)) {
                format!("'{value}'")
            } else {
                quote(value)
            };
        Ok(Replacement { over, literal })
    }
}

/// Adds what a document holds to an outline. The parser bounds how deep that goes.
struct Walk<'text> {
    text: &'text str,
    outline: Outline,
}

impl Walk<'_> {
    fn push(&mut self, path: &KeyPath, node: Node, span: Option<Range<usize>>) {
        self.outline.entries.push(Entry {
            document: 0,
            path: path.clone(),
            node,
            span: span.unwrap_or_default(),
            properties: Properties::default(),
            form: None,
        });
    }

    fn add_table(&mut self, table: &dyn TableLike, path: &KeyPath) {
        for (key, item) in table.iter() {
            self.add_item(item, &path.join(Step::Key(key.to_owned())));
        }
    }

    fn add_item(&mut self, item: &Item, path: &KeyPath) {
        match item {
            Item::None => {}
            Item::Value(value) => self.add_value(value, path),
            Item::Table(table) => {
                self.push(path, Node::Container(Container::Mapping), table.span());
                self.add_table(table, path);
            }
            Item::ArrayOfTables(tables) => {
                self.push(path, Node::Container(Container::Sequence), tables.span());
                for (index, table) in tables.iter().enumerate() {
                    let path = path.join(Step::Index(index));
                    self.push(&path, Node::Container(Container::Mapping), table.span());
                    self.add_table(table, &path);
                }
            }
        }
    }

    fn add_value(&mut self, value: &Value, path: &KeyPath) {
        let span = value.span();
        let spelled = span.clone().and_then(|span| self.text.get(span)).unwrap_or_default().to_owned();
        let kind = match value {
            Value::String(string) => {
                let value = string.value().clone();
                return self.push(path, Node::Scalar { kind: Kind::String, value }, span);
            }
            Value::Array(array) => {
                self.push(path, Node::Container(Container::Sequence), span);
                for (index, element) in array.iter().enumerate() {
                    self.add_value(element, &path.join(Step::Index(index)));
                }
                return;
            }
            Value::InlineTable(table) => {
                self.push(path, Node::Container(Container::Mapping), span);
                return self.add_table(table, path);
            }
            Value::Integer(_) => Kind::Integer,
            Value::Float(_) => Kind::Float,
            Value::Boolean(_) => Kind::Boolean,
            Value::Datetime(_) => Kind::DateTime,
        };
        self.push(path, Node::Scalar { kind, value: spelled }, span);
    }
}

/// Whether a character may not stand in a string as it is. Source: TOML 1.0.0, "String".
fn is_control(character: char) -> bool {
    character < ' ' || character == '\u{7f}'
}

fn quote(value: &str) -> String {
    let mut literal = String::from('"');
    for character in value.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            control if is_control(control) => literal.push_str(&format!("\\u{:04X}", u32::from(control))),
            other => literal.push(other),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests;
