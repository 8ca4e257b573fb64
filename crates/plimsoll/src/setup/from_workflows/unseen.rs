//! What steps of workflows run that is not read, and that may push images by its name.

use super::image::label;
use super::workflow::{Step, Suspicion, Workflow};
use super::{Carried, WorkflowFile};

/// A command that is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) struct Unseen {
    /// The workflow.
    pub(in crate::setup) path: String,
    /// The step, as people call it.
    pub(in crate::setup) step: String,
    pub(in crate::setup) command: String,
    /// Why it may push images.
    pub(in crate::setup) suspicion: Suspicion,
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

/// How semantic-release is called, which pushes images where its plugins do.
const SEMANTIC_RELEASE: &str = "semantic-release";

/// Whether a step runs semantic-release, whose plugins stand elsewhere unless the step names one of docker.
fn semantic_release(step: &Step) -> Option<(&str, Suspicion)> {
    let is_install = |line: &str| {
        ["npm i ", "npm install", "npm ci", "yarn add", "pnpm add"].iter().any(|word| line.contains(word))
    };
    let runs = |line: &&str| {
        let line = line.trim();
        !line.starts_with('#')
            && !is_install(line)
            && line.split(['/', ' ', '@']).any(|word| word == SEMANTIC_RELEASE)
    };
    let is_action = step.uses.contains(SEMANTIC_RELEASE);
    let line = step.run.lines().find(runs).map(str::trim).or(is_action.then_some(step.uses.as_str()))?;
    let names_docker =
        step.run.contains("docker") || step.with.values().any(|value| value.contains("docker"));
    Some((line, if names_docker { Suspicion::Named } else { Suspicion::Unknown }))
}

impl Carried {
    /// Notes what is not read, and may push images. What runs for pull requests alone pushes hardly any.
    pub(super) fn add_unseen(&mut self, file: &WorkflowFile, workflow: &Workflow) {
        let triggers = &workflow.triggers;
        if triggers.tags.is_none() && triggers.branches.is_none() && triggers.pull_request.is_some() {
            return;
        }
        let commands = workflow.unseen().into_iter();
        let commands = commands.map(|(step, command)| (step, (command, Suspicion::Named)));
        // Beside images that are read, what else runs is told with them.
        let is_read = |step: &Step| step.makes_image() || step.builds_by_script();
        let actions = (!workflow.steps().any(is_read)).then(|| workflow.steps()).into_iter().flatten();
        let is_known = |step: &&Step| step.pushes_by_action() || step.runs_goreleaser() || step.makes_chart();
        let actions = actions.filter(|step| !is_known(step));
        let actions = actions.filter_map(|step| Some((step, step.strange_action(triggers)?)));
        let releasers = workflow.steps().filter_map(|step| Some((step, semantic_release(step)?)));
        for (step, (command, suspicion)) in commands.chain(actions).chain(releasers) {
            let (path, step) = (file.path.clone(), label(step));
            let unseen = Unseen { path, step, command: command.to_owned(), suspicion };
            if !self.unseen.contains(&unseen) {
                self.unseen.push(unseen);
            }
        }
    }

    /// Tells of them. What nobody knows is suspected only where no image is read at all.
    pub(super) fn tell_unseen(&mut self) {
        if !self.images.is_empty() || !self.homeless.is_empty() {
            self.unseen.retain(|unseen| unseen.suspicion == Suspicion::Named);
        }
        self.left.extend(self.unseen.iter().map(|unseen| {
            format!(
                "{}: {} is not read: if it pushes images, compare their names, registry and tags with what stands here",
                unseen.path,
                unseen.words()
            )
        }));
        // Who may publish is not said to publish nothing.
        let is_suspected = |path: &str| self.unseen.iter().any(|unseen| unseen.path == path);
        let bystanders = self.bystanders.drain(..).filter(|(path, _)| !is_suspected(path));
        self.left.extend(bystanders.map(|(_, told)| told));
    }
}
