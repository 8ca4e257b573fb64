//! JSON texts that are the same bytes whoever writes them: keys sorted, one newline at the end.

use serde_json::Value;

/// Renders `value` compactly with sorted keys and one newline at the end.
///
/// The order of an object's keys must not hang on which features of the JSON library are switched on, so it is made
/// here.
pub fn render_compact(value: &Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(&sorted(value)).expect("a JSON value can always be written");
    bytes.push(b'\n');
    bytes
}

/// Renders `value` for people, indented by two spaces, with sorted keys and one newline at the end.
pub fn render_pretty(value: &Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(&sorted(value)).expect("a JSON value can always be written");
    bytes.push(b'\n');
    bytes
}

/// The same value with the keys of every object in order.
pub(crate) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Value::Object(entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_at_every_depth() {
        let value: Value = serde_json::from_str(r#"{"b":[{"z":1,"a":2}],"a":"x"}"#).unwrap();
        assert_eq!(render_compact(&value), b"{\"a\":\"x\",\"b\":[{\"a\":2,\"z\":1}]}\n");
    }
}
