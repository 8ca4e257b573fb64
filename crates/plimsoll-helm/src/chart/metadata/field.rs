//! Fields read the way Helm reads them: numbers and truths become text where text is wanted.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::MetadataError;

/// A field that should be text and is a number or a truth, so that Helm may read another text than the one written:
/// `1.10` becomes `1.1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misspelt {
    /// The field.
    pub field: &'static str,
    /// What Helm reads.
    pub read: String,
}

impl Misspelt {
    /// Looks at the two fields where it matters: `version` and `appVersion`.
    pub fn find_in(value: &Value) -> Vec<Misspelt> {
        let misspelt = |field| match value.get(field)? {
            Value::String(_) | Value::Null => None,
            other => Some(Misspelt { field, read: as_text(other).unwrap_or_else(|| other.to_string()) }),
        };
        ["version", "appVersion"].into_iter().filter_map(misspelt).collect()
    }
}

/// The fields of a mapping.
pub(super) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value) -> Result<Fields<'a>, MetadataError> {
        value.as_object().map(Fields).ok_or(MetadataError::NoMapping)
    }

    /// A field; null is not there.
    fn find(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &'static str) -> Result<String, MetadataError> {
        let Some(value) = self.find(name) else { return Ok(String::new()) };
        as_text(value).map(|text| sanitise(&text)).ok_or_else(|| wrong(name, "text"))
    }

    pub(super) fn texts(&self, name: &'static str) -> Result<Vec<String>, MetadataError> {
        self.list(name, |value| match value {
            Value::Null => Ok(String::new()),
            value => as_text(value).map(|text| sanitise(&text)).ok_or_else(|| wrong(name, "list of texts")),
        })
    }

    pub(super) fn texts_by_key(&self, name: &'static str) -> Result<BTreeMap<String, String>, MetadataError> {
        let Some(value) = self.find(name) else { return Ok(BTreeMap::new()) };
        let map = value.as_object().ok_or_else(|| wrong(name, "mapping of texts"))?;
        let text = |(key, value): (&String, &Value)| match value {
            Value::Null => Ok((key.clone(), String::new())),
            value => match as_text(value) {
                Some(text) => Ok((key.clone(), text)),
                None => Err(wrong(&format!("{name}.{key}"), "text")),
            },
        };
        map.iter().map(text).collect()
    }

    pub(super) fn truth(&self, name: &'static str) -> Result<bool, MetadataError> {
        let Some(value) = self.find(name) else { return Ok(false) };
        value.as_bool().ok_or_else(|| wrong(name, "truth"))
    }

    pub(super) fn values(&self, name: &'static str) -> Result<Vec<Value>, MetadataError> {
        self.list(name, |value| Ok(value.clone()))
    }

    pub(super) fn list<T>(
        &self,
        name: &'static str,
        read: impl Fn(&Value) -> Result<T, MetadataError>,
    ) -> Result<Vec<T>, MetadataError> {
        let Some(value) = self.find(name) else { return Ok(Vec::new()) };
        let items = value.as_array().ok_or_else(|| wrong(name, "list"))?;
        let within = |(place, item): (usize, &Value)| {
            read(item).map_err(|error| match error {
                MetadataError::NoMapping => wrong(&format!("{name}[{place}]"), "mapping"),
                MetadataError::Kind { field, want } if field != name => {
                    MetadataError::Kind { field: format!("{name}[{place}].{field}"), want }
                }
                other => other,
            })
        };
        items.iter().enumerate().map(within).collect()
    }
}

fn wrong(field: &str, want: &'static str) -> MetadataError {
    MetadataError::Kind { field: field.to_owned(), want }
}

/// What `sigs.k8s.io/yaml` makes of a scalar where text is wanted.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => float.to_string(),
            None => number.to_string(),
        }),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// White space becomes spaces, and what can't be printed goes.
fn sanitise(text: &str) -> String {
    let printable = |character: &char| !character.is_control() && *character != '\u{feff}';
    text.chars()
        .map(|character| if character.is_whitespace() { ' ' } else { character })
        .filter(printable)
        .collect()
}
