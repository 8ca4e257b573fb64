//! A configuration drafted from workflows of GitHub Actions, pipelines of GitLab, and GoReleaser's file.
//!
//! | module | does |
//! |---|---|
//! | [`sources`] | are what is read |
//! | [`workflow`] | reads what sets a workflow off, and its steps |
//! | [`around`] | says what stands around what is published: gates, conditions, other work |
//! | [`deployments`] | says which environments follow releases |
//! | [`condition`], [`narrowed`] | say on which occasions something runs |
//! | [`runner`] | says which platform a job builds for by itself |
//! | [`set_aside`] | takes out what git tags set off that are no releases of today |
//! | [`releases`] | has the git tags that conditions are judged by |
//! | [`expression`] | puts in what is known of `${{ … }}` |
//! | [`guarded`] | reads names that a script gives where tests of its shell let it |
//! | [`joined`] | makes one image of those of one platform each that are joined by their tags |
//! | [`guessed`] | says what names stand for of which nothing else says it |
//! | [`occasions`] | says what an expression comes to on each occasion |
//! | [`matrix`] | crosses the axes of a job's matrix |
//! | [`bake`] | reads what files of `docker buildx bake` say of targets |
//! | [`image`] | finds images in the steps that make and push them |
//! | [`variant`] | tells images apart that go to one repository |
//! | [`tables`] | says which occasions set a workflow off |
//! | [`rules`] | says which rules stand under which occasion |
//! | [`pushes`] | says of every push what became of it |
//! | [`release_pages`] | says who makes release pages, and what of them no release does |
//! | [`references`] | holds what images would push against what steps push |
//! | [`unseen`] | has what steps run that is not read |
//! | [`logins`] | says who logs in where |
//! | [`script`], [`scripted`] | read what scripts build and push |
//! | [`spelled`] | reads names and tags that are written out |
//! | [`tag_words`] | says what stands in scripts for the git tag and its version |
//! | [`places`] | keeps what is known of names that only the forge knows whole |
//! | [`retagged`] | has images built as those are that they are names of |
//! | [`pipeline`] | reads a pipeline of GitLab as workflows |
//! | [`goreleaser`] | reads the images of GoReleaser's own file |
//! | [`called_files`], [`makefile`] | find and read what steps call in the repository |
//! | [`builder_inputs`] | reads what a build is given: caches, secrets, further contexts |
//! | [`chart_releaser`] | says which charts a push to a branch releases |
//! | [`chart_pushes`] | says which charts steps push, where to, when, and with whose numbers |
//!
//! What can't be carried over is never dropped: it is told, and stands in the file as a comment.

mod around;
mod bake;
mod builder_inputs;
pub(crate) mod called_files;
mod chart_pushes;
mod chart_releaser;
mod condition;
mod deployments;
mod expression;
mod goreleaser;
mod guarded;
mod guessed;
mod image;
mod joined;
mod logins;
mod makefile;
mod matrix;
mod narrowed;
mod occasions;
mod pairs;
mod pipeline;
mod places;
mod pushes;
mod references;
mod release_pages;
mod releases;
mod retagged;
mod rules;
mod runner;
pub(in crate::setup) mod script;
mod scripted;
mod set_aside;
mod sources;
mod spelled;
mod tables;
mod tag_words;
mod unseen;
mod variant;
pub(in crate::setup) mod workflow;

use std::collections::BTreeSet;

pub(super) use around::{DraftGate, Stage};
pub(super) use builder_inputs::Given;
pub(super) use chart_pushes::{ChartNames, ChartPlace, ChartPushes, NumbersFrom, SaidVersion};
pub(super) use chart_releaser::ChartReleaser;
pub(super) use deployments::{DraftDeployment, Occasion};
use goreleaser::Environment;
pub(crate) use goreleaser::GoreleaserFile;
pub(super) use image::{DraftImage, Pushed};
pub(super) use logins::{Login, Part};
pub(super) use narrowed::is_for_tags_alone;
pub(super) use places::{Guess, as_written, is_open, known_parts};
pub(super) use pushes::Push;
#[cfg(test)]
pub(super) use pushes::settled;
#[cfg(test)]
pub(super) use references::{Reference, references_at};
pub(super) use references::{Sent, is_left_out_for_zero, tags_of};
pub(super) use release_pages::Page;
use release_pages::PageRemarks;
pub(super) use releases::is_of_releases;
pub(super) use rules::{DraftRule, Rules};
pub(super) use sources::Sources;
pub(crate) use sources::WorkflowFile;
pub(super) use unseen::Unseen;
pub(super) use variant::name_apart;

use pipeline::PipelineJob;
pub(super) use pipeline::{Examined, examine, find_lines};
use sources::{Read, read_pipeline, read_workflows};
use workflow::{Step, Workflow};

/// What workflows do, as far as a configuration can say it.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    /// The workflows that do it.
    pub(super) files: Vec<String>,
    /// The images that they push.
    pub(super) images: Vec<DraftImage>,
    /// What publishes charts; none: nothing does.
    pub(super) charts: Option<ChartPushes>,
    /// What releases charts when a branch is pushed.
    pub(super) chart_releasers: Vec<ChartReleaser>,
    /// Images of which is not known where they go.
    pub(super) homeless: Vec<DraftImage>,
    /// Images of which only outputs of steps decide whether they are pushed.
    undecided: Vec<DraftImage>,
    /// Workflows that push images in a way that is not understood.
    pub(super) unread: Vec<String>,
    /// Images that something else is put into, with the workflow that does it.
    pub(super) copies: Vec<(String, DraftImage)>,
    /// What steps of workflows run that is not read, and that may push images by its name.
    pub(super) unseen: Vec<Unseen>,
    /// What is said of workflows that run for releases and publish nothing that is known of.
    bystanders: Vec<(String, String)>,
    /// Every push that they contain, and what became of it.
    pub(super) pushes: Vec<Push>,
    /// What they push, reference by reference.
    pub(super) sent: Vec<Sent>,
    /// Repositories that something is pushed to which is not built there.
    pub(super) strange: Vec<String>,
    /// Patterns of the git tags that set them off.
    pub(super) git_tags: BTreeSet<String>,
    /// Whether what is set off by prereleases makes images, too; none: nothing is known of it.
    pub(super) releases_prereleases: Option<bool>,
    /// Patterns of the git tags that set off those that publish charts alone.
    pub(super) chart_tags: BTreeSet<String>,
    /// Who logs in where.
    pub(super) logins: Vec<Login>,
    /// Whether they make a release page, or are set off by one.
    pub(super) page: Option<Page>,
    /// What is said of pages once it is known who makes them.
    page_remarks: PageRemarks,
    /// What has to succeed before something is released.
    pub(super) gates: Vec<DraftGate>,
    /// The environments that follow releases.
    pub(super) deployments: Vec<DraftDeployment>,
    /// What could not be carried over.
    pub(super) left: Vec<String>,
}

/// Reads what releases today. A file that can't be read is told.
pub(super) fn carry(sources: &Sources<'_>) -> Carried {
    let mut carried = Carried::default();
    let Read { workflows, aside } = read_workflows(sources, &mut carried.left);
    let unreadable = pushes::find_unreadable(sources.workflows, &workflows);
    let given = Environment::of(workflows.iter().map(|(_, workflow)| workflow), sources.repository);
    carried.unread.extend(unreadable.into_iter().filter(|path| !aside.contains(path)).chain(aside.clone()));
    for (file, workflow) in workflows {
        carried.add_elsewhere(file, &workflow, sources.repository);
        carried.add_workflow(file, &workflow, sources);
    }
    if let Some(goreleaser) = sources.goreleaser {
        carried.add_goreleaser(goreleaser, sources.repository, &given);
    }
    if !sources.pipeline.is_empty() {
        carried.add_pipeline(sources);
    }
    carried.settle_undecided();
    carried.finish(sources);
    carried.settle_references();
    carried
}

/// Reads workflows one by one, each as its callers call it.
pub(super) fn carry_each<'a>(sources: &Sources<'a>) -> Vec<(&'a WorkflowFile, Carried)> {
    let mut each: Vec<(&WorkflowFile, Carried)> = Vec::new();
    for (file, workflow) in read_workflows(sources, &mut Vec::new()).workflows {
        if each.last().is_none_or(|(last, _)| last.path != file.path) {
            each.push((file, Carried::default()));
        }
        if let Some((_, carried)) = each.last_mut() {
            carried.add_workflow(file, &workflow, sources);
            carried.add_of_goreleaser(&workflow, sources.goreleaser, sources.repository);
        }
    }
    each.iter_mut().for_each(|(_, carried)| carried.finish(sources));
    each
}

/// What one job of a pipeline of GitLab does.
pub(super) struct CarriedJob {
    pub(super) name: String,
    /// The file that it stands in.
    pub(super) path: String,
    pub(super) carried: Carried,
}

/// Reads a pipeline of GitLab job by job.
pub(super) fn carry_jobs(sources: &Sources<'_>) -> Vec<CarriedJob> {
    let carry = |job: PipelineJob| {
        let mut carried = Carried::default();
        carried.add_pipeline_job(&job, sources);
        carried.settle_copies();
        CarriedJob { name: job.name, path: job.path, carried }
    };
    read_pipeline(sources).jobs.into_iter().filter(|job| !job.is_aside).map(carry).collect()
}

impl Carried {
    fn add_workflow(&mut self, file: &WorkflowFile, workflow: &Workflow, sources: &Sources<'_>) {
        let repository = sources.repository;
        // What follows a page that is there comes before nothing.
        let makes_page = workflow.steps().any(Step::makes_page) && !workflow.follows_pages();
        self.add_pages(file, workflow, repository);
        let by_goreleaser = workflow.runs_goreleaser() && sources.goreleaser.is_some();
        if by_goreleaser && !workflow.publishes() {
            // What it makes is read in its own file.
            self.add(file, workflow, repository);
            self.git_tags.extend(workflow.triggers.tags.iter().flatten().cloned());
            self.chart_tags.retain(|pattern| !self.git_tags.contains(pattern));
            return;
        }
        self.add_unseen(file, workflow);
        if !workflow.publishes() {
            self.add_pushes(&file.path, pushes::unread(workflow));
            if workflow.pushes_unread() {
                self.unread.push(file.path.clone());
            } else if makes_page {
                self.look_around(file, workflow, repository);
            } else if let Some(told) = around::tell_bystanders(&file.path, workflow) {
                self.bystanders.push((file.path.clone(), told));
            }
            return;
        }
        self.add(file, workflow, repository);
    }

    fn add(&mut self, file: &WorkflowFile, workflow: &Workflow, repository: Option<&str>) {
        if !self.files.contains(&file.path) {
            self.files.push(file.path.clone());
        }
        if workflow.triggers.release.is_some() {
            self.page = Some(Page::ByHand);
        }
        let mut found = image::find(workflow, repository);
        for image in &mut found.homeless {
            image.git_tags.extend(workflow.triggers.tags.iter().flatten().cloned());
        }
        let makes_images = !found.images.is_empty() || !found.homeless.is_empty();
        let of_charts = found.charts.as_ref().map(ChartPushes::git_tags).unwrap_or_default();
        let of_images: BTreeSet<&String> =
            found.images.iter().chain(&found.homeless).flat_map(|image| &image.git_tags).collect();
        for pattern in workflow.triggers.tags.iter().flatten() {
            // A workflow may be for several families, and a part of it for one of them.
            let is_of_charts = of_charts.contains(pattern) && !of_images.contains(pattern);
            let tags = match !makes_images || is_of_charts {
                true => &mut self.chart_tags,
                false => &mut self.git_tags,
            };
            tags.insert(pattern.clone());
        }
        if makes_images && workflow.triggers.tags.is_some() {
            let pushes = workflow.triggers.events.contains("push");
            let of_prereleases = pushes || !workflow.triggers.is_of_finals;
            *self.releases_prereleases.get_or_insert_default() |= of_prereleases;
        }
        if file.text.contains("'-stable'") || file.text.contains("\"-stable\"") {
            self.git_tags.insert("v*-stable".to_owned());
        }
        if makes_images && workflow.triggers.branches.is_some() {
            let paths = workflow.triggers.paths.iter();
            self.left.extend(paths.map(|paths| {
                format!("{}: {paths}: a branch is published whatever its pushes touch", file.path)
            }));
        }
        let mut told = found.images.iter().chain(&found.homeless).flat_map(|image| &image.left);
        let is_told = told.any(|what| what.contains("on a schedule"));
        let is_scheduled = workflow.triggers.schedule.is_some() && workflow.triggers.branches.is_none();
        if makes_images && is_scheduled && !is_told {
            self.left.push(format!(
                "{}: a schedule sets it off, and nothing is published on a schedule",
                file.path
            ));
        }
        let is_by_hand =
            |event: &String| matches!(event.as_str(), "workflow_dispatch" | "repository_dispatch");
        let events = &workflow.triggers.events;
        if makes_images && workflow.triggers.is_of_others() {
            self.left.push(format!(
                "{}: another repository sets it off, and says of which version: no git tag of this one does that here",
                file.path
            ));
        } else if makes_images && !events.is_empty() && events.iter().all(is_by_hand) {
            self.left.push(format!("{}: somebody sets it off by hand: here a git tag does", file.path));
        }
        let (copies, images): (Vec<_>, Vec<_>) = found.images.into_iter().partition(retagged::needs_source);
        self.copies.extend(copies.into_iter().map(|image| (file.path.clone(), image)));
        self.add_images(images);
        self.homeless.extend(found.homeless);
        self.undecided.extend(found.undecided);
        self.strange.extend(found.strange);
        self.add_pushes(&file.path, found.pushes);
        self.sent.extend(found.sent.into_iter().map(|sent| Sent { path: file.path.clone(), ..sent }));
        if found.unread {
            self.unread.push(file.path.clone());
        }
        self.chart_releasers.extend(found.chart_releasers);
        if let Some(pushes) = found.charts {
            self.charts.get_or_insert_default().extend(pushes, &file.path);
        }
        for login in logins::find(workflow, repository, &mut self.left) {
            if !self.logins.iter().any(|known| known.registry == login.registry) {
                self.logins.push(login);
            }
        }
        self.left.extend(found.left.into_iter().map(|what| format!("{}: {what}", file.path)));
        self.look_around(file, workflow, repository);
    }

    /// Takes over what stands around what a workflow publishes.
    fn look_around(&mut self, file: &WorkflowFile, workflow: &Workflow, repository: Option<&str>) {
        self.add_deployments(file, workflow, repository);
        let around = around::find(&file.path, workflow);
        self.left.extend(around.left);
        self.gates.extend(around.gates);
    }

    fn add_deployments(&mut self, file: &WorkflowFile, workflow: &Workflow, repository: Option<&str>) {
        deployments::join(&mut self.deployments, deployments::find(&file.path, workflow, repository));
    }

    fn add_images(&mut self, images: Vec<DraftImage>) {
        for image in images {
            match self.images.iter_mut().find(|known| variant::is_same(known, &image)) {
                Some(known) => known.merge(image),
                None => self.images.push(image),
            }
        }
    }

    fn add_goreleaser(&mut self, goreleaser: &GoreleaserFile, repository: Option<&str>, given: &Environment) {
        let file = &goreleaser.file;
        let mut found = goreleaser::find(goreleaser, repository, given);
        self.files.push(file.path.clone());
        self.add_page_of_goreleaser(&file.path, found.page);
        let images = found.images.iter_mut().chain(&mut found.undecided);
        let sent = images.flat_map(|image| std::mem::take(&mut image.sent));
        self.sent.extend(sent.map(|sent| Sent { path: file.path.clone(), ..sent }));
        self.add_images(found.images);
        self.homeless.extend(found.homeless);
        self.undecided.extend(found.undecided);
        if found.unread {
            self.unread.push(file.path.clone());
        }
        self.left.extend(found.left);
    }

    fn add_pipeline(&mut self, sources: &Sources<'_>) {
        let read = read_pipeline(sources);
        let (images, unread) = (self.images.len(), self.unread.len());
        let charts = self.charts.clone();
        for job in read.jobs {
            self.add_pipeline_job(&job, sources);
        }
        let main = sources.pipeline.first().map(|file| file.path.as_str()).unwrap_or_default();
        let is_nothing = (images, unread) == (self.images.len(), self.unread.len()) && charts == self.charts;
        if is_nothing && self.homeless.is_empty() {
            self.left.push(format!("{main}: no command in it pushes an image: compare what its jobs run"));
        }
        self.unread.extend(read.unread);
        self.left.extend(read.left);
    }

    fn add_pipeline_job(&mut self, job: &PipelineJob, sources: &Sources<'_>) {
        let Some(file) = sources.pipeline.iter().find(|file| file.path == job.path) else { return };
        if job.makes_page {
            self.page.get_or_insert(Page::Made);
        }
        self.unread.extend(job.is_aside.then(|| file.path.clone()));
        for workflow in &job.workflows {
            match (workflow.publishes(), workflow.pushes_unread()) {
                (true, _) => self.add(file, workflow, sources.repository),
                (false, true) => {
                    self.unread.push(file.path.clone());
                    self.add_pushes(&file.path, pushes::unread(workflow));
                }
                (false, false) => self.add_deployments(file, workflow, sources.repository),
            }
        }
    }

    /// Variables of logins that the forge does not keep as secrets.
    pub(super) fn plain_variables(&self) -> BTreeSet<String> {
        let of_builds = self.images.iter().flat_map(|image| &image.given.plain);
        let parts = self.logins.iter().flat_map(|login| [&login.username, &login.password]);
        let plain = parts.filter_map(|part| match part {
            Part::Setting(name) => Some(name.clone()),
            Part::Written(_) | Part::Variable(_) => None,
        });
        plain.chain(of_builds.cloned()).collect()
    }

    fn finish(&mut self, sources: &Sources<'_>) {
        self.settle_joined();
        self.settle_copies();
        self.tell_unseen();
        self.tell_pages();
        self.tell_pushes(sources.goreleaser.is_some());
        if self.images.is_empty() && self.homeless.is_empty() {
            self.git_tags.append(&mut self.chart_tags);
        }
        variant::join_occasions(&mut self.images);
        variant::join_mirrors(&mut self.images);
        let all = self.images.iter_mut().chain(&mut self.homeless).map(|image| &mut image.left);
        for what in all.chain([&mut self.left]).flatten() {
            *what = spelled::plainly(what);
        }
        // A step of a matrix is one step.
        let mut told = BTreeSet::new();
        self.left.retain(|what| told.insert(what.clone()));
    }
}
