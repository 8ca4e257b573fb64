//! What steps of workflows run that is not read, and that may push images by its name.

use super::image::label;
use super::workflow::Workflow;
use super::{Carried, WorkflowFile};

/// A command that is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) struct Unseen {
    /// The workflow.
    pub(in crate::setup) path: String,
    /// The step, as people call it.
    pub(in crate::setup) step: String,
    pub(in crate::setup) command: String,
}

impl Unseen {
    /// In words, without the workflow.
    pub(in crate::setup) fn words(&self) -> String {
        match self.step == self.command {
            true => format!("step `{}`", self.step),
            false => format!("step `{}` runs `{}`, which", self.step, self.command),
        }
    }
}

impl Carried {
    /// Notes what is not read, and may push images. What runs for pull requests alone pushes hardly any.
    pub(super) fn add_unseen(&mut self, file: &WorkflowFile, workflow: &Workflow) {
        let triggers = &workflow.triggers;
        if triggers.tags.is_none() && triggers.branches.is_none() && triggers.pull_request.is_some() {
            return;
        }
        for (step, command) in workflow.unseen() {
            let (path, step) = (file.path.clone(), label(step));
            let unseen = Unseen { path, step, command: command.to_owned() };
            if self.unseen.contains(&unseen) {
                continue;
            }
            self.left.push(format!(
                "{}: {} is not read: if it pushes images, compare their names, registry and tags with what stands here",
                unseen.path,
                unseen.words()
            ));
            self.unseen.push(unseen);
        }
    }
}
