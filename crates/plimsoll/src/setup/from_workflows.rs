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

pub(crate) use workflow::WorkflowError;

pub(super) use image::DraftImage;
pub(super) use logins::{Login, Part};
pub(super) use rules::Rules;

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
    /// Patterns of the git tags that set them off.
    pub(super) git_tags: BTreeSet<String>,
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

/// Reads workflows. `repository` is `owner/name`, where that is known.
///
/// # Errors
/// A file is no workflow.
pub(super) fn carry(files: &[WorkflowFile], repository: Option<&str>) -> Result<Carried, WorkflowError> {
    let mut carried = Carried::default();
    for file in files {
        let workflow = Workflow::parse(file)?;
        let makes_page = PAGES.iter().any(|word| file.text.contains(word));
        if makes_page && workflow.triggers.tags.is_some() {
            carried.page.get_or_insert(Page::Made);
        }
        if !workflow.publishes() {
            let pushes = workflow.jobs.iter().flat_map(|job| &job.steps).any(|step| step.pushes_by_script());
            carried.left.extend(pushes.then(|| format!("{}: a script in it pushes images", file.path)));
            continue;
        }
        carried.files.push(file.path.clone());
        if workflow.triggers.release.is_some() {
            carried.page = Some(Page::ByHand);
        }
        carried.git_tags.extend(workflow.triggers.tags.iter().flatten().cloned());
        if file.text.contains("'-stable'") || file.text.contains("\"-stable\"") {
            carried.git_tags.insert("v*-stable".to_owned());
        }
        let found = image::find(&workflow, repository);
        for image in found.images {
            match carried.images.iter_mut().find(|known| variant::is_same(known, &image)) {
                Some(known) => known.merge(image),
                None => carried.images.push(image),
            }
        }
        carried.chart_branch = carried.chart_branch.or(found.chart_branch);
        if let Some(places) = found.charts {
            carried.charts.get_or_insert_default().extend(places);
        }
        for login in logins::find(&workflow, repository, &mut carried.left) {
            if !carried.logins.iter().any(|known| known.registry == login.registry) {
                carried.logins.push(login);
            }
        }
        carried.left.extend(found.left.into_iter().map(|what| format!("{}: {what}", file.path)));
    }
    variant::name_apart(&mut carried.images);
    // A step of a matrix is one step.
    let mut told = BTreeSet::new();
    carried.left.retain(|what| told.insert(what.clone()));
    Ok(carried)
}
