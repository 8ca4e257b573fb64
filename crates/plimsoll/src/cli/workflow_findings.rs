//! What `check` says of the workflows of a repository.

use std::io;
use std::path::Path;

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Diagnostic, Place};
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::domain::project::Image;
use plimsoll_engine::run::mirrors::repositories;

use super::ending::Failure;
use super::session::Session;
use super::subject::Subject;
use crate::config::found::{PLACES, read_text};
use crate::config::{host_of, owner_and_name};
use crate::explain::Explain as _;
use crate::setup::from_workflows::{GoreleaserFile, WorkflowFile, called_files};
use crate::setup::holdings::{find_goreleaser, is_workflow};
use crate::setup::pipeline_files;
use crate::setup::workflow_check::{Own, OwnImage, Present, builds_on_arm, findings};
use crate::setup::workflows::needs::Needs;
use crate::wire::find_inside;

/// The patterns of git that find workflows, pipelines and GoReleaser's file with what names its project.
const PATTERNS: [&str; 6] = ["*.yml", "*.yaml", "go.mod", "*/go.mod", "Cargo.toml", "*/Cargo.toml"];

/// The workflows of a working tree, read once, and whose they are.
pub(super) struct Workflows {
    files: Vec<WorkflowFile>,
    /// The pipeline of GitLab, and the files that it includes.
    pipeline: Vec<WorkflowFile>,
    /// The files of the repository that the workflows call.
    called: Vec<WorkflowFile>,
    /// GoReleaser's file.
    goreleaser: Option<GoreleaserFile>,
    /// What is said of those that can't be read.
    unreadable: Findings,
    own: Own,
}

impl Workflows {
    pub(super) async fn read(session: &Session<'_>, subject: &Subject) -> Result<Workflows, Failure> {
        let paths = subject.repository.find_unignored_files(&PATTERNS).await;
        let paths = paths.map_err(|error| error.explain(&subject.asked))?;
        let root = subject.repository.root();
        let read = |path: &str| read_text(&root.join(path)).ok();
        let pipeline = pipeline_files::find(&paths, &read);
        let mut files = Vec::new();
        let mut unreadable = Findings::new();
        for path in paths.iter().filter(|path| is_workflow(path)) {
            match read_text(&root.join(path)) {
                Ok(text) => files.push(WorkflowFile { path: path.clone(), text }),
                // It was removed, and that is not committed yet.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => unreadable.add(
                    Diagnostic::warning(Code::WorkflowInvalid, format!("`{path}` can't be read"))
                        .because(error)
                        .at(Place::of_file(path))
                        .help("what it does is not known here: compare it with what is released"),
                ),
            }
        }
        let called = called_files::find(&files, &|path| read_called(root, path));
        let goreleaser = find_goreleaser(&files, &paths, &read);
        let own = own(session, subject).await;
        Ok(Workflows { files, pipeline, called, goreleaser, unreadable, own })
    }

    /// Holds them against the configuration.
    pub(super) fn findings(&self, subject: &Subject) -> Findings {
        let Workflows { files, pipeline, called, goreleaser, unreadable, own } = self;
        if files.is_empty() && pipeline.is_empty() {
            return unreadable.clone();
        }
        let present = Present { workflows: files, pipeline, called, goreleaser: goreleaser.as_ref() };
        let mut found: Findings = findings(present, &Needs::of(&subject.config), own).into_iter().collect();
        found.extend(unreadable.clone());
        found
    }

    /// Whether they build what is for arm64 on machines of that kind.
    pub(super) fn build_on_arm(&self) -> bool {
        !self.files.is_empty() && builds_on_arm(&self.files, &self.own)
    }
}

/// A file that a workflow calls; none where nothing of that name lies in the repository.
pub(super) fn read_called(root: &Path, path: &str) -> Option<String> {
    let place = find_inside(root, path).ok().flatten()?;
    if !place.is_file() { None } else { read_text(&place).ok() }
}

async fn own(session: &Session<'_>, subject: &Subject) -> Own {
    let project = subject.project();
    let remote = subject.repository.read_remote(None).await.ok().map(|remote| remote.shown());
    let named = session.config.as_ref().map(|path| path.display().to_string());
    Own {
        config: named.filter(|path| !PLACES.contains(&path.trim_start_matches("./"))),
        registry: remote.as_deref().and_then(gitlab_registry),
        branch: subject.repository.find_default_branch().await.ok().flatten(),
        repository: project.source.as_deref().and_then(owner_and_name),
        repositories: repositories(project).keys().map(ToString::to_string).collect(),
        images: project.images.iter().map(own_image).collect(),
        charts: !project.charts.is_empty(),
        pages: project.pages != PagePolicy::Never,
    }
}

fn own_image(image: &Image) -> OwnImage {
    OwnImage {
        repositories: image.repositories().map(ToString::to_string).collect(),
        rules: image.tags.rule_set(),
    }
}

/// What GitLab calls the registry of a project, as far as its address says.
fn gitlab_registry(address: &str) -> Option<String> {
    let path = owner_and_name(address)?.to_lowercase();
    Some(format!("registry.{}/{path}", host_of(address)?))
}
