//! What stands around what a workflow publishes: conditions, jobs that must succeed before, steps that do something else.
//! Commands that must succeed become gates; the rest is told.

mod commands;
#[cfg(test)]
mod tests;
mod waiting;

use std::collections::BTreeSet;

use self::commands::{is_plain, is_test, plain_commands};
use self::waiting::{find_waiting, is_awaited, waits_for_images};
use super::deployments;
use super::image::{is_preparing, label, makes_files};
use super::workflow::{Job, Step, Workflow};

/// Commands that must succeed before something is released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) struct DraftGate {
    /// What they come before.
    pub(in crate::setup) stage: Stage,
    /// The commands; none where they are no plain ones.
    pub(in crate::setup) commands: Vec<String>,
    /// What their job had that the job of a release has not.
    pub(in crate::setup) lacks: Vec<String>,
    /// Where they stand.
    pub(in crate::setup) place: String,
}

/// What a gate comes before, by the name of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::setup) enum Stage {
    /// A release.
    Source,
    /// A promotion.
    Promote,
}

/// What was found around a workflow.
#[derive(Default)]
pub(super) struct Around {
    pub(super) gates: Vec<DraftGate>,
    pub(super) left: Vec<String>,
}

/// What of conditions is about the events that a workflow is for, which triggers and tables say.
const KNOWN: [&str; 13] = [
    "github.base_ref",
    "github.event.action",
    "github.event.head_commit.id",
    "github.event.inputs",
    "github.event.pull_request",
    "github.event.release",
    "github.event.repository.default_branch",
    "github.event_name",
    "github.head_ref",
    "github.ref",
    "github.ref_name",
    "github.ref_type",
    "github.workflow",
];
/// How words of conditions begin that stand for something.
const CONTEXTS: [&str; 8] =
    ["env.", "github.", "inputs.", "matrix.", "needs.", "secrets.", "steps.", "vars."];

/// Looks around in a workflow that publishes something, pages too.
pub(super) fn find(path: &str, workflow: &Workflow) -> Around {
    let mut around = Around::default();
    if let Some(others) = &workflow.triggers.workflow_run {
        let others: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
        around.left.push(format!(
            "{path}: it runs when another workflow has ended ({}), and no release waits for that: commands under [gates] do",
            others.join(", ")
        ));
    }
    let mut seen = BTreeSet::new();
    // Jobs of GitLab's pipelines are told where those are read.
    let jobs = workflow.jobs.iter().filter(|job| !job.id.is_empty());
    for job in jobs.filter(|job| seen.insert(&job.id)) {
        match job.publishes() {
            true => {
                around.tell_goreleaser_before(path, workflow, job);
                around.look_inside(path, workflow, job);
            }
            false if is_awaited(&job.id, workflow) => around.add_gate(path, workflow, job),
            false => around.tell_aside(path, workflow, job),
        }
    }
    around
}

/// Tells jobs of a workflow that publishes nothing, and that is set off by what sets releases off.
pub(super) fn tell_bystanders(path: &str, workflow: &Workflow) -> Option<String> {
    let is_for_tags = workflow.triggers.tags.as_ref().is_some_and(|tags| !tags.is_empty());
    if workflow.runs_plimsoll() || (!is_for_tags && workflow.triggers.release.is_none()) {
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    for job in workflow.jobs.iter().filter(|job| job.does_something()) {
        let name = format!("`{}`", job.id);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let (what, run) = match names.len() {
        1 => ("job", "runs for releases and publishes"),
        _ => ("jobs", "run for releases and publish"),
    };
    (!names.is_empty()).then(|| {
        format!(
            "{path}: {what} {} {run} no image and no chart: no release waits for that, unless its commands stand under [gates]",
            names.join(", ")
        )
    })
}

impl Around {
    /// A job that publishes: what it does before and after, and when.
    fn look_inside(&mut self, path: &str, workflow: &Workflow, job: &Job) {
        self.tell_condition(path, &format!("job `{}`", job.id), &job.condition);
        let publishes =
            |step: &Step| step.publishes() && step.uses != "docker/metadata-action" && !step.only_builds();
        let tried = job.steps.iter().position(Step::only_builds);
        let first = job.steps.iter().position(publishes).unwrap_or(job.steps.len());
        let makes_content = job.steps.iter().any(|step| step.publishes() && !step.makes_page());
        let mut gate = DraftGate {
            stage: stage_of(workflow, job),
            commands: Vec::new(),
            lacks: lacks(path, job, job.steps.get(..first).unwrap_or_default()),
            place: format!("{path}: what job `{}` does first", job.id),
        };
        let mut is_gated = false;
        for (place, step) in job.steps.iter().enumerate() {
            if step.publishes() {
                self.tell_condition(path, &format!("step `{}`", label(step)), &step.condition);
                continue;
            }
            if deployments::tells(workflow, job, step) {
                continue;
            }
            if step.run.is_empty() {
                // What publishes content tells its actions by itself.
                let is_told = makes_content || step.uses.is_empty() || is_preparing(&step.uses);
                self.left
                    .extend((!is_told).then(|| format!("{path}: step `{}` ({})", label(step), step.uses)));
                continue;
            }
            if is_plain(&step.run) || !step.find_deeds().is_empty() {
                continue;
            }
            let is_before = place < first;
            if is_before && tried.is_some_and(|tried| tried < place) {
                self.tell_look(path, step);
                continue;
            }
            if is_before && !step.unseen.is_empty() {
                self.tell_no_gate(path, job, step);
                continue;
            }
            let is_gate =
                is_before && !workflow.is_for_branches_alone() && (is_test(&step.run) || !makes_content);
            if is_gate {
                is_gated = true;
                match plain_commands(step) {
                    Some(commands) => gate.commands.extend(commands),
                    None => gate.lacks.push(format!("step `{}` is no plain command", label(step))),
                }
            } else if is_before && !(makes_content && makes_files(&step.run)) {
                self.left.push(format!("{path}: step `{}`: a release does not run it", label(step)));
            } else if !is_before {
                let how = if is_test(&step.run) {
                    ": [gates] sealed tests what was made before it is pushed"
                } else {
                    ""
                };
                self.left.push(format!(
                    "{path}: step `{}` runs afterwards, and no release runs it{how}",
                    label(step)
                ));
            }
        }
        self.gates.extend(is_gated.then_some(gate));
    }

    /// GoReleaser goes on beside releases, and images may be made of what it publishes.
    fn tell_goreleaser_before(&mut self, path: &str, workflow: &Workflow, job: &Job) {
        let waiting = find_waiting(&job.id, workflow).filter(|_| job.steps.iter().any(Step::runs_goreleaser));
        self.left.extend(waiting.map(|waiting| {
            format!(
                "{path}: job `{}` waits for job `{}`, which runs GoReleaser: a release does not wait for it, and its images may be made of what GoReleaser publishes",
                waiting.id, job.id
            )
        }));
    }

    /// A job that one waits for which publishes.
    fn add_gate(&mut self, path: &str, workflow: &Workflow, job: &Job) {
        if let Some(called) = &job.calls {
            self.left.push(format!(
                "{path}: job `{}` is {called}, and has to succeed first: commands under [gates] do that",
                job.id
            ));
            return;
        }
        if !job.does_something() {
            return;
        }
        if waits_for_images(job, workflow) {
            self.left.push(format!(
                "{path}: job `{}` looks at what was built before it, and no release runs it: [gates] sealed is the place for that",
                job.id
            ));
            return;
        }
        let mut gate = DraftGate {
            stage: stage_of(workflow, job),
            commands: Vec::new(),
            lacks: lacks(path, job, &job.steps),
            place: format!("{path}: job `{}`", job.id),
        };
        let mut is_withheld = false;
        let tried = job.steps.iter().position(Step::only_builds).unwrap_or(job.steps.len());
        let steps = job.steps.iter().enumerate();
        for (place, step) in steps.filter(|(_, step)| !step.run.is_empty() && !is_plain(&step.run)) {
            if tried < place {
                self.tell_look(path, step);
                continue;
            }
            if !step.unseen.is_empty() {
                is_withheld = true;
                self.tell_no_gate(path, job, step);
                continue;
            }
            match plain_commands(step) {
                Some(commands) => gate.commands.extend(commands),
                None => gate.lacks.push(format!("step `{}` is no plain command", label(step))),
            }
        }
        let is_empty = gate.commands.is_empty() && (is_withheld || tried < job.steps.len());
        self.gates.extend((!is_empty).then_some(gate));
    }

    /// What is built first and thrown away may be looked at in between.
    fn tell_look(&mut self, path: &str, step: &Step) {
        self.left.push(format!(
            "{path}: step `{}` looks at what was built before it is pushed, and no release runs it: [gates] sealed is the place for that",
            label(step)
        ));
    }

    /// What may publish something by itself would do so before each release.
    fn tell_no_gate(&mut self, path: &str, job: &Job, step: &Step) {
        self.left.push(format!(
            "{path}: job `{}`: step `{}` may publish something, and is no gate: write under [gates] what of it has to succeed before a release",
            job.id,
            label(step)
        ));
    }

    /// A job that has nothing to do with what is published.
    fn tell_aside(&mut self, path: &str, workflow: &Workflow, job: &Job) {
        let does = |step: &&Step| match step.run.is_empty() {
            true => {
                // What is only tried is nothing that anybody misses.
                let is_tried = step.only_builds() || step.uses == "docker/metadata-action";
                !step.uses.is_empty() && !is_tried && !is_preparing(&step.uses)
            }
            false => !is_plain(&step.run),
        };
        let others = job.steps.iter().filter(does).filter(|step| !deployments::tells(workflow, job, step));
        let steps: Vec<String> = others.map(|step| format!("`{}`", label(step))).collect();
        // Who may publish is not said to publish nothing.
        let may_publish = |step: &Step| {
            let is_strange = step.strange_action(&workflow.triggers).is_some();
            !step.unseen.is_empty() || (is_strange && !step.only_builds())
        };
        let what = match job.steps.iter().any(may_publish) {
            true => "publishes nothing that is read",
            false => "publishes no image and no chart",
        };
        if !steps.is_empty() {
            self.left.push(format!(
                "{path}: job `{}` {what}, and no release does it: {}",
                job.id,
                steps.join(", ")
            ));
        }
    }

    fn tell_condition(&mut self, path: &str, whose: &str, condition: &str) {
        if says_more(condition) {
            let condition = condition.trim().trim_start_matches("${{").trim_end_matches("}}").trim();
            self.left.push(format!("{path}: {whose} runs only if {condition}"));
        }
    }
}

impl Workflow {
    fn is_for_branches_alone(&self) -> bool {
        self.triggers.tags.is_none() && self.triggers.release.is_none() && self.triggers.branches.is_some()
    }
}

impl Job {
    /// Whether it does more than to work out values.
    fn does_something(&self) -> bool {
        self.steps.iter().any(|step| !step.run.is_empty() && !is_plain(&step.run))
    }

    /// Whether another workflow does its work that is called as those are that publish.
    fn is_publisher(&self) -> bool {
        let words = ["docker", "image", "publish", "release", "push", "chart", "helm"];
        self.calls
            .as_ref()
            .is_some_and(|called| words.iter().any(|word| called.to_lowercase().contains(word)))
    }
}

pub(super) fn stage_of(workflow: &Workflow, job: &Job) -> Stage {
    let is_stable = |tag: &String| tag.ends_with("-stable");
    let all_stable =
        workflow.triggers.tags.as_ref().is_some_and(|tags| !tags.is_empty() && tags.iter().all(is_stable));
    let condition = job.condition.replace(' ', "");
    let is_meant =
        condition.contains("stable") && !condition.contains("!endsWith") && !condition.contains("!='stable'");
    if all_stable || is_meant { Stage::Promote } else { Stage::Source }
}

/// What a job has that the job of a release goes without.
fn lacks(path: &str, job: &Job, steps: &[Step]) -> Vec<String> {
    let mut lacks: Vec<String> = Vec::new();
    for step in steps {
        let sets_up = !step.uses.is_empty() && step.uses != "actions/checkout" && !step.publishes();
        let installs = step.run.contains("GITHUB_PATH");
        // What builds and pushes is there for a release, too.
        let is_usual = ["actions/cache", "actions/upload-artifact", "docker/"]
            .iter()
            .any(|usual| step.uses.starts_with(usual));
        if sets_up && is_usual {
            continue;
        }
        if step.uses == "actions/download-artifact" {
            lacks.push("it is given files of other jobs".to_owned());
        } else if sets_up {
            lacks.push(format!("{} prepares its machine", step.uses));
        } else if installs {
            lacks.push(format!("step `{}` prepares its machine", label(step)));
        }
    }
    if !path.starts_with(".github/") {
        lacks.push("its runner may have other programs".to_owned());
    }
    lacks.extend(job.equipment.iter().cloned());
    let mut told = BTreeSet::new();
    lacks.retain(|what| told.insert(what.clone()));
    lacks
}

/// Whether a condition asks for more than the event.
pub(super) fn says_more(condition: &str) -> bool {
    if condition.contains("stable") {
        return false;
    }
    let is_sign = |sign: char| !(sign.is_ascii_alphanumeric() || "._-*".contains(sign));
    let mut words =
        condition.split(is_sign).filter(|word| CONTEXTS.iter().any(|context| word.starts_with(context)));
    words.any(|word| !KNOWN.iter().any(|known| word == *known || word.starts_with(&format!("{known}."))))
}
