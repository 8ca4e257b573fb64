//! What sets a workflow off, and its steps (docs.github.com, "Workflow syntax for GitHub Actions").

mod calls;
mod charts;
mod given_secrets;
mod handed_on;
mod jobs;
mod local_actions;
mod looked_into;
mod makers;
mod outputs;
mod pages;
mod push_lines;
mod strange_actions;
mod trials;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub(super) use self::calls::{Call, TYPE_OF, called};
pub(super) use self::charts::{CHART_RELEASER, OCI_RELEASER};
use self::jobs::read_jobs;
pub(super) use self::jobs::texts;
pub(in crate::setup) use self::jobs::{amounts_to, read_step};
pub(super) use self::makers::{LOWERING, Maker};
pub(super) use self::push_lines::unread as unread_pushes;
use super::condition::ACTION_OF_PAGES;
use super::{WorkflowFile, script};
use crate::setup::yaml_fault::describe;
pub(in crate::setup) use strange_actions::Suspicion;

/// Words in the names of actions that push images in a way of their own.
const PUSHERS: [&str; 13] = [
    "bake-action",
    "build-push",
    "image-publish",
    "image-push",
    "publish-image",
    "push-image",
    "goreleaser",
    "kaniko",
    "publish-docker",
    "docker-publish",
    "docker-build-push",
    "build-and-push",
    "push-to-registry",
];

/// Why a file is no workflow.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkflowError {
    /// It is no YAML.
    #[error("`{path}` is no YAML: {why}")]
    Syntax {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
}

/// A workflow, as far as it is about images and charts.
#[derive(Clone)]
pub(super) struct Workflow {
    pub(super) triggers: Triggers,
    pub(super) jobs: Vec<Job>,
    /// Workflows that its jobs are.
    pub(super) calls: Vec<Call>,
    /// Files of the repository that say what `docker buildx bake` makes.
    pub(super) bakes: Vec<WorkflowFile>,
}

/// What sets a workflow off. `None` is "not at all", an empty list "always".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::setup) struct Triggers {
    pub(in crate::setup) tags: Option<Vec<String>>,
    pub(in crate::setup) branches: Option<Vec<String>>,
    pub(in crate::setup) pull_request: Option<()>,
    pub(in crate::setup) schedule: Option<()>,
    pub(in crate::setup) release: Option<()>,
    /// Whether of release pages only those of prereleases set it off.
    pub(in crate::setup) is_of_prereleases: bool,
    /// Whether of release pages those of prereleases do not.
    pub(in crate::setup) is_of_finals: bool,
    /// Other workflows, whose end sets it off.
    pub(in crate::setup) workflow_run: Option<Vec<String>>,
    /// The files that pushes must touch, or not touch alone, to set it off, as it is written.
    pub(in crate::setup) paths: Vec<String>,
    /// The names of all that sets it off.
    pub(in crate::setup) events: BTreeSet<String>,
}

/// A job in one combination of its matrix.
#[derive(Clone, Default)]
pub(super) struct Job {
    pub(super) id: String,
    /// When it runs, where it says.
    pub(super) condition: String,
    /// The jobs that it waits for.
    pub(super) needs: Vec<String>,
    /// The workflow that does its work.
    pub(super) calls: Option<String>,
    /// The environment that it names.
    pub(super) environment: Option<Environment>,
    /// What it has beside its steps: services, a container, variables.
    pub(super) equipment: Vec<String>,
    /// What of it a release's job does not have: approvals, submodules.
    pub(super) terms: Vec<String>,
    /// What it hands on to jobs that wait for it.
    pub(super) outputs: BTreeMap<String, String>,
    /// What `env.NAME` and `matrix.NAME` are, and what steps hand on.
    pub(super) values: BTreeMap<String, String>,
    pub(super) steps: Vec<Step>,
}

/// The environment of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Environment {
    pub(super) name: String,
    /// Where people find what is deployed there.
    pub(super) url: Option<String>,
}

impl Environment {
    /// A name, or a table with one.
    pub(super) fn read(written: Option<&Value>) -> Option<Environment> {
        let written = written?;
        let text = |key: &str| written.get(key).and_then(Value::as_str).map(str::to_owned);
        let name = written.as_str().map(str::to_owned).or_else(|| text("name"))?;
        Some(Environment { name, url: text("url") })
    }
}

/// A step.
#[derive(Clone, Debug, Default)]
pub(in crate::setup) struct Step {
    pub(in crate::setup) id: Option<String>,
    pub(in crate::setup) name: String,
    /// The action without its version.
    pub(in crate::setup) uses: String,
    pub(in crate::setup) run: String,
    /// When it runs, where it says.
    pub(in crate::setup) condition: String,
    pub(in crate::setup) with: BTreeMap<String, String>,
    pub(in crate::setup) env: BTreeMap<String, String>,
    /// Whether it is given variables.
    pub(in crate::setup) has_env: bool,
    /// Where it runs, unless at the root.
    pub(in crate::setup) folder: Option<String>,
    /// Commands of it that run something of the repository which is not read, and which may publish by its name.
    pub(in crate::setup) unseen: Vec<String>,
    /// Whether commands of files that it runs stand behind its own.
    pub(in crate::setup) is_looked_into: bool,
}

impl Workflow {
    /// Reads one. `called` has the files of the repository that its steps call.
    pub(super) fn parse(file: &WorkflowFile, called: &[WorkflowFile]) -> Result<Workflow, WorkflowError> {
        let root: Value = yaml_serde::from_str(&file.text).map_err(|error| WorkflowError::Syntax {
            path: file.path.clone(),
            why: describe(&file.text, &error),
        })?;
        let triggers = read_triggers(root.get("on"));
        let mut env = texts("env", root.get("env"));
        env.extend(calls::inputs_of(&root));
        env.extend(action_of_pages(&root).map(|action| (ACTION_OF_PAGES.to_owned(), action)));
        let jobs = || root.get("jobs").and_then(Value::as_object).into_iter().flatten();
        let calls = jobs().flat_map(|(_, job)| calls::calls_of(job, &triggers)).collect();
        let mut read: Vec<Job> = jobs().flat_map(|(id, job)| read_jobs(id, job, &env, called)).collect();
        outputs::add(&mut read);
        makers::add_handed_on(&mut read);
        Ok(Workflow { calls, jobs: read, triggers, bakes: Vec::new() })
    }

    /// The same workflow in a repository of which some things are known.
    pub(super) fn at_home(mut self, home: &BTreeMap<String, String>, bakes: &[WorkflowFile]) -> Workflow {
        self.bakes = bakes.to_vec();
        self.jobs.iter_mut().for_each(|job| job.values.extend(home.clone()));
        self
    }

    /// The steps of all its jobs.
    pub(super) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.jobs.iter().flat_map(|job| &job.steps)
    }

    /// Whether something in it pushes images in a way that is not understood.
    pub(super) fn pushes_unread(&self) -> bool {
        self.steps().any(|step| step.pushes_by_script() || step.pushes_by_action())
    }

    /// The steps that run something which is not read, and which may publish by its name, and those commands.
    pub(super) fn unseen(&self) -> Vec<(&Step, &str)> {
        let all =
            self.steps().flat_map(|step| step.unseen.iter().map(move |command| (step, command.as_str())));
        let mut found: Vec<(&Step, &str)> = Vec::new();
        for one in all {
            if !found.iter().any(|known| (&known.0.name, known.1) == (&one.0.name, one.1)) {
                found.push(one);
            }
        }
        found
    }

    /// Whether it makes images or charts at all.
    pub(super) fn publishes(&self) -> bool {
        let publishes = |step: &Step| step.makes_image() || step.makes_chart() || step.builds_by_script();
        self.steps().any(publishes) && !self.only_tries()
    }

    /// Whether a step of it runs Plimsoll.
    pub(super) fn runs_plimsoll(&self) -> bool {
        self.steps().any(|step| step.run.contains("plimsoll ") || step.uses.ends_with("/plimsoll"))
    }

    /// Whether a step of it runs GoReleaser.
    pub(super) fn runs_goreleaser(&self) -> bool {
        self.steps().any(Step::runs_goreleaser)
    }
}

impl Step {
    pub(in crate::setup) fn makes_image(&self) -> bool {
        matches!(
            self.uses.as_str(),
            "docker/build-push-action" | "docker/metadata-action" | "docker/bake-action"
        ) || self.names_images()
    }

    /// Whether an action of it builds an image and may push it: it is told to.
    pub(in crate::setup) fn pushes_build(&self) -> bool {
        let outputs = self.input("outputs").unwrap_or_default();
        let goes_out = ["push=", "type=registry", "push-by-digest=true", "${{"]
            .iter()
            .any(|word| outputs.contains(word) && !outputs.contains("push=false"));
        let is_told = self.input("push").is_some_and(|push| push != "false") || goes_out;
        match self.uses.as_str() {
            "docker/build-push-action" => is_told,
            // Its file may say so.
            "docker/bake-action" => is_told || self.input("push").is_none(),
            _ => false,
        }
    }

    /// Whether it publishes anything.
    pub(super) fn publishes(&self) -> bool {
        self.makes_image()
            || self.makes_chart()
            || self.makes_page()
            || self.pushes_by_script()
            || self.pushes_by_action()
            || self.runs_goreleaser()
    }

    /// Whether a script of it gives images their tags that were pushed by digest.
    pub(in crate::setup) fn names_images(&self) -> bool {
        self.run.contains("imagetools create")
    }

    /// What a script of it does that a release does too, or does not do at all, and that is not understood.
    pub(in crate::setup) fn find_deeds(&self) -> Vec<&'static str> {
        push_lines::find_deeds(&self.run)
    }

    /// Whether a script of it pushes images, in a way that is understood as far as their names go.
    pub(in crate::setup) fn builds_by_script(&self) -> bool {
        let script = script::read(&self.run);
        self.pushes_by_script() && script.names_something()
    }

    /// Whether it runs GoReleaser so that something is published: neither another subcommand nor a snapshot does.
    pub(in crate::setup) fn runs_goreleaser(&self) -> bool {
        let publishes = |words: &str| !words.contains("--snapshot") && !words.contains("--skip=publish");
        let runs = |line: &str| {
            !line.trim_start().starts_with('#') && line.contains("goreleaser release") && publishes(line)
        };
        match self.is_goreleaser_action() {
            true => self.input("args").is_none_or(|args| args.starts_with(['r', '$']) && publishes(args)),
            false => self.run.lines().any(runs),
        }
    }

    fn is_goreleaser_action(&self) -> bool {
        self.uses.to_ascii_lowercase().contains("goreleaser-action")
    }

    /// Whether an action pushes images, in a way of its own.
    pub(in crate::setup) fn pushes_by_action(&self) -> bool {
        let uses = self.uses.to_ascii_lowercase();
        if self.is_goreleaser_action() {
            return self.runs_goreleaser();
        }
        // Those of docker itself are read.
        !uses.starts_with("docker/") && PUSHERS.iter().any(|word| uses.contains(word))
    }

    /// Whether a script of it pushes images, in a way that is not understood.
    pub(in crate::setup) fn pushes_by_script(&self) -> bool {
        let is_push = |line: &str| push_lines::pushes(line, &self.run) || push_lines::names_a_push(line);
        self.run.replace("\\\n", " ").lines().any(is_push) && !script::read(&self.run).stays_here()
    }

    /// Whether a script of it pushes what is neither an image nor a chart.
    pub(super) fn pushes_something_else(&self, values: &BTreeMap<String, String>) -> bool {
        push_lines::pushes_something_else(&self.run, values)
    }

    /// Whether a script of it may do one thing or another.
    pub(super) fn chooses_by_script(&self) -> bool {
        let is_choice =
            |line: &str| ["if ", "case ", "[ ", "[[ ", "test "].iter().any(|word| line.starts_with(word));
        self.run.lines().map(str::trim_start).any(is_choice)
    }

    pub(in crate::setup) fn input(&self, name: &str) -> Option<&str> {
        self.with.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

impl Triggers {
    /// Sets off by what sets the other one off, too.
    pub(super) fn extend(&mut self, other: &Triggers) {
        for (own, other) in [(&mut self.tags, &other.tags), (&mut self.branches, &other.branches)] {
            match (own.as_mut(), other) {
                (Some(own), Some(other)) => own.extend(other.iter().cloned()),
                (None, other) => own.clone_from(other),
                (Some(_), None) => {}
            }
        }
        self.pull_request = self.pull_request.or(other.pull_request);
        self.schedule = self.schedule.or(other.schedule);
        self.release = self.release.or(other.release);
        self.workflow_run = self.workflow_run.take().or_else(|| other.workflow_run.clone());
        // What calls it is what sets its caller off.
        self.events.remove("workflow_call");
        self.events.extend(other.events.iter().cloned());
    }

    /// Whether another repository alone says when it runs, and what of.
    pub(super) fn is_of_others(&self) -> bool {
        let is_dispatched = |event: &String| event == "repository_dispatch";
        !self.has_occasions() && !self.events.is_empty() && self.events.iter().all(is_dispatched)
    }

    /// Whether there are occasions on which it runs by itself.
    pub(super) fn has_occasions(&self) -> bool {
        self.tags.is_some() || self.branches.is_some() || self.pull_request.is_some()
    }
}

/// What happens to a release page to set a workflow off, where that is one thing.
fn action_of_pages(root: &Value) -> Option<String> {
    let action = match root.pointer("/on/release/types")? {
        Value::Array(types) if types.len() == 1 => types.first()?,
        one => one,
    };
    action.as_str().map(str::to_owned)
}

pub(in crate::setup) fn read_triggers(on: Option<&Value>) -> Triggers {
    let events: BTreeMap<&str, Option<&Value>> = match on {
        Some(Value::String(name)) => [(name.as_str(), None)].into(),
        Some(Value::Array(names)) => names.iter().filter_map(|name| Some((name.as_str()?, None))).collect(),
        Some(Value::Object(events)) => {
            events.iter().map(|(name, event)| (name.as_str(), Some(event))).collect()
        }
        _ => BTreeMap::new(),
    };
    let list = |event: Option<&Value>, key: &str| -> Option<Vec<String>> {
        match event?.get(key)? {
            Value::String(one) => Some(vec![one.clone()]),
            Value::Array(many) => {
                Some(many.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect())
            }
            _ => None,
        }
    };
    let events_named = events.keys().map(|&name| name.to_owned()).collect();
    let mut triggers = Triggers { events: events_named, ..Triggers::default() };
    if let Some(push) = events.get("push") {
        let (tags, branches) = (list(*push, "tags"), list(*push, "branches"));
        for key in ["paths", "paths-ignore"] {
            triggers.paths.extend(list(*push, key).map(|paths| format!("{key}: {}", paths.join(", "))));
        }
        // A push without filters is one of anything.
        let is_unfiltered = tags.is_none() && branches.is_none();
        triggers.tags = if is_unfiltered { Some(Vec::new()) } else { tags };
        triggers.branches = if is_unfiltered { Some(Vec::new()) } else { branches };
    }
    let types = events.get("release").and_then(|event| list(*event, "types"));
    triggers.is_of_prereleases = types.as_ref().is_some_and(|types| *types == ["prereleased"]);
    triggers.is_of_finals = types.is_some_and(|types| types == ["released"]);
    if events.contains_key("release") && !triggers.is_of_prereleases {
        triggers.release = Some(());
        triggers.tags.get_or_insert_default();
    }
    triggers.workflow_run =
        events.get("workflow_run").map(|event| list(*event, "workflows").unwrap_or_default());
    if events.contains_key("pull_request") || events.contains_key("pull_request_target") {
        triggers.pull_request = Some(());
    }
    if events.contains_key("schedule") {
        triggers.schedule = Some(());
    }
    triggers
}
