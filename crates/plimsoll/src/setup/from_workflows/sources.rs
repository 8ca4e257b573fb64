//! What releases today, as it lies in the repository.

use std::collections::BTreeMap;

use super::expression::Known;
use super::goreleaser::GoreleaserFile;
use super::pipeline::{self, Pipeline, PipelineHome};
use super::releases;
use super::set_aside::set_aside;
use super::workflow::{Workflow, called};

/// A workflow as it lies in the repository.
#[derive(Clone, Debug, Default)]
pub(crate) struct WorkflowFile {
    /// Its path from the repository's root.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// What releases today.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::setup) struct Sources<'a> {
    /// Workflows of GitHub, Gitea and Forgejo.
    pub(in crate::setup) workflows: &'a [WorkflowFile],
    /// The pipeline of GitLab, and the files that it includes.
    pub(in crate::setup) pipeline: &'a [WorkflowFile],
    /// GoReleaser's file.
    pub(in crate::setup) goreleaser: Option<&'a GoreleaserFile>,
    /// Files that say what `docker buildx bake` makes.
    pub(in crate::setup) bakes: &'a [WorkflowFile],
    /// Files of the repository that the workflows call.
    pub(in crate::setup) called: &'a [WorkflowFile],
    /// `owner/name`, where that is known.
    pub(in crate::setup) repository: Option<&'a str>,
    /// What image repositories of the project begin with.
    pub(in crate::setup) registry: Option<&'a str>,
    /// The default branch.
    pub(in crate::setup) branch: Option<&'a str>,
    /// The git tags that there are.
    pub(in crate::setup) tags: &'a [String],
}

impl Sources<'_> {
    /// What all jobs know of the repository.
    fn known(&self) -> BTreeMap<String, String> {
        let branch = self.branch.map(|name| ("github.event.repository.default_branch", name.to_owned()));
        let tags = Some((releases::TAGS, releases::notable(self.tags)));
        branch.into_iter().chain(tags).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// Workflows that were read.
pub(super) struct Read<'a> {
    pub(super) workflows: Vec<(&'a WorkflowFile, Workflow)>,
    /// Those that push, and none of whose occasions is one of today's releases.
    pub(super) aside: Vec<String>,
}

pub(super) fn read_workflows<'a>(sources: &Sources<'a>, left: &mut Vec<String>) -> Read<'a> {
    let mut read = Vec::new();
    let home = sources.known();
    for file in sources.workflows {
        match Workflow::parse(file, sources.called) {
            Ok(workflow) => read.push((file, workflow.at_home(&home, sources.bakes))),
            Err(error) => left.push(format!("{error}")),
        }
    }
    let mut workflows = called(read, sources.repository, left);
    let known = Known { values: &home, repository: sources.repository };
    let aside = set_aside(&mut workflows, &known, left);
    Read { workflows, aside }
}

pub(super) fn read_pipeline(sources: &Sources<'_>) -> Pipeline {
    let name = sources.repository.and_then(|path| path.rsplit('/').next()).unwrap_or("app").to_lowercase();
    let is_there = |registry: &&str| registry.ends_with(&format!("/{name}"));
    let registry_image = sources.registry.map(|registry| match Some(registry).filter(is_there) {
        Some(registry) => registry.to_owned(),
        None => format!("{registry}/{name}"),
    });
    let (repository, branch, tags) = (sources.repository, sources.branch, sources.tags);
    let home = PipelineHome { repository, registry_image, branch, tags };
    pipeline::read(sources.pipeline, &home)
}
