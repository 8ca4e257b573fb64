//! The combinations of a job's matrix (docs.github.com, "Running variations of jobs in a workflow").

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::workflow::texts;

/// What `matrix.NAME` is, in one combination.
pub(super) type Combination = BTreeMap<String, String>;

/// The most combinations that GitHub makes of a matrix.
const MOST: usize = 256;

/// Every combination; none where there is no matrix, or where only a run knows it. Those that `exclude` names are left out,
/// before `include` adds some.
pub(super) fn combinations(matrix: Option<&Value>) -> Vec<Combination> {
    let Some(matrix) = matrix.and_then(Value::as_object) else { return Vec::new() };
    let mut all: Vec<Combination> = Vec::new();
    for (axis, values) in matrix.iter().filter(|(axis, _)| !matches!(axis.as_str(), "include" | "exclude")) {
        let Some(values) = values.as_array().filter(|values| !values.is_empty()) else { continue };
        let before = if all.is_empty() { vec![Combination::new()] } else { all };
        let longer = before.iter().flat_map(|combination| {
            values.iter().map(|value| {
                let mut longer = combination.clone();
                longer.extend(one_value(axis, value));
                longer
            })
        });
        all = longer.take(MOST).collect();
    }
    let axes: Vec<String> = all.first().map(|first| first.keys().cloned().collect()).unwrap_or_default();
    let excluded: Vec<Combination> = rows(matrix, "exclude").filter_map(whole_row).collect();
    // A row takes out what has all that it names.
    let is_of_row = |combination: &Combination, row: &Combination| {
        row.iter().all(|(key, value)| combination.get(key).is_some_and(|own| own == value))
    };
    all.retain(|combination| !excluded.iter().any(|row| is_of_row(combination, row)));
    for included in rows(matrix, "include") {
        let included = texts("matrix", Some(included));
        let is_of = |combination: &&mut Combination| {
            axes.iter()
                .all(|axis| included.get(axis).is_none_or(|value| combination.get(axis) == Some(value)))
        };
        let mut extended = false;
        if !axes.is_empty() {
            for combination in all.iter_mut().filter(is_of) {
                combination.extend(included.clone());
                extended = true;
            }
        }
        if !extended {
            all.push(included);
        }
    }
    // What another one has and this one has not is nothing, unless only a run knows that axis.
    let is_open = |name: &String| {
        let axis = name.trim_start_matches("matrix.").split('.').next().unwrap_or_default();
        matrix.get(axis).is_some_and(|values| !values.is_array())
    };
    let names = all.iter().flat_map(|combination| combination.keys().cloned());
    let names: BTreeSet<String> = names.filter(|name| !is_open(name)).collect();
    for combination in &mut all {
        for name in &names {
            combination.entry(name.clone()).or_default();
        }
    }
    all
}

/// What `exclude` says and only a run knows: what it takes out is among the combinations.
pub(super) fn unread_exclusions(matrix: Option<&Value>) -> Vec<String> {
    let Some(matrix) = matrix.and_then(Value::as_object) else { return Vec::new() };
    let is_list = |axis: &str| matrix.get(axis).is_some_and(Value::is_array);
    let whole = matrix.get("exclude").filter(|rows| !rows.is_array());
    let is_open = |row: &Value| {
        let named = row.as_object().into_iter().flatten();
        whole_row(row).is_none() || named.into_iter().any(|(axis, _)| !is_list(axis))
    };
    let open = rows(matrix, "exclude").filter(|row| is_open(row));
    open.chain(whole).map(|row| row.as_str().map_or_else(|| row.to_string(), str::to_owned)).collect()
}

fn rows<'a>(matrix: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    matrix.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// What a row of `exclude` names; none where only a run knows it, or where it names nothing.
fn whole_row(row: &Value) -> Option<Combination> {
    let named = row.as_object().filter(|named| !named.is_empty())?;
    let mut whole = Combination::new();
    for (axis, value) in named {
        let one = one_value(axis, value);
        if one.is_empty() || one.values().any(|value| value.contains("${{")) {
            return None;
        }
        whole.extend(one);
    }
    Some(whole)
}

/// Every combination of variables that each have one value or several.
pub(super) fn cross(axes: &Map<String, Value>) -> Vec<Combination> {
    let mut all = vec![Combination::new()];
    for (name, values) in axes {
        let values: Vec<String> = match values {
            Value::Array(many) => many.iter().filter_map(scalar).collect(),
            one => scalar(one).into_iter().collect(),
        };
        let longer = all.iter().flat_map(|combination| {
            values.iter().map(|value| {
                let mut longer = combination.clone();
                longer.insert(name.clone(), value.clone());
                longer
            })
        });
        all = longer.take(MOST).collect();
    }
    all
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A value of an axis: `matrix.AXIS`, or `matrix.AXIS.KEY` where it is an object.
fn one_value(axis: &str, value: &Value) -> Combination {
    match value {
        Value::Object(_) => texts(&format!("matrix.{axis}"), Some(value)),
        _ => texts("matrix", Some(&Value::Object([(axis.to_owned(), value.clone())].into_iter().collect()))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(matrix: &Value) -> Vec<String> {
        let show = |one: Combination| {
            one.into_iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>()
        };
        combinations(Some(matrix)).into_iter().map(|one| show(one).join(" ").replace("matrix.", "")).collect()
    }

    #[test]
    fn what_is_excluded_is_no_combination_unless_it_is_included() {
        let two = json!(["x", "y"]);
        for (matrix, want) in [
            (
                json!({"a": [1, 2], "b": two, "exclude": [{"a": 1, "b": "x"}]}),
                &["a=1 b=y", "a=2 b=x", "a=2 b=y"][..],
            ),
            (json!({"a": [1, 2], "b": two, "exclude": [{"a": 1}]}), &["a=2 b=x", "a=2 b=y"]),
            // What includes comes afterwards.
            (
                json!({"a": [1, 2], "exclude": [{"a": 2}], "include": [{"a": 1, "b": "x"}, {"a": 2}]}),
                &["a=1 b=x", "a=2 b="],
            ),
            (json!({"a": [1], "exclude": [{"a": 1, "c": 3}]}), &["a=1"]),
            (
                json!({"p": [{"os": "linux", "arch": "arm"}, {"os": "linux", "arch": "amd"}], "exclude": [{"p": {"arch": "arm"}}]}),
                &["p.arch=amd p.os=linux"],
            ),
            (json!({"a": [1, 2], "exclude": [{"a": "${{ inputs.a }}"}]}), &["a=1", "a=2"]),
            (json!({"a": [1, 2], "exclude": [{}]}), &["a=1", "a=2"]),
        ] {
            assert_eq!(shown(&matrix), want, "{matrix}");
        }
        let unread = |matrix: Value| unread_exclusions(Some(&matrix)).len();
        assert_eq!(unread(json!({"a": [1], "exclude": [{"a": 1}]})), 0);
        assert_eq!(unread(json!({"a": [1], "exclude": "${{ fromJSON(inputs.not) }}"})), 1);
        assert_eq!(unread(json!({"a": [1], "exclude": [{"a": "${{ inputs.a }}"}, {"b": 1}]})), 2);
    }

    #[test]
    fn axes_are_crossed_and_more_is_included() {
        for (matrix, want) in [
            (json!(null), &[][..]),
            (json!("${{ fromJSON(needs.a.outputs.b) }}"), &[]),
            (json!({"a": [1, 2], "b": ["x"]}), &["a=1 b=x", "a=2 b=x"]),
            (json!({"include": [{"a": 1}, {"a": 2, "b": true}]}), &["a=1 b=", "a=2 b=true"]),
            (json!({"a": [1, 2], "include": [{"a": 2, "b": "x"}]}), &["a=1 b=", "a=2 b=x"]),
            (json!({"a": [1], "include": [{"a": 3, "b": "x"}]}), &["a=1 b=", "a=3 b=x"]),
            (json!({"a": [1, 2], "include": [{"b": "x"}]}), &["a=1 b=x", "a=2 b=x"]),
            (json!({"p": [{"os": "linux", "arch": "arm64"}]}), &["p.arch=arm64 p.os=linux"]),
            (json!({"a": "${{ inputs.a }}", "b": ["x"]}), &["b=x"]),
            (
                json!({"a": "${{ inputs.a }}", "b": ["x"], "include": [{"a": 1, "b": "y"}]}),
                &["b=x", "a=1 b=y"],
            ),
        ] {
            assert_eq!(shown(&matrix), want, "{matrix}");
        }
        let wide: Vec<u32> = (0..100).collect();
        assert_eq!(combinations(Some(&json!({"a": wide, "b": wide, "c": wide}))).len(), MOST);
    }
}
