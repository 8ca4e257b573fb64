//! TOML into the tree of what is written, checked against [`keys`](super::keys).

use std::collections::BTreeMap;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_http::secret::holds_private_key;
use toml_edit::{ArrayOfTables, Document, Item, TableLike, Value as Toml};

use super::keys::ROOT;
use super::nearest;
use super::shape::{Kind, Shape, Standing, Table};
use super::written::{Entry, Node, Section, Value};
use crate::config::problems::{Problems, Span, Told};

mod syntax;
mod unknown;

/// Reads a file. What it holds beside problems is returned with them, so that more of them can be found.
///
/// # Errors
/// The file is no TOML.
pub fn read(text: &str, problems: &mut Problems<'_>) -> Result<Section, Told> {
    match Document::parse(text) {
        Ok(document) => Ok(Reader { problems }.read_table(document.as_table(), 0..0, &ROOT)),
        Err(error) => Err(syntax::report(text, &error, problems)),
    }
}

/// A value of one of TOML's kinds, whichever way it is written.
#[derive(Clone, Copy)]
enum Raw<'a> {
    Value(&'a Toml),
    Table(&'a toml_edit::Table),
    Tables(&'a ArrayOfTables),
}

impl<'a> Raw<'a> {
    fn of(item: &'a Item) -> Option<Raw<'a>> {
        match item {
            Item::None => None,
            Item::Value(value) => Some(Raw::Value(value)),
            Item::Table(table) => Some(Raw::Table(table)),
            Item::ArrayOfTables(tables) => Some(Raw::Tables(tables)),
        }
    }

    fn kind(self) -> Kind {
        match self {
            Raw::Table(_) | Raw::Value(Toml::InlineTable(_)) => Kind::Table,
            Raw::Tables(_) | Raw::Value(Toml::Array(_)) => Kind::List,
            Raw::Value(Toml::String(_)) => Kind::Text,
            Raw::Value(Toml::Integer(_) | Toml::Float(_)) => Kind::Number,
            Raw::Value(Toml::Boolean(_)) => Kind::Switch,
            Raw::Value(Toml::Datetime(_)) => Kind::Date,
        }
    }

    fn table(self) -> Option<&'a dyn TableLike> {
        match self {
            Raw::Table(table) => Some(table),
            Raw::Value(Toml::InlineTable(table)) => Some(table),
            Raw::Value(_) | Raw::Tables(_) => None,
        }
    }

    fn items(self) -> Vec<Raw<'a>> {
        match self {
            Raw::Tables(tables) => tables.iter().map(Raw::Table).collect(),
            Raw::Value(Toml::Array(array)) => array.iter().map(Raw::Value).collect(),
            Raw::Value(_) | Raw::Table(_) => Vec::new(),
        }
    }

    fn span(self) -> Option<Span> {
        match self {
            Raw::Value(value) => value.span(),
            Raw::Table(table) => table.span(),
            // The span of `[[name]]` runs to the last of them: the first header is what is meant.
            Raw::Tables(tables) => tables.iter().next().and_then(toml_edit::Table::span),
        }
    }
}

type Words = &'static [&'static str];

/// What is being read, for messages.
#[derive(Clone, Copy)]
struct Key<'a> {
    name: &'a str,
    span: &'a Span,
}

struct Reader<'p, 'a> {
    problems: &'p mut Problems<'a>,
}

impl Reader<'_, '_> {
    fn read_table(&mut self, table: &dyn TableLike, span: Span, shape: &'static Table) -> Section {
        let mut entries = BTreeMap::new();
        for (name, item) in table.iter() {
            let Some(raw) = Raw::of(item) else { continue };
            let key_span = table.key(name).and_then(toml_edit::Key::span).unwrap_or_else(|| span.clone());
            let key = Key { name, span: &key_span };
            let node = self.read_entry(key, raw, shape);
            entries.insert(name.to_owned(), Entry { key: key_span, node });
        }
        for key in shape.keys.iter().filter(|key| key.standing == Standing::Required) {
            entries.entry(key.name.to_owned()).or_insert_with(|| {
                let message = format!("{} lacks `{}`", shape.title, key.name);
                let missing = Diagnostic::error(Code::MissingKey, Cure::FixThenRunAgain, message);
                let told = self.problems.error(&span, missing.help(format!("`{}`: {}", key.name, key.about)));
                Entry { key: span.clone(), node: Err(told) }
            });
        }
        Section::new(span, entries)
    }

    fn read_entry(&mut self, key: Key<'_>, raw: Raw<'_>, table: &'static Table) -> Result<Node, Told> {
        let known = table.find(key.name);
        match known.map(|known| known.standing) {
            Some(Standing::Reserved) => Err(self.report_reserved(key, table)),
            Some(Standing::Optional | Standing::Required) | None => {
                let open = table.open.as_ref().filter(|open| key.name.starts_with(open.prefix));
                match known.map(|known| known.shape).or(open.map(|open| open.shape)) {
                    Some(shape) => self.read_value(key, raw, shape),
                    None => {
                        if table.holds_secrets()
                            && let Some(span) = raw.span()
                        {
                            self.problems.hide(&span);
                        }
                        let unknown = unknown::explain(key.name, table);
                        Err(self.problems.error(key.span, unknown))
                    }
                }
            }
        }
    }

    fn read_value(&mut self, key: Key<'_>, raw: Raw<'_>, shape: Shape) -> Result<Node, Told> {
        let span = raw.span().unwrap_or_else(|| key.span.clone());
        let value = match (shape, raw) {
            (Shape::Either(shapes), _) => {
                return match shapes.iter().find(|shape| shape.accepts(raw.kind())) {
                    Some(shape) => self.read_value(key, raw, *shape),
                    None => Err(self.report_kind(key, raw, shape, &span)),
                };
            }
            (Shape::Text, Raw::Value(Toml::String(text))) => {
                Value::Text(self.check_text(key, text.value(), &span)?)
            }
            (Shape::Secret, Raw::Value(Toml::String(text))) => {
                Value::Text(self.check_secret(key, text.value(), &span)?)
            }
            (Shape::Word(words), Raw::Value(Toml::String(text))) => {
                Value::Text(self.check_word(key, text.value(), words, &span)?)
            }
            (Shape::Switch, Raw::Value(Toml::Boolean(switch))) => Value::Switch(*switch.value()),
            (Shape::List(inner), _) if raw.kind() == Kind::List => {
                Value::List(raw.items().into_iter().map(|item| self.read_value(key, item, *inner)).collect())
            }
            (Shape::Table(table), _) => match raw.table() {
                Some(raw) => Value::Section(self.read_table(raw, span.clone(), table)),
                None => return Err(self.report_kind(key, raw, shape, &span)),
            },
            _ => return Err(self.report_kind(key, raw, shape, &span)),
        };
        Ok(Node { span, value })
    }

    /// No private key may stand in the file, whatever key it is said to be.
    fn check_text(&mut self, key: Key<'_>, text: &str, span: &Span) -> Result<String, Told> {
        if !holds_private_key(text) {
            return Ok(text.to_owned());
        }
        self.problems.hide(span);
        let message = format!("a private key stands in the configuration, as `{}`", key.name);
        let diagnostic = Diagnostic::error(Code::InvalidValue, Cure::FixThenRunAgain, message)
            .help(
                "name where it is: `env:NAME`, `command:PROGRAM …`, or a file that is not in the repository",
            )
            .help("secrets do not belong into the file; if this one was committed, replace it");
        Err(self.problems.error(span, diagnostic))
    }

    /// Only the name of a variable may stand in the file. What stands there instead is never shown.
    fn check_secret(&mut self, key: Key<'_>, text: &str, span: &Span) -> Result<String, Told> {
        if text.strip_prefix("env:").is_some_and(is_variable_name) {
            return Ok(text.to_owned());
        }
        self.problems.hide(span);
        let message = format!("`{}` must name an environment variable: `env:NAME`", key.name);
        let diagnostic = Diagnostic::error(Code::InvalidValue, Cure::FixThenRunAgain, message)
            .help("secrets do not belong into the file; if this one was committed, replace it");
        Err(self.problems.error(span, diagnostic))
    }

    fn check_word(&mut self, key: Key<'_>, text: &str, words: Words, span: &Span) -> Result<String, Told> {
        if words.contains(&text) {
            return Ok(text.to_owned());
        }
        let message = format!("`{}` must be {}, not `{text}`", key.name, Shape::Word(words).expected());
        let mut diagnostic = Diagnostic::error(Code::InvalidValue, Cure::FixThenRunAgain, message);
        if let Some(word) = nearest(text, words.iter().copied()) {
            diagnostic = diagnostic.help(format!("did you mean `{word}`?"));
        }
        Err(self.problems.error(span, diagnostic))
    }

    fn report_kind(&mut self, key: Key<'_>, raw: Raw<'_>, shape: Shape, span: &Span) -> Told {
        if matches!(shape, Shape::Secret) {
            self.problems.hide(span);
        }
        let kind = raw.kind();
        let message = format!("`{}` must be {}, not {}", key.name, shape.expected(), kind.name());
        let mut diagnostic = Diagnostic::error(Code::InvalidValue, Cure::FixThenRunAgain, message);
        if kind == Kind::Table && matches!(shape, Shape::List(Shape::Table(_))) {
            diagnostic = diagnostic.help(format!("write `[[{}]]`", key.name));
        } else if kind == Kind::List && shape.accepts(Kind::Table) && matches!(raw, Raw::Tables(_)) {
            diagnostic = diagnostic.help(format!("there is only one: write `[{}]`", key.name));
        } else if kind != Kind::Table && shape.accepts(Kind::List) && !shape.accepts(Kind::Text) {
            diagnostic = diagnostic.help(format!("put it in brackets: `{} = [ … ]`", key.name));
        } else if kind == Kind::Number && shape.accepts(Kind::Text) {
            diagnostic = diagnostic.help("put it in quotes");
        }
        self.problems.error(span, diagnostic)
    }

    fn report_reserved(&mut self, key: Key<'_>, table: &'static Table) -> Told {
        let message = format!("`{}` is a reserved word and can't be used in {} yet", key.name, table.title);
        self.problems.error(key.span, Diagnostic::error(Code::ReservedWord, Cure::FixThenRunAgain, message))
    }
}

/// A portable name of an environment variable (POSIX.1, "Environment Variable Definition"), lower case allowed.
pub(in crate::config) fn is_variable_name(text: &str) -> bool {
    !text.starts_with(|first: char| first.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
