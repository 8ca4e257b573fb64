//! Variables of the environment that a configuration names.

use std::collections::BTreeSet;

use toml_edit::{DocumentMut, Item, Value};

/// The names behind `env:` in a configuration's values.
pub fn named_variables(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if let Ok(document) = text.parse::<DocumentMut>() {
        visit(document.as_item(), &mut names);
    }
    // What every job of GitHub has by itself.
    names.retain(|name| !name.starts_with("GITHUB_"));
    names
}

fn visit(item: &Item, names: &mut BTreeSet<String>) {
    match item {
        Item::None => {}
        Item::Value(value) => visit_value(value, names),
        Item::Table(table) => table.iter().for_each(|(_, item)| visit(item, names)),
        Item::ArrayOfTables(tables) => {
            tables.iter().flat_map(|table| table.iter()).for_each(|(_, item)| visit(item, names));
        }
    }
}

fn visit_value(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => names.extend(text.value().strip_prefix("env:").map(str::to_owned)),
        Value::Array(values) => values.iter().for_each(|value| visit_value(value, names)),
        Value::InlineTable(table) => table.iter().for_each(|(_, value)| visit_value(value, names)),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_behind_env() {
        let text = "[registries.\"a.example\"]\nusername = \"env:GITHUB_ACTOR\"\npassword = \"env:A_PASSWORD\"\n\
                    [[image]]\nbuild-args = { X = \"environment\", Y = [\"env:Y_TOKEN\"] }\n";
        assert_eq!(named_variables(text).into_iter().collect::<Vec<_>>(), ["A_PASSWORD", "Y_TOKEN"]);
    }
}
