//! From the parser's events to a tree.

use std::collections::BTreeMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::{Content, MAX_BYTES, MAX_DEPTH, MAX_EXPANDED, Node, NodeId, Pair, Style, Tree, TreeError};
use crate::yaml::literal;

pub(super) fn build(text: &str) -> Result<Tree, TreeError> {
    if text.len() > MAX_BYTES {
        return Err(TreeError::TooLong { length: text.len() });
    }
    let mut builder = Builder {
        text,
        bytes: text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect(),
        nodes: Vec::new(),
        sizes: Vec::new(),
        anchors: BTreeMap::new(),
        open: Vec::new(),
        has_document: false,
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| does_not_parse(text, &error))?;
        builder.read(event, span)?;
    }
    if builder.nodes.is_empty() { Err(TreeError::Empty) } else { Ok(Tree { nodes: builder.nodes }) }
}

/// Where a tab is to blame, that is said: parsers only see that something does not fit.
fn does_not_parse(text: &str, error: &ScanError) -> TreeError {
    let marker = error.marker();
    let line = marker.line();
    let is_indented_with_tab = |line: &str| {
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        line.get(..indentation).is_some_and(|indentation| indentation.contains('\t'))
    };
    let near = text.lines().enumerate().map(|(index, text)| (index + 1, text));
    let mut near =
        near.skip_while(|(number, _)| number + 1 < line).take_while(|(number, _)| *number <= line + 1);
    match near.find(|(_, text)| is_indented_with_tab(text)) {
        Some((line, _)) => TreeError::Tab { line },
        None => TreeError::DoesNotParse { line, column: marker.col() + 1, message: error.info().to_owned() },
    }
}

/// A container that has begun and not ended.
struct Open {
    id: NodeId,
    /// The key whose value comes next, in a mapping.
    key: Option<(String, Range<usize>)>,
    /// The lines of the keys so far.
    seen: BTreeMap<String, usize>,
    /// Whether it is written in brackets.
    flow: bool,
}

struct Builder<'text> {
    text: &'text str,
    /// The byte of each character: the parser counts characters.
    bytes: Vec<usize>,
    nodes: Vec<Node>,
    /// How many nodes each node is with every alias in it copied out.
    sizes: Vec<usize>,
    anchors: BTreeMap<usize, NodeId>,
    open: Vec<Open>,
    has_document: bool,
}

impl Builder<'_> {
    fn read(&mut self, event: Event<'_>, span: Span) -> Result<(), TreeError> {
        let start = self.byte(span.start.index());
        let line = span.start.line();
        match event {
            Event::DocumentStart(_) if self.has_document => Err(TreeError::SecondDocument { line }),
            Event::DocumentStart(_) => {
                self.has_document = true;
                Ok(())
            }
            Event::Scalar(value, style, anchor, tag) => {
                let end = self.byte(span.end.index());
                self.read_scalar(&value, style, anchor, tag.as_deref(), start..end, line)
            }
            Event::Alias(anchor) => self.read_alias(anchor, start, line),
            Event::MappingStart(anchor, tag) => {
                self.begin(Content::Mapping(Vec::new()), anchor, tag.as_deref(), start, line)
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(Content::Sequence(Vec::new()), anchor, tag.as_deref(), start, line)
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.end(start);
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn byte(&self, character: usize) -> usize {
        self.bytes.get(character).copied().unwrap_or(self.text.len())
    }

    /// Whether a key is wanted next.
    fn wants_key(&self) -> bool {
        let Some(open) = self.open.last() else { return false };
        open.key.is_none() && matches!(self.nodes[open.id.0].content, Content::Mapping(_))
    }

    fn read_scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Range<usize>,
        line: usize,
    ) -> Result<(), TreeError> {
        let found = literal::find_literal(self.text, span.start, style, value);
        let rough = self.trimmed(literal::skip_properties(self.text, span.start).min(span.end)..span.end);
        let literal = if value.is_empty() && style == ScalarStyle::Plain {
            span.start..span.start
        } else {
            found.unwrap_or(rough)
        };
        if self.wants_key() {
            return self.read_key(value, literal, line);
        }
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        self.add(Content::Scalar { value: value.to_owned(), style }, literal, line, anchor, tag, 1)?;
        Ok(())
    }

    /// Without the white space at the end that the parser counts in.
    fn trimmed(&self, span: Range<usize>) -> Range<usize> {
        let length = self.text.get(span.clone()).map_or(0, |text| text.trim_end().len());
        span.start..span.start + length
    }

    fn read_key(&mut self, value: &str, span: Range<usize>, line: usize) -> Result<(), TreeError> {
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        if let Some(first) = open.seen.insert(value.to_owned(), line) {
            return Err(TreeError::DuplicateKey { key: value.to_owned(), first, line });
        }
        open.key = Some((value.to_owned(), span));
        Ok(())
    }

    fn read_alias(&mut self, anchor: usize, start: usize, line: usize) -> Result<(), TreeError> {
        if self.wants_key() {
            return Err(TreeError::KeyNotText { line });
        }
        let Some(to) = self.anchors.get(&anchor).copied() else {
            return Err(TreeError::DoesNotParse {
                line,
                column: 1,
                message: "an alias without an anchor".into(),
            });
        };
        if self.open.iter().any(|open| open.id == to) {
            return Err(TreeError::SelfReference { line });
        }
        let rest = self.text.get(start..).unwrap_or_default();
        let length = rest.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(rest.len());
        let size = self.sizes[to.0];
        self.add(Content::Alias(to), start..start + length, line, 0, None, size)?;
        Ok(())
    }

    fn begin(
        &mut self,
        content: Content,
        anchor: usize,
        tag: Option<&Tag>,
        start: usize,
        line: usize,
    ) -> Result<(), TreeError> {
        if self.wants_key() {
            return Err(TreeError::KeyNotText { line });
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(TreeError::TooDeep { line });
        }
        let start = literal::skip_properties(self.text, start);
        let flow = self.text.get(start..).is_some_and(|text| text.starts_with(['{', '[']));
        let id = self.add(content, start..start, line, anchor, tag, 1)?;
        self.open.push(Open { id, key: None, seen: BTreeMap::new(), flow });
        Ok(())
    }

    fn end(&mut self, start: usize) {
        let Some(open) = self.open.pop() else { return };
        let inner = match &self.nodes[open.id.0].content {
            Content::Mapping(pairs) => {
                pairs.last().map(|pair| self.nodes[pair.value.0].span.end.max(pair.key_span.end))
            }
            Content::Sequence(items) => items.last().map(|item| self.nodes[item.0].span.end),
            Content::Scalar { .. } | Content::Alias(_) => None,
        };
        let end = match open.flow {
            true => start + 1,
            false => inner.unwrap_or(start),
        };
        let node = &mut self.nodes[open.id.0];
        node.span.end = end.max(node.span.start).min(self.text.len());
        let size = self.sizes[open.id.0];
        // What is inside counts for everything round it.
        if let Some(outer) = self.open.last() {
            self.sizes[outer.id.0] = self.sizes[outer.id.0].saturating_add(size);
        }
    }

    /// Adds a node to what is open.
    fn add(
        &mut self,
        content: Content,
        span: Range<usize>,
        line: usize,
        anchor: usize,
        tag: Option<&Tag>,
        size: usize,
    ) -> Result<NodeId, TreeError> {
        let id = NodeId(self.nodes.len());
        let is_container = matches!(content, Content::Mapping(_) | Content::Sequence(_));
        let tag = tag.map(|tag| format!("{}{}", tag.handle, tag.suffix));
        self.nodes.push(Node { content, span, line, anchored: anchor != 0, tag });
        self.sizes.push(size);
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        if let Some(open) = self.open.last_mut() {
            if !is_container {
                self.sizes[open.id.0] = self.sizes[open.id.0].saturating_add(size);
            }
            let key = open.key.take();
            match (&mut self.nodes[open.id.0].content, key) {
                (Content::Mapping(pairs), Some((key, key_span))) => {
                    pairs.push(Pair { key, key_span, value: id })
                }
                (Content::Sequence(items), _) => items.push(id),
                _ => {}
            }
        }
        let written: usize = self.open.iter().map(|open| self.sizes[open.id.0]).max().unwrap_or(1);
        if written > MAX_EXPANDED { Err(TreeError::TooMuch { line }) } else { Ok(id) }
    }
}
