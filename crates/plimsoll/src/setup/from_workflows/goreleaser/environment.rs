//! Variables that GoReleaser is given by the steps that run it.

use std::collections::{BTreeMap, BTreeSet};

use crate::setup::from_workflows::expression::{Filled, Known};
use crate::setup::from_workflows::image::values_of;
use crate::setup::from_workflows::script::assignment;
use crate::setup::from_workflows::workflow::{Step, Workflow};

/// What `.Env` has, as far as that is known.
#[derive(Clone, Debug, Default)]
pub(in crate::setup::from_workflows) struct Environment {
    said: BTreeMap<String, String>,
    /// Every word of the jobs that run it which may name a variable; none: no job does.
    words: Option<BTreeSet<String>>,
}

/// What is known of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable<'a> {
    Is(&'a str),
    /// No job that runs GoReleaser names it.
    Unset,
    Unknown,
}

/// How names begin that the forge sets by itself.
const OF_FORGE: [&str; 5] = ["ACTIONS_", "CI", "FORGEJO_", "GITEA_", "GITHUB_"];

impl Environment {
    /// What all steps that run it agree on: those that run for a tag, where there are any.
    pub(in crate::setup::from_workflows) fn of<'a>(
        workflows: impl Iterator<Item = &'a Workflow>,
        repository: Option<&str>,
    ) -> Environment {
        let running: Vec<&Workflow> = workflows.filter(|workflow| workflow.runs_goreleaser()).collect();
        let of_tags: Vec<&Workflow> =
            running.iter().copied().filter(|workflow| workflow.triggers.tags.is_some()).collect();
        let mut words = BTreeSet::new();
        let mut said: Option<BTreeMap<String, String>> = None;
        for job in
            if of_tags.is_empty() { running } else { of_tags }.iter().flat_map(|workflow| &workflow.jobs)
        {
            for step in job.steps.iter().filter(|step| step.runs_goreleaser()) {
                let values = values_of(job, step);
                let known = Known { values: &values, repository };
                let given = given(step, &known);
                words.extend(values.keys().filter_map(|name| name.strip_prefix("env.")).map(str::to_owned));
                words.extend(job.steps.iter().flat_map(|step| words_of(&step.run)).map(str::to_owned));
                match &mut said {
                    Some(said) => said.retain(|name, value| given.get(name) == Some(value)),
                    None => said = Some(given),
                }
            }
        }
        let words = said.is_some().then_some(words);
        let mut said = said.unwrap_or_default();
        if let Some((owner, _)) = repository.and_then(|path| path.split_once('/')) {
            said.insert("GITHUB_REPOSITORY_OWNER".to_owned(), owner.to_owned());
        }
        said.extend(repository.map(|path| ("GITHUB_REPOSITORY".to_owned(), path.to_owned())));
        Environment { said, words }
    }

    pub(super) fn get(&self, name: &str) -> Variable<'_> {
        let may_be_set = |words: &BTreeSet<String>| {
            words.contains(name) || OF_FORGE.iter().any(|begin| name.starts_with(begin))
        };
        match (self.said.get(name), &self.words) {
            (Some(value), _) => Variable::Is(value),
            (None, Some(words)) if !may_be_set(words) => Variable::Unset,
            (None, _) => Variable::Unknown,
        }
    }
}

/// The words of a script that may be names of variables.
fn words_of(script: &str) -> impl Iterator<Item = &str> {
    script.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').filter(|word| !word.is_empty())
}

/// The variables of a step, its job's and its own, and those that its script sets for the command.
fn given(step: &Step, known: &Known<'_>) -> BTreeMap<String, String> {
    let of_job = known.values.iter().filter_map(|(name, value)| Some((name.strip_prefix("env.")?, value)));
    let of_job = of_job.map(|(name, value)| (name.to_owned(), value.clone()));
    let in_front = |line: &str| {
        let words = line.split_whitespace().take_while(|word| !word.contains("goreleaser"));
        words
            .filter_map(assignment)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect::<Vec<_>>()
    };
    // What stands in an expression is one word.
    let run = step.run.replace("${{ ", "${{").replace(" }}", "}}");
    let lines = run.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let lines = lines.filter(|line| line.contains("goreleaser ") || line.starts_with("export "));
    let of_script = lines.flat_map(in_front);
    let filled = |(name, value): (String, String)| match known.fill(value.trim_matches(['"', '\''])) {
        Filled::Known(value) if !value.contains(['$', '{']) => Some((name, value)),
        Filled::Known(_) | Filled::Unknown { .. } => None,
    };
    of_job.chain(of_script).filter_map(filled).collect()
}
