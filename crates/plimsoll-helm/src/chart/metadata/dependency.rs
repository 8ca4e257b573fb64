//! What a chart needs of other charts.

use serde::Serialize;
use serde_json::Value;

use super::MetadataError;
use super::field::Fields;

/// A chart that another one needs. Serialised in the order and spelling that Helm digests for `Chart.lock`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    /// The chart's name.
    pub name: String,
    /// Which versions would do: a constraint.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Where it comes from: `https://…`, `oci://…`, `file://…`, `@alias`, or empty for `charts/`.
    pub repository: String,
    /// The path of a value that switches it on.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Tags that switch it on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Helm's own note of whether it is switched on.
    #[serde(skip_serializing_if = "super::is_false")]
    pub enabled: bool,
    /// Which of its values go into those of the chart that needs it.
    #[serde(rename = "import-values", skip_serializing_if = "Vec::is_empty")]
    pub import_values: Vec<Value>,
    /// What it is called instead.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub alias: String,
}

impl Dependency {
    pub(super) fn from_value(value: &Value) -> Result<Dependency, MetadataError> {
        let fields = Fields::of(value)?;
        Ok(Dependency {
            name: fields.text("name")?,
            version: fields.text("version")?,
            repository: fields.text("repository")?,
            condition: fields.text("condition")?,
            tags: fields.texts("tags")?,
            enabled: fields.truth("enabled")?,
            import_values: fields.values("import-values")?,
            alias: fields.text("alias")?,
        })
    }

    /// The name that it goes by: its alias if it has one.
    pub fn called(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }
}
