//! Workflows that are jobs of others (docs.github.com, "Reuse workflows").

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::WorkflowFile;
use super::super::expression::Known;
use super::super::matrix;
use super::given_secrets::GivenSecrets;
use super::jobs::{scalar, texts};
use super::{Triggers, Workflow};

/// How the name begins under which the type of an input stands.
pub(in crate::setup::from_workflows) const TYPE_OF: &str = "type.";
/// How deep workflows may call one another, and how often one is looked at.
const DEPTH: usize = 4;
const MOST: usize = 64;

/// A job that is another workflow.
#[derive(Clone, Debug)]
pub(in crate::setup::from_workflows) struct Call {
    /// The workflow, as it is named: a path from the root after `./`, or one of another repository.
    pub(in crate::setup::from_workflows) workflow: String,
    /// What the other one sees as `inputs.NAME`.
    pub(in crate::setup::from_workflows) inputs: BTreeMap<String, String>,
    /// What it sees as `secrets.NAME`.
    secrets: GivenSecrets,
    /// When the job runs, where that is about the event alone.
    condition: String,
    /// What sets the caller off.
    triggers: Triggers,
}

/// The defaults of a workflow's inputs, and their types.
pub(super) fn inputs_of(root: &Value) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for event in ["workflow_dispatch", "workflow_call"] {
        let inputs = root.pointer(&format!("/on/{event}/inputs")).and_then(Value::as_object);
        for (name, input) in inputs.into_iter().flatten() {
            let mut about = texts("", Some(input));
            let kind = about.remove("type");
            // Without a type it is a text. That of a person's choice is one of those that are given.
            let kind = kind.unwrap_or_else(|| "string".to_owned());
            all.insert(format!("{TYPE_OF}inputs.{name}"), kind.clone());
            // Nobody sets a default for what somebody starts by hand, on the occasions that are looked at.
            if event == "workflow_call" {
                let default = about.remove("default");
                let nothing = (kind == "boolean").then(|| "false".to_owned());
                all.extend(default.or(nothing).map(|value| (format!("inputs.{name}"), value)));
            }
        }
    }
    all
}

/// The workflow that a job is, once for each combination of its matrix.
pub(super) fn calls_of(job: &Value, triggers: &Triggers) -> Vec<Call> {
    let Some(workflow) = job.get("uses").and_then(Value::as_str) else { return Vec::new() };
    let inputs = texts("inputs", job.get("with"));
    let combinations = matrix::combinations(job.pointer("/strategy/matrix"));
    let combinations = if combinations.is_empty() { vec![BTreeMap::new()] } else { combinations };
    let condition = scalar(job.get("if"));
    let is_of_event =
        !["needs.", "inputs.", "steps.", "vars.", "matrix."].iter().any(|word| condition.contains(word));
    let of = |values: &BTreeMap<String, String>| {
        let known = Known { values, repository: None };
        let fill = |(name, value): (&String, &String)| (name.clone(), known.fill(value).into_text());
        Call {
            workflow: workflow.to_owned(),
            inputs: inputs.iter().map(fill).collect(),
            secrets: GivenSecrets::of(job),
            condition: Some(condition.clone()).filter(|_| is_of_event).unwrap_or_default(),
            triggers: triggers.clone(),
        }
    };
    let mut calls: Vec<Call> = Vec::new();
    for call in combinations.iter().map(of) {
        if !calls.iter().any(|known| known.inputs == call.inputs) {
            calls.push(call);
        }
    }
    calls
}

impl Call {
    /// The path of the workflow, where it lies in this repository.
    pub(in crate::setup::from_workflows) fn path(&self, repository: Option<&str>) -> Option<&str> {
        let own = repository.and_then(|own| self.workflow.strip_prefix(own)?.strip_prefix('/'));
        let own = own.and_then(|path| path.split('@').next());
        self.workflow.strip_prefix("./").or(own)
    }
}

impl Workflow {
    /// The same workflow as another one calls it.
    fn called(mut self, call: &Call) -> Workflow {
        self.triggers.extend(&call.triggers);
        for job in &mut self.jobs {
            call.secrets.put_into(job);
            job.values.extend(call.inputs.clone());
            job.condition = both(&call.condition, &job.condition);
        }
        for inner in &mut self.calls {
            let known = Known { values: &call.inputs, repository: None };
            for value in inner.inputs.values_mut() {
                *value = known.fill(value).into_text();
            }
            call.secrets.put_into_call(&mut inner.secrets);
            inner.condition = both(&call.condition, &inner.condition);
            inner.triggers = self.triggers.clone();
        }
        self
    }
}

/// Both conditions.
pub(super) fn both(one: &str, other: &str) -> String {
    let bare = |text: &str| {
        let text = text.trim();
        text.strip_prefix("${{").and_then(|text| text.strip_suffix("}}")).unwrap_or(text).trim().to_owned()
    };
    match (bare(one).as_str(), bare(other).as_str()) {
        (one, "") => one.to_owned(),
        ("", other) => other.to_owned(),
        (one, other) => format!("({one}) && ({other})"),
    }
}

/// Workflows with what their callers give them; one that several call stands there several times. Callers of workflows that
/// lie elsewhere are told.
pub(in crate::setup::from_workflows) fn called<'a>(
    read: Vec<(&'a WorkflowFile, Workflow)>,
    repository: Option<&str>,
    left: &mut Vec<String>,
) -> Vec<(&'a WorkflowFile, Workflow)> {
    for (file, workflow) in &read {
        let elsewhere = workflow.calls.iter().filter(|call| call.path(repository).is_none());
        for call in elsewhere {
            let what = format!("{}: a job is {}, which lies elsewhere", file.path, call.workflow);
            if !left.contains(&what) {
                left.push(what);
            }
        }
    }
    let with = |(file, _): &(&'a WorkflowFile, Workflow)| {
        let found = with_callers(file, &read, repository, DEPTH);
        found.into_iter().map(|workflow| (*file, workflow)).collect::<Vec<_>>()
    };
    read.iter().flat_map(with).collect()
}

/// A workflow as each of those calls it that call it; as it is, where none does.
fn with_callers(
    file: &WorkflowFile,
    all: &[(&WorkflowFile, Workflow)],
    repository: Option<&str>,
    depth: usize,
) -> Vec<Workflow> {
    let Some((_, own)) = all.iter().find(|(other, _)| other.path == file.path) else { return Vec::new() };
    let Some(depth) = depth.checked_sub(1) else { return vec![own.clone()] };
    let calls_it = |caller: &Workflow| {
        caller.calls.iter().filter(|call| call.path(repository) == Some(&file.path)).cloned().collect()
    };
    let mut found: Vec<Workflow> = Vec::new();
    for (other, workflow) in all {
        let calls: Vec<Call> = calls_it(workflow);
        if calls.is_empty() || other.path == file.path {
            continue;
        }
        for caller in with_callers(other, all, repository, depth) {
            let calls: Vec<Call> = calls_it(&caller);
            found.extend(calls.iter().map(|call| own.clone().called(call)));
        }
        found.truncate(MOST);
    }
    if found.is_empty() { vec![own.clone()] } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the steps of the last file are given as `a`, and what sets it off.
    fn given(files: &[&str]) -> Vec<(String, bool, String)> {
        let files: Vec<WorkflowFile> = files
            .iter()
            .enumerate()
            .map(|(number, text)| WorkflowFile { path: format!("{number}.yml"), text: (*text).to_owned() })
            .collect();
        let read = files.iter().map(|file| (file, Workflow::parse(file, &[]).expect("it is YAML"))).collect();
        let all = called(read, None, &mut Vec::new());
        let last = files.last().map(|file| file.path.clone()).unwrap_or_default();
        let of = |workflow: &Workflow| {
            let job = &workflow.jobs[0];
            let value = job.values.get("inputs.a").cloned().unwrap_or_default();
            (value, workflow.triggers.tags.is_some(), job.condition.clone())
        };
        all.iter().filter(|(file, _)| file.path == last).map(|(_, workflow)| of(workflow)).collect()
    }

    const LAST: &str = "on: { workflow_call: { inputs: { a: { type: string, default: usual } } } }\njobs: { a: { if: always(), steps: [] } }";

    #[test]
    fn what_callers_give_goes_through_those_between() {
        let own = |value: &str, is_for_tags: bool, condition: &str| {
            (value.to_owned(), is_for_tags, condition.to_owned())
        };
        assert_eq!(given(&[LAST]), [own("usual", false, "always()")]);
        let first = "on: { push: { tags: ['v*'] } }\njobs: { x: { if: \"github.ref_type == 'tag'\", uses: ./1.yml, with: { b: told } } }";
        let between = "on: { workflow_call: { inputs: { b: { type: string } } } }\njobs: { x: { uses: ./2.yml, with: { a: 'is ${{ inputs.b }}' } } }";
        assert_eq!(
            given(&[first, between, LAST]),
            [own("is told", true, "(github.ref_type == 'tag') && (always())")]
        );
        let matrix = "on: push\njobs: { x: { strategy: { matrix: { a: [one, two] } }, uses: ./1.yml, with: { a: '${{ matrix.a }}' } } }";
        assert_eq!(given(&[matrix, LAST]), [own("one", true, "always()"), own("two", true, "always()")]);
    }

    #[test]
    fn secrets_have_the_names_of_the_first_caller() {
        let first = "on: push\njobs: { x: { uses: ./1.yml, secrets: { Between: '${{ secrets.HUB_TOKEN }}', host: r.test } } }";
        let between = "on: { workflow_call: }\njobs: { x: { uses: ./2.yml, secrets: { last: '${{ secrets.between }}', host: '${{ secrets.HOST }}' } } }";
        let last = "on: { workflow_call: }\njobs: { a: { env: { P: '${{ secrets.LAST }}' }, steps: [ { run: 'login ${{ secrets.host }} ${{ secrets.other }}', with: { password: '${{ secrets.last }}' } } ] } }";
        let text = |path: &str, text: &str| WorkflowFile { path: path.to_owned(), text: text.to_owned() };
        let files = [text("0.yml", first), text("1.yml", between), text("2.yml", last)];
        let read = files.iter().map(|file| (file, Workflow::parse(file, &[]).expect("it is YAML"))).collect();
        let all = called(read, None, &mut Vec::new());
        let job = &all.last().expect("there are three").1.jobs[0];
        assert_eq!(job.steps[0].with["password"], "${{ secrets.HUB_TOKEN }}");
        assert_eq!(job.steps[0].run, "login ${{ 'r.test' }} ${{ secrets.other }}");
        assert_eq!(job.values["env.P"], "${{ secrets.HUB_TOKEN }}");
    }

    #[test]
    fn workflows_that_call_one_another_have_an_end() {
        let of = |other: &str| {
            format!(
                "on: {{ workflow_call: }}\njobs: {{ x: {{ uses: ./{other}.yml, with: {{ a: b }} }}, y: {{ uses: ./{other}.yml, with: {{ a: c }} }}, z: {{ steps: [] }} }}"
            )
        };
        assert!(given(&[&of("1"), &of("0")]).len() <= MOST);
    }
}
