//! How strings are written in YAML, and where a literal ends.

use saphyr_parser::ScalarStyle;
use std::ops::Range;

use crate::found::Kind;

/// Writes a string without quotes if no reader can take it for anything else, in double quotes otherwise.
pub(super) fn plain_or_quoted(value: &str) -> String {
    if is_safe_plain(value) { value.to_owned() } else { double_quoted(value) }
}

/// Writes a string in single quotes if they can hold it, in double quotes otherwise.
pub(super) fn single_quoted(value: &str) -> String {
    if value.chars().any(needs_escape) {
        double_quoted(value)
    } else {
        format!("'{}'", value.replace('\'', "''"))
    }
}

/// Writes a string in double quotes, which can hold every string.
///
/// Source: YAML 1.2.2 section 5.7. The escapes used are those that YAML 1.1 has too.
pub(super) fn double_quoted(value: &str) -> String {
    let mut literal = String::from('"');
    for character in value.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            other if needs_escape(other) => match u32::from(other) {
                code @ 0..=0xff => literal.push_str(&format!("\\x{code:02x}")),
                code @ 0x100..=0xffff => literal.push_str(&format!("\\u{code:04x}")),
                code => literal.push_str(&format!("\\U{code:08x}")),
            },
            other => literal.push(other),
        }
    }
    literal.push('"');
    literal
}

/// Whether a character cannot stand for itself in a literal of one line: control characters, line breaks of any
/// YAML version, what YAML 1.1 calls unprintable, and the byte order mark.
fn needs_escape(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{10000}'..)
}

/// Whether a string may stand without quotes everywhere and is a string to every reader.
///
/// Narrow on purpose: words, paths, references, digests and versions with two dots or more. A value that begins
/// with a digit could be a number, a time or a date of some version of YAML, unless it has a second dot.
fn is_safe_plain(value: &str) -> bool {
    const WORDS: [&str; 11] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || "._/@+:-".contains(character);
    let (Some(first), Some(last)) = (value.chars().next(), value.chars().next_back()) else { return false };
    let begins_well = first.is_ascii_alphabetic()
        || (first.is_ascii_digit()
            && !value.contains(':')
            && value
                .bytes()
                .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
                .filter(|byte| *byte == b'.')
                .count()
                >= 2);
    begins_well
        && last != ':'
        && value.chars().all(is_allowed)
        && !WORDS.contains(&value.to_ascii_lowercase().as_str())
}

/// Returns the bytes of the literal that begins at or after `start`, where the parser says that the node begins.
///
/// The parser's own end is of no use: behind a closing quote it takes in white space and a comment. `None` for
/// blocks and for plain values of several lines.
pub(super) fn find_literal(
    text: &str,
    start: usize,
    style: ScalarStyle,
    value: &str,
) -> Option<Range<usize>> {
    let start = skip_properties(text, start);
    let rest = text.get(start..)?;
    let length = match style {
        ScalarStyle::Plain => rest.starts_with(value).then_some(value.len())?,
        ScalarStyle::SingleQuoted => single_quoted_length(rest)?,
        ScalarStyle::DoubleQuoted => double_quoted_length(rest)?,
        ScalarStyle::Literal | ScalarStyle::Folded => return None,
    };
    Some(start..start + length)
}

/// Steps over anchors and tags: the parser lets a node begin with them.
pub(super) fn skip_properties(text: &str, start: usize) -> usize {
    let mut rest = text.get(start..).unwrap_or_default();
    while rest.starts_with(['&', '!']) {
        let after = rest.trim_start_matches(|character: char| !character.is_whitespace());
        rest = after.trim_start();
    }
    text.len() - rest.len()
}

fn single_quoted_length(rest: &str) -> Option<usize> {
    let mut bytes = rest.bytes().enumerate().peekable();
    bytes.next_if(|(_, first)| *first == b'\'')?;
    while let Some((index, byte)) = bytes.next() {
        if byte == b'\'' && bytes.next_if(|(_, next)| *next == b'\'').is_none() {
            return Some(index + 1);
        }
    }
    None
}

fn double_quoted_length(rest: &str) -> Option<usize> {
    let mut bytes = rest.bytes().enumerate();
    bytes.next().filter(|(_, first)| *first == b'"')?;
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(index + 1),
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
    None
}

/// Says what the core schema takes an unquoted value for. Source: YAML 1.2.2 section 10.3.2.
pub(super) fn plain_kind(value: &str) -> Kind {
    let unsigned = value.strip_prefix(['-', '+']).unwrap_or(value);
    let all = |text: &str, is: fn(&u8) -> bool| !text.is_empty() && text.as_bytes().iter().all(is);
    match value {
        "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return Kind::Boolean,
        ".nan" | ".NaN" | ".NAN" => return Kind::Float,
        _ => {}
    }
    let is_octal = value.strip_prefix("0o").is_some_and(|rest| all(rest, |byte| matches!(byte, b'0'..=b'7')));
    let is_hex = value.strip_prefix("0x").is_some_and(|rest| all(rest, u8::is_ascii_hexdigit));
    if is_octal || is_hex || all(unsigned, u8::is_ascii_digit) {
        Kind::Integer
    } else if matches!(unsigned, ".inf" | ".Inf" | ".INF") || is_decimal(unsigned) {
        Kind::Float
    } else {
        Kind::String
    }
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_decimal(unsigned: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

#[cfg(test)]
mod tests {
    use super::{is_safe_plain, plain_kind};
    use crate::found::Kind;

    #[test]
    fn kinds_of_the_core_schema() {
        for (kind, values) in [
            (Kind::Null, vec!["", "~", "null", "NULL"]),
            (Kind::Boolean, vec!["true", "False"]),
            (Kind::Integer, vec!["0", "-7", "+12", "007", "0o17", "0xfF"]),
            (Kind::Float, vec!["1.10", "1.", ".5", "-1e3", "1E+5", "6.02e23", ".inf", "-.INF", ".NaN"]),
            (
                Kind::String,
                vec!["1.2.3", "v1", ".", "-", "1e", "e5", "1_000", "yes", "0b1", "0o8", "nUll", "-.nan"],
            ),
        ] {
            for value in values {
                assert_eq!(plain_kind(value), kind, "{value:?}");
            }
        }
    }

    #[test]
    fn only_what_no_reader_can_mistake_goes_without_quotes() {
        for value in ["1.4.0", "1.4.0-rc.1", "0.1.0.1", "v1", "sha256:abc", "ghcr.io/a/b:1.0", "rc"] {
            assert!(is_safe_plain(value), "{value}");
        }
        for value in [
            "",
            "1",
            "1.10",
            "1e3",
            "0x1f",
            "12:30:45",
            "2024-05-01",
            "1_0.0.0",
            "yes",
            "No",
            "null",
            "~",
            "-",
            "a: b",
            "a #b",
            "a:",
            ":a",
            "*a",
            "&a",
            "!a",
            "é",
            "a b",
            "1.0+a",
            "1rc1",
        ] {
            assert!(!is_safe_plain(value), "{value}");
        }
    }
}
