//! What is wrong with a file that is no TOML.

use std::borrow::Cow;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use toml_edit::TomlError;
use toml_parser::parser::{Event, EventKind, RecursionGuard, parse_document};
use toml_parser::{ErrorSink, Expected, ParseError, Source};

use crate::config::problems::{Problems, Span, Told};

const DEPTH: u32 = 64;

/// What lines of TOML look like.
const SHAPES: &str = "lines of TOML are `[project]`, `[[image]]` (each begins one more image), `key = \"text\"` and `key = [\"one\", \"two\"]`; look at the line before, too";

/// What is to be done about a key that stands twice.
const ONCE: &str =
    "keep one of them; a further table of a list begins with two brackets, as `[[image]]` does";

/// How many lines are told of.
const SHOWN: usize = 5;

/// Reports every line that breaks TOML's grammar; if none does, what `toml_edit` stumbled over: a key written twice.
pub(super) fn report(text: &str, error: &TomlError, problems: &mut Problems<'_>) -> Told {
    let end = text.len()..text.len();
    let first = error.span().unwrap_or_else(|| end.clone());
    let mut faults: Vec<(Span, String)> = find_faults(text);
    if faults.is_empty() {
        faults.push((first, error.message().to_owned()));
    }
    // One mistake upsets the rest of its line: only the first of a line is worth telling.
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    faults.sort_by_key(|(span, _)| span.start);
    faults.dedup_by_key(|(span, _)| ends.partition_point(|end| *end < span.start));
    // A file with more is another kind of file.
    faults.truncate(SHOWN);
    let mut told = None;
    for (span, message) in faults {
        told = Some(problems.error(&span, no_toml(&message)));
    }
    told.unwrap_or_else(|| problems.error(&end, no_toml(error.message())))
}

fn no_toml(message: &str) -> Diagnostic {
    let help = if message.starts_with("duplicate key") { ONCE } else { SHAPES };
    Diagnostic::error(Code::ConfigSyntax, Cure::FixThenRunAgain, message).help(help)
}

struct Faults {
    found: Vec<(Span, String)>,
    end: usize,
}

impl ErrorSink for Faults {
    fn report_error(&mut self, error: ParseError) {
        let place = error.unexpected().or_else(|| error.context());
        let span = place.map_or(self.end..self.end, |span| span.start()..span.end());
        self.found.push((span, explain(&error)));
    }
}

fn explain(error: &ParseError) -> String {
    // Where nothing stands, TOML's parser takes that for a text without quotes.
    if error.context().is_some_and(|context| context.is_empty()) {
        return "a value is missing".into();
    }
    let expected = error.expected().unwrap_or_default().iter().map(|expected| match expected {
        Expected::Literal("\n") => "a new line".to_owned(),
        Expected::Literal(literal) => format!("`{literal}`"),
        Expected::Description(description) => (*description).to_owned(),
        _ => "something else".to_owned(),
    });
    match expected.collect::<Vec<_>>().join(" or ").as_str() {
        "" => error.description().to_owned(),
        expected => format!("{}, expected {expected}", error.description()),
    }
}

fn find_faults(text: &str) -> Vec<(Span, String)> {
    let source = Source::new(text);
    let mut faults = Faults { found: Vec::new(), end: text.len() };
    let mut events: Vec<Event> = Vec::new();
    // Deep nesting must not exhaust the stack.
    parse_document(&source.lex().into_vec(), &mut RecursionGuard::new(&mut events, DEPTH), &mut faults);
    for event in events.iter().filter(|event| event.kind() == EventKind::Scalar) {
        if let Some(raw) = source.get(event) {
            // Only the faults are of interest, not the value.
            let _ = raw.decode_scalar(&mut Cow::Borrowed(""), &mut faults);
        }
    }
    faults.found
}
