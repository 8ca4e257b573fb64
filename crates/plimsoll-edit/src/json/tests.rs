use proptest::prelude::*;

use super::{find, set};
use crate::error::{Container, EditError};
use crate::found::Kind;
use crate::path::KeyPath;

fn path(text: &str) -> KeyPath {
    KeyPath::parse(text).unwrap()
}

const PACKAGE: &str = "{\r\n\t\"name\": \"app\", // a comment\r\n  \"version\" :  \"1.0.0\",\r\n  \"big\": 12345678901234567890123,\r\n  \"e\": \"\\u00e9\",\r\n  \"packages\": { \"\": {\"version\": \"1.0.0\"}, \"x\": [1, {\"version\": null}] },\r\n}";

#[test]
fn a_value_and_its_place() {
    for (at, value, kind, line, column) in [
        ("version", "1.0.0", Kind::String, 3, 16),
        ("big", "12345678901234567890123", Kind::Integer, 4, 10),
        ("e", "é", Kind::String, 5, 8),
        ("packages.\"\".version", "1.0.0", Kind::String, 6, 33),
        ("packages.x[1].version", "null", Kind::Null, 6, 64),
    ] {
        let found = find(PACKAGE, &path(at)).unwrap();
        assert_eq!(
            (found.value.as_str(), found.kind, found.line, found.column),
            (value, kind, line, column),
            "{at}"
        );
    }
}

#[test]
fn only_the_literal_is_written_over() {
    let edited = set(PACKAGE, &path("version"), "2.0.0-\"x\\\n\u{1}").unwrap();
    assert_eq!(edited, PACKAGE.replacen("\"1.0.0\"", "\"2.0.0-\\\"x\\\\\\n\\u0001\"", 1));
    let edited = set(PACKAGE, &path("packages.x[1].version"), "3").unwrap();
    assert_eq!(edited, PACKAGE.replace("null", "\"3\""));
    assert_eq!(set(PACKAGE, &path("e"), "é").unwrap(), PACKAGE);
    let marked = "\u{feff}{\"version\": \"1\"}";
    assert_eq!(set(marked, &path("version"), "2").unwrap(), "\u{feff}{\"version\": \"2\"}");
}

#[test]
fn what_is_refused_and_why() {
    let at = path("version");
    assert_eq!(find("{}", &at), Err(EditError::NotFound { path: at.clone() }));
    assert_eq!(
        find("{\"version\": \"1\"}", &path("version.x")),
        Err(EditError::NotFound { path: path("version.x") })
    );
    assert_eq!(
        find("{\n\"version\": [1]}", &at),
        Err(EditError::NotAScalar { path: at.clone(), found: Container::Sequence, line: 2 })
    );
    assert_eq!(
        find("{\"version\": \"1\",\n\"version\": \"1\"}", &at),
        Err(EditError::Ambiguous { path: at.clone(), lines: vec![1, 2] })
    );
    for text in ["", "{", "{\"version\" \"1\"}", "{'version': 1}", "{version: 1}", "{} {}", "\u{feff}"] {
        assert!(matches!(find(text, &at), Err(EditError::DoesNotParse { .. })), "{text:?}");
    }
    let deep = "[".repeat(100_000);
    assert!(matches!(find(&deep, &at), Err(EditError::DoesNotParse { .. })));
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "\\PC{0,6}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map("[a-c\"\\\\ é]{0,3}", inner, 0..4)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every scalar of a value with its path.
fn scalars(value: &serde_json::Value, at: KeyPath, into: &mut Vec<KeyPath>) {
    use crate::path::Step;
    match value {
        serde_json::Value::Object(members) => {
            for (key, member) in members {
                scalars(member, at.join(Step::Key(key.clone())), into);
            }
        }
        serde_json::Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                scalars(element, at.join(Step::Index(index)), into);
            }
        }
        _ if at.steps().is_empty() => {}
        _ => into.push(at),
    }
}

fn pointer(at: &KeyPath) -> String {
    use crate::path::Step;
    at.steps()
        .iter()
        .map(|step| match step {
            Step::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => format!("/{index}"),
        })
        .collect()
}

proptest! {
    #[test]
    fn an_edit_is_what_another_parser_says_it_is(
        json in any_json(),
        chosen in any::<prop::sample::Index>(),
        new in "\\PC{0,8}",
        pretty in any::<bool>(),
    ) {
        let text = if pretty {
            serde_json::to_string_pretty(&json).unwrap()
        } else {
            json.to_string()
        };
        let mut paths = Vec::new();
        scalars(&json, KeyPath::default(), &mut paths);
        prop_assume!(!paths.is_empty());
        let at = chosen.get(&paths);
        let edited = set(&text, at, &new).unwrap();
        let mut wanted = json.clone();
        *wanted.pointer_mut(&pointer(at)).unwrap() = new.clone().into();
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&edited).unwrap(), wanted);
        let old = find(&text, at).unwrap();
        prop_assert_eq!(&edited[..old.span.start], &text[..old.span.start]);
        prop_assert!(edited.ends_with(&text[old.span.end..]));
    }

    #[test]
    fn any_text_is_answered(text in "[{}\\[\\]\",:a0\\\\ \n/*é.-]{0,24}", new in any::<String>()) {
        let _ = set(&text, &path("a"), &new);
    }
}
