//! What is built to see that it can be, and thrown away.

use super::super::pushes::What;
use super::{Job, Step, Workflow};

impl Step {
    /// Whether an action of it builds an image that goes nowhere.
    pub(in crate::setup::from_workflows) fn only_builds(&self) -> bool {
        let builds = matches!(self.uses.as_str(), "docker/build-push-action" | "docker/bake-action");
        builds && !self.pushes_build()
    }
}

impl Job {
    /// Whether it publishes something; what is only built, and the tags that are worked out for that, are nothing of it.
    pub(in crate::setup::from_workflows) fn publishes(&self) -> bool {
        let is_tried = self.steps.iter().any(Step::only_builds);
        let is_of_trial =
            |step: &Step| step.only_builds() || (is_tried && step.uses == "docker/metadata-action");
        self.steps.iter().any(|step| step.publishes() && !is_of_trial(step))
    }
}

impl Workflow {
    /// Whether it builds images to see that they can be, and nothing in it pushes any.
    pub(super) fn only_tries(&self) -> bool {
        self.steps().any(Step::only_builds) && !self.steps().any(|step| What::of(step).is_some())
    }
}
