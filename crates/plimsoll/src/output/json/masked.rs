//! What is never shown, in texts that programs read.

use std::borrow::Cow;

use plimsoll_http::secret::unspoken;

use super::unheard;

/// What strings stand between.
const QUOTE: char = '"';

/// A text of objects in which private keys and tokens are masked, string by string: what begins in one ends in it.
pub fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(QUOTE) {
        let (between, from) = rest.split_at(start);
        let (string, after) = from.split_at(length_of_string(from));
        shown.push_str(between);
        shown.push_str(&masked_string(string));
        rest = after;
    }
    shown + rest
}

/// How long a string is that a text begins with, its quotes among it.
fn length_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.char_indices().skip(1).find(|(_, character)| {
        let ends = *character == QUOTE && !is_escaped;
        is_escaped = *character == '\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |(at, quote)| at + quote.len_utf8())
}

fn masked_string(written: &str) -> Cow<'_, str> {
    let Ok(said) = serde_json::from_str::<String>(written) else { return Cow::Borrowed(written) };
    match unspoken(&said) {
        Cow::Borrowed(_) => Cow::Borrowed(written),
        Cow::Owned(masked) => Cow::Owned(unheard(&serde_json::Value::from(masked).to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::output::json::render;

    #[test]
    fn each_string_is_masked_by_itself() {
        let begin = "-----BEGIN EC PRIVATE KEY-----";
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvOmFjbWUifQ.c2ln";
        let said = json!({
            "quoted \\\"": [format!("fix: \"{begin}\" ##[x]"), "fix: more", 1, null],
            token: format!("{begin}\nMIIB\nhelp: \\"),
        });
        let shown = masked(&render(&said));
        let want = json!({
            "quoted \\\"": ["fix: \"***", "fix: more", 1, null],
            "***": "***\nhelp: \\",
        });
        assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), want);
        assert_eq!(masked(&render(&want)), render(&want));
    }

    proptest::proptest! {
        #[test]
        fn what_is_masked_is_still_an_object(text in "(-----BEGIN |-----END |PRIVATE KEY-----|\\PC|[\"\\\\\n]|eyJ){0,30}") {
            let shown = masked(&render(&json!([text, { &text: 1 }])));
            proptest::prop_assert!(serde_json::from_str::<Value>(&shown).is_ok(), "{}", shown);
        }
    }
}
