//! Replaces known secrets in texts that came from elsewhere: output of child processes, error bodies.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::zeroize::Zeroizing;
use url::form_urlencoded::byte_serialize;

use super::{MASK, Secret};

/// The shortest derived form (base64, one line of several) that is looked for, in bytes.
///
/// Shorter ones would match by accident and blot out harmless text.
const SHORTEST_DERIVED: usize = 8;

/// Knows secrets and replaces each of their usual forms by [`MASK`].
///
/// The forms: as is, percent-encoded, escaped as in JSON, each long line of a text of several lines, and base64 in
/// both alphabets wherever the secret starts inside the encoded text (so `Basic` headers too). Clones share what
/// they know, so that a token learned late is hidden everywhere.
#[derive(Clone, Default)]
pub struct Redactor {
    forms: Arc<RwLock<Vec<Form>>>,
}

#[derive(PartialEq)]
struct Form {
    text: Zeroizing<String>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Plain,
    /// Neighbouring characters may carry a few bits of the secret and go with it.
    Base64,
}

impl Redactor {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a secret and its derived forms. An empty secret is ignored.
    pub fn add(&self, secret: &Secret) {
        let text = secret.expose().trim();
        if text.is_empty() {
            return;
        }
        let mut forms = self.forms.write().unwrap_or_else(PoisonError::into_inner);
        let mut learn = |text: String, kind| {
            let form = Form { text: Zeroizing::new(text), kind };
            if !forms.contains(&form) {
                forms.push(form);
            }
        };
        learn(text.to_owned(), Kind::Plain);
        learn(byte_serialize(text.as_bytes()).collect(), Kind::Plain);
        learn(text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"), Kind::Plain);
        for line in text.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_DERIVED) {
            learn(line.to_owned(), Kind::Plain);
        }
        for form in base64_forms(text.as_bytes()) {
            learn(form, Kind::Base64);
        }
    }

    /// The text with every known secret replaced.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let forms = self.forms.read().unwrap_or_else(PoisonError::into_inner);
        let mut hits: Vec<Range<usize>> = Vec::new();
        for form in forms.iter() {
            for (start, found) in text.match_indices(form.text.as_str()) {
                let hit = start..start + found.len();
                hits.push(match form.kind {
                    Kind::Plain => hit,
                    Kind::Base64 => widen(text, hit),
                });
            }
        }
        if hits.is_empty() {
            return Cow::Borrowed(text);
        }
        hits.sort_by_key(|hit| hit.start);
        let mut clean = String::with_capacity(text.len());
        let mut done = 0;
        for hit in hits {
            if hit.start >= done {
                clean.push_str(text.get(done..hit.start).unwrap_or_default());
                clean.push_str(MASK);
            }
            done = done.max(hit.end);
        }
        clean.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(clean)
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

/// The characters of a base64 text that the secret alone decides, for each place at which it can start in a group
/// of three bytes.
fn base64_forms(secret: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for (before, undecided) in [(0, 0), (1, 2), (2, 3)] {
        let mut bytes = Zeroizing::new(vec![0u8; before]);
        bytes.extend_from_slice(secret);
        let decided = bytes.len() * 8 / 6;
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = engine.encode(bytes.as_slice());
            if let Some(form) = encoded.get(undecided..decided).filter(|form| form.len() >= SHORTEST_DERIVED)
            {
                forms.push(form.to_owned());
            }
        }
    }
    forms
}

/// Takes in one base64 character on each side and the padding.
fn widen(text: &str, hit: Range<usize>) -> Range<usize> {
    let bytes = text.as_bytes();
    let is_base64 = |at: usize| {
        bytes
            .get(at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_'))
    };
    let start = match hit.start.checked_sub(1) {
        Some(before) if is_base64(before) => before,
        _ => hit.start,
    };
    let mut end = if is_base64(hit.end) { hit.end + 1 } else { hit.end };
    while bytes.get(end) == Some(&b'=') {
        end += 1;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    fn redactor(secret: &str) -> Redactor {
        let redactor = Redactor::new();
        redactor.add(&Secret::new(secret));
        redactor
    }

    #[test]
    fn replaces_each_form() {
        let redactor = redactor("p4ss/w\"rd 9");
        for text in ["p4ss/w\"rd 9", "p4ss%2Fw%22rd+9", "p4ss/w\\\"rd 9"] {
            assert_eq!(redactor.redact(&format!("a {text} b")), "a *** b");
        }
        assert_eq!(redactor.redact("nothing here"), "nothing here");
    }

    #[test]
    fn replaces_each_line_of_a_key() {
        let redactor = redactor("-----BEGIN KEY-----\nMIIBVgIBADANBg\n-----END KEY-----\n");
        assert_eq!(redactor.redact("read MIIBVgIBADANBg"), "read ***");
    }

    #[test]
    fn an_empty_secret_hides_nothing() {
        assert_eq!(redactor("").redact("abc"), "abc");
        assert_eq!(redactor(" \n").redact("a b"), "a b");
    }

    #[test]
    fn clones_share_what_they_know() {
        let early = Redactor::new();
        let copy = early.clone();
        early.add(&Secret::new("later"));
        assert_eq!(copy.redact("now and later"), "now and ***");
    }

    proptest! {
        #[test]
        fn no_secret_survives_in_any_position(secret in "[!-~]{8,40}", around in "[ -~]{0,20}") {
            let redactor = redactor(&secret);
            let text = format!("{around}{secret}{around}");
            prop_assert!(!redactor.redact(&text).contains(&secret));
        }

        #[test]
        fn no_basic_header_survives(user in "[a-z]{0,5}", secret in "[!-~]{9,40}") {
            let redactor = redactor(&secret);
            let header = STANDARD.encode(format!("{user}:{secret}"));
            let clean = redactor.redact(&header).into_owned();
            prop_assert!(clean.contains(MASK), "{clean}");
            let kept = clean.split(MASK).next().unwrap_or_default();
            // What is left in front can only be the user's part.
            prop_assert!(kept.len() <= (user.len() + 1) * 4 / 3 + 1, "{clean}");
        }
    }
}
