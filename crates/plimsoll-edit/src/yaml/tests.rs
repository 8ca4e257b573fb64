use proptest::prelude::*;

use super::{find, set};
use crate::error::{Container, EditError, Form};
use crate::found::Kind;
use crate::path::{KeyPath, Step};

fn path(text: &str) -> KeyPath {
    KeyPath::parse(text).unwrap()
}

const CHART: &str = "# a chart\r\napiVersion: v2\r\nversion: 1.0.0   # keep\r\nappVersion: \"1.16.0\"  # quoted\r\nimage: { repository: 'r/é' , \"digest\": , tag: v1 }\r\nempty:\r\nlist:\r\n- x\r\n- {a: 1.10}\r\n";

#[test]
fn a_value_and_its_place() {
    for (at, value, kind, line, column) in [
        ("version", "1.0.0", Kind::String, 3, 10),
        ("appVersion", "1.16.0", Kind::String, 4, 13),
        ("image.repository", "r/é", Kind::String, 5, 22),
        ("image.digest", "", Kind::Null, 5, 39),
        ("image.tag", "v1", Kind::String, 5, 47),
        ("empty", "", Kind::Null, 6, 7),
        ("list[0]", "x", Kind::String, 8, 3),
        ("list[1].a", "1.10", Kind::Float, 9, 7),
    ] {
        let found = find(CHART, &path(at)).unwrap();
        assert_eq!(
            (found.value.as_str(), found.kind, found.line, found.column),
            (value, kind, line, column),
            "{at}"
        );
    }
}

#[test]
fn only_the_literal_is_written_over() {
    for (at, value, old, new) in [
        ("version", "1.1.0", "1.0.0", "1.1.0"),
        ("version", "1.10", "1.0.0", "\"1.10\""),
        ("version", "yes", "1.0.0", "\"yes\""),
        ("version", "a: b #c", "1.0.0", "\"a: b #c\""),
        ("appVersion", "1.17.0", "\"1.16.0\"", "\"1.17.0\""),
        ("appVersion", "a\"\\\n\u{7}", "\"1.16.0\"", "\"a\\\"\\\\\\n\\x07\""),
        ("image.repository", "it's", "'r/é'", "'it''s'"),
        ("image.repository", "a\nb", "'r/é'", "\"a\\nb\""),
        ("image.digest", "sha256:ab", "\"digest\":", "\"digest\": sha256:ab"),
        ("image.tag", "v2", "v1", "v2"),
        ("empty", "x", "empty:", "empty: x"),
        ("empty", "", "empty:", "empty: \"\""),
        ("list[0]", "z", "- x", "- z"),
        ("list[1].a", "1.10", "1.10", "\"1.10\""),
    ] {
        assert_eq!(set(CHART, &path(at), value).unwrap(), CHART.replacen(old, new, 1), "{at} {value}");
    }
    assert_eq!(set(CHART, &path("appVersion"), "1.16.0").unwrap(), CHART);
}

#[test]
fn awkward_places() {
    for (text, at, want) in [
        ("a: # c\nb: 1\n", "a", "a: x # c\nb: 1\n"),
        ("'a' :\nb: 1", "a", "'a' : x\nb: 1"),
        ("a:   \nb: 1", "a", "a: x   \nb: 1"),
        ("{a: , b: 1}", "a", "{a: x , b: 1}"),
        ("a: &n old\nb: 1\n", "a", "a: &n x\nb: 1\n"),
        ("a: !!str 1.0\n", "a", "a: !!str x\n"),
        ("a: ~ # none\n", "a", "a: x # none\n"),
        ("\u{feff}a: b\n", "a", "\u{feff}a: x\n"),
        ("a: 'b\n  c' # d\n", "a", "a: 'x' # d\n"),
        ("---\nz: 1\n---\na: b\n", "a", "---\nz: 1\n---\na: x\n"),
        ("? a\n: b\n", "a", "? a\n: x\n"),
        ("a: b", "a", "a: x"),
        ("😀: 1\na: b\n", "a", "😀: 1\na: x\n"),
        ("k: |\n  a: b\na: b\n", "a", "k: |\n  a: b\na: x\n"),
        ("m: &m {a: 1}\nn: *m\na: b\n", "a", "m: &m {a: 1}\nn: *m\na: x\n"),
    ] {
        assert_eq!(set(text, &path(at), "x").unwrap(), want, "{text}");
    }
}

#[test]
fn what_is_refused_and_why() {
    let at = path("a");
    let unsupported = |form, line| EditError::Unsupported { path: path("a"), form, line };
    for (text, want) in [
        ("", EditError::NotFound { path: at.clone() }),
        ("b: 1", EditError::NotFound { path: at.clone() }),
        ("a: [1]", EditError::NotAScalar { path: at.clone(), found: Container::Sequence, line: 1 }),
        ("a: 1\n---\na: 1", EditError::Ambiguous { path: at.clone(), lines: vec![1, 3] }),
        ("b: 1\na: 1\na: 2", EditError::Ambiguous { path: at.clone(), lines: vec![2, 3] }),
        ("b: &b 1\na: *b", EditError::Shared { path: at.clone(), line: 2 }),
        ("a: &b 1\nc: *b", EditError::Shared { path: at.clone(), line: 1 }),
        ("a: |\n  b\n", unsupported(Form::Block, 2)),
        ("a: >-\n  b\n", unsupported(Form::Block, 2)),
        ("a: b\n  c\n", unsupported(Form::MultiLine, 1)),
        ("a: !!float 1\n", unsupported(Form::Tagged, 1)),
        ("{a}", unsupported(Form::Empty, 1)),
        ("a: &b\nc: 1", unsupported(Form::Empty, 1)),
    ] {
        assert_eq!(set(text, &at, "x"), Err(want), "{text:?}");
    }
    let inner = path("a.b");
    assert_eq!(set("a: &m {b: 1}\nc: *m", &inner, "x"), Err(EditError::Shared { path: at.clone(), line: 1 }));
    assert_eq!(set("c: &m {b: 1}\na: *m", &inner, "x"), Err(EditError::Shared { path: at.clone(), line: 2 }));
    assert_eq!(set("a: 1", &inner, "x"), Err(EditError::NotFound { path: inner }));
    for text in ["a: [", "a: 'b", "a: b: c", "? [x]\n: y", &"[".repeat(100_000)] {
        assert!(matches!(set(text, &at, "x"), Err(EditError::DoesNotParse { .. })), "{text:.20}");
    }
    assert!(matches!(set("b: 1\na: [", &at, "x"), Err(EditError::DoesNotParse { line: 2.., .. })));
}

/// A value as text, for one line, in block or flow context.
fn any_scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9./-]{0,5}",
        "[0-9]{1,2}(\\.[0-9]{1,2}){0,2}",
        "'([a-z #:é,{}-]|''){0,6}'",
        "\"([a-z #:',\\[\\]-]|\\\\\"|\\\\n|\\\\u00e9){0,6}\"",
        Just("~".to_owned()),
        Just("true".to_owned()),
    ]
}

fn any_flow() -> impl Strategy<Value = String> {
    any_scalar().prop_recursive(2, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(" , "))),
            prop::collection::vec(prop_oneof![4 => inner, 1 => Just(String::new())], 0..4).prop_map(
                |values| {
                    let members: Vec<String> = values
                        .iter()
                        .enumerate()
                        .map(|(place, value)| format!("f{place}: {value}"))
                        .collect();
                    format!("{{{}}}", members.join(", "))
                }
            ),
        ]
    })
}

/// The lines of a block mapping or sequence.
fn any_block() -> impl Strategy<Value = Vec<String>> {
    let comment = prop_oneof![3 => Just(""), 1 => Just(" # a: 'b'"), 1 => Just("   ")];
    let leaf = (any_flow(), comment.clone()).prop_map(|(value, comment)| vec![format!("{value}{comment}")]);
    leaf.prop_recursive(3, 24, 4, move |inner| {
        let entry = prop_oneof![4 => inner, 1 => Just(Vec::new()), 1 => Just(vec!["|".to_owned(), "text: 'x'".to_owned()])];
        let entries = prop::collection::vec(entry, 1..4);
        (entries, prop_oneof![Just("k"), Just("\"k ")], any::<bool>()).prop_map(|(entries, key, is_mapping)| {
            let mut lines = Vec::new();
            for (place, entry) in entries.iter().enumerate() {
                let head = match (is_mapping, key) {
                    (true, "k") => format!("k{place}:"),
                    (true, _) => format!("{key}{place}\" :"),
                    (false, _) => "-".to_owned(),
                };
                let is_inline = entry.len() == 1 && !entry[0].starts_with("- ") && !is_mapping_line(&entry[0])
                    || entry.first().is_some_and(|line| line == "|");
                match entry.split_first() {
                    Some((first, rest)) if is_inline => {
                        lines.push(format!("{head} {first}"));
                        lines.extend(rest.iter().map(|line| format!("  {line}")));
                    }
                    _ => {
                        lines.push(head);
                        lines.extend(entry.iter().map(|line| format!("  {line}")));
                    }
                }
            }
            lines
        })
    })
}

fn is_mapping_line(line: &str) -> bool {
    line.starts_with('k') && line.contains(':') || line.starts_with("\"k ")
}

fn any_text() -> impl Strategy<Value = String> {
    (any_block(), any::<bool>()).prop_map(|(lines, crlf)| {
        let newline = if crlf { "\r\n" } else { "\n" };
        lines.join(newline) + newline
    })
}

fn scalars(value: &yaml_serde::Value, at: KeyPath, into: &mut Vec<KeyPath>) {
    match value {
        yaml_serde::Value::Mapping(members) => {
            for (key, member) in members {
                scalars(member, at.join(Step::Key(key.as_str().unwrap().to_owned())), into);
            }
        }
        yaml_serde::Value::Sequence(elements) => {
            for (index, element) in elements.iter().enumerate() {
                scalars(element, at.join(Step::Index(index)), into);
            }
        }
        _ if at.steps().is_empty() => {}
        _ => into.push(at),
    }
}

fn at_mut<'value>(value: &'value mut yaml_serde::Value, at: &KeyPath) -> &'value mut yaml_serde::Value {
    at.steps().iter().fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key.as_str()).unwrap(),
        Step::Index(index) => value.get_mut(*index).unwrap(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, max_global_rejects: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_is_what_another_parser_says_it_is(
        text in any_text(),
        chosen in any::<prop::sample::Index>(),
        new in prop_oneof!["[a-z0-9.:-]{0,6}", "\\PC{0,8}", "[\n\t'\"\\\\#:é\u{85}\u{2028}]{0,4}"],
    ) {
        let Ok(before) = yaml_serde::from_str::<yaml_serde::Value>(&text) else {
            return Err(TestCaseError::reject("the other parser does not read it"));
        };
        let mut paths = Vec::new();
        scalars(&before, KeyPath::default(), &mut paths);
        prop_assume!(!paths.is_empty());
        let at = chosen.get(&paths);
        match set(&text, at, &new) {
            Ok(edited) => {
                let mut wanted = before.clone();
                *at_mut(&mut wanted, at) = new.clone().into();
                prop_assert_eq!(yaml_serde::from_str::<yaml_serde::Value>(&edited).unwrap(), wanted, "{}", edited);
                let old = find(&text, at).unwrap();
                prop_assert_eq!(&edited[..old.span.start], &text[..old.span.start]);
                prop_assert!(edited.ends_with(&text[old.span.end..]));
            }
            Err(EditError::Unsupported { form: Form::Block | Form::Empty, .. }) => {}
            Err(error) => prop_assert!(false, "{}\n{}", error, text),
        }
    }

    #[test]
    fn any_text_is_answered(text in "[ak:\\[\\]{},&*!|>'\"#?\n\r \t0\\\\é~%.-]{0,20}", new in any::<String>()) {
        let _ = set(&text, &path("a"), &new);
    }
}
