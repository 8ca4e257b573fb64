//! `Chart.yaml` (Helm's `pkg/chart/v2`, API versions 1 and 2).

mod dependency;
mod field;
mod validate;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

pub use dependency::Dependency;
use field::Fields;
pub use field::Misspelt;

/// What a chart says of itself. Serialised in the order and spelling of Helm's config blobs: empty fields are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// Its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// A page about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub home: String,
    /// Where its source is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// Its version: Semantic Versioning, read loosely.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// One sentence about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Who keeps it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maintainers: Vec<Maintainer>,
    /// The address of its picture.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub icon: String,
    /// Which rules it follows.
    pub api_version: ApiVersion,
    /// The path of a value that switches it on, as a part of another chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Tags that switch it on, as a part of another chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tags: String,
    /// The version of what it installs: any text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub app_version: String,
    /// Whether nobody should use it any more.
    #[serde(skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// Whatever others want to read.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Which Kubernetes it needs: a constraint.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kube_version: String,
    /// The charts it needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
    /// `application`, `library`, or empty.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

/// Somebody who keeps a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Maintainer {
    /// A name, or an account.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// An address to write to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// A page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// Which rules a chart follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ApiVersion {
    /// Charts of Helm 2: dependencies stand in `requirements.yaml`. What says nothing is one of these.
    #[default]
    V1,
    /// Charts of Helm 3 and 4.
    V2,
}

/// Why a mapping is no chart's metadata.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// It is no mapping.
    #[error("it is no mapping")]
    NoMapping,
    /// A field that must be there is not, or is empty.
    #[error("`{field}` is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field is of another kind than Helm reads.
    #[error("`{field}` is no {want}")]
    Kind {
        /// The field.
        field: String,
        /// What it should be.
        want: &'static str,
    },
    /// An API version that is neither 1 nor 2.
    #[error("apiVersion is `{found}`, not `v1` or `v2`")]
    ApiVersion {
        /// What it says.
        found: String,
    },
    /// A name that would be a path.
    #[error("`{name}` can't be a chart's name")]
    Name {
        /// The name.
        name: String,
    },
    /// A version that can't be ordered.
    #[error("`{version}` is no version")]
    Version {
        /// The version.
        version: String,
    },
    /// A type that is neither `application` nor `library`.
    #[error("type is `{kind}`, not `application` or `library`")]
    ChartType {
        /// What it says.
        kind: String,
    },
    /// An alias with characters other than letters, digits, `_` and `-`.
    #[error("`{alias}` can't be the alias of dependency `{name}`")]
    Alias {
        /// The dependency.
        name: String,
        /// The alias.
        alias: String,
    },
    /// Two dependencies go by one name.
    #[error("two dependencies are called `{name}`")]
    SameDependency {
        /// The name or alias.
        name: String,
    },
}

impl Metadata {
    /// Reads what a `Chart.yaml` says. What Helm does not know is passed over; what it takes for text becomes text,
    /// numbers too. Nothing is [validated](Metadata::validate).
    ///
    /// # Errors
    /// A field is of another kind than Helm reads, or an API version that nobody knows.
    pub fn from_value(value: &Value) -> Result<Metadata, MetadataError> {
        let fields = Fields::of(value)?;
        Ok(Metadata {
            name: fields.text("name")?,
            home: fields.text("home")?,
            sources: fields.texts("sources")?,
            version: fields.text("version")?,
            description: fields.text("description")?,
            keywords: fields.texts("keywords")?,
            maintainers: fields.list("maintainers", Maintainer::from_value)?,
            icon: fields.text("icon")?,
            api_version: parse_api_version(fields.text("apiVersion")?)?,
            condition: fields.text("condition")?,
            tags: fields.text("tags")?,
            app_version: fields.text("appVersion")?,
            deprecated: fields.truth("deprecated")?,
            annotations: fields.texts_by_key("annotations")?,
            kube_version: fields.text("kubeVersion")?,
            dependencies: fields.list("dependencies", Dependency::from_value)?,
            kind: fields.text("type")?,
        })
    }

    /// Takes the dependencies from a `requirements.yaml`.
    ///
    /// # Errors
    /// A field is of another kind than Helm reads.
    pub fn read_requirements(&mut self, value: &Value) -> Result<(), MetadataError> {
        if *value != Value::Null {
            self.dependencies = Fields::of(value)?.list("dependencies", Dependency::from_value)?;
        }
        Ok(())
    }

    /// Says whether Helm would take it for a chart's, and what it would not.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate(&self) -> Result<(), MetadataError> {
        validate::validate(self)
    }
}

impl Maintainer {
    fn from_value(value: &Value) -> Result<Maintainer, MetadataError> {
        let fields = Fields::of(value)?;
        Ok(Maintainer { name: fields.text("name")?, email: fields.text("email")?, url: fields.text("url")? })
    }
}

fn parse_api_version(text: String) -> Result<ApiVersion, MetadataError> {
    match text.as_str() {
        // Charts of Helm 2 did not have to say it.
        "" | "v1" => Ok(ApiVersion::V1),
        "v2" => Ok(ApiVersion::V2),
        _ => Err(MetadataError::ApiVersion { found: text }),
    }
}

fn is_false(truth: &bool) -> bool {
    !truth
}

#[cfg(test)]
mod tests;
