//! JSON, with the comments and trailing commas that some tools allow.
//!
//! A new value is written as a string, whatever was there.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::edit::{self, Replacement, Syntax};
use crate::error::{Container, EditError};
use crate::found::{Found, Kind};
use crate::outline::{Entry, Node, Outline, Properties};
use crate::path::{KeyPath, Step};
use crate::place::Place;

/// Finds the one value under a path.
///
/// # Errors
/// The text is no JSON, or the path leads to nothing, to several places or to no scalar.
pub fn find(text: &str, path: &KeyPath) -> Result<Found, EditError> {
    edit::find::<Json>(text, path)
}

/// Returns the text with the value under a path set to a string, every other byte kept.
///
/// # Errors
/// As [`find`]; or something else would change.
pub fn set(text: &str, path: &KeyPath, value: &str) -> Result<String, EditError> {
    edit::set::<Json>(text, path, value)
}

const BYTE_ORDER_MARK: char = '\u{feff}';

enum Json {}

impl Syntax for Json {
    fn outline(text: &str) -> Result<Outline, EditError> {
        let begin = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
        let json = text.get(begin..).unwrap_or_default();
        let collect = CollectOptions::default();
        let parsed = parse_to_ast(json, &collect, &options())
            .map_err(|error| EditError::does_not_parse(Place::of(json, error.range().start), error.kind()))?;
        let Some(value) = parsed.value else {
            return Err(EditError::does_not_parse(Place::of(text, text.len()), "there is no value"));
        };
        let mut outline = Outline::default();
        add(&mut outline, &value, KeyPath::default(), begin);
        Ok(outline)
    }

    fn replacement(
        _text: &str,
        outline: &Outline,
        index: usize,
        value: &str,
    ) -> Result<Replacement, EditError> {
        let over = outline.entries.get(index).map(|entry| entry.span.clone()).unwrap_or_default();
        Ok(Replacement { over, literal: quote(value) })
    }
}

fn options() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// Adds a value and what it holds. The parser bounds how deep that goes.
fn add(outline: &mut Outline, value: &Value<'_>, path: KeyPath, begin: usize) {
    let scalar = |kind, value: &str| Node::Scalar { kind, value: value.to_owned() };
    let node = match value {
        Value::StringLit(string) => scalar(Kind::String, &string.value),
        Value::NumberLit(number) if number.value.contains(['.', 'e', 'E']) => {
            scalar(Kind::Float, number.value)
        }
        Value::NumberLit(number) => scalar(Kind::Integer, number.value),
        Value::BooleanLit(boolean) => scalar(Kind::Boolean, if boolean.value { "true" } else { "false" }),
        Value::NullKeyword(_) => scalar(Kind::Null, "null"),
        Value::Object(_) => Node::Container(Container::Mapping),
        Value::Array(_) => Node::Container(Container::Sequence),
    };
    let range = value.range();
    let span = range.start + begin..range.end + begin;
    outline.entries.push(Entry {
        document: 0,
        path: path.clone(),
        node,
        span,
        properties: Properties::default(),
        form: None,
    });
    match value {
        Value::Object(object) => {
            for property in &object.properties {
                let step = Step::Key(property.name.as_str().to_owned());
                add(outline, &property.value, path.join(step), begin);
            }
        }
        Value::Array(array) => {
            for (index, element) in array.elements.iter().enumerate() {
                add(outline, element, path.join(Step::Index(index)), begin);
            }
        }
        _ => {}
    }
}

/// Source: RFC 8259 section 7.
fn quote(value: &str) -> String {
    let mut literal = String::from('"');
    for character in value.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            control if control < ' ' => literal.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => literal.push(other),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests;
