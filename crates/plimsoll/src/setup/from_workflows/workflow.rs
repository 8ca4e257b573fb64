//! What sets a workflow off, and its steps (docs.github.com, "Workflow syntax for GitHub Actions").

use std::collections::BTreeMap;

use serde_json::Value;

use super::{WorkflowFile, matrix, script};

/// Commands of scripts by which something leaves the job.
const DEEDS: [&str; 12] = [
    "cosign sign",
    "cosign attest",
    "notation sign",
    "gpg --",
    "oras push",
    "flux push",
    "mod push",
    "git push",
    "gh release upload",
    "npm publish",
    "cargo publish",
    "twine upload",
];
/// Commands of scripts that push images.
const PUSHES: [&str; 15] = [
    "docker push",
    "docker image push",
    "podman push",
    "buildah push",
    "crane push",
    "crane copy",
    "crane tag",
    "regctl image copy",
    "skopeo copy",
    "docker-bake",
    "docker manifest push",
    "goreleaser release",
    "kaniko/executor",
    "ko build",
    "ko publish",
];
/// Programs whose `--push` pushes images.
const BUILDERS: [&str; 6] = ["buildah", "buildx", "docker", "nerdctl", "podman", "bake"];
/// What runs commands that stand in another file.
const RUNNERS: [&str; 7] = ["make ", "just ", "task ", "mage ", "bash ", "sh ", "./"];
/// Words in the names of actions that push images in a way of their own.
const PUSHERS: [&str; 7] = [
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
}

/// A job that is another workflow.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The workflow, as it is named: a path from the root after `./`, or one of another repository.
    pub(super) workflow: String,
    /// What the other one sees as `inputs.NAME`.
    pub(super) inputs: BTreeMap<String, String>,
    /// What sets the caller off.
    pub(super) triggers: Triggers,
}

/// What sets a workflow off. `None` is "not at all", an empty list "always".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::setup) struct Triggers {
    pub(in crate::setup) tags: Option<Vec<String>>,
    pub(in crate::setup) branches: Option<Vec<String>>,
    pub(in crate::setup) pull_request: Option<()>,
    pub(in crate::setup) schedule: Option<()>,
    pub(in crate::setup) release: Option<()>,
}

/// A job in one combination of its matrix.
#[derive(Clone)]
pub(super) struct Job {
    /// What of it a release's job does not have: approvals, jobs that it waits for.
    pub(super) terms: Vec<String>,
    /// What `env.NAME` and `matrix.NAME` are.
    pub(super) values: BTreeMap<String, String>,
    pub(super) steps: Vec<Step>,
}

/// A step.
#[derive(Clone, Debug)]
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
}

impl Workflow {
    pub(super) fn parse(file: &WorkflowFile) -> Result<Workflow, WorkflowError> {
        let root: Value = yaml_serde::from_str(&file.text)
            .map_err(|error| WorkflowError::Syntax { path: file.path.clone(), why: error.to_string() })?;
        let triggers = read_triggers(root.get("on"));
        let mut env = texts("env", root.get("env"));
        for (name, input) in
            root.pointer("/on/workflow_call/inputs").and_then(Value::as_object).into_iter().flatten()
        {
            env.extend(
                texts("", Some(input)).remove("default").map(|value| (format!("inputs.{name}"), value)),
            );
        }
        let jobs = || root.get("jobs").and_then(Value::as_object).into_iter().flat_map(|jobs| jobs.values());
        let calls = jobs().filter_map(|job| {
            let workflow = job.get("uses")?.as_str()?.to_owned();
            Some(Call { workflow, inputs: texts("inputs", job.get("with")), triggers: triggers.clone() })
        });
        Ok(Workflow {
            calls: calls.collect(),
            jobs: jobs().flat_map(|job| read_jobs(job, root.get("jobs"), &env)).collect(),
            triggers,
        })
    }

    /// The same workflow as another one calls it.
    pub(super) fn called(mut self, call: &Call) -> Workflow {
        self.triggers.extend(&call.triggers);
        for job in &mut self.jobs {
            job.values.extend(call.inputs.clone());
        }
        self
    }

    /// Whether something in it pushes images in a way that is not understood.
    pub(super) fn pushes_unread(&self) -> bool {
        self.jobs
            .iter()
            .flat_map(|job| &job.steps)
            .any(|step| step.pushes_by_script() || step.pushes_by_action())
    }

    /// Whether it makes images or charts at all.
    pub(super) fn publishes(&self) -> bool {
        let publishes = |step: &Step| step.makes_image() || step.makes_chart() || step.builds_by_script();
        self.jobs.iter().flat_map(|job| &job.steps).any(publishes)
    }

    /// Whether a step of it runs GoReleaser.
    pub(super) fn runs_goreleaser(&self) -> bool {
        self.jobs.iter().flat_map(|job| &job.steps).any(Step::runs_goreleaser)
    }
}

impl Step {
    pub(in crate::setup) fn makes_image(&self) -> bool {
        matches!(
            self.uses.as_str(),
            "docker/build-push-action" | "docker/metadata-action" | "docker/bake-action"
        ) || self.names_images()
    }

    /// Whether a script of it gives images their tags that were pushed by digest.
    pub(in crate::setup) fn names_images(&self) -> bool {
        self.run.contains("imagetools create")
    }

    /// What a script of it does that a release does too, or does not do at all, and that is not understood.
    pub(in crate::setup) fn find_deed(&self) -> Option<&'static str> {
        let lines = || self.run.lines().filter(|line| !line.trim_start().starts_with('#'));
        DEEDS.into_iter().find(|deed| lines().any(|line| line.contains(deed)))
    }

    /// Whether a script of it pushes images, in a way that is understood as far as their names go.
    pub(in crate::setup) fn builds_by_script(&self) -> bool {
        let script = script::read(&self.run);
        self.pushes_by_script() && !(script.built.is_empty() && script.strange.is_empty())
    }

    /// Whether GoReleaser is what it runs.
    pub(in crate::setup) fn runs_goreleaser(&self) -> bool {
        let runs = |line: &str| !line.trim_start().starts_with('#') && line.contains("goreleaser release");
        self.uses.to_ascii_lowercase().contains("goreleaser-action") || self.run.lines().any(runs)
    }

    /// Whether an action pushes images, in a way of its own.
    pub(in crate::setup) fn pushes_by_action(&self) -> bool {
        let uses = self.uses.to_ascii_lowercase();
        PUSHERS.iter().any(|word| uses.contains(word))
    }

    /// Whether a script of it pushes images, in a way that is not understood.
    pub(in crate::setup) fn pushes_by_script(&self) -> bool {
        let run = self.run.as_str();
        let is_push = |line: &str| {
            let line = line.trim_start();
            let is_known = PUSHES.iter().any(|command| line.contains(command));
            // Other programs push other things.
            let is_known =
                is_known || (line.contains("--push") && BUILDERS.iter().any(|word| run.contains(word)));
            // What another file says is not seen, and its name tells.
            let is_named = RUNNERS.iter().any(|runner| line.starts_with(runner)) && {
                let line = line.to_ascii_lowercase();
                line.contains("docker") && line.contains("push")
            };
            !line.starts_with('#') && (is_known || is_named)
        };
        self.run.lines().any(is_push) && !script::read(&self.run).stays_here()
    }

    pub(in crate::setup) fn makes_chart(&self) -> bool {
        let is_deed = |line: &str| {
            !line.trim_start().starts_with('#')
                && (["helm push", "helm package", "cr package"].iter().any(|command| line.contains(command))
                    || (line.contains("helm") && (line.contains(" package ") || line.contains(" push "))))
        };
        // A command may go on in the next line.
        self.uses == "helm/chart-releaser-action" || self.run.replace("\\\n", " ").lines().any(is_deed)
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
    }
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
    let mut triggers = Triggers::default();
    if let Some(push) = events.get("push") {
        let (tags, branches) = (list(*push, "tags"), list(*push, "branches"));
        // A push without filters is one of anything.
        let is_unfiltered = tags.is_none() && branches.is_none();
        triggers.tags = if is_unfiltered { Some(Vec::new()) } else { tags };
        triggers.branches = if is_unfiltered { Some(Vec::new()) } else { branches };
    }
    if events.contains_key("release") {
        triggers.release = Some(());
        triggers.tags.get_or_insert_default();
    }
    if events.contains_key("pull_request") || events.contains_key("pull_request_target") {
        triggers.pull_request = Some(());
    }
    if events.contains_key("schedule") {
        triggers.schedule = Some(());
        triggers.branches.get_or_insert_default();
    }
    triggers
}

fn read_jobs(job: &Value, others: Option<&Value>, env: &BTreeMap<String, String>) -> Vec<Job> {
    let mut values = env.clone();
    values.extend(texts("env", job.get("env")));
    let steps: Vec<Step> =
        job.get("steps").and_then(Value::as_array).into_iter().flatten().map(read_step).collect();
    let mut terms = read_terms(job, &steps);
    terms.extend(waits_for(job, others));
    let mut jobs = matrix::combinations(job.pointer("/strategy/matrix")).into_iter().map(|combination| {
        let mut values = values.clone();
        values.extend(combination);
        Job { values, steps: steps.clone(), terms: terms.clone() }
    });
    match jobs.next() {
        None => vec![Job { values, steps, terms }],
        Some(first) => [first].into_iter().chain(jobs).collect(),
    }
}

/// What a job waits for and a release does not: jobs that publish nothing.
fn waits_for(job: &Value, others: Option<&Value>) -> Option<String> {
    let names = match job.get("needs")? {
        Value::String(one) => vec![one.as_str()],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is_gate = |name: &&str| {
        let steps = others.and_then(|others| others.get(*name)?.get("steps")?.as_array());
        let is_part = |step: Step| step.makes_image() || step.makes_chart() || step.pushes_by_script();
        // Jobs that are another workflow, or only work out values, are no tests.
        let runs = |step: &Step| !step.run.is_empty() && !step.run.contains("GITHUB_OUTPUT");
        steps.is_some_and(|steps| {
            let steps = || steps.iter().map(read_step);
            !steps().any(is_part) && steps().any(|step| runs(&step))
        })
    };
    let names: Vec<String> = names.into_iter().filter(is_gate).map(|name| format!("`{name}`")).collect();
    (!names.is_empty())
        .then(|| format!("a job waits for {}: commands under `[gates]` do that", names.join(", ")))
}

/// What a job has that a release's job goes without.
fn read_terms(job: &Value, steps: &[Step]) -> Vec<String> {
    let environment =
        job.get("environment").and_then(|one| one.as_str().or_else(|| one.get("name")?.as_str()));
    let mut terms: Vec<String> = environment
        .map(|name| format!("environment `{name}`: its secrets and who has to agree"))
        .into_iter()
        .collect();
    for step in steps.iter().filter(|step| step.uses == "actions/checkout") {
        for input in ["submodules", "lfs"] {
            if let Some(value) = step.input(input).filter(|value| *value != "false") {
                terms.push(format!("checkout with {input}: {value}"));
            }
        }
    }
    terms
}

pub(in crate::setup) fn read_step(step: &Value) -> Step {
    let text = |key: &str| step.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let uses = text("uses");
    Step {
        id: step.get("id").and_then(Value::as_str).map(str::to_owned),
        name: text("name"),
        uses: uses.split('@').next().unwrap_or_default().to_owned(),
        run: text("run"),
        condition: text("if"),
        with: texts("", step.get("with")),
        env: texts("", step.get("env")),
    }
}

/// The scalars of an object, as texts, under `prefix.`.
pub(super) fn texts(prefix: &str, object: Option<&Value>) -> BTreeMap<String, String> {
    let object = object.and_then(Value::as_object);
    let scalars = object.into_iter().flatten().filter_map(|(key, value)| {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Value::String(text) => Some((key, text.clone())),
            Value::Number(_) | Value::Bool(_) => Some((key, value.to_string())),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    });
    scalars.collect()
}
