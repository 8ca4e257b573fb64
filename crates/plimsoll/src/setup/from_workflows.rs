//! A configuration drafted from workflows of GitHub Actions.
//!
//! | module | does |
//! |---|---|
//! | [`workflow`] | reads what sets a workflow off, and its steps |
//! | [`expression`] | puts in what is known of `${{ … }}` |
//! | [`image`] | finds images in the steps that make and push them |
//! | [`rules`] | says which rules stand under which occasion |
//! | [`render`] | writes the file |
//!
//! What can't be carried over is never dropped: it stands in the file as a comment.

mod expression;
mod image;
mod pairs;
mod render;
mod rules;
#[cfg(test)]
mod tests;
mod workflow;

use std::collections::BTreeSet;

pub(crate) use workflow::WorkflowError;

use image::DraftImage;
use workflow::Workflow;

/// A workflow as it lies in the repository.
#[derive(Clone, Debug)]
pub(crate) struct WorkflowFile {
    /// Its path from the repository's root.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// A drafted configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// The text of the file.
    pub(crate) text: String,
    /// The names of its images.
    pub(crate) images: Vec<String>,
    /// What could not be carried over.
    pub(crate) left: Vec<String>,
}

/// Drafts a configuration. `repository` is `owner/name`, where that is known.
///
/// # Errors
/// A file is no workflow.
pub(crate) fn draft(files: &[WorkflowFile], repository: Option<&str>) -> Result<Draft, WorkflowError> {
    let mut images: Vec<DraftImage> = Vec::new();
    let mut charts = BTreeSet::new();
    let mut left = Vec::new();
    let mut git_tags = BTreeSet::new();
    for file in files {
        let workflow = Workflow::parse(file)?;
        if !workflow.publishes() {
            continue;
        }
        git_tags.extend(workflow.triggers.tags.iter().flatten().cloned());
        if file.text.contains("'-stable'") || file.text.contains("\"-stable\"") {
            git_tags.insert("v*-stable".to_owned());
        }
        let found = image::find(&workflow, repository);
        for image in found.images {
            match images.iter_mut().find(|known| known.repositories == image.repositories) {
                Some(known) => known.merge(image),
                None => images.push(image),
            }
        }
        charts.extend(found.charts);
        left.extend(found.left.into_iter().map(|what| format!("{}: {what}", file.path)));
    }
    image::name_apart(&mut images);
    Ok(render::render(files, images, &charts, &git_tags, left))
}
