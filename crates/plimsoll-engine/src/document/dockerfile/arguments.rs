//! Build arguments and what stands for them.

use std::collections::BTreeMap;

/// A build argument that is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// What it is without being given.
    pub default: Option<String>,
}

impl Argument {
    pub(super) fn parse(word: &str) -> Option<Argument> {
        let (name, default) = match word.split_once('=') {
            Some((name, default)) => (name, Some(default.to_owned())),
            None => (word, None),
        };
        (!name.is_empty()).then(|| Argument { name: name.to_owned(), default })
    }
}

/// Puts values in the places of `$NAME`, `${NAME}`, `${NAME:-default}` and their like; `None` if a value is not known,
/// or where the text asks for more than that.
pub fn expand(text: &str, values: &BTreeMap<String, String>) -> Option<String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\\']) {
        expanded.push_str(rest.get(..at)?);
        let marked = rest.get(at..)?;
        if let Some(after) = marked.strip_prefix('\\') {
            let next = after.chars().next();
            expanded.extend(next);
            rest = after.get(next.map_or(0, char::len_utf8)..)?;
            continue;
        }
        let after = marked.strip_prefix('$')?;
        rest = match after.strip_prefix('{') {
            Some(braced) => {
                let end = find_close(braced)?;
                expanded.push_str(&expand_braced(braced.get(..end)?, values)?);
                braced.get(end + 1..)?
            }
            None => {
                let end = name_length(after);
                if end == 0 {
                    return None;
                }
                expanded.push_str(values.get(after.get(..end)?)?);
                after.get(end..)?
            }
        };
    }
    expanded.push_str(rest);
    Some(expanded)
}

fn expand_braced(inside: &str, values: &BTreeMap<String, String>) -> Option<String> {
    let (name, modifier) = inside.split_at(name_length(inside));
    let value = values.get(name);
    let filled = value.filter(|value| !value.is_empty());
    if modifier.is_empty() {
        return value.cloned();
    }
    let modifiers = [(":-", filled, true), (":+", filled, false), ("-", value, true), ("+", value, false)];
    for (mark, value, is_default) in modifiers {
        let Some(word) = modifier.strip_prefix(mark) else { continue };
        return match (value, is_default) {
            (Some(value), true) => Some(value.clone()),
            (None, true) | (Some(_), false) => expand(word, values),
            (None, false) => Some(String::new()),
        };
    }
    None
}

fn name_length(text: &str) -> usize {
    let starts = |c: char| c.is_ascii_alphabetic() || c == '_';
    if !text.chars().next().is_some_and(starts) {
        return 0;
    }
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}

fn find_close(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}
