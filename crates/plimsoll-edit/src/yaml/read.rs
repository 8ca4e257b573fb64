//! From the parser's events to an outline.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::literal;
use crate::error::{Container, EditError, Form};
use crate::found::Kind;
use crate::outline::{Entry, MAX_DEPTH, Node, Outline, Properties};
use crate::path::{KeyPath, Step};
use crate::place::Place;

/// The tag that says what a quoted value is anyway.
pub(super) const STRING_TAG: &str = "tag:yaml.org,2002:str";

pub(super) fn read_outline(text: &str) -> Result<Outline, EditError> {
    let mut reader = Reader {
        text,
        bytes: text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect(),
        outline: Outline::default(),
        document: None,
        open: Vec::new(),
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| does_not_parse(&error))?;
        reader.read(event, span)?;
    }
    Ok(reader.outline)
}

fn does_not_parse(error: &ScanError) -> EditError {
    let marker = error.marker();
    EditError::does_not_parse(Place { line: marker.line(), column: marker.col() + 1 }, error.info())
}

/// A container that has begun and not ended.
struct Open {
    path: KeyPath,
    expects: Expects,
}

enum Expects {
    Key,
    /// The value of a key whose literal ends at this byte.
    Value {
        path: KeyPath,
        key_end: usize,
    },
    Item(usize),
}

/// Where a node stands that is about to be read.
enum Role {
    Key { of: KeyPath },
    Value { path: KeyPath, key_end: Option<usize> },
}

struct Reader<'text> {
    text: &'text str,
    /// The byte of each character: the parser counts characters.
    bytes: Vec<usize>,
    outline: Outline,
    document: Option<usize>,
    open: Vec<Open>,
}

impl Reader<'_> {
    fn read(&mut self, event: Event<'_>, span: Span) -> Result<(), EditError> {
        let start = self.byte(span.start.index());
        match event {
            Event::DocumentStart(_) => {
                self.document = Some(self.document.map_or(0, |document| document + 1));
                Ok(())
            }
            Event::Scalar(value, style, anchor, tag) => {
                let properties = properties(anchor, tag.as_deref());
                self.read_scalar(&value, style, properties, start)
            }
            Event::Alias(anchor) => {
                let path = self.value_role(start)?;
                self.push(path, Node::Alias(anchor), start..start, Properties::default());
                Ok(())
            }
            Event::MappingStart(anchor, tag) => {
                self.begin(Container::Mapping, properties(anchor, tag.as_deref()), start)
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(Container::Sequence, properties(anchor, tag.as_deref()), start)
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn byte(&self, character: usize) -> usize {
        self.bytes.get(character).copied().unwrap_or(self.text.len())
    }

    fn push(&mut self, path: KeyPath, node: Node, span: Range<usize>, properties: Properties) {
        let document = self.document.unwrap_or_default();
        self.outline.entries.push(Entry { document, path, node, span, properties, form: None });
    }

    /// Takes the place of the next node and moves its container on.
    fn take_role(&mut self) -> Role {
        let Some(open) = self.open.last_mut() else {
            return Role::Value { path: KeyPath::default(), key_end: None };
        };
        match std::mem::replace(&mut open.expects, Expects::Key) {
            Expects::Key => Role::Key { of: open.path.clone() },
            Expects::Value { path, key_end } => Role::Value { path, key_end: Some(key_end) },
            Expects::Item(index) => {
                open.expects = Expects::Item(index + 1);
                Role::Value { path: open.path.join(Step::Index(index)), key_end: None }
            }
        }
    }

    /// Takes the place of a node that cannot be a key here.
    fn value_role(&mut self, start: usize) -> Result<KeyPath, EditError> {
        match self.take_role() {
            Role::Value { path, .. } => Ok(path),
            Role::Key { .. } => Err(EditError::does_not_parse(
                Place::of(self.text, start),
                "keys that are not plain text are not supported",
            )),
        }
    }

    fn begin(&mut self, container: Container, properties: Properties, start: usize) -> Result<(), EditError> {
        let path = self.value_role(start)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(EditError::does_not_parse(Place::of(self.text, start), "it is nested too deeply"));
        }
        self.push(path.clone(), Node::Container(container), start..start, properties);
        let expects = match container {
            Container::Mapping => Expects::Key,
            Container::Sequence => Expects::Item(0),
        };
        self.open.push(Open { path, expects });
        Ok(())
    }

    fn read_scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        properties: Properties,
        start: usize,
    ) -> Result<(), EditError> {
        let found = literal::find_literal(self.text, start, style, value);
        match self.take_role() {
            Role::Key { of } => {
                let path = of.join(Step::Key(value.to_owned()));
                let span = found.unwrap_or(start..start);
                if let Some(open) = self.open.last_mut() {
                    open.expects = Expects::Value { path: path.clone(), key_end: span.end };
                }
                self.push(path, Node::Key { value: value.to_owned() }, span, properties);
            }
            Role::Value { path, key_end } => {
                let (span, form) = match (style, found) {
                    (ScalarStyle::Plain, _) if value.is_empty() => {
                        let place =
                            self.find_empty_place(key_end).filter(|_| properties == Properties::default());
                        place.map_or((start..start, Some(Form::Empty)), |place| (place..place, None))
                    }
                    (ScalarStyle::Literal | ScalarStyle::Folded, _) => (start..start, Some(Form::Block)),
                    (_, Some(span)) => (span, None),
                    (_, None) => (start..start, Some(Form::MultiLine)),
                };
                let kind = kind_of(value, style, &properties);
                let form = if kind == Kind::Tagged { Some(Form::Tagged) } else { form };
                let node = Node::Scalar { kind, value: value.to_owned() };
                self.push(path, node, span, properties);
                if let Some(entry) = self.outline.entries.last_mut() {
                    entry.form = form;
                }
            }
        }
        Ok(())
    }

    /// Returns the place right behind the colon of a key, where its empty value would stand.
    fn find_empty_place(&self, key_end: Option<usize>) -> Option<usize> {
        let at_colon = self.text.get(key_end?..)?.trim_start_matches([' ', '\t']);
        at_colon.starts_with(':').then_some(self.text.len() - at_colon.len() + 1)
    }
}

fn properties(anchor: usize, tag: Option<&Tag>) -> Properties {
    Properties {
        anchor: (anchor != 0).then_some(anchor),
        tag: tag.map(|tag| format!("{}{}", tag.handle, tag.suffix)),
    }
}

fn kind_of(value: &str, style: ScalarStyle, properties: &Properties) -> Kind {
    match properties.tag.as_deref() {
        Some(STRING_TAG) => Kind::String,
        Some(_) => Kind::Tagged,
        None if style == ScalarStyle::Plain => literal::plain_kind(value),
        None => Kind::String,
    }
}
