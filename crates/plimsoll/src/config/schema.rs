//! The JSON Schema of the file, for editors.
//!
//! Made from the same [`keys`] that the reader uses, so the two can't disagree: a key that one knows, the other knows;
//! a key that nothing acts on yet is described and refused by both.
//!
//! [`keys`]: super::file::keys

use serde_json::{Map, Value, json};

use super::file::keys::ROOT;
use super::file::shape::{Key, Shape, Standing, Table};

/// The schema, in the 2020-12 dialect.
pub fn schema() -> Value {
    let mut schema = table(&ROOT);
    schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".into(), json!(ROOT.title));
    Value::Object(schema)
}

fn table(table: &Table) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".into(), json!("object"));
    schema.insert("description".into(), json!(table.about));
    let properties = table.keys.iter().map(|key| (key.name.to_owned(), Value::Object(property(key))));
    schema.insert("properties".into(), Value::Object(properties.collect()));
    let required: Vec<&str> =
        table.keys.iter().filter(|key| key.standing == Standing::Required).map(|key| key.name).collect();
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    if let Some(open) = &table.open {
        let mut values = shape(open.shape);
        values.insert("description".into(), json!(open.about));
        schema.insert("patternProperties".into(), json!({ format!("^{}", open.prefix): values }));
    }
    schema.insert("additionalProperties".into(), json!(false));
    schema
}

fn property(key: &Key) -> Map<String, Value> {
    let (mut schema, note) = match key.standing {
        Standing::Optional | Standing::Required => (shape(key.shape), ""),
        Standing::Reserved => (refused("x-plimsoll-reserved"), " Reserved."),
    };
    schema.insert("description".into(), json!(format!("{}{note}", key.about)));
    schema
}

/// Nothing fits: an editor marks the key as the reader does.
fn refused(mark: &str) -> Map<String, Value> {
    Map::from_iter([(mark.to_owned(), json!(true)), ("not".to_owned(), json!({}))])
}

fn shape(of: Shape) -> Map<String, Value> {
    let schema = match of {
        Shape::Text => json!({ "type": "string" }),
        Shape::Secret => json!({ "type": "string", "pattern": "^env:[A-Za-z_][A-Za-z0-9_]*$" }),
        Shape::Switch => json!({ "type": "boolean" }),
        Shape::Word(words) => json!({ "type": "string", "enum": words }),
        Shape::List(inner) => json!({ "type": "array", "items": shape(*inner) }),
        Shape::Table(inner) => return table(inner),
        Shape::Either(shapes) => json!({ "anyOf": shapes.iter().map(|one| shape(*one)).collect::<Vec<_>>() }),
        Shape::Anything => json!({}),
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
