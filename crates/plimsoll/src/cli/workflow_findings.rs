//! What `check` says of the workflows of a repository.

use std::fs;
use std::io::Read as _;

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::run::mirrors::repositories;

use super::ending::Failure;
use super::subject::Subject;
use crate::config::found::MAX_SIZE;
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
        let mut text = String::new();
        // A workflow that can't be read is none that the forge runs.
        fs::File::open(root.join(&path)).ok()?.take(MAX_SIZE).read_to_string(&mut text).ok()?;
        Some(WorkflowFile { path, text })
    };
    let files: Vec<WorkflowFile> =
        paths.into_iter().filter(|path| is_workflow(path)).filter_map(read).collect();
    if files.is_empty() {
        return Ok(Findings::new());
    }
    let project = subject.project();
    let web = project.source.as_deref().and_then(|source| source.split_once("://"));
    let own = Own {
        repository: web.and_then(|(_, rest)| Some(rest.split_once('/')?.1.trim_end_matches('/').to_owned())),
        repositories: repositories(project).keys().map(ToString::to_string).collect(),
        charts: !project.charts.is_empty(),
        pages: project.pages != PagePolicy::Never,
    };
    Ok(findings(&files, &Needs::of(&subject.config), &own).into_iter().collect())
}
