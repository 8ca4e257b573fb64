//! A pipeline of GitLab (docs.gitlab.com, "CI/CD YAML syntax reference"), read as workflows: its jobs are scripts.

mod artifacts;
mod condition;
mod examined;
mod occasions;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use self::artifacts::{Wanted, handed_on};
pub(in crate::setup) use self::examined::{Examined, examine};
use self::occasions::{Occasions, Said};
use super::WorkflowFile;
use super::matrix::cross;
use super::runner::RUNS_ON;
use super::script::replace_word;
use super::workflow::{Environment, Job, Step, Triggers, Workflow, texts};
use crate::setup::pipeline_files::{Include, REFERENCE, includes, parse};

/// Keys of a pipeline that are no jobs.
const NO_JOBS: [&str; 13] = [
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "pages",
    "services",
    "spec",
    "stages",
    "types",
    "variables",
    "workflow",
];
/// The most templates that a job may stand on.
const DEPTH: usize = 11;
/// The longest value that is put into others, in bytes: values that name one another have no end.
const LONGEST: usize = 4096;

/// Where the pipeline is at home.
#[derive(Clone, Debug, Default)]
pub(super) struct PipelineHome<'a> {
    /// `owner/name`.
    pub(super) repository: Option<&'a str>,
    /// What `CI_REGISTRY_IMAGE` is.
    pub(super) registry_image: Option<String>,
    /// The default branch.
    pub(super) branch: Option<&'a str>,
    /// The git tags that there are.
    pub(super) tags: &'a [String],
}

impl PipelineHome<'_> {
    /// The default branch, as far as that is known.
    fn branch(&self) -> &str {
        self.branch.unwrap_or("main")
    }
}

/// A pipeline, and what of it is told.
#[derive(Default)]
pub(super) struct Pipeline {
    pub(super) jobs: Vec<PipelineJob>,
    /// Files that include others which are not at hand, or that are no YAML.
    pub(super) unread: Vec<String>,
    pub(super) left: Vec<String>,
}

/// A job of a pipeline.
pub(super) struct PipelineJob {
    pub(super) name: String,
    /// The file that it stands in.
    pub(super) path: String,
    /// Whether it makes a release page.
    pub(super) makes_page: bool,
    /// Whether it pushes, and nothing that is carried over sets it off.
    pub(super) is_aside: bool,
    /// It, as workflows: one for each kind of occasion.
    pub(super) workflows: Vec<Workflow>,
}

/// All files as one: what includes another file has the last word. `see` is shown each of them, or why it can't be read.
fn join(
    files: &[WorkflowFile],
    mut see: impl FnMut(&WorkflowFile, Result<&Value, &yaml_serde::Error>),
) -> Value {
    let mut root = Value::Object(serde_json::Map::new());
    for file in files.iter().rev() {
        let parsed = parse(&file.text);
        see(file, parsed.as_ref());
        if let Ok(parsed) = parsed {
            merge(&mut root, &parsed);
        }
    }
    root
}

/// The jobs among what a pipeline holds.
fn jobs(root: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let is_job =
        |name: &str, job: &Value| !name.starts_with('.') && !NO_JOBS.contains(&name) && job.is_object();
    root.as_object().into_iter().flatten().filter(move |(name, job)| is_job(name, job))
}

/// Reads a pipeline: a workflow for each job, since each has its own occasions. The first file includes the others.
pub(super) fn read(files: &[WorkflowFile], home: &PipelineHome<'_>) -> Pipeline {
    let mut pipeline = Pipeline::default();
    let root = join(files, |file, parsed| match parsed {
        Ok(parsed) => tell_includes(file, files, parsed, &mut pipeline),
        Err(error) => {
            pipeline.left.push(format!("`{}` is no YAML: {error}", file.path));
            pipeline.unread.push(file.path.clone());
        }
    });
    let shared = texts("", root.get("variables"));
    let whole = root.pointer("/workflow/rules");
    for (name, job) in jobs(&root) {
        let layers = layers(&root, job, 0);
        let find = |key: &str| layers.iter().find_map(|layer| layer.get(key));
        let path = files.iter().find(|file| find_lines(&file.text, name).is_some());
        let path = path.or(files.first()).map_or(String::new(), |file| file.path.clone());
        if let Some(started) = find("trigger") {
            pipeline
                .left
                .push(format!("{path}: job `{name}` starts {}, which is not read", started_by(started)));
            pipeline.unread.push(path.clone());
        }
        let before = find("before_script")
            .or_else(|| root.get("before_script"))
            .or_else(|| root.pointer("/default/before_script"));
        let scripts = [before, find("script")].into_iter().flatten();
        let run = scripts.flat_map(|script| lines(script, &root, 0)).collect::<Vec<_>>().join("\n");
        let makes_page = find("release").is_some();
        if run.is_empty() && !makes_page {
            continue;
        }
        let mut variables = shared.clone();
        layers.iter().rev().for_each(|layer| variables.extend(texts("", layer.get("variables"))));
        let said = Said { rules: find("rules"), only: find("only"), except: find("except"), whole };
        let mut occasions = Occasions::read(said, &variables, home);
        let pushes = |step: &Step| step.pushes_by_script() || step.makes_chart();
        let step = step(name, run);
        let is_aside = pushes(&step) && occasions.is_never();
        if is_aside && occasions.left.is_empty() {
            occasions
                .left
                .push("nothing that is carried over sets it off: what it pushes goes on".to_owned());
        }
        if pushes(&step) {
            let told = occasions.left.drain(..).map(|what| format!("{path}: job `{name}`: {what}"));
            pipeline.left.extend(told);
        }
        let environment = Environment::read(find("environment"));
        let mut terms: Vec<String> = environment
            .iter()
            .map(|one| {
                format!("job `{name}`: environment `{}`: its variables and who has to agree", one.name)
            })
            .collect();
        terms.extend(waits_for(name, find("needs"), &root));
        let (needs, dependencies, stage) = (find("needs"), find("dependencies"), find("stage"));
        terms.extend(handed_on(name, &Wanted { needs, dependencies, stage }, &root));
        let combinations = combinations(find("parallel"));
        let runner = find("tags").or_else(|| root.pointer("/default/tags")).map(names);
        let workflow = |triggers: Triggers| {
            let mut values = known(home, &triggers);
            values.extend(variables.clone());
            values.extend(runner.clone().map(|runner| (RUNS_ON.to_owned(), runner)));
            let job = |combination: &BTreeMap<String, String>| {
                let mut values = values.clone();
                for (name, value) in combination {
                    values.insert(name.clone(), value.clone());
                    values.insert(format!("matrix.{name}"), value.clone());
                }
                resolve(&mut values);
                let environment = environment.clone();
                Job { environment, terms: terms.clone(), values, steps: vec![step.clone()], ..Job::default() }
            };
            Workflow {
                triggers,
                jobs: combinations.iter().map(job).collect(),
                calls: Vec::new(),
                bakes: Vec::new(),
            }
        };
        let workflows = match is_aside {
            true => Vec::new(),
            false => occasions.split().into_iter().map(workflow).collect(),
        };
        pipeline.jobs.push(PipelineJob { name: name.clone(), path, makes_page, is_aside, workflows });
    }
    pipeline
}

fn step(name: &str, run: String) -> Step {
    Step {
        id: None,
        name: name.to_owned(),
        uses: String::new(),
        run,
        condition: String::new(),
        with: BTreeMap::new(),
        env: BTreeMap::new(),
        ..Step::default()
    }
}

/// The tags of a runner in one text.
fn names(tags: &Value) -> String {
    let all = tags.as_array().into_iter().flatten().filter_map(Value::as_str);
    tags.as_str().map_or_else(|| all.collect::<Vec<_>>().join(" "), str::to_owned)
}

/// Files that are not at hand are told.
fn tell_includes(file: &WorkflowFile, files: &[WorkflowFile], root: &Value, pipeline: &mut Pipeline) {
    let strange: Vec<String> = includes(root)
        .into_iter()
        .filter_map(|include| match include {
            Include::Elsewhere(name) => Some(name),
            Include::Local(path) if path.contains('*') => None,
            Include::Local(path) => (!files.iter().any(|file| file.path == path)).then_some(path),
        })
        .collect();
    if !strange.is_empty() {
        let strange = strange.join(", ");
        pipeline.left.push(format!("{}: it includes {strange}, which are not read", file.path));
        pipeline.unread.push(file.path.clone());
    }
}

/// What a job starts.
fn started_by(trigger: &Value) -> String {
    let names = includes(trigger).into_iter().map(|include| match include {
        Include::Local(name) | Include::Elsewhere(name) => name,
    });
    let project = trigger.as_str().or_else(|| trigger.get("project")?.as_str());
    let names: Vec<String> = names.chain(project.map(str::to_owned)).collect();
    if names.is_empty() { "another pipeline".to_owned() } else { names.join(", ") }
}

/// What a job waits for and a release does not: jobs that push nothing.
fn waits_for(name: &str, needs: Option<&Value>, root: &Value) -> Option<String> {
    let names = needs.and_then(Value::as_array).into_iter().flatten();
    let names = names.filter_map(|one| one.as_str().or_else(|| one.get("job")?.as_str()));
    let is_gate = |other: &&str| {
        let script = root.get(*other).and_then(|job| job.get("script"));
        let run = script.map(|script| lines(script, root, 0).join("\n")).unwrap_or_default();
        *other != name && !step(other, run).pushes_by_script()
    };
    let names: Vec<String> = names.filter(is_gate).map(|name| format!("`{name}`")).collect();
    (!names.is_empty())
        .then(|| format!("job `{name}`: it waits for {}: commands under `[gates]` do that", names.join(", ")))
}

/// The combinations of `parallel:matrix`; one without anything where there is none.
fn combinations(parallel: Option<&Value>) -> Vec<BTreeMap<String, String>> {
    let entries = parallel.and_then(|parallel| parallel.get("matrix")).and_then(Value::as_array);
    let all: Vec<_> = entries.into_iter().flatten().filter_map(Value::as_object).flat_map(cross).collect();
    if all.is_empty() { vec![BTreeMap::new()] } else { all }
}

/// Puts one file over what it includes: objects are joined, and everything else is replaced.
fn merge(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                merge(under.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

/// The first and last line of a job, counted from 1.
pub(in crate::setup) fn find_lines(text: &str, job: &str) -> Option<(usize, usize)> {
    let is_begin = |line: &str| {
        let key = line.strip_prefix(['"', '\'']).unwrap_or(line);
        let rest = key.strip_prefix(job);
        rest.is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    };
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| is_begin(line))?;
    let is_inside = |line: &&&str| line.is_empty() || line.starts_with([' ', '\t', '#']);
    let length = lines.iter().skip(first + 1).take_while(is_inside).count();
    let is_of_it = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    let last = lines.iter().skip(first).take(length + 1).rposition(is_of_it).unwrap_or(0);
    Some((first + 1, first + last + 1))
}

/// A job and the templates that it stands on, the nearest first.
fn layers<'a>(root: &'a Value, job: &'a Value, depth: usize) -> Vec<&'a Value> {
    let mut all = vec![job];
    if depth > DEPTH {
        return all;
    }
    let names = match job.get("extends") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).rev().collect(),
        _ => Vec::new(),
    };
    for name in names {
        all.extend(root.get(name).map(|template| layers(root, template, depth + 1)).unwrap_or_default());
    }
    // What a merge key (`<<`) gives, where it was not merged.
    if let Some(merged) = job.get("<<") {
        let several = merged.as_array().map(|many| many.iter().collect()).unwrap_or_else(|| vec![merged]);
        all.extend(several);
    }
    all
}

/// The lines of a script; lists stand in lists where they were anchors or references.
fn lines(script: &Value, root: &Value, depth: usize) -> Vec<String> {
    match script {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) if many.first().is_some_and(|first| first == REFERENCE) => {
            let keys = many.iter().skip(1).filter_map(Value::as_str);
            let found = keys.into_iter().try_fold(root, |inside, key| inside.get(key));
            found.filter(|_| depth < DEPTH).map(|found| lines(found, root, depth + 1)).unwrap_or_default()
        }
        Value::Array(many) => many.iter().flat_map(|one| lines(one, root, depth)).collect(),
        _ => Vec::new(),
    }
}

/// GitLab's own variables (docs.gitlab.com, "Predefined CI/CD variables reference"), in the words of rules.
fn known(home: &PipelineHome<'_>, triggers: &Triggers) -> BTreeMap<String, String> {
    let for_tags = triggers.tags.is_some();
    let named = if for_tags && triggers.branches.is_none() { "{tag}" } else { "{branch}" };
    let mut values: BTreeMap<String, String> = [
        ("CI_COMMIT_TAG", "{tag}"),
        ("CI_COMMIT_BRANCH", "{branch}"),
        ("CI_COMMIT_REF_NAME", named),
        ("CI_COMMIT_REF_SLUG", named),
        ("CI_COMMIT_SHA", "{commit}"),
        ("CI_COMMIT_SHORT_SHA", "{sha}"),
        ("CI_MERGE_REQUEST_IID", "{number}"),
        ("CI_PROJECT_DIR", "."),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let image = home.registry_image.as_deref();
    values.extend(image.map(|image| ("CI_REGISTRY_IMAGE".to_owned(), image.to_owned())));
    let host = image.and_then(|image| image.split('/').next());
    values.extend(host.map(|host| ("CI_REGISTRY".to_owned(), host.to_owned())));
    values.extend(home.branch.map(|branch| ("CI_DEFAULT_BRANCH".to_owned(), branch.to_owned())));
    if let Some((owner, name)) = home.repository.and_then(|path| path.rsplit_once('/')) {
        for (variable, value) in [
            ("CI_PROJECT_PATH", format!("{owner}/{name}")),
            ("CI_PROJECT_NAMESPACE", owner.to_owned()),
            ("CI_PROJECT_NAME", name.to_owned()),
        ] {
            values.insert(variable.to_owned(), value);
        }
    }
    values
}

/// Puts variables into one another.
fn resolve(values: &mut BTreeMap<String, String>) {
    for _ in 0..DEPTH {
        let before = values.clone();
        for value in values.values_mut() {
            for (name, other) in before.iter().rev().filter(|(_, other)| !other.contains('$')) {
                if value.len() + other.len() < LONGEST && value.contains('$') {
                    let whole = value.replace(&format!("${{{name}}}"), other);
                    *value = replace_word(&whole, &format!("${name}"), other);
                }
            }
        }
        if *values == before {
            break;
        }
    }
}
