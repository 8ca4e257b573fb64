//! What a structured text says, node by node and in order, with the place of each.

use std::ops::Range;

use crate::error::{Container, EditError, Form};
use crate::found::Kind;
use crate::path::KeyPath;
use crate::place::Place;

/// The deepest nesting that is read.
pub(crate) const MAX_DEPTH: usize = 256;

/// All nodes of a text in the order in which they stand.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    pub(crate) entries: Vec<Entry>,
}

/// One node.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Which document of the text, from 0. Only YAML has several.
    pub(crate) document: usize,
    pub(crate) path: KeyPath,
    pub(crate) node: Node,
    /// The bytes of its literal; of a container only the beginning is used.
    pub(crate) span: Range<usize>,
    /// What YAML attaches to a node.
    pub(crate) properties: Properties,
    /// Why its literal cannot be written over, if it cannot.
    pub(crate) form: Option<Form>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Scalar {
        kind: Kind,
        value: String,
    },
    Container(Container),
    /// A use of the anchor with this number.
    Alias(usize),
    /// A key that needs to be compared for more than its text. Its path is that of its value.
    Key {
        value: String,
    },
}

/// What YAML attaches to a node.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Properties {
    /// The number of its anchor.
    pub(crate) anchor: Option<usize>,
    pub(crate) tag: Option<String>,
}

impl Outline {
    /// Returns the place of the one scalar under a path, in [`entries`](Self::entries).
    pub(crate) fn find_scalar(&self, text: &str, path: &KeyPath) -> Result<usize, EditError> {
        let documents = self.entries.last().map_or(0, |entry| entry.document + 1);
        let mut found = Vec::new();
        for document in 0..documents {
            match self.find_scalar_in(document, text, path) {
                Ok(place) => found.push(place),
                Err(EditError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        match found[..] {
            [place] => Ok(place),
            [] => Err(EditError::NotFound { path: path.clone() }),
            _ => Err(self.ambiguous(text, path.clone(), &found)),
        }
    }

    fn find_scalar_in(&self, document: usize, text: &str, path: &KeyPath) -> Result<usize, EditError> {
        let not_found = || EditError::NotFound { path: path.clone() };
        let mut last = None;
        for length in 1..=path.steps().len() {
            let prefix = path.prefix(length);
            let places = self.places_of(document, &prefix);
            let place = match places[..] {
                [place] => place,
                [] => return Err(not_found()),
                _ => return Err(self.ambiguous(text, prefix, &places)),
            };
            if self.entries.get(place).is_some_and(|entry| matches!(entry.node, Node::Alias(_))) {
                return Err(EditError::Shared { path: prefix, line: self.line(text, place) });
            }
            last = Some(place);
        }
        let place = last.ok_or_else(not_found)?;
        match self.entries.get(place).map(|entry| &entry.node) {
            Some(Node::Container(found)) => {
                Err(EditError::NotAScalar { path: path.clone(), found: *found, line: self.line(text, place) })
            }
            _ => Ok(place),
        }
    }

    /// Returns the places of what stands under exactly this path, keys apart.
    fn places_of(&self, document: usize, path: &KeyPath) -> Vec<usize> {
        let is_it = |entry: &Entry| {
            entry.document == document && entry.path == *path && !matches!(entry.node, Node::Key { .. })
        };
        (0..).zip(&self.entries).filter(|(_, entry)| is_it(entry)).map(|(place, _)| place).collect()
    }

    fn ambiguous(&self, text: &str, path: KeyPath, places: &[usize]) -> EditError {
        EditError::Ambiguous { path, lines: places.iter().map(|place| self.line(text, *place)).collect() }
    }

    fn line(&self, text: &str, place: usize) -> usize {
        Place::of(text, self.entries.get(place).map_or(0, |entry| entry.span.start)).line
    }
}
