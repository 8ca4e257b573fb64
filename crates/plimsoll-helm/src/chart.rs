//! What a chart is: its metadata, its files, and the charts inside it.

use std::collections::BTreeMap;

mod assemble;
mod error;
mod lock;
mod metadata;

pub use error::ChartError;
pub use lock::{Lock, LockError, LockedDependency};
pub use metadata::{ApiVersion, Dependency, Maintainer, Metadata, MetadataError, Misspelt};

/// The file that makes a folder a chart.
pub const CHART_YAML: &str = "Chart.yaml";
/// The file with the default values.
pub const VALUES_YAML: &str = "values.yaml";
/// The file that says what values may be.
pub const VALUES_SCHEMA: &str = "values.schema.json";
/// The file with the versions that dependencies were resolved to.
pub const CHART_LOCK: &str = "Chart.lock";
/// The dependencies of charts of the first API version.
pub const REQUIREMENTS_YAML: &str = "requirements.yaml";
/// Their lock.
pub const REQUIREMENTS_LOCK: &str = "requirements.lock";

/// A file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartFile {
    /// Relative to the chart, with `/` between its parts; never `..`, never empty.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A chart, read and valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What `Chart.yaml` says, and `requirements.yaml` of old charts.
    pub metadata: Metadata,
    /// Its files in the order of a package, without those of the charts inside it.
    pub files: Vec<ChartFile>,
    /// The charts in its `charts/`, in the order of their names.
    pub subcharts: Vec<Chart>,
}

impl Chart {
    /// Makes a chart of its files, as Helm does: what lies in `charts/` becomes charts, packed or not.
    ///
    /// # Errors
    /// See [`ChartError`].
    pub fn from_files(files: Vec<ChartFile>) -> Result<Chart, ChartError> {
        assemble::assemble(files)
    }

    /// One of its own files.
    pub fn find_file(&self, path: &str) -> Option<&ChartFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The text of one of its own files; `None` if it is not there or no UTF-8.
    pub fn find_text(&self, path: &str) -> Option<&str> {
        let text = std::str::from_utf8(&self.find_file(path)?.bytes).ok()?;
        Some(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// The lock of its dependencies, if it has one.
    ///
    /// # Errors
    /// See [`LockError`].
    pub fn find_lock(&self) -> Result<Option<Lock>, LockError> {
        self.find_text(CHART_LOCK).or_else(|| self.find_text(REQUIREMENTS_LOCK)).map(Lock::parse).transpose()
    }

    /// Whether a lock was made from the dependencies that it declares. Helm 2 digested otherwise, which is not looked at.
    pub fn is_in_sync_with(&self, lock: &Lock) -> bool {
        self.metadata.api_version != ApiVersion::V2 || lock.is_in_sync_with(&self.metadata.dependencies)
    }

    /// The dependencies that it declares and does not have in `charts/`.
    pub fn missing_dependencies(&self) -> Vec<&Dependency> {
        let is_there =
            |wanted: &Dependency| self.subcharts.iter().any(|chart| chart.metadata.name == wanted.name);
        self.metadata.dependencies.iter().filter(|wanted| !is_there(wanted)).collect()
    }

    /// Whether two charts are the same but for how `Chart.yaml` is spelled, which tools print anew.
    pub fn has_content_of(&self, other: &Chart) -> bool {
        let files = |chart: &Chart| {
            let own = chart.files.iter().filter(|file| file.path != CHART_YAML);
            own.map(|file| (file.path.clone(), file.bytes.clone())).collect::<BTreeMap<_, _>>()
        };
        self.metadata == other.metadata
            && files(self) == files(other)
            && self.subcharts.len() == other.subcharts.len()
            && self.subcharts.iter().zip(&other.subcharts).all(|(one, other)| one.has_content_of(other))
    }

    /// The name of its package: `app-1.2.3.tgz`.
    pub fn package_name(&self) -> String {
        format!("{}-{}.tgz", self.metadata.name, self.metadata.version)
    }
}
