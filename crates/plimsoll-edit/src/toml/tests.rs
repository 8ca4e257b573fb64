use proptest::prelude::*;

use super::{find, set};
use crate::error::{Container, EditError};
use crate::found::Kind;
use crate::path::{KeyPath, Step};

fn path(text: &str) -> KeyPath {
    KeyPath::parse(text).unwrap()
}

const PROJECT: &str = "# top\r\n[project]\r\nname = 'app'\r\nversion   =  '0.1.0' # keep\r\n\r\n[tool.poetry]\r\nversion = \"0.1.0\"\r\ndependencies.x = { version = \"1\", extras = [\"a\", 'b'] }\r\n[[bin]]\r\nname = \"é\"\r\n[[bin]]\r\nname = \"two\"\r\nn = 1.50\r\nd = 2024-05-01\r\n";

#[test]
fn a_value_and_its_place() {
    for (at, value, kind, line, column) in [
        ("project.version", "0.1.0", Kind::String, 4, 14),
        ("tool.poetry.version", "0.1.0", Kind::String, 7, 11),
        ("tool.poetry.dependencies.x.version", "1", Kind::String, 8, 30),
        ("tool.poetry.dependencies.x.extras[1]", "b", Kind::String, 8, 50),
        ("bin[1].name", "two", Kind::String, 12, 8),
        ("bin[1].n", "1.50", Kind::Float, 13, 5),
        ("bin[1].d", "2024-05-01", Kind::DateTime, 14, 5),
    ] {
        let found = find(PROJECT, &path(at)).unwrap();
        assert_eq!(
            (found.value.as_str(), found.kind, found.line, found.column),
            (value, kind, line, column),
            "{at}"
        );
    }
}

#[test]
fn every_string_is_listed() {
    let listed = super::strings(PROJECT).unwrap();
    let listed: Vec<(String, &str)> =
        listed.iter().map(|(path, value)| (path.to_string(), value.as_str())).collect();
    let want = [
        ("project.name", "app"),
        ("project.version", "0.1.0"),
        ("tool.poetry.version", "0.1.0"),
        ("tool.poetry.dependencies.x.version", "1"),
        ("tool.poetry.dependencies.x.extras[0]", "a"),
        ("tool.poetry.dependencies.x.extras[1]", "b"),
        ("bin[0].name", "é"),
        ("bin[1].name", "two"),
    ];
    assert_eq!(listed, want.map(|(path, value)| (path.to_owned(), value)));
    assert!(super::strings("a = ").is_err());
}

#[test]
fn only_the_literal_is_written_over() {
    let edited = set(PROJECT, &path("project.version"), "0.2.0").unwrap();
    assert_eq!(edited, PROJECT.replace("'0.1.0'", "'0.2.0'"));
    let edited = set(PROJECT, &path("tool.poetry.version"), "0.2.0").unwrap();
    assert_eq!(edited, PROJECT.replace("\"0.1.0\"", "\"0.2.0\""));
    let edited = set(PROJECT, &path("project.version"), "it's").unwrap();
    assert_eq!(edited, PROJECT.replace("'0.1.0'", "\"it's\""));
    let edited = set(PROJECT, &path("bin[1].n"), "1.60").unwrap();
    assert_eq!(edited, PROJECT.replace("1.50", "\"1.60\""));
    let long = "a = \"\"\"\nx\n\"\"\"\nb = '''y'''\n";
    assert_eq!(set(long, &path("a"), "z").unwrap(), "a = \"z\"\nb = '''y'''\n");
    assert_eq!(set(long, &path("b"), "z\u{7f}").unwrap(), "a = \"\"\"\nx\n\"\"\"\nb = \"z\\u007F\"\n");
    assert_eq!(set("a.b.c = 'x'", &path("a.b.c"), "y").unwrap(), "a.b.c = 'y'");
}

#[test]
fn what_is_refused_and_why() {
    let at = path("project.version");
    assert_eq!(find("", &at), Err(EditError::NotFound { path: at.clone() }));
    assert_eq!(find("project = 1", &at), Err(EditError::NotFound { path: at.clone() }));
    assert_eq!(
        find("\n[project.version]\nx = 1", &at),
        Err(EditError::NotAScalar { path: at.clone(), found: Container::Mapping, line: 2 })
    );
    let error = find("[project]\nversion = 1.0.0\n", &at).unwrap_err();
    assert!(matches!(error, EditError::DoesNotParse { line: 2, .. }), "{error}");
    assert!(matches!(find("a = 1\na = 2", &at), Err(EditError::DoesNotParse { .. })));
    let deep = format!("a = {}", "[".repeat(100_000));
    assert!(matches!(find(&deep, &at), Err(EditError::DoesNotParse { .. })));
}

fn any_literal() -> impl Strategy<Value = String> {
    prop_oneof![
        "'[a-z #=.\"]{0,5}'",
        "\"([a-z #='.]|\\\\\"|\\\\n|\\\\u00e9){0,5}\"",
        Just("'''it's'''".to_owned()),
        Just("\"\"\"\na \"b\"\n\"\"\"".to_owned()),
        Just("1_000".to_owned()),
        Just("-1.5e3".to_owned()),
        Just("true".to_owned()),
    ]
}

fn any_value() -> impl Strategy<Value = String> {
    any_literal().prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(" , "))),
            prop::collection::vec(inner, 0..3).prop_map(|values| {
                let members: Vec<String> =
                    values.iter().enumerate().map(|(place, value)| format!("k{place}={value}")).collect();
                format!("{{ {} }}", members.join(", "))
            }),
        ]
    })
}

/// A document of two tables, an array of tables and their values, with comments, in one kind of line ending.
fn any_document() -> impl Strategy<Value = String> {
    let table = prop::collection::vec((any_value(), prop_oneof![Just(""), Just(" # c = 'd'")]), 0..4);
    (prop::collection::vec(table, 1..5), any::<bool>()).prop_map(|(tables, crlf)| {
        let mut text = String::new();
        for (place, table) in tables.iter().enumerate() {
            text += &[
                String::new(),
                "[a]\n".into(),
                "[[b.'c d']]\n".into(),
                "[[b.'c d']]\n".into(),
                "[a.e]\n".into(),
            ][place.min(4)];
            for (key, (value, comment)) in table.iter().enumerate() {
                text += &format!("k{key}  = {value}{comment}\n");
            }
        }
        if crlf { text.replace('\n', "\r\n") } else { text }
    })
}

fn strings(value: &serde_json::Value, at: KeyPath, into: &mut Vec<KeyPath>) {
    match value {
        serde_json::Value::Object(members) => {
            for (key, member) in members {
                strings(member, at.join(Step::Key(key.clone())), into);
            }
        }
        serde_json::Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                strings(element, at.join(Step::Index(index)), into);
            }
        }
        _ => into.push(at),
    }
}

fn at_mut<'value>(value: &'value mut serde_json::Value, at: &KeyPath) -> &'value mut serde_json::Value {
    at.steps().iter().fold(value, |value, step| match step {
        Step::Key(key) => &mut value[key.as_str()],
        Step::Index(index) => &mut value[*index],
    })
}

proptest! {
    #[test]
    fn an_edit_is_what_another_parser_says_it_is(
        text in any_document(),
        chosen in any::<prop::sample::Index>(),
        new in "\\PC{0,8}|[\n\t'\"\\\\\u{7f}]{0,4}",
    ) {
        let Ok(before) = basic_toml::from_str::<serde_json::Value>(&text) else {
            return Err(TestCaseError::reject("the other parser does not read it"));
        };
        let mut paths = Vec::new();
        strings(&before, KeyPath::default(), &mut paths);
        prop_assume!(!paths.is_empty());
        let at = chosen.get(&paths);
        let edited = set(&text, at, &new).unwrap();
        let mut wanted = before.clone();
        *at_mut(&mut wanted, at) = new.clone().into();
        prop_assert_eq!(basic_toml::from_str::<serde_json::Value>(&edited).unwrap(), wanted);
        let old = find(&text, at).unwrap();
        prop_assert_eq!(&edited[..old.span.start], &text[..old.span.start]);
        prop_assert!(edited.ends_with(&text[old.span.end..]));
    }

    #[test]
    fn any_text_is_answered(text in "[a=\"'\\[\\]{}.#\n\r0\\\\ é]{0,24}", new in any::<String>()) {
        let _ = set(&text, &path("a"), &new);
    }
}
