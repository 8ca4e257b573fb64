//! The tree of what is written, with every place kept.

use std::collections::BTreeMap;

use crate::config::problems::{Span, Told};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The bytes that it takes in the file.
    pub span: Span,
}

/// A value of the file. Its kind is what the file's description says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// `true` or `false`.
    Switch(bool),
    /// A list. What in it could not be read was told.
    List(Vec<Result<Node, Told>>),
    /// A table.
    Section(Section),
}

/// A value in its place.
pub type Node = Spanned<Value>;

/// The values of a list. What could not be read was told.
pub type Items = [Result<Node, Told>];

/// A table that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its header or braces.
    pub span: Span,
    entries: BTreeMap<String, Entry>,
}

/// A key of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where the key itself stands.
    pub key: Span,
    /// What stands in it. What could not be read was told.
    pub node: Result<Node, Told>,
}

impl Section {
    /// A table with these entries.
    pub fn new(span: Span, entries: BTreeMap<String, Entry>) -> Section {
        Section { span, entries }
    }

    /// A table with nothing in it.
    pub fn empty(span: Span) -> Section {
        Section::new(span, BTreeMap::new())
    }

    /// An entry.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// All entries, by key.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(key, entry)| (key.as_str(), entry))
    }

    /// Whether a key is written, readable or not.
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// What stands in a key, if it is written.
    ///
    /// # Errors
    /// It is written and can't be used, which was told.
    pub fn node(&self, key: &str) -> Result<Option<&Node>, Told> {
        self.entries.get(key).map(|entry| entry.node.as_ref().map_err(|told| *told)).transpose()
    }

    /// The text in a key.
    ///
    /// # Errors
    /// See [`node`](Self::node).
    pub fn text(&self, key: &str) -> Result<Option<Spanned<&str>>, Told> {
        Ok(self.node(key)?.and_then(Node::text))
    }

    /// The switch in a key.
    ///
    /// # Errors
    /// See [`node`](Self::node).
    pub fn switch(&self, key: &str) -> Result<Option<bool>, Told> {
        Ok(self.node(key)?.and_then(|node| match node.value {
            Value::Switch(switch) => Some(switch),
            _ => None,
        }))
    }

    /// The list in a key.
    ///
    /// # Errors
    /// See [`node`](Self::node).
    pub fn list(&self, key: &str) -> Result<Option<Spanned<&Items>>, Told> {
        Ok(self.node(key)?.and_then(Node::list))
    }

    /// The table in a key.
    ///
    /// # Errors
    /// See [`node`](Self::node).
    pub fn section(&self, key: &str) -> Result<Option<&Section>, Told> {
        Ok(self.node(key)?.and_then(Node::section))
    }

    /// This table, with what it leaves out taken from `defaults`; tables in both are merged the same way.
    ///
    /// Keys in `alternatives` exclude each other: if one of them is here, none of them is taken over.
    #[must_use]
    pub fn over(&self, defaults: &Section, alternatives: &[&str]) -> Section {
        let mut merged = self.clone();
        let decided = alternatives.iter().any(|key| self.has(key));
        for (key, default) in &defaults.entries {
            let is_alternative = alternatives.contains(&key.as_str());
            match merged.entries.get_mut(key) {
                None if decided && is_alternative => {}
                None => {
                    merged.entries.insert(key.clone(), default.clone());
                }
                Some(own) => {
                    if let (Ok(own), Ok(default)) = (&mut own.node, &default.node)
                        && let (Value::Section(section), Value::Section(default)) =
                            (&mut own.value, &default.value)
                    {
                        *section = section.over(default, alternatives);
                    }
                }
            }
        }
        merged
    }
}

impl Node {
    /// The text, if it is one.
    pub fn text(&self) -> Option<Spanned<&str>> {
        match &self.value {
            Value::Text(text) => Some(Spanned { value: text, span: self.span.clone() }),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn list(&self) -> Option<Spanned<&Items>> {
        match &self.value {
            Value::List(list) => Some(Spanned { value: list, span: self.span.clone() }),
            _ => None,
        }
    }

    /// The table, if it is one.
    pub fn section(&self) -> Option<&Section> {
        match &self.value {
            Value::Section(section) => Some(section),
            _ => None,
        }
    }
}
