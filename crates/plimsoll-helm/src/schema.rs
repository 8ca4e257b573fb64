//! Values checked against `values.schema.json`, as Helm does before it renders.
//!
//! A schema that refers to something on the network or in another file is not followed there: that is an answer of its
//! own, neither right nor wrong.

use jsonschema::error::ValidationErrorKind;
use serde_json::{Map, Value};

use crate::chart::{Chart, VALUES_SCHEMA, VALUES_YAML};
use crate::yaml::{self, YamlError};

/// The most that is told of one chart.
const MOST: usize = 20;

/// What came of checking values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// A value is not what the schema wants.
    Violation {
        /// The chart inside the chart whose schema it is, `a/b`; empty for the chart itself.
        chart: String,
        /// Where the value stands: a JSON pointer, empty for the values as a whole.
        at: String,
        /// What is wrong with it.
        why: String,
    },
    /// A value is not there, or null, and the schema wants one: whoever installs the chart must give it.
    Unset {
        /// The chart inside the chart whose schema it is; empty for the chart itself.
        chart: String,
        /// Where the value stands, or what it is missing from: a JSON pointer, empty for the values as a whole.
        at: String,
        /// What the schema says.
        why: String,
    },
    /// The schema can't be used.
    Unusable {
        /// The chart inside the chart whose schema it is; empty for the chart itself.
        chart: String,
        /// Why.
        why: String,
    },
}

/// Checks a chart's default values, and those that it gives to the charts inside it.
///
/// # Errors
/// Its `values.yaml` can't be read.
pub fn check_values(chart: &Chart) -> Result<Vec<Checked>, YamlError> {
    let mut checked = Vec::new();
    let values = chart.find_text(VALUES_YAML).map(yaml::read).transpose()?.unwrap_or(Value::Null);
    check_chart(chart, "", object(values), &mut checked);
    Ok(checked)
}

fn object(value: Value) -> Value {
    match value {
        Value::Null => Value::Object(Map::new()),
        other => other,
    }
}

fn check_chart(chart: &Chart, name: &str, values: Value, checked: &mut Vec<Checked>) {
    if let Some(schema) = chart.find_text(VALUES_SCHEMA) {
        checked.extend(check_against(schema, &values, name));
    }
    for subchart in &chart.subcharts {
        let inside = &subchart.metadata.name;
        // What stands in charts/ of others is Helm's to judge; what can't be read there is not checked.
        let Ok(defaults) = subchart.find_text(VALUES_YAML).map(yaml::read).transpose() else { continue };
        let declared = chart.metadata.dependencies.iter().filter(|dependency| dependency.name == *inside);
        let mut names: Vec<&str> = declared.map(|dependency| dependency.called()).collect();
        if names.is_empty() {
            names.push(inside);
        }
        for called in names {
            let mut coalesced = object(defaults.clone().unwrap_or(Value::Null));
            if let Some(given) = values.get(called) {
                overlay(&mut coalesced, given);
            }
            let path = if name.is_empty() { called.to_owned() } else { format!("{name}/{called}") };
            check_chart(subchart, &path, coalesced, checked);
        }
    }
}

/// Lays the values that a chart gives over the defaults of the one inside it. Null takes a default away.
fn overlay(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                match below.get_mut(key) {
                    _ if value.is_null() => drop(below.remove(key)),
                    Some(inner) => overlay(inner, value),
                    None => drop(below.insert(key.clone(), value.clone())),
                }
            }
        }
        (below, above) => *below = above.clone(),
    }
}

fn check_against(schema: &str, values: &Value, chart: &str) -> Vec<Checked> {
    let unusable = |why: String| vec![Checked::Unusable { chart: chart.to_owned(), why }];
    let schema: Value = match serde_json::from_str(schema) {
        Ok(schema) => schema,
        Err(error) => return unusable(format!("it is no JSON: {error}")),
    };
    let validator = match jsonschema::options().build(&schema) {
        Ok(validator) => validator,
        Err(error) => return unusable(error.to_string()),
    };
    let mut checked: Vec<Checked> = Vec::new();
    for error in validator.iter_errors(values).take(MOST) {
        let (chart, at, why) = (chart.to_owned(), error.instance_path().to_string(), error.to_string());
        let is_missing = matches!(error.kind(), ValidationErrorKind::Required { .. });
        if !is_missing && !error.instance().is_null() {
            checked.push(Checked::Violation { chart, at, why });
            continue;
        }
        // Of one value that is not there one thing is enough.
        let is_told = |one: &Checked| matches!(one, Checked::Unset { at: told, .. } if *told == at);
        if is_missing || !checked.iter().any(is_told) {
            checked.push(Checked::Unset { chart, at, why });
        }
    }
    checked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::ChartFile;

    fn chart(files: &[(&str, &str)]) -> Chart {
        let file =
            |(path, text): &(&str, &str)| ChartFile { path: (*path).into(), bytes: text.as_bytes().to_vec() };
        let yaml = ("Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n");
        Chart::from_files([yaml].iter().chain(files).map(file).collect()).unwrap()
    }

    const REPLICAS: &str = r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
        "properties": {"replicas": {"type": "integer", "minimum": 1}, "on": {"type": "boolean"}}, "required": ["on"]}"#;

    #[test]
    fn values_are_checked_as_helm_reads_them() {
        let checked = |values: &str| {
            check_values(&chart(&[("values.yaml", values), ("values.schema.json", REPLICAS)])).unwrap()
        };
        assert_eq!(checked("replicas: 1\non: yes\n"), []);
        let places: Vec<(String, String)> = checked("replicas: '1'\n")
            .into_iter()
            .map(|checked| match checked {
                Checked::Violation { at, .. } => ("wrong".to_owned(), at),
                Checked::Unset { at, .. } => ("unset".to_owned(), at),
                Checked::Unusable { why, .. } => panic!("{why}"),
            })
            .collect();
        let place = |what: &str, at: &str| (what.to_owned(), at.to_owned());
        assert_eq!(places, [place("unset", ""), place("wrong", "/replicas")]);
        // `null` is as if it were not there, and one value is told once.
        let found = checked("replicas:\non: yes\n");
        assert!(matches!(&found[..], [Checked::Unset { at, .. }] if at == "/replicas"), "{found:?}");
    }

    #[test]
    fn charts_inside_get_what_is_given_to_them() {
        let files = |given: &'static str| {
            chart(&[
                ("values.yaml", given),
                ("charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n"),
                ("charts/db/values.yaml", "replicas: 1\non: true\n"),
                ("charts/db/values.schema.json", REPLICAS),
            ])
        };
        assert_eq!(check_values(&files("db: {replicas: 3}")).unwrap(), []);
        let checked = check_values(&files("db: {replicas: 0, on: null}")).unwrap();
        assert!(
            matches!(&checked[..], [Checked::Unset { chart: one, .. }, Checked::Violation { chart: other, .. }] if one == "db" && other == "db"),
            "{checked:?}"
        );
    }

    #[test]
    fn nothing_is_fetched() {
        let schema = r#"{"$ref": "https://example.org/schema.json"}"#;
        let checked =
            check_values(&chart(&[("values.yaml", "a: 1"), ("values.schema.json", schema)])).unwrap();
        assert!(matches!(&checked[..], [Checked::Unusable { .. }]), "{checked:?}");
    }
}
