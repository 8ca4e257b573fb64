//! Jobs and steps as they are written.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::runner::RUNS_ON;
use super::super::{WorkflowFile, matrix};
use super::looked_into::look_into;
use super::{Environment, Job, Step, handed_on, local_actions, makers};

pub(super) fn read_jobs(
    id: &str,
    job: &Value,
    env: &BTreeMap<String, String>,
    called: &[WorkflowFile],
) -> Vec<Job> {
    let mut values = env.clone();
    values.extend(texts("env", job.get("env")));
    let steps: Vec<Step> =
        job.get("steps").and_then(Value::as_array).into_iter().flatten().map(read_step).collect();
    let folder = job.pointer("/defaults/run/working-directory").and_then(Value::as_str).map(str::to_owned);
    let placed = |step: Step| Step { folder: step.folder.or_else(|| folder.clone()), ..step };
    let opened = local_actions::open(steps.into_iter().map(placed).collect(), called);
    values.extend(opened.values.clone());
    let looked = |values: &BTreeMap<String, String>| -> Vec<Step> {
        opened.steps.iter().map(|step| look_into(step.clone(), called, values)).collect()
    };
    let steps = looked(&values);
    let mut terms = read_terms(job, &steps);
    let unread = matrix::unread_exclusions(job.pointer("/strategy/matrix"));
    terms.extend(unread.into_iter().map(|row| {
        format!(
            "job `{id}`: the matrix excludes {row}, which only a run knows: take out what it leaves out today"
        )
    }));
    let runner = names(job.get("runs-on")).join(" ");
    values.insert(RUNS_ON.to_owned(), runner);
    let whole = Job {
        id: id.to_owned(),
        condition: scalar(job.get("if")),
        needs: names(job.get("needs")),
        calls: job.get("uses").and_then(Value::as_str).map(str::to_owned),
        environment: Environment::read(job.get("environment")),
        equipment: read_equipment(job),
        terms,
        outputs: texts("", job.get("outputs"))
            .into_iter()
            .map(|(name, value)| (name, opened.rename(&value)))
            .collect(),
        values,
        steps,
    };
    let combinations = matrix::combinations(job.pointer("/strategy/matrix"));
    let with = |combination: BTreeMap<String, String>| {
        let mut job = whole.clone();
        job.values.extend(combination);
        handed_on::add(&mut job);
        // What steps hand on is given to what later ones run.
        job.steps = looked(&job.values);
        makers::add_actions(&mut job);
        job
    };
    if combinations.is_empty() {
        return vec![with(BTreeMap::new())];
    }
    combinations.into_iter().map(with).collect()
}

/// One name, or a list of them.
fn names(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// A text, or what else stands there: a condition may be `false`.
pub(super) fn scalar(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(switch)) => switch.to_string(),
        _ => String::new(),
    }
}

/// What a job has beside its steps.
fn read_equipment(job: &Value) -> Vec<String> {
    let told = [
        ("services", "services run beside it"),
        ("container", "it runs in a container of its own"),
        ("env", "it is given variables"),
    ];
    let beside = told.into_iter().filter(|(key, _)| job.get(*key).is_some());
    let runner = names(job.get("runs-on")).join(" ");
    let strange = ["macos", "self-hosted", "windows"].iter().any(|word| runner.to_lowercase().contains(word));
    let runner = strange.then(|| format!("it runs on {runner}"));
    beside.map(|(_, what)| what.to_owned()).chain(runner).collect()
}

/// What a job has that a release's job goes without.
fn read_terms(job: &Value, steps: &[Step]) -> Vec<String> {
    let mut terms: Vec<String> = Environment::read(job.get("environment"))
        .map(|one| format!("environment `{}`: its secrets and who has to agree", one.name))
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
    let written = uses.split('@').next().unwrap_or_default();
    let action = action_of(written);
    // People know it as it is written.
    let name = if action == written { text("name") } else { written.to_owned() };
    Step {
        id: step.get("id").and_then(Value::as_str).map(str::to_owned),
        name: Some(text("name")).filter(|name| !name.is_empty()).unwrap_or(name),
        uses: action.to_owned(),
        run: text("run"),
        condition: scalar(step.get("if")),
        with: texts("", step.get("with")),
        has_env: step.get("env").is_some(),
        env: texts("", step.get("env")),
        folder: step.get("working-directory").and_then(Value::as_str).map(str::to_owned),
        unseen: Vec::new(),
        is_looked_into: false,
    }
}

/// The action that is meant: Forgejo and Gitea name some with their host, and some are others' with the same inputs.
fn action_of(written: &str) -> &str {
    let there = written.strip_prefix("https://").and_then(|address| address.split_once('/'));
    match there.map_or(written, |(_, action)| action) {
        "depot/build-push-action" | "useblacksmith/build-push-action" => "docker/build-push-action",
        "depot/bake-action" => "docker/bake-action",
        action => action,
    }
}

/// The steps that a step amounts to: those of its action, and what its script runs.
pub(in crate::setup) fn amounts_to(step: Step, called: &[WorkflowFile]) -> Vec<Step> {
    let opened = local_actions::open(vec![step], called);
    opened.steps.into_iter().map(|step| look_into(step, called, &opened.values)).collect()
}

/// The scalars of an object, as texts, under `prefix.`.
pub(in crate::setup::from_workflows) fn texts(
    prefix: &str,
    object: Option<&Value>,
) -> BTreeMap<String, String> {
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
