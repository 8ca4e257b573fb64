//! Helm as it is installed: renders charts, knows nothing of the user's own repositories and plugins.

use std::path::Path;
use std::time::Duration;

use plimsoll_engine::world::chart_program::{ChartProgram, Preset, RenderOrder, Rendered};
use plimsoll_engine::world::error::FileProblem;
use plimsoll_engine::world::{Work, WorldError};

use super::errand::Errands;
use super::files::file_error;
use super::process::ProcessError;

/// How long one rendering may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// The folders that Helm would otherwise have in the user's home.
const HOMES: [&str; 3] = ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"];
/// The name of the release that charts are rendered for; it is never installed.
const RELEASE: &str = "release";

/// The program `helm`.
pub(crate) struct HelmProgram(Errands);

impl HelmProgram {
    /// Helm as the variables of these errands find it.
    pub(crate) fn new(errands: &Errands) -> HelmProgram {
        HelmProgram(errands.clone())
    }

    async fn render_all(&self, order: RenderOrder<'_>) -> Result<Option<Vec<Rendered>>, WorldError> {
        let folder = tempfile::Builder::new().prefix("plimsoll-chart-").tempdir();
        let folder = folder.map_err(|error| file_error(&std::env::temp_dir(), &error))?;
        let package = folder.path().join(order.name);
        std::fs::write(&package, order.package).map_err(|error| file_error(&package, &error))?;
        let mut rendered = Vec::new();
        for preset in std::iter::once(None).chain(order.presets.iter().map(Some)) {
            match self.render_one(folder.path(), &package, preset).await? {
                Some(text) => {
                    rendered.push(Rendered { preset: preset.map(|preset| preset.path.clone()), text });
                }
                None => return Ok(None),
            }
        }
        Ok(Some(rendered))
    }

    /// What Helm prints, or says instead; `None` if there is no Helm.
    async fn render_one(
        &self,
        folder: &Path,
        package: &Path,
        preset: Option<&Preset>,
    ) -> Result<Option<Result<String, String>>, WorldError> {
        let mut call = self.0.call("helm", &[]).args(["template", RELEASE]).arg(package);
        if let Some(preset) = preset {
            let values = folder.join("values.yaml");
            std::fs::write(&values, &preset.bytes).map_err(|error| file_error(&values, &error))?;
            call = call.arg("--values").arg(values);
        }
        for home in HOMES {
            call = call.set(home, folder.join(home).into_os_string());
        }
        Ok(match call.patience(PATIENCE).run().await {
            Ok(output) if output.code == Some(0) => {
                Some(String::from_utf8(output.stdout).map_err(|_| "it printed no text".to_owned()))
            }
            Ok(output) => Some(Err(output.stderr.trim().to_owned())),
            Err(ProcessError::Missing { .. }) => None,
            Err(error) => Some(Err(error.to_string())),
        })
    }
}

/// Whether Helm takes warnings for errors, and values that are missing too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelmLint {
    /// It does.
    Strict,
    /// It does not.
    Lenient,
}

impl HelmProgram {
    /// What `helm lint` prints of a chart's folder; `None` if there is no Helm.
    ///
    /// # Errors
    /// It did not come to an end.
    pub(crate) async fn lint(&self, folder: &Path, manner: HelmLint) -> Result<Option<String>, WorldError> {
        let homes = tempfile::Builder::new().prefix("plimsoll-chart-").tempdir();
        let homes = homes.map_err(|error| file_error(&std::env::temp_dir(), &error))?;
        let strict = (manner == HelmLint::Strict).then_some("--strict");
        let mut call = self.0.call("helm", &[]).arg("lint").args(strict).arg(folder);
        for home in HOMES {
            call = call.set(home, homes.path().join(home).into_os_string());
        }
        match call.patience(PATIENCE).run().await {
            Ok(output) => {
                let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
                // A chart that can't even be loaded is told of where errors are.
                if output.code != Some(0) && !said.contains("[ERROR]") && !said.contains("[WARNING]") {
                    said = format!("[ERROR] {}", output.stderr.trim());
                }
                Ok(Some(said))
            }
            Err(ProcessError::Missing { .. }) => Ok(None),
            Err(error) => {
                let (path, why) = ("helm".to_owned(), error.to_string());
                Err(WorldError::File { path, why, kind: FileProblem::Broken })
            }
        }
    }
}

impl ChartProgram for HelmProgram {
    fn is_there(&self) -> Work<'_, bool> {
        Box::pin(async {
            let asked = self.0.call("helm", &[]).args(["version", "--short"]).run().await;
            Ok(!matches!(asked, Err(ProcessError::Missing { .. })))
        })
    }

    fn render<'a>(&'a self, order: RenderOrder<'a>) -> Work<'a, Option<Vec<Rendered>>, WorldError> {
        Box::pin(self.render_all(order))
    }
}
