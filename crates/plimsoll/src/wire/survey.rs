//! What is on this machine, for who wants to know before it is needed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::event::{Unwatched, Watcher};
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::inspector::InspectionError;
use plimsoll_engine::world::scanner::ScanError;
use plimsoll_http::secret::Redactor;

pub use crate::adapters::builder::survey::{BuilderFound, Running, Runs};
pub use crate::adapters::helm::HelmLint;
pub use crate::adapters::tools::Tool;

use crate::adapters::builder::{host_platform, survey};
use crate::adapters::containers::Containers;
use crate::adapters::errand::Errands;
use crate::adapters::gate::Stop;
use crate::adapters::helm::HelmProgram;
use crate::adapters::{syft, tools};
use crate::config::BuildSettings;
use crate::variables::Variables;

/// Looks at this machine.
pub struct Surveyor(Errands);

impl Surveyor {
    /// Someone who sees these variables.
    pub fn new(variables: &Variables, redactor: &Redactor, stop: &Stop) -> Surveyor {
        let watcher: Arc<dyn Watcher> = Arc::new(Unwatched);
        Surveyor(Errands::new(Path::new("."), PathBuf::new(), stop, variables, redactor, &watcher))
    }

    /// Every program that is used where it is there.
    pub async fn find_tools(&self) -> Vec<Tool> {
        tools::find_tools(&self.0).await
    }

    /// Whether what is in images can be listed.
    ///
    /// # Errors
    /// Why not.
    pub async fn check_scanner(&self) -> Result<(), ScanError> {
        syft::check(&self.0).await
    }

    /// Whether an image that was made here can be run, for its smoke command.
    ///
    /// # Errors
    /// Nothing runs images here.
    pub async fn check_smoke(&self, image: &ArtifactName, command: &[String]) -> Result<(), InspectionError> {
        let found = Containers::find(&self.0, host_platform()).await;
        let (command, image) = (command.join(" "), Some(image.clone()));
        found.map(|_| ()).map_err(|why| InspectionError::NothingRuns { command, image, why })
    }

    /// What `helm lint` prints of a chart's folder; `None` if there is no Helm.
    ///
    /// # Errors
    /// It did not come to an end.
    pub async fn lint_chart(&self, folder: &Path, manner: HelmLint) -> Result<Option<String>, WorldError> {
        HelmProgram::new(&self.0).lint(folder, manner).await
    }

    /// Every builder, in the order in which they are tried.
    pub async fn find_builders(&self, settings: &BuildSettings) -> Vec<BuilderFound> {
        survey::find_builders(settings, &self.0).await
    }
}
