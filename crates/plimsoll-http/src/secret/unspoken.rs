//! What is never shown, whoever wrote it where: private keys and tokens that stand where the name of one was meant.
//!
//! Secrets that the program was told to be secrets are known to it; these it knows by their look.

use std::borrow::Cow;
use std::ops::Range;

use super::MASK;

/// What a text in PEM begins with (RFC 7468, section 2; RFC 9580, section 6.2 for OpenPGP).
const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
/// What the labels of private keys of every kind hold.
const PRIVATE: &str = "PRIVATE KEY";
/// What a JSON object in base64 begins with, and so each of the first two parts of a token (RFC 7515, section 3.1).
const OBJECT: &str = "eyJ";
/// Where a line ends, and how texts that were quoted write it.
const BREAKS: [&str; 2] = ["\n", "\\n"];
/// What heads the body of a key beside nothing (RFC 1421, section 4.6; RFC 9580, section 6.2).
const HEADERS: [&str; 4] = ["Proc-Type:", "DEK-Info:", "Version:", "Comment:"];
/// What stands around lines that are shown or quoted.
const AROUND: [char; 9] = [' ', '\t', '\r', '|', '"', '\'', '`', ',', '\\'];
/// The least characters of a token's part.
const SHORTEST: usize = 16;

/// The text, with every private key and token in it masked.
pub fn unspoken(text: &str) -> Cow<'_, str> {
    let mut hits: Vec<Range<usize>> = private_keys(text);
    hits.extend(tokens(text));
    if hits.is_empty() {
        return Cow::Borrowed(text);
    }
    hits.sort_by_key(|hit| hit.start);
    let (mut shown, mut done) = (String::with_capacity(text.len()), 0);
    for hit in hits {
        if hit.start >= done {
            shown.push_str(text.get(done..hit.start).unwrap_or_default());
            shown.push_str(MASK);
        }
        done = done.max(hit.end);
    }
    shown.push_str(text.get(done..).unwrap_or_default());
    // What stood around a masked text may look like the ends of another one. Each turn leaves less of it.
    match holds_private_key(&shown) {
        true => Cow::Owned(unspoken(&shown).into_owned()),
        false => Cow::Owned(shown),
    }
}

/// Whether a private key is in a text.
pub fn holds_private_key(text: &str) -> bool {
    !private_keys(text).is_empty()
}

/// Private keys in PEM, each to its end; one that has none, as far as it goes on.
fn private_keys(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices(BEGIN) {
        let after = text.get(start + BEGIN.len()..).unwrap_or_default();
        let is_private = after.split_once(DASHES).is_some_and(|(label, _)| label.contains(PRIVATE));
        if !is_private {
            continue;
        }
        let end = text.get(start..).unwrap_or_default().find(END).map(|end| start + end + END.len());
        let closed = end.and_then(|end| Some(end + text.get(end..)?.find(DASHES)? + DASHES.len()));
        let unclosed = || start + length_of_unclosed(text.get(start..).unwrap_or_default());
        found.push(start..closed.unwrap_or_else(unclosed));
    }
    found
}

/// How long a key is that was cut off, or that is only spoken of: its line, and those after it that can be more of it.
fn length_of_unclosed(text: &str) -> usize {
    let mut lines = lines(text);
    let mut end = lines.next().map_or(text.len(), |line| line.end);
    for line in lines {
        let said = without_number(text.get(line.clone()).unwrap_or_default()).trim_matches(AROUND);
        let is_body = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
        match said {
            "" => {}
            _ if said.chars().all(is_body) || HEADERS.iter().any(|header| said.starts_with(header)) => {
                end = line.end
            }
            _ => break,
        }
    }
    end
}

/// A line of a file without the number that it is shown with.
fn without_number(line: &str) -> &str {
    match line.split_once('|') {
        Some((number, rest)) if number.trim().chars().all(|c| c.is_ascii_digit()) => rest,
        _ => line,
    }
}

/// Where the lines of a text stand, without what ends them.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let rest = text.get(start..)?;
        let ends = BREAKS.into_iter().filter_map(|ending| Some((rest.find(ending)?, ending.len())));
        let (length, ending) = ends.min().unwrap_or((rest.len(), 0));
        next = (ending > 0).then_some(start + length + ending);
        Some(start..start + length)
    })
}

/// Tokens in compact form: a header and claims, both objects, and a signature.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let mut found: Vec<Range<usize>> = Vec::new();
    for (start, _) in text.match_indices(OBJECT) {
        if found.last().is_some_and(|last| start < last.end) {
            continue;
        }
        let rest = text.get(start..).unwrap_or_default();
        let token = rest.split(|character: char| !is_part(character) && character != '.').next();
        let token = token.unwrap_or_default();
        let mut parts = token.split('.');
        let is_object =
            |part: Option<&str>| part.is_some_and(|part| part.starts_with(OBJECT) && part.len() >= SHORTEST);
        if is_object(parts.next()) && is_object(parts.next()) && parts.next().is_some() {
            found.push(start..start + token.len());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvOmFjbWUifQ.c2lnbmF0dXJl";

    #[test]
    fn private_keys_of_every_kind_are_masked_to_their_end() {
        for label in
            ["PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED SIGSTORE PRIVATE KEY", "PGP PRIVATE KEY BLOCK"]
        {
            for (before, after) in [("", ""), ("no file `", "`\nhelp: name one")] {
                for line in ["\n", "\\n", "\n  | "] {
                    let key = format!("-----BEGIN {label}-----{line}MIIBVgIB{line}-----END {label}-----");
                    assert_eq!(unspoken(&format!("{before}{key}{after}")), format!("{before}***{after}"));
                    assert!(holds_private_key(&key));
                }
            }
        }
    }

    #[test]
    fn a_key_without_an_end_goes_as_far_as_its_lines_do() {
        for (text, shown) in [
            ("a -----BEGIN PRIVATE KEY-----\nMIIB", "a ***"),
            ("a -----BEGIN PRIVATE KEY-----\\nMIIB\\nab+/\"\nb c", "a ***\nb c"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\n  | Proc-Type: 4,ENCRYPTED\n  |\n  | MIIB\nhelp: name one",
                "***\nhelp: name one",
            ),
            (
                "7 | a: -----BEGIN PRIVATE KEY-----\n8 |   MIIB\n  |   ^^^^ here",
                "7 | a: ***\n  |   ^^^^ here",
            ),
            ("fix: take -----BEGIN EC PRIVATE KEY----- for a key\nfix: more\n", "fix: take ***\nfix: more\n"),
        ] {
            assert_eq!(unspoken(text), shown);
        }
    }

    #[test]
    fn what_is_left_around_a_key_is_no_key() {
        let text = "-----BEGIN -----BEGIN PRIVATE KEY-----END -----PRIVATE KEY-----BEGIN ";
        assert!(!holds_private_key(&unspoken(text)));
    }

    #[test]
    fn tokens_are_masked() {
        assert_eq!(unspoken(&format!("there is no file `{TOKEN}`")), "there is no file `***`");
        assert_eq!(unspoken(&format!("{TOKEN} {TOKEN}")), "*** ***");
    }

    #[test]
    fn what_is_public_is_shown() {
        for text in [
            "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n",
            "\"payload\":\"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pbyJ9\"",
            "eyJ.eyJ.x",
            "a PRIVATE KEY",
        ] {
            assert_eq!(unspoken(text), text);
            assert!(!holds_private_key(text));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "(-----BEGIN |-----END |PRIVATE KEY|-----|eyJ|\\.|[a-zé]|\n){0,40}") {
            let shown = unspoken(&text);
            proptest::prop_assert!(!holds_private_key(&shown), "{shown}");
        }
    }
}
