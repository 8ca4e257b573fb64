//! What programs read: one object per command, each with a `schema` field (`docs/reference/json.md`).
//!
//! Fields are added to a schema, never changed or taken away; what must change gets a new number.

pub mod app_compose;
pub mod audit;
pub mod built;
pub mod chart;
pub mod charts;
pub mod check;
pub mod compose;
pub mod copied;
pub mod demo;
pub mod deployed;
pub mod difference;
pub mod doctor;
pub mod exported;
pub mod failure;
pub mod file;
pub mod garbage;
pub mod ignored;
pub mod image_signatures;
pub mod images;
pub mod imported;
pub mod init;
pub mod key;
pub mod next;
pub mod on_forge;
pub mod plan;
pub mod problem;
pub mod publish_plan;
pub mod published;
pub mod rebuilt;
pub mod release;
pub mod released;
pub mod releases;
pub mod serving;
pub mod signature;
pub mod signed;
pub mod site;
pub mod source;
pub mod statement;
pub mod status;
pub mod tagged;
pub mod tags;
pub mod verification;
pub mod version;
pub mod whatis;
pub mod withdrawn;
mod word;

use std::borrow::Cow;

use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_http::secret::unspoken;
use serde::Serialize;

use problem::Problem;

/// What strings stand between.
const QUOTE: char = '"';

/// The whole text of an object, indented, one newline at the end.
pub fn render(object: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(object);
    let text = text.expect("an object of strings, numbers and lists can be written as JSON");
    unheard(&text) + "\n"
}

/// The same of an answer, with what people are told beside it. An answer that tells of that itself stays as it is.
pub fn render_beside(answer: &impl Serialize, problems: &[Diagnostic]) -> String {
    let told_itself = || serde_json::to_value(answer).is_ok_and(|answer| answer.get("problems").is_some());
    if problems.is_empty() || told_itself() {
        return render(answer);
    }
    render(&Beside { answer, problems: problems.iter().map(Problem::from).collect() })
}

/// An answer, and what is told beside it.
#[derive(Serialize)]
struct Beside<'a, T> {
    #[serde(flatten)]
    answer: &'a T,
    problems: Vec<Problem>,
}

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

/// A text of objects that the runner of a CI job obeys nothing of.
fn unheard(text: &str) -> String {
    // It can only stand within a string, where it means the same.
    text.replace("##[", "#\\u0023[")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

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
