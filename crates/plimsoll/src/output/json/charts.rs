//! The charts of a release.

use plimsoll_engine::domain::claim::Seal;
use serde::Serialize;

/// One chart of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReleasedChart {
    /// Its name in the project.
    pub name: String,
    /// What `Chart.yaml` calls it.
    pub chart: String,
    /// Where its content is, without tag: `ghcr.io/acme/charts/app`.
    pub repository: String,
    /// The address of the chart repository that lists it; null if none does.
    pub listed_in: Option<String>,
    /// Its version.
    pub version: String,
    /// The version of what it installs.
    pub app_version: String,
    /// The tag of its version; null if it is there by its digest alone.
    pub tag: Option<String>,
    /// The digest of its manifest.
    pub digest: String,
    /// The name of its package.
    pub package: String,
    /// The digest of its package.
    pub package_digest: String,
}

impl ReleasedChart {
    /// Where Helm finds it.
    pub fn address(&self) -> String {
        match (&self.tag, &self.listed_in) {
            (None, Some(url)) => url.clone(),
            _ => format!("oci://{}", self.repository),
        }
    }
}

/// The charts of a seal, by name.
pub fn charts_of(seal: &Seal) -> Vec<ReleasedChart> {
    let charts = seal.charts.iter().filter_map(|(name, sealed)| {
        let target = seal.targets.iter().find(|target| target.artifact == *name)?;
        Some(ReleasedChart {
            name: name.to_string(),
            chart: sealed.chart.clone(),
            repository: target.repository.to_string(),
            listed_in: sealed.listed_in.as_ref().map(|listed| listed.url.clone()),
            version: sealed.version.clone(),
            app_version: sealed.app_version.clone(),
            tag: target.version_tags.first().map(ToString::to_string),
            digest: seal.artifacts.get(name)?.to_string(),
            package: sealed.package_name(),
            package_digest: sealed.package.digest.to_string(),
        })
    });
    charts.collect()
}
