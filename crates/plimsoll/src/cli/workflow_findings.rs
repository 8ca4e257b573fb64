//! What `check` says of the workflows of a repository.

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::run::mirrors::repositories;

use super::ending::Failure;
use super::subject::Subject;
use crate::config::found::read_text;
use crate::config::owner_and_name;
use crate::explain::Explain as _;
use crate::setup::from_workflows::WorkflowFile;
use crate::setup::holdings::is_workflow;
use crate::setup::workflow_check::{Own, findings};
use crate::setup::workflows::needs::Needs;

/// Holds the workflows of the working tree against the configuration.
pub(super) async fn workflow_findings(subject: &Subject) -> Result<Findings, Failure> {
    let paths = subject.repository.find_unignored_files(&["*.yml", "*.yaml"]).await;
    let paths = paths.map_err(|error| error.explain(&subject.asked))?;
    let root = subject.repository.root();
    let read = |path: String| {
        // A workflow that can't be read is none that the forge runs.
        let text = read_text(&root.join(&path)).ok()?;
        Some(WorkflowFile { path, text })
    };
    let files: Vec<WorkflowFile> =
        paths.into_iter().filter(|path| is_workflow(path)).filter_map(read).collect();
    if files.is_empty() {
        return Ok(Findings::new());
    }
    let project = subject.project();
    let own = Own {
        repository: project.source.as_deref().and_then(owner_and_name),
        repositories: repositories(project).keys().map(ToString::to_string).collect(),
        charts: !project.charts.is_empty(),
        pages: project.pages != PagePolicy::Never,
    };
    Ok(findings(&files, &Needs::of(&subject.config), &own).into_iter().collect())
}
