//! YAML as `go-yaml` 2 writes it: keys sorted, lists not indented, lines folded behind the 80th column.

use serde_json::Value;

use super::plain;

/// A line is broken at the next space behind this column.
const WIDTH: usize = 80;
const STEP: usize = 2;
/// The longest text that may be a key in one line, in bytes.
const KEY_LIMIT: usize = 128;

/// Writes a mapping as an item of a list whose dash stands at a column; with a newline at the end.
pub(crate) fn write_item(value: &Value, column: usize) -> String {
    let mut writer = Writer { text: String::new(), column: 0 };
    writer.put(&" ".repeat(column));
    writer.put("- ");
    writer.node(value, column + STEP, Begins::Here);
    writer.text
}

/// Writes a mapping as a text of its own; with a newline at the end.
pub(crate) fn write_mapping(value: &Value) -> String {
    let mut writer = Writer { text: String::new(), column: 0 };
    writer.node(value, 0, Begins::Here);
    writer.text
}

/// Where the first line of a node begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    /// Where the writer stands, behind a dash.
    Here,
    /// In a line of its own, behind a key.
    NextLine,
}

struct Writer {
    text: String,
    /// How many characters the last line has.
    column: usize,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.chars().count();
    }

    fn line(&mut self) {
        self.text.push('\n');
        self.column = 0;
    }

    fn indent(&mut self, indent: usize) {
        self.line();
        self.put(&" ".repeat(indent));
    }

    fn node(&mut self, value: &Value, indent: usize, begins: Begins) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                if begins == Begins::NextLine {
                    self.line();
                }
                let mut keys: Vec<&String> = map.keys().collect();
                keys.sort();
                for (place, key) in keys.into_iter().enumerate() {
                    if place > 0 || begins == Begins::NextLine {
                        self.put(&" ".repeat(indent));
                    }
                    self.pair(key, map.get(key).unwrap_or(&Value::Null), indent);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                // A list below a key is not indented, one inside a list is.
                let dash = if begins == Begins::NextLine { indent - STEP } else { indent };
                if begins == Begins::NextLine {
                    self.line();
                }
                for (place, item) in items.iter().enumerate() {
                    if place > 0 || begins == Begins::NextLine {
                        self.put(&" ".repeat(dash));
                    }
                    self.put("- ");
                    self.node(item, dash + STEP, Begins::Here);
                }
            }
            flat => {
                if begins == Begins::NextLine {
                    self.put(" ");
                }
                self.flat(flat, indent);
                self.line();
            }
        }
    }

    fn pair(&mut self, key: &str, value: &Value, indent: usize) {
        let is_simple = !key.contains('\n') && key.len() <= KEY_LIMIT;
        if !is_simple {
            self.put("? ");
        }
        self.scalar(key, indent + STEP, if is_simple { Folding::Never } else { Folding::Allowed });
        if !is_simple {
            self.indent(indent);
        }
        self.put(":");
        self.node(value, indent + STEP, Begins::NextLine);
    }

    fn flat(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Null => self.put("null"),
            Value::Bool(truth) => self.put(&truth.to_string()),
            Value::Number(number) => self.put(&number.to_string()),
            Value::Object(_) => self.put("{}"),
            Value::Array(_) => self.put("[]"),
            Value::String(text) => self.scalar(text, indent, Folding::Allowed),
        }
    }

    fn scalar(&mut self, text: &str, indent: usize, folding: Folding) {
        match style(text, folding) {
            Style::Plain => self.folded(text, indent, folding, Style::Plain),
            Style::Single => {
                self.put("'");
                self.folded(text, indent, folding, Style::Single);
                self.put("'");
            }
            Style::Double => {
                self.put("\"");
                self.double(text, indent, folding);
                self.put("\"");
            }
            Style::Literal => self.literal(text, indent),
        }
    }

    fn folded(&mut self, text: &str, indent: usize, folding: Folding, style: Style) {
        let mut was_space = false;
        let mut characters = text.chars().enumerate().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if character == ' ' {
                let inside = style == Style::Plain || (at > 0 && next.is_some());
                let breaks = folding == Folding::Allowed && !was_space && self.column > WIDTH && inside;
                match breaks && next != Some(' ') {
                    true => self.indent(indent),
                    false => self.put(" "),
                }
                was_space = true;
            } else {
                if style == Style::Single && character == '\'' {
                    self.put("'");
                }
                self.put(character.encode_utf8(&mut [0; 4]));
                was_space = false;
            }
        }
    }

    fn double(&mut self, text: &str, indent: usize, folding: Folding) {
        let mut was_space = false;
        let mut characters = text.chars().enumerate().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if character == ' ' {
                let breaks = folding == Folding::Allowed && !was_space && self.column > WIDTH;
                if breaks && at > 0 && next.is_some() {
                    self.indent(indent);
                    if next == Some(' ') {
                        self.put("\\");
                    }
                } else {
                    self.put(" ");
                }
                was_space = true;
            } else {
                self.put(&escaped(character));
                was_space = false;
            }
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.put("|");
        if text.starts_with([' ', '\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.put(&STEP.to_string());
        }
        if !text.ends_with('\n') {
            self.put("-");
        } else if text.ends_with("\n\n") || text == "\n" {
            self.put("+");
        }
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            self.line();
            if !line.is_empty() {
                self.put(&" ".repeat(indent));
                self.put(line);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Folding {
    Allowed,
    /// In a key.
    Never,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

fn style(text: &str, folding: Folding) -> Style {
    let special = text.chars().any(|character| !is_printable(character));
    let has_break = text.contains(is_break);
    let before = |first: fn(char) -> bool, second: fn(char) -> bool| {
        text.chars().zip(text.chars().skip(1)).any(|(one, other)| first(one) && second(other))
    };
    let (space_break, break_space) = (before(is_space, is_break), before(is_break, is_space));
    if text.contains('\n') {
        let literal = !special && !space_break && !text.ends_with(' ') && folding == Folding::Allowed;
        return if literal { Style::Literal } else { Style::Double };
    }
    if !plain::is_text(text) || special || space_break || break_space {
        return Style::Double;
    }
    let outer = |character: char| is_space(character) || is_break(character);
    if has_break || text.starts_with(outer) || text.ends_with(outer) || has_indicators(text) {
        Style::Single
    } else {
        Style::Plain
    }
}

fn is_space(character: char) -> bool {
    character == ' '
}

fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether YAML would take something in it for itself, outside of brackets.
fn has_indicators(text: &str) -> bool {
    let blank_behind =
        |rest: &str| rest.chars().nth(1).is_none_or(|next| next == ' ' || next == '\t' || is_break(next));
    let begins = text.starts_with(|first: char| "#,[]{}&*!|>'\"%@`".contains(first))
        || text.starts_with("---")
        || text.starts_with("...")
        || (text.starts_with(['?', ':', '-']) && blank_behind(text));
    let colon = text.match_indices(':').any(|(at, _)| text.get(at..).is_some_and(blank_behind));
    let comment = text.contains(" #") || text.contains("\t#");
    begins || colon || comment
}

/// What `go-yaml` 2 lets stand for itself: nothing beyond the basic plane.
fn is_printable(character: char) -> bool {
    matches!(character,
        '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn escaped(character: char) -> String {
    match character {
        '\0' => "\\0".into(),
        '\u{7}' => "\\a".into(),
        '\u{8}' => "\\b".into(),
        '\t' => "\\t".into(),
        '\n' => "\\n".into(),
        '\u{b}' => "\\v".into(),
        '\u{c}' => "\\f".into(),
        '\r' => "\\r".into(),
        '\u{1b}' => "\\e".into(),
        '"' => "\\\"".into(),
        '\\' => "\\\\".into(),
        '\u{85}' => "\\N".into(),
        '\u{2028}' => "\\L".into(),
        '\u{2029}' => "\\P".into(),
        other if is_printable(other) => other.to_string(),
        other => match u32::from(other) {
            code @ 0..=0xff => format!("\\x{code:02X}"),
            code @ 0x100..=0xffff => format!("\\u{code:04X}"),
            code => format!("\\U{code:08X}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::write_item;
    use crate::yaml::read;

    #[test]
    fn an_entry_looks_as_helm_writes_it() {
        let long =
            "Keep your cluster safe by ensuring all images use digests from a trusted set, and more words";
        let entry = json!({
            "version": "1.10.0", "appVersion": "1.10", "name": "app", "deprecated": true,
            "description": long, "urls": ["https://a.b/app-1.10.0.tgz"], "keywords": [],
            "maintainers": [{"name": "A: b", "email": "a@b.c"}], "home": "it's #1", "note": "a\nb\n",
            "emoji": "x \u{1f647}", "created": "2024-01-01T00:00:00Z", "nested": [["a"], {"k": [1]}],
        });
        insta::assert_snapshot!(write_item(&entry, 2), @r#"
        - appVersion: "1.10"
          created: "2024-01-01T00:00:00Z"
          deprecated: true
          description: Keep your cluster safe by ensuring all images use digests from a
            trusted set, and more words
          emoji: "x \U0001F647"
          home: 'it''s #1'
          keywords: []
          maintainers:
          - email: a@b.c
            name: 'A: b'
          name: app
          nested:
          - - a
          - k:
            - 1
          note: |
            a
            b
          urls:
          - https://a.b/app-1.10.0.tgz
          version: 1.10.0
        "#);
    }

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ a-c:#'\"\\\\,\\[\\]{}&*!|>%@`?\\n-]{0,12}",
            "[a-z ]{60,200}",
            "([0-9.:_eExXo+-]|true|no|~){0,6}",
            "\\PC{0,20}",
            Just("\u{1f647} a\n b".to_owned()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]
        #[test]
        fn what_is_written_reads_the_same(key in "[a-z]{1,6}", one in any_text(), other in any_text()) {
            let value = json!({ key: one, "list": [other.clone(), {"inner": other}] });
            let text = write_item(&value, 2);
            let read = read(&text).map_err(|error| TestCaseError::fail(format!("{error}: {text:?}")))?;
            prop_assert_eq!(read, Value::Array(vec![value]), "{}", text);
        }
    }
}
