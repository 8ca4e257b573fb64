//! Why files are no chart.

use super::metadata::MetadataError;
use crate::archive::ArchiveError;
use crate::yaml::YamlError;

/// Why files are no chart.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// There is no `Chart.yaml`.
    #[error("there is no Chart.yaml")]
    NoChartYaml,
    /// A file that must be text is not.
    #[error("{file} is not UTF-8")]
    NotText {
        /// The file.
        file: &'static str,
    },
    /// A file is no YAML that can be worked with.
    #[error("{file}: {error}")]
    Yaml {
        /// The file.
        file: &'static str,
        /// Why.
        error: YamlError,
    },
    /// What `Chart.yaml` or `requirements.yaml` says makes no chart.
    #[error("{file}: {error}")]
    Metadata {
        /// The file.
        file: &'static str,
        /// Why.
        error: MetadataError,
    },
    /// `values.yaml` is a list or a single value.
    #[error("values.yaml is no mapping")]
    ValuesNoMapping,
    /// `values.schema.json` is no JSON.
    #[error("values.schema.json is no JSON: {error}")]
    SchemaNoJson {
        /// What the parser says.
        error: String,
    },
    /// A chart of the second API version has a `requirements.yaml`, which Helm would take the dependencies from.
    #[error("a chart of apiVersion v2 has its dependencies in Chart.yaml, not in requirements.yaml")]
    Requirements,
    /// Something in `charts/` is no chart.
    #[error("charts/{entry}: {error}")]
    Subchart {
        /// The folder or archive in `charts/`.
        entry: String,
        /// Why.
        error: Box<ChartError>,
    },
    /// An archive in `charts/` can't be read.
    #[error("charts/{entry}: {error}")]
    SubchartArchive {
        /// The archive in `charts/`.
        entry: String,
        /// Why.
        error: Box<ArchiveError>,
    },
    /// Two charts in `charts/` have one name, so that one would lie over the other.
    #[error("charts/ has two charts called `{name}`")]
    SameSubchart {
        /// The name.
        name: String,
    },
    /// Charts lie in charts deeper than anybody needs.
    #[error("charts lie more than {limit} deep in one another")]
    TooDeep {
        /// How deep they may.
        limit: usize,
    },
    /// Charts inside charts have more bytes together than a chart may have.
    #[error("the chart has more than {limit} bytes unpacked, or more than {files} files", limit = crate::CHART_LIMIT, files = crate::FILES_LIMIT)]
    TooLarge,
}

impl ChartError {
    /// The file and line that the error is about, where it is about one of the chart itself.
    pub fn place(&self) -> Option<(&'static str, Option<usize>)> {
        match self {
            Self::NotText { file } => Some((file, None)),
            Self::Yaml { file, error } => Some((file, error.line())),
            Self::Metadata { file, .. } => Some((file, None)),
            Self::ValuesNoMapping => Some((super::VALUES_YAML, None)),
            Self::SchemaNoJson { .. } => Some((super::VALUES_SCHEMA, None)),
            Self::Requirements => Some((super::REQUIREMENTS_YAML, None)),
            Self::NoChartYaml
            | Self::Subchart { .. }
            | Self::SubchartArchive { .. }
            | Self::SameSubchart { .. }
            | Self::TooDeep { .. }
            | Self::TooLarge => None,
        }
    }
}
