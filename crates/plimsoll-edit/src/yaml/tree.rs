//! A YAML text as a tree with places: for texts whose anchors, merges and layout matter to the reader.
//!
//! Where [`find`](super::find) wants a path, a reader of a tree walks it. An alias leads to its node and is never
//! copied, so a text that multiplies itself by aliases stays as small as it is written; what it would grow to is
//! counted, and too much is refused. Refused as well: keys that are written twice or are not plain text, tabs as
//! indentation, several documents, an anchor inside itself, and texts over the [limits](MAX_BYTES).

mod build;
mod error;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

pub use error::TreeError;

/// The longest text that is read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// The deepest nesting that is read.
pub const MAX_DEPTH: usize = 64;
/// The most nodes that a text may grow to when every alias is copied out.
pub const MAX_EXPANDED: usize = 250_000;
/// The key that copies the entries of other mappings in (YAML 1.1 merge).
const MERGE: &str = "<<";

/// A node of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(usize);

/// A text of one document, read.
#[derive(Debug, Clone)]
pub struct Tree {
    nodes: Vec<Node>,
}

/// One node and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub content: Content,
    /// Its bytes: of a scalar its literal with quotes, of anything else from its first byte to its last. A block of
    /// text begins behind its `|` or `>`.
    pub span: Range<usize>,
    /// The line that it begins on, from 1.
    pub line: usize,
    /// Whether it has an anchor.
    pub anchored: bool,
    /// Its tag, if one is written.
    pub tag: Option<String>,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text, as the parser reads it.
    Scalar {
        /// The text.
        value: String,
        /// How it is written.
        style: Style,
    },
    /// Keys and values, in order.
    Mapping(Vec<Pair>),
    /// Items, in order.
    Sequence(Vec<NodeId>),
    /// What stands elsewhere.
    Alias(NodeId),
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// As a block, `|` or `>`.
    Block,
}

/// An entry of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The key.
    pub key: String,
    /// The bytes of the key's literal.
    pub key_span: Range<usize>,
    /// The value.
    pub value: NodeId,
}

/// A new text for some bytes of the old one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// The bytes.
    pub over: Range<usize>,
    /// What stands there instead.
    pub text: String,
}

impl Tree {
    /// Reads a text of one document.
    ///
    /// # Errors
    /// See [`TreeError`].
    pub fn parse(text: &str) -> Result<Tree, TreeError> {
        build::build(text)
    }

    /// The outermost node.
    pub fn root(&self) -> NodeId {
        NodeId(0)
    }

    /// Every node in the order in which it begins.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// A node as it stands, aliases too.
    pub fn node(&self, id: NodeId) -> &Node {
        // Only this module makes ids, and nodes are never taken away.
        &self.nodes[id.0]
    }

    /// The node that is meant: an alias leads to its node.
    pub fn follow(&self, id: NodeId) -> NodeId {
        match self.node(id).content {
            // An alias never leads to an alias: YAML gives aliases no anchors.
            Content::Alias(to) => to,
            _ => id,
        }
    }

    /// The text of a scalar, wherever it stands; `None` of anything else.
    pub fn text(&self, id: NodeId) -> Option<&str> {
        match &self.node(self.follow(id)).content {
            Content::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The items of a sequence; none of anything else.
    pub fn items(&self, id: NodeId) -> &[NodeId] {
        match &self.node(self.follow(id)).content {
            Content::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping as they are written, merge keys too; none of anything else.
    pub fn pairs(&self, id: NodeId) -> &[Pair] {
        match &self.node(self.follow(id)).content {
            Content::Mapping(pairs) => pairs,
            _ => &[],
        }
    }

    /// Whether it is a mapping.
    pub fn is_mapping(&self, id: NodeId) -> bool {
        matches!(self.node(self.follow(id)).content, Content::Mapping(_))
    }

    /// Whether it is nothing: `null`, `~` or not written at all.
    pub fn is_null(&self, id: NodeId) -> bool {
        let node = self.node(self.follow(id));
        let Content::Scalar { value, style } = &node.content else { return false };
        *style == Style::Plain
            && node.tag.is_none()
            && super::literal::plain_kind(value) == crate::found::Kind::Null
    }

    /// Whether it is a scalar that every reader takes for a string.
    pub fn is_string(&self, id: NodeId) -> bool {
        let node = self.node(self.follow(id));
        match (&node.content, node.tag.as_deref()) {
            (Content::Scalar { .. }, Some(tag)) => tag == super::read::STRING_TAG,
            (Content::Scalar { value, style: Style::Plain }, None) => {
                super::literal::plain_kind(value) == crate::found::Kind::String
            }
            (Content::Scalar { .. }, None) => true,
            _ => false,
        }
    }

    /// The entry under a key, merged ones too: what is written here wins, then the first of what is merged.
    pub fn find(&self, id: NodeId, key: &str) -> Option<&Pair> {
        let pairs = self.pairs(id);
        let here = pairs.iter().find(|pair| pair.key == key);
        here.or_else(|| self.merged_into(pairs).into_iter().find_map(|merged| self.find(merged, key)))
    }

    /// Every entry that a mapping has, merged ones behind those written here, each key once.
    pub fn entries(&self, id: NodeId) -> Vec<&Pair> {
        let mut entries: Vec<&Pair> = Vec::new();
        let pairs = self.pairs(id);
        let merged = self.merged_into(pairs);
        let here = pairs.iter().filter(|pair| pair.key != MERGE);
        for pair in here.chain(merged.into_iter().flat_map(|merged| self.entries(merged))) {
            if !entries.iter().any(|other| other.key == pair.key) {
                entries.push(pair);
            }
        }
        entries
    }

    /// How often each scalar is met by a reader who follows aliases and merges. Entries at the top whose keys
    /// `is_passed_over` are not read.
    pub fn count_scalars(&self, is_passed_over: impl Fn(&str) -> bool) -> BTreeMap<NodeId, usize> {
        let mut counts = BTreeMap::new();
        for pair in self.pairs(self.root()).iter().filter(|pair| !is_passed_over(&pair.key)) {
            self.count_below(pair.value, &mut counts);
        }
        counts
    }

    fn count_below(&self, id: NodeId, counts: &mut BTreeMap<NodeId, usize>) {
        let id = self.follow(id);
        match &self.node(id).content {
            Content::Scalar { .. } => *counts.entry(id).or_default() += 1,
            Content::Sequence(items) => items.iter().for_each(|item| self.count_below(*item, counts)),
            Content::Mapping(_) => self.count_entries(id, &mut BTreeSet::new(), counts),
            Content::Alias(_) => {}
        }
    }

    /// Counts below the entries of a mapping and of what is merged into it, but for keys that were `met` before.
    fn count_entries<'t>(
        &'t self,
        id: NodeId,
        met: &mut BTreeSet<&'t str>,
        counts: &mut BTreeMap<NodeId, usize>,
    ) {
        let pairs = self.pairs(id);
        for pair in pairs.iter().filter(|pair| pair.key != MERGE) {
            if met.insert(&pair.key) {
                self.count_below(pair.value, counts);
            }
        }
        for merged in self.merged_into(pairs) {
            self.count_entries(merged, met, counts);
        }
    }

    fn merged_into(&self, pairs: &[Pair]) -> Vec<NodeId> {
        let Some(merge) = pairs.iter().find(|pair| pair.key == MERGE) else { return Vec::new() };
        match self.items(merge.value) {
            [] => vec![merge.value],
            several => several.to_vec(),
        }
    }

    /// What the whole tree says, without layout, comments, quotes and anchors' names: two texts with equal meanings
    /// differ in nothing that a reader of YAML sees. Of the scalars in `instead` the given text is told, and the
    /// entries in `without` are left out.
    pub fn meaning(&self, instead: &[(NodeId, &str)], without: &[NodeId]) -> Vec<String> {
        let mut telling = Telling { tree: self, instead, without, anchors: Vec::new(), told: Vec::new() };
        telling.tell(self.root());
        telling.told
    }
}

/// A meaning while it is told.
struct Telling<'a> {
    tree: &'a Tree,
    instead: &'a [(NodeId, &'a str)],
    without: &'a [NodeId],
    /// The anchors that were told of, in the order of the text: an alias is of one of them by its number, whatever it is called.
    anchors: Vec<NodeId>,
    told: Vec<String>,
}

impl Telling<'_> {
    fn tell(&mut self, id: NodeId) {
        let node = self.tree.node(id);
        let tag = node.tag.as_deref().map(|tag| format!("!{tag} ")).unwrap_or_default();
        if node.anchored {
            self.anchors.push(id);
        }
        match &node.content {
            Content::Scalar { value, style } => {
                let new = self.instead.iter().find(|(other, _)| *other == id).map(|(_, text)| *text);
                let kind = match (style, new) {
                    (Style::Plain, None) => super::literal::plain_kind(value).to_string(),
                    _ => "string".to_owned(),
                };
                self.told.push(format!("{tag}{kind} {}", new.unwrap_or(value)));
            }
            Content::Mapping(pairs) => {
                self.told.push(format!("{tag}{{"));
                for pair in pairs.iter().filter(|pair| !self.without.contains(&pair.value)) {
                    self.told.push(format!("{}:", pair.key));
                    self.tell(pair.value);
                }
                self.told.push("}".to_owned());
            }
            Content::Sequence(items) => {
                self.told.push(format!("{tag}["));
                for item in items {
                    self.tell(*item);
                }
                self.told.push("]".to_owned());
            }
            Content::Alias(to) => {
                let number = self.anchors.iter().position(|anchor| anchor == to);
                self.told.push(number.map_or_else(|| "*".to_owned(), |number| format!("*{number}")));
            }
        }
    }
}

/// Writes new texts over the old one, every other byte kept. Splices that overlap or lie outside are `None`.
pub fn splice(text: &str, mut splices: Vec<Splice>) -> Option<String> {
    splices.sort_by_key(|splice| (splice.over.start, splice.over.end));
    let mut edited = String::with_capacity(text.len());
    let mut at = 0;
    for splice in splices {
        edited.push_str(text.get(at..splice.over.start)?);
        edited.push_str(&splice.text);
        at = splice.over.end;
    }
    edited.push_str(text.get(at..)?);
    Some(edited)
}

#[cfg(test)]
mod tests;
