mod validator;

use plimsoll_engine::domain::code::Code;
use serde_json::{Value, json};
use toml_edit::{Document, Item};

use super::schema;
use crate::config::file::keys::ROOT;
use crate::config::file::shape::{Shape, Standing, Table};
use crate::config::tests::samples::samples;
use crate::config::{Surroundings, parse};
use validator::find_fault;

/// How a key is reached from the top of the file.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    First,
}

/// Every table of the file, with one way to it.
fn tables() -> Vec<(Vec<Step>, &'static Table)> {
    let mut found = vec![(Vec::new(), &ROOT)];
    let mut next = 0;
    while let Some((path, table)) = found.get(next).cloned() {
        next += 1;
        let open = table.open.as_ref().map(|open| (format!("{}x", open.prefix), open.shape));
        for (name, shape) in table.keys.iter().map(|key| (key.name.to_owned(), key.shape)).chain(open) {
            let mut path = path.clone();
            path.push(Step::Key(name));
            collect(shape, path, &mut found);
        }
    }
    found
}

fn collect(shape: Shape, path: Vec<Step>, found: &mut Vec<(Vec<Step>, &'static Table)>) {
    match shape {
        Shape::Table(table) => found.push((path, table)),
        Shape::List(inner) => collect(*inner, [path, vec![Step::First]].concat(), found),
        Shape::Either(shapes) => shapes.iter().for_each(|shape| collect(*shape, path.clone(), found)),
        Shape::Text | Shape::Secret | Shape::Switch | Shape::Word(_) | Shape::Anything => {}
    }
}

/// A file in which nothing stands but one value.
fn file(path: &[Step], value: &str) -> String {
    let mut text = value.to_owned();
    for (depth, step) in path.iter().enumerate().rev() {
        text = match step {
            Step::First => format!("[{text}]"),
            Step::Key(name) if depth == 0 => format!("{name:?} = {text}"),
            Step::Key(name) => format!("{{ {name:?} = {text} }}"),
        };
    }
    text
}

fn codes(text: &str) -> Vec<Code> {
    let surroundings = Surroundings { directory: Some("app"), remote: None, texts: &|_| None };
    match parse("plimsoll.toml", text, surroundings) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(|problem| problem.code).collect(),
    }
}

fn to_json(text: &str) -> Value {
    item(Document::parse(text).unwrap().as_item())
}

fn item(of: &Item) -> Value {
    if let Some(table) = of.as_table_like() {
        table.iter().map(|(key, value)| (key.to_owned(), item(value))).collect()
    } else if let Some(tables) = of.as_array_of_tables() {
        tables.iter().map(|table| item(&Item::Table(table.clone()))).collect()
    } else if let Some(array) = of.as_array() {
        array.iter().map(|value| item(&Item::Value(value.clone()))).collect()
    } else {
        match of.as_value() {
            Some(toml_edit::Value::String(text)) => json!(text.value()),
            Some(toml_edit::Value::Boolean(switch)) => json!(switch.value()),
            Some(toml_edit::Value::Integer(number)) => json!(number.value()),
            Some(toml_edit::Value::Float(number)) => json!(number.value()),
            Some(other) => json!({ "date": other.to_string() }),
            None => Value::Null,
        }
    }
}

#[test]
fn every_key_is_known_to_both() {
    let schema = schema();
    for (path, table) in tables() {
        for key in table.keys {
            let path = [path.clone(), vec![Step::Key(key.name.into())]].concat();
            let text = file(&path, "0x7FFF_FFFF");
            let found = codes(&text);
            assert!(!found.contains(&Code::UnknownKey), "the reader does not know {text}");
            let (code, refused) = match key.standing {
                Standing::Reserved => (Code::ReservedWord, true),
                // No key wants a number.
                Standing::Optional | Standing::Required => (Code::InvalidValue, false),
            };
            assert!(found.contains(&code), "{text}: {found:?}");
            let fault = find_fault(&to_json(&text), &schema).expect("no key accepts a number");
            assert!(!fault.contains("no such key"), "the schema does not know {text}: {fault}");
            assert_eq!(fault.ends_with("is not allowed"), refused, "{text}: {fault}");
        }
    }
}

#[test]
fn an_unknown_key_is_unknown_to_both() {
    let schema = schema();
    for (path, table) in tables() {
        if table.open.as_ref().is_some_and(|open| open.prefix.is_empty()) {
            continue;
        }
        let text = file(&[path, vec![Step::Key("qqqqqqqq".into())]].concat(), "true");
        assert!(codes(&text).contains(&Code::UnknownKey), "{text}");
        assert!(find_fault(&to_json(&text), &schema).is_some(), "{text}");
    }
}

#[test]
fn the_samples_with_every_key_have_every_key() {
    let samples = samples("valid");
    // Keys that exclude each other stand in several.
    let every = samples.iter().filter(|(name, _)| name.starts_with("every-key"));
    let instances: Vec<Value> = every.map(|(_, text)| to_json(text)).collect();
    let all = tables();
    let working = |standing| matches!(standing, Standing::Optional | Standing::Required);
    for (_, table) in &all {
        // A table that may stand in several places has each of its keys in one of them.
        let places = all.iter().filter(|(_, other)| std::ptr::eq(*table, *other)).map(|(path, _)| path);
        let places: Vec<&Vec<Step>> = places.collect();
        for key in table.keys.iter().filter(|key| working(key.standing)) {
            let present = places.iter().any(|path| {
                let path = [path.as_slice(), &[Step::Key(key.name.into())]].concat();
                instances.iter().any(|instance| stands(instance, &path))
            });
            assert!(present, "{} {}", table.title, key.name);
        }
    }
}

/// Whether something stands at a path, in any element of its lists and under any name that the user chose.
fn stands(value: &Value, path: &[Step]) -> bool {
    match (path, value) {
        ([], _) => true,
        ([Step::First, rest @ ..], Value::Array(items)) => items.iter().any(|item| stands(item, rest)),
        ([Step::Key(name), rest @ ..], Value::Object(entries)) => match name.strip_suffix('x') {
            Some(prefix) if !entries.contains_key(name) => {
                entries.iter().any(|(key, value)| key.starts_with(prefix) && stands(value, rest))
            }
            _ => entries.get(name).is_some_and(|value| stands(value, rest)),
        },
        _ => false,
    }
}

#[test]
fn valid_samples_fit_and_unknown_keys_do_not() {
    let schema = schema();
    for (name, text) in samples("valid") {
        assert_eq!(find_fault(&to_json(&text), &schema), None, "{name}");
    }
    let strange = |text: &str| text.contains("#~ unknown-key");
    for (name, text) in samples("invalid").into_iter().filter(|(_, text)| strange(text)) {
        assert!(codes(&text).contains(&Code::UnknownKey), "{name}");
        assert!(find_fault(&to_json(&text), &schema).is_some(), "{name}");
    }
}

#[test]
fn keys_have_a_sentence_each() {
    for (_, table) in tables() {
        assert!(table.about.ends_with('.'), "{}", table.title);
        for key in table.keys {
            assert!(
                key.about.ends_with(['.', '…', '"', 'm']) && key.about.len() > 5,
                "{} {}",
                table.title,
                key.name
            );
        }
    }
}
