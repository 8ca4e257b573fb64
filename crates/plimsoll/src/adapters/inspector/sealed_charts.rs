//! The charts of a release, for gates: each as the package that it is, in a folder that goes when they have run.

use std::collections::BTreeMap;

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::workshop::missing;
use plimsoll_helm::CHART_LIMIT;
use plimsoll_helm::oci::CHART;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, StoreError};
use tempfile::TempDir;

use crate::adapters::files::file_error;

/// Packages on disk.
pub(super) struct SealedCharts {
    folder: TempDir,
    /// Where each lies.
    pub(super) packages: BTreeMap<ArtifactName, String>,
}

impl SealedCharts {
    /// Writes the package of every artifact that is a chart.
    pub(super) async fn write(
        pull: &dyn Pull,
        artifacts: &BTreeMap<ArtifactName, Digest>,
    ) -> Result<SealedCharts, WorldError> {
        let folder = tempfile::Builder::new().prefix("plimsoll-charts-").tempdir();
        let folder = folder.map_err(|error| file_error(&std::env::temp_dir(), &error))?;
        let mut charts = SealedCharts { folder, packages: BTreeMap::new() };
        for (name, root) in artifacts {
            if let Some(package) = read_package(pull, root).await? {
                charts.add(name, &package)?;
            }
        }
        Ok(charts)
    }

    fn add(&mut self, name: &ArtifactName, package: &[u8]) -> Result<(), WorldError> {
        let path = self.folder.path().join(format!("{name}.tgz"));
        std::fs::write(&path, package).map_err(|error| file_error(&path, &error))?;
        self.packages.insert(name.clone(), path.display().to_string());
        Ok(())
    }
}

/// The package of an artifact; `None` if it is no chart.
async fn read_package(pull: &dyn Pull, root: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
    let manifest = pull.manifest(root).await?.ok_or_else(|| missing(root))?;
    let Some(package) = manifest.blobs().find(|blob| blob.media_type == CHART) else { return Ok(None) };
    let content = pull.blob(package).await?.ok_or_else(|| missing(&package.digest))?;
    Ok(Some(read_whole(&*content, CHART_LIMIT).await?.to_vec()))
}
