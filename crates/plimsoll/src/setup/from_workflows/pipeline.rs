//! A pipeline of GitLab (docs.gitlab.com, "CI/CD YAML syntax reference"), read as a workflow: its jobs are scripts.

use std::collections::BTreeMap;

use serde_json::Value;

use super::WorkflowFile;
use super::workflow::{Job, Step, Triggers, Workflow, texts};

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

/// Where the pipeline is at home.
#[derive(Clone, Debug, Default)]
pub(super) struct PipelineHome<'a> {
    /// `owner/name`.
    pub(super) repository: Option<&'a str>,
    /// What `CI_REGISTRY_IMAGE` is.
    pub(super) registry_image: Option<String>,
    /// The default branch.
    pub(super) branch: Option<&'a str>,
}

/// A pipeline, and what of it is told.
pub(super) struct Pipeline {
    pub(super) workflows: Vec<Workflow>,
    /// Whether a job makes a release page.
    pub(super) makes_page: bool,
    pub(super) left: Vec<String>,
}

/// Reads a pipeline: a workflow for each job, since each has its own occasions.
pub(super) fn read(file: &WorkflowFile, home: &PipelineHome<'_>) -> Pipeline {
    let mut pipeline = Pipeline { workflows: Vec::new(), makes_page: false, left: Vec::new() };
    // `!reference [job, script]` is a tag of GitLab's own.
    let root: Value = match yaml_serde::from_str(&file.text.replace("!reference ", "")) {
        Ok(root) => root,
        Err(error) => {
            pipeline.left.push(format!("`{}` is no YAML: {error}", file.path));
            return pipeline;
        }
    };
    if let Some(include) = root.get("include") {
        pipeline.left.push(format!("{}: it includes {}, which are not read", file.path, names_of(include)));
    }
    let shared = texts("", root.get("variables"));
    let jobs = root.as_object().into_iter().flatten();
    let jobs = jobs
        .filter(|(name, job)| !name.starts_with('.') && !NO_JOBS.contains(&name.as_str()) && job.is_object());
    for (name, job) in jobs {
        let layers = layers(&root, job, 0);
        let find = |key: &str| layers.iter().find_map(|layer| layer.get(key));
        pipeline.makes_page |= find("release").is_some();
        let before = find("before_script")
            .or_else(|| root.get("before_script"))
            .or_else(|| root.pointer("/default/before_script"));
        let run =
            [before, find("script")].into_iter().flatten().flat_map(lines).collect::<Vec<_>>().join("\n");
        if run.is_empty() {
            continue;
        }
        let triggers = read_triggers(find("rules"), find("only"), home);
        let step = Step {
            id: None,
            name: name.clone(),
            uses: String::new(),
            run,
            condition: String::new(),
            with: BTreeMap::new(),
            env: BTreeMap::new(),
        };
        let environment = find("environment").map(|one| one.as_str().or_else(|| one.get("name")?.as_str()));
        let terms = environment
            .map(|name| format!("environment `{}`: its variables and who has to agree", name.unwrap_or("…")));
        for triggers in occasions(triggers) {
            let mut values = known(home, &triggers);
            values.extend(shared.clone());
            for layer in layers.iter().rev() {
                values.extend(texts("", layer.get("variables")));
            }
            resolve(&mut values);
            let job = Job { terms: terms.iter().cloned().collect(), values, steps: vec![step.clone()] };
            pipeline.workflows.push(Workflow { triggers, jobs: vec![job], calls: Vec::new() });
        }
    }
    pipeline
}

/// A variable that is a tag for git tags is a branch for branches, so these are read one after the other.
fn occasions(triggers: Triggers) -> Vec<Triggers> {
    if triggers.tags.is_none() || (triggers.branches.is_none() && triggers.pull_request.is_none()) {
        return vec![triggers];
    }
    let of_tags = Triggers { tags: triggers.tags.clone(), ..Triggers::default() };
    vec![of_tags, Triggers { tags: None, ..triggers }]
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

/// The lines of a script; lists stand in lists where they were anchors.
fn lines(script: &Value) -> Vec<String> {
    match script {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) => many.iter().flat_map(lines).collect(),
        _ => Vec::new(),
    }
}

/// What sets a job off, as far as its rules say: every push, unless they do.
fn read_triggers(rules: Option<&Value>, only: Option<&Value>, home: &PipelineHome<'_>) -> Triggers {
    let mut triggers = Triggers::default();
    let mut says = false;
    let never = |rule: &Value| rule.get("when").and_then(Value::as_str) == Some("never");
    for rule in rules.and_then(Value::as_array).into_iter().flatten().filter(|rule| !never(rule)) {
        let Some(condition) = rule.get("if").and_then(Value::as_str) else { continue };
        says |= read_condition(condition, home, &mut triggers);
    }
    let refs = only.and_then(|only| only.get("refs").or(Some(only)));
    let refs: Vec<&str> = match refs {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    for name in refs {
        says = true;
        match name {
            "tags" => _ = triggers.tags.get_or_insert_default(),
            "branches" => _ = triggers.branches.get_or_insert_default(),
            "merge_requests" => triggers.pull_request = Some(()),
            "schedules" => triggers.schedule = Some(()),
            pattern if pattern.starts_with('/') => {
                triggers.tags.get_or_insert_default().extend(glob(pattern))
            }
            branch if branch.starts_with('$') => says |= read_condition(branch, home, &mut triggers),
            branch => triggers.branches.get_or_insert_default().push(branch.to_owned()),
        }
    }
    if !says {
        triggers.tags = Some(Vec::new());
        triggers.branches = Some(Vec::new());
    }
    triggers
}

/// Reads a condition of a rule. Whether it says on which occasion the job runs.
fn read_condition(condition: &str, home: &PipelineHome<'_>, triggers: &mut Triggers) -> bool {
    let mut says = false;
    for part in condition.split("||").flat_map(|part| part.split("&&")).map(str::trim) {
        let part = part.trim_matches(['(', ')']).trim();
        let value = part.split_once("==").map(|(_, value)| value.trim().trim_matches(['"', '\'']));
        let pattern = part.split_once("=~").map(|(_, value)| value.trim());
        let is_of = |name: &str| part.starts_with(name) && !part.contains('!');
        if is_of("$CI_COMMIT_TAG") {
            triggers.tags.get_or_insert_default().extend(pattern.and_then(glob));
            says = true;
        } else if is_of("$CI_COMMIT_BRANCH") || is_of("$CI_COMMIT_REF_NAME") {
            let branch = match value {
                Some("$CI_DEFAULT_BRANCH") => Some(home.branch.unwrap_or("main").to_owned()),
                Some(name) if !name.starts_with('$') => Some(name.to_owned()),
                _ => None,
            };
            triggers.branches.get_or_insert_default().extend(branch);
            says = true;
        } else if part.contains("merge_request") {
            triggers.pull_request = Some(());
            says = true;
        } else if part.contains("\"schedule\"") {
            triggers.schedule = Some(());
            says = true;
        }
    }
    says
}

/// A regular expression's beginning as a pattern of git tags: `/^v\d+/` is `v*`.
fn glob(expression: &str) -> Option<String> {
    let inside = expression.trim_matches('/').strip_prefix('^')?;
    let end = inside.find(|sign: char| !(sign.is_ascii_alphanumeric() || "-_".contains(sign)));
    Some(format!("{}*", inside.get(..end.unwrap_or(inside.len()))?))
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
                *value = value.replace(&format!("${{{name}}}"), other).replace(&format!("${name}"), other);
            }
        }
        if *values == before {
            break;
        }
    }
}

/// What an include names.
fn names_of(include: &Value) -> String {
    let one = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Object(parts) => parts.values().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        _ => "others".to_owned(),
    };
    match include {
        Value::Array(many) => many.iter().map(one).collect::<Vec<_>>().join(", "),
        other => one(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn triggers(rules: &str) -> (Option<Vec<String>>, Option<Vec<String>>, bool) {
        let text = format!("a:\n  script: [docker push x]\n{rules}");
        let file = WorkflowFile { path: ".gitlab-ci.yml".into(), text };
        let home = PipelineHome { branch: Some("trunk"), ..PipelineHome::default() };
        let mut all = Triggers::default();
        for workflow in read(&file, &home).workflows {
            all.extend(&workflow.triggers);
        }
        (all.tags, all.branches, all.pull_request.is_some())
    }

    #[test]
    fn rules_say_what_sets_a_job_off() {
        let list = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        for (rules, want) in [
            ("", (list(&[]), list(&[]), false)),
            ("  rules: [{ if: $CI_COMMIT_TAG }]", (list(&[]), None, false)),
            ("  rules: [{ if: '$CI_COMMIT_TAG =~ /^v\\d+/' }]", (list(&["v*"]), None, false)),
            ("  rules: [{ if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH' }]", (None, list(&["trunk"]), false)),
            ("  rules: [{ if: '$CI_PIPELINE_SOURCE == \"merge_request_event\"' }]", (None, None, true)),
            (
                "  rules: [{ if: '$CI_COMMIT_BRANCH == \"main\"', when: never }, { if: $CI_COMMIT_TAG }]",
                (list(&[]), None, false),
            ),
            ("  only: [tags, main]", (list(&[]), list(&["main"]), false)),
            ("  only: { refs: [/^release-.*/] }", (list(&["release-*"]), None, false)),
        ] {
            assert_eq!(triggers(rules), want, "{rules}");
        }
    }

    #[test]
    fn a_job_has_what_its_templates_have() {
        let text = "include: { template: Docker.gitlab-ci.yml }\nvariables: { A: $CI_REGISTRY_IMAGE/a }\n.base:\n  variables: { B: \"${A}:x\" }\n  script: [docker push $B]\njob:\n  extends: .base\n  environment: { name: live }\n";
        let file = WorkflowFile { path: ".gitlab-ci.yml".into(), text: text.into() };
        let home = PipelineHome { registry_image: Some("r.test/acme/app".into()), ..PipelineHome::default() };
        let found = read(&file, &home);
        let job = &found.workflows[0].jobs[0];
        assert_eq!(job.values["B"], "r.test/acme/app/a:x");
        assert_eq!(job.values["CI_REGISTRY"], "r.test");
        assert_eq!(job.steps[0].run, "docker push $B");
        assert!(job.terms[0].contains("`live`"), "{:?}", job.terms);
        assert!(found.left[0].contains("Docker.gitlab-ci.yml"), "{:?}", found.left);
    }
}
