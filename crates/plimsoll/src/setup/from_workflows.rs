//! A configuration drafted from workflows of GitHub Actions.
//!
//! | module | does |
//! |---|---|
//! | [`workflow`] | reads what sets a workflow off, and its steps |
//! | [`expression`] | puts in what is known of `${{ … }}` |
//! | [`matrix`] | crosses the axes of a job's matrix |
//! | [`image`] | finds images in the steps that make and push them |
//! | [`variant`] | tells images apart that go to one repository |
//! | [`rules`] | says which rules stand under which occasion |
//! | [`logins`] | says who logs in where |
//!
//! What can't be carried over is never dropped: it is told, and stands in the file as a comment.

mod expression;
mod image;
mod logins;
mod matrix;
mod pairs;
mod rules;
mod variant;
pub(in crate::setup) mod workflow;

use std::collections::BTreeSet;

pub(super) use image::DraftImage;
pub(super) use logins::{Login, Part};
pub(super) use rules::{DraftRule, Rules};

use workflow::Workflow;

/// Words of workflows that make release pages.
const PAGES: [&str; 4] =
    ["gh release create", "softprops/action-gh-release", "actions/create-release", "ncipollo/release-action"];

/// A workflow as it lies in the repository.
#[derive(Clone, Debug)]
pub(crate) struct WorkflowFile {
    /// Its path from the repository's root.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// What workflows do, as far as a configuration can say it.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    /// The workflows that do it.
    pub(super) files: Vec<String>,
    /// The images that they push.
    pub(super) images: Vec<DraftImage>,
    /// Whether they publish charts, and where to, as far as that can be told.
    pub(super) charts: Option<Vec<String>>,
    /// The branch with an index that lists charts.
    pub(super) chart_branch: Option<String>,
    /// Images of which is not known where they go.
    pub(super) homeless: Vec<DraftImage>,
    /// Workflows that push images in a way that is not understood.
    pub(super) unread: Vec<String>,
    /// Patterns of the git tags that set them off.
    pub(super) git_tags: BTreeSet<String>,
    /// Patterns of the git tags that set off those that publish charts alone.
    pub(super) chart_tags: BTreeSet<String>,
    /// Who logs in where.
    pub(super) logins: Vec<Login>,
    /// Whether they make a release page, or are set off by one.
    pub(super) page: Option<Page>,
    /// What could not be carried over.
    pub(super) left: Vec<String>,
}

/// Who makes release pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// A workflow.
    Made,
    /// A person, which sets a workflow off.
    ByHand,
}

/// Reads workflows. `repository` is `owner/name`, where that is known. A file that is no workflow is told.
pub(super) fn carry(files: &[WorkflowFile], repository: Option<&str>) -> Carried {
    let mut carried = Carried::default();
    let mut read = Vec::new();
    for file in files {
        match Workflow::parse(file) {
            Ok(workflow) => read.push((file, workflow)),
            Err(error) => carried.left.push(format!("{error}")),
        }
    }
    for (file, workflow) in called(read, &mut carried.left) {
        let makes_page = PAGES.iter().any(|word| file.text.contains(word));
        if makes_page && workflow.triggers.tags.is_some() {
            carried.page.get_or_insert(Page::Made);
        }
        if !workflow.publishes() {
            if workflow.pushes_unread() {
                carried.unread.push(file.path.clone());
                carried.left.push(format!("{}: it pushes images in a way that is not understood", file.path));
            }
            continue;
        }
        carried.add(file, &workflow, repository);
    }
    carried.finish();
    carried
}

/// Workflows with what their callers give them; one that several call stands there several times. Callers of workflows that
/// lie elsewhere are told.
fn called<'a>(
    read: Vec<(&'a WorkflowFile, Workflow)>,
    left: &mut Vec<String>,
) -> Vec<(&'a WorkflowFile, Workflow)> {
    let mut calls = Vec::new();
    for (file, workflow) in &read {
        for call in &workflow.calls {
            match call.workflow.strip_prefix("./") {
                Some(path) => calls.push((path.to_owned(), call.clone())),
                None => left.push(format!("{}: a job is {}, which lies elsewhere", file.path, call.workflow)),
            }
        }
    }
    let with_callers = |(file, workflow): (&'a WorkflowFile, Workflow)| {
        let mut callers =
            calls.iter().filter(|(path, _)| *path == file.path).map(|(_, call)| call).peekable();
        match callers.peek() {
            None => vec![(file, workflow)],
            Some(_) => callers.map(|call| (file, workflow.clone().called(call))).collect(),
        }
    };
    read.into_iter().flat_map(with_callers).collect()
}

impl Carried {
    fn add(&mut self, file: &WorkflowFile, workflow: &Workflow, repository: Option<&str>) {
        if !self.files.contains(&file.path) {
            self.files.push(file.path.clone());
        }
        if workflow.triggers.release.is_some() {
            self.page = Some(Page::ByHand);
        }
        let found = image::find(workflow, repository);
        let makes_images = !found.images.is_empty() || !found.homeless.is_empty();
        let tags = if makes_images { &mut self.git_tags } else { &mut self.chart_tags };
        tags.extend(workflow.triggers.tags.iter().flatten().cloned());
        if file.text.contains("'-stable'") || file.text.contains("\"-stable\"") {
            self.git_tags.insert("v*-stable".to_owned());
        }
        if makes_images {
            let is_some =
                |branch: &&String| branch.contains(['*', '?', '[']) && !matches!(branch.as_str(), "*" | "**");
            let branches = workflow.triggers.branches.iter().flatten().filter(is_some);
            self.left.extend(branches.map(|branch| {
                format!("{}: branches {branch}: the rules of `branch:*` are for every branch", file.path)
            }));
        }
        for image in found.images {
            match self.images.iter_mut().find(|known| variant::is_same(known, &image)) {
                Some(known) => known.merge(image),
                None => self.images.push(image),
            }
        }
        self.homeless.extend(found.homeless);
        if found.unread {
            self.unread.push(file.path.clone());
        }
        self.chart_branch = self.chart_branch.take().or(found.chart_branch);
        if let Some(places) = found.charts {
            self.charts.get_or_insert_default().extend(places);
        }
        for login in logins::find(workflow, repository, &mut self.left) {
            if !self.logins.iter().any(|known| known.registry == login.registry) {
                self.logins.push(login);
            }
        }
        self.left.extend(found.left.into_iter().map(|what| format!("{}: {what}", file.path)));
    }

    /// Variables of logins that the forge does not keep as secrets.
    pub(super) fn plain_variables(&self) -> BTreeSet<String> {
        let parts = self.logins.iter().flat_map(|login| [&login.username, &login.password]);
        let plain = parts.filter_map(|part| match part {
            Part::Setting(name) => Some(name.clone()),
            Part::Written(_) | Part::Variable(_) => None,
        });
        plain.collect()
    }

    fn finish(&mut self) {
        if self.images.is_empty() && self.homeless.is_empty() {
            self.git_tags.append(&mut self.chart_tags);
        }
        variant::name_apart(&mut self.images);
        // A step of a matrix is one step.
        let mut told = BTreeSet::new();
        self.left.retain(|what| told.insert(what.clone()));
    }
}
