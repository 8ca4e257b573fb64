//! As much of JSON Schema (2020-12) as our schema uses.

use serde_json::Value;

/// Returns the first thing that does not fit, or nothing.
///
/// # Panics
/// The schema uses a keyword that is not known here.
pub(super) fn find_fault(instance: &Value, schema: &Value) -> Option<String> {
    let schema = schema.as_object().expect("a schema is an object");
    schema.iter().find_map(|(keyword, wanted)| match keyword.as_str() {
        "$schema" | "title" | "description" | "patternProperties" | "additionalProperties" => None,
        mark if mark.starts_with("x-") => None,
        "type" => (type_name(instance) != wanted).then(|| format!("{instance} is no {wanted}")),
        "enum" => (!list(wanted).contains(instance)).then(|| format!("{instance} is none of {wanted}")),
        "pattern" => {
            (!matches_variable(instance, wanted)).then(|| format!("{instance} is not like {wanted}"))
        }
        "not" => find_fault(instance, wanted).is_none().then(|| format!("{instance} is not allowed")),
        "anyOf" => {
            let faults: Vec<_> = list(wanted).iter().map(|one| find_fault(instance, one)).collect();
            let faults: Option<Vec<String>> = faults.into_iter().collect();
            faults.map(|faults| faults.join("; "))
        }
        "items" => instance.as_array()?.iter().find_map(|item| find_fault(item, wanted)),
        "required" => list(wanted)
            .iter()
            .find(|key| instance.as_object().is_some_and(|found| !found.contains_key(key.as_str().unwrap())))
            .map(|key| format!("{key} is missing")),
        "properties" => instance.as_object()?.iter().find_map(|(key, value)| {
            match wanted.get(key).or_else(|| find_pattern(schema, key)) {
                Some(of_key) => find_fault(value, of_key),
                None => Some(format!("no such key: {key}")),
            }
        }),
        other => panic!("unknown keyword {other}"),
    })
}

fn find_pattern<'a>(schema: &'a serde_json::Map<String, Value>, key: &str) -> Option<&'a Value> {
    assert_eq!(schema.get("additionalProperties"), Some(&Value::Bool(false)));
    let patterns = schema.get("patternProperties")?.as_object()?;
    patterns
        .iter()
        .find(|(pattern, _)| key.starts_with(pattern.trim_start_matches('^')))
        .map(|(_, schema)| schema)
}

fn matches_variable(instance: &Value, pattern: &Value) -> bool {
    assert_eq!(pattern, "^env:[A-Za-z_][A-Za-z0-9_]*$");
    let name = instance.as_str().and_then(|text| text.strip_prefix("env:"));
    name.is_some_and(crate::config::file::is_variable_name)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
