//! What stands against the workflows of a repository: that they lack what its configuration needs, and that others write
//! what it releases.

mod permissions;
mod silent_tags;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Diagnostic, Place};
use serde_json::Value;

use super::from_workflows::workflow::{Triggers, read_triggers};
use super::from_workflows::{Carried, Page, Sources, WorkflowFile, carry};
use super::workflows::in_quotes;
use super::workflows::needs::Needs;
use crate::config::Destination;
use permissions::{lacking_permissions, takes_permissions};

/// What a configuration releases, by which rivals are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    /// `owner/name` on the forge.
    pub(crate) repository: Option<String>,
    /// The image repositories.
    pub(crate) repositories: Vec<String>,
    /// Whether charts are released.
    pub(crate) charts: bool,
    /// Whether release pages are made.
    pub(crate) pages: bool,
}

/// A job that runs Plimsoll.
struct Job<'a> {
    name: &'a str,
    /// What it may do, as written; none: what the repository's settings say.
    permissions: Option<&'a Value>,
    /// Its scripts.
    scripts: Vec<&'a str>,
    /// What it has our own action run.
    commands: Vec<String>,
    steps: Vec<&'a Value>,
}

/// How the names of our own action end.
const OWN_ACTION: &str = "/plimsoll";

/// Actions whose steps push images.
const PUSHING: [&str; 2] = ["docker/build-push-action", "docker/bake-action"];

/// What pushes images in ways that are not understood.
const UNREAD: [&str; 6] = [
    "docker/build-push-action",
    "goreleaser",
    "docker push",
    "publish-docker",
    "docker-publish",
    "manifest push",
];

/// Looks at every workflow.
pub(crate) fn findings(files: &[WorkflowFile], needs: &Needs, own: &Own) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut parsed = Vec::new();
    let (mut releasing, mut publishing) = (Vec::new(), Vec::new());
    for file in files {
        let root: Value = match yaml_serde::from_str(&file.text) {
            Ok(root) => root,
            Err(error) => {
                found.push(
                    Diagnostic::warning(Code::WorkflowInvalid, format!("`{}` is no YAML", file.path))
                        .because(error)
                        .at(Place::of_file(&file.path))
                        .help("mend it: the forge does not run it either"),
                );
                continue;
            }
        };
        let triggers = read_triggers(root.get("on"));
        let jobs = jobs_of(&root);
        let ours: Vec<&Job<'_>> = jobs.iter().filter(|job| takes_permissions(job)).collect();
        parsed.push((file, root.clone()));
        found.extend(untrusted(file, &root, &jobs));
        if ours.is_empty() {
            found.extend(rivals(file, own));
            continue;
        }
        for job in ours {
            found.extend(lacking_permissions(file, job, needs));
            if job.releases() || job.runs("publish") {
                found.extend(shallow_checkout(file, job));
            }
            if job.runs("release") {
                releasing.push((file, is_for_tags(&triggers, &root, needs)));
            }
            if job.runs("publish") {
                publishing.push((file, triggers.clone()));
            }
        }
    }
    if let Some((starts, ..)) = releasing.first() {
        let makers = parsed.iter().filter(|(file, _)| file.path != starts.path);
        found.extend(makers.filter_map(|(file, root)| silent_tags::silent_tags(file, root, &starts.path)));
    }
    found.extend(no_tags(&releasing, needs));
    found.extend(nowhere(&releasing, needs));
    found.extend(no_branches(&publishing, needs));
    found
}

/// Workflows that release, each with whether git tags set it off, when none is.
fn no_tags(releasing: &[(&WorkflowFile, bool)], needs: &Needs) -> Option<Diagnostic> {
    let (file, _) = releasing.first()?;
    if releasing.iter().any(|(_, is_for_tags)| *is_for_tags) {
        return None;
    }
    let tags: Vec<String> = needs.version_filters().iter().map(|tag| in_quotes(tag)).collect();
    Some(
        Diagnostic::warning(Code::WorkflowTrigger, "no workflow that releases is set off by a git tag")
            .at(Place::of_file(&file.path))
            .help(format!("add to it:\non:\n  push:\n    tags: [{}]", tags.join(", "))),
    )
}

/// A workflow that releases, when its images stay on the runner.
fn nowhere(releasing: &[(&WorkflowFile, bool)], needs: &Needs) -> Option<Diagnostic> {
    let (file, _) = releasing.first()?;
    (needs.destination == Destination::Local).then(|| {
        let message = "what the workflow releases stays in a folder of its runner, which is thrown away";
        Diagnostic::warning(Code::WorkflowLocal, message).at(Place::of_file(&file.path)).help(
            "take `registry = \"local\"` out of plimsoll.toml, and let `repository` name a registry that the job may push to",
        )
    })
}

/// Workflows that publish, when a branch is missing in all their triggers.
fn no_branches(publishing: &[(&WorkflowFile, Triggers)], needs: &Needs) -> Option<Diagnostic> {
    let (file, _) = publishing.first()?;
    let is_for = |branch: &str| publishing.iter().any(|(_, triggers)| is_for_branch(triggers, branch));
    let missing: Vec<&str> =
        needs.branches.iter().map(String::as_str).filter(|branch| !is_for(branch)).collect();
    if missing.is_empty() {
        return None;
    }
    let message = format!("no workflow that publishes is set off by pushes to {}", missing.join(", "));
    Some(
        Diagnostic::warning(Code::WorkflowTrigger, message)
            .at(Place::of_file(&file.path))
            .help(format!("add to it:\non:\n  push:\n    branches: [{}]", missing.join(", "))),
    )
}

impl Job<'_> {
    /// Whether it releases anything: a tag, or a chart by itself.
    fn releases(&self) -> bool {
        self.runs("release") || self.runs("chart release")
    }

    /// Whether it runs this command of Plimsoll, in a script or by our action.
    fn runs(&self, verb: &str) -> bool {
        self.lines_with(verb).next().is_some()
    }

    /// The same, if the command is not one that only shows what it would do.
    fn changes(&self, verb: &str) -> bool {
        self.lines_with(verb).any(|line| !line.contains("--dry-run"))
    }

    fn lines_with(&self, verb: &str) -> impl Iterator<Item = &str> {
        let command = format!("plimsoll {verb}");
        let lines = self.scripts.iter().copied().chain(self.commands.iter().map(String::as_str));
        let is_command = move |line: &&str| !line.trim_start().starts_with('#') && line.contains(&command);
        lines.flat_map(str::lines).filter(is_command)
    }
}

fn jobs_of(root: &Value) -> Vec<Job<'_>> {
    let all = root.get("permissions");
    let jobs = root.get("jobs").and_then(Value::as_object);
    jobs.into_iter()
        .flatten()
        .map(|(name, job)| {
            let steps: Vec<&Value> =
                job.get("steps").and_then(Value::as_array).into_iter().flatten().collect();
            let scripts = steps.iter().filter_map(|step| step.get("run")?.as_str()).collect();
            let commands = steps.iter().filter_map(|step| command_of(step)).collect();
            Job { name, permissions: job.get("permissions").or(all), scripts, commands, steps }
        })
        .collect()
}

/// The command that a step has our own action run, as a line.
fn command_of(step: &Value) -> Option<String> {
    // A fork or a mirror is one of ours, too.
    let (name, _) = step.get("uses")?.as_str()?.split_once('@')?;
    if !name.ends_with(OWN_ACTION) {
        return None;
    }
    let words = step.pointer("/with/command")?.as_str()?.split_whitespace();
    Some(["plimsoll"].into_iter().chain(words).collect::<Vec<_>>().join(" "))
}

/// A checkout of one commit in a job that looks at tags.
fn shallow_checkout(file: &WorkflowFile, job: &Job<'_>) -> Option<Diagnostic> {
    let is_checkout = |step: &&&Value| {
        step.get("uses").and_then(Value::as_str).is_some_and(|uses| uses.starts_with("actions/checkout@"))
    };
    let checkout = job.steps.iter().find(is_checkout)?;
    let depth = checkout.pointer("/with/fetch-depth");
    let is_whole = depth.is_some_and(|depth| depth == 0 || depth == "0");
    (!is_whole).then(|| {
        Diagnostic::warning(
            Code::WorkflowCheckout,
            format!("job `{}` fetches one commit, and no tags", job.name),
        )
        .at(place_of(file, "actions/checkout@"))
        .help("add to the step:\n        with:\n          fetch-depth: 0")
    })
}

/// A workflow that strangers set off, with the rights of the repository.
fn untrusted(file: &WorkflowFile, root: &Value, jobs: &[Job<'_>]) -> Option<Diagnostic> {
    let is_set_off = has_event(root, "pull_request_target");
    let builds = jobs.iter().any(|job| {
        let uses = job.steps.iter().filter_map(|step| step.get("uses")?.as_str());
        job.scripts.iter().any(|script| {
            ["plimsoll ", "docker build", "docker buildx"].iter().any(|word| script.contains(word))
        }) || uses.into_iter().any(|uses| PUSHING.iter().any(|action| uses.starts_with(action)))
    });
    (is_set_off && builds).then(|| {
        let message = "commits of strangers are built with the rights of this repository";
        Diagnostic::warning(Code::WorkflowUntrusted, message)
            .at(place_of(file, "pull_request_target"))
            .help("set it off by `pull_request`: it has a token that can only read then, and no secret")
    })
}

/// Steps of other workflows that write what is released here.
fn rivals(file: &WorkflowFile, own: &Own) -> Vec<Diagnostic> {
    let carried = carry(&Sources {
        workflows: std::slice::from_ref(file),
        repository: own.repository.as_deref(),
        ..Sources::default()
    });
    let mut found = Vec::new();
    let shared: Vec<String> =
        pushed(&carried).into_iter().filter(|name| own.repositories.contains(name)).collect();
    if !shared.is_empty() {
        let message = format!("it pushes to {} too", shared.join(", "));
        found.push(rival(file, &message, &PUSHING));
    }
    if shared.is_empty() && !carried.unread.is_empty() && !own.repositories.is_empty() {
        let message = "it pushes images, and where to can't be told: perhaps what is released here";
        found.push(rival(file, message, &UNREAD));
    }
    if own.charts && carried.charts.is_some() {
        let words = ["helm push", "helm package", "chart-releaser-action", "cr upload"];
        found.push(rival(file, "it publishes charts too", &words));
    }
    if own.pages && carried.page == Some(Page::Made) {
        let words = ["gh release create", "action-gh-release", "create-release", "release-action"];
        found.push(rival(file, "it makes release pages too", &words));
    }
    found
}

/// Where images go, with Docker Hub's name.
fn pushed(carried: &Carried) -> Vec<String> {
    carried
        .images
        .iter()
        .flat_map(|image| &image.repositories)
        .map(|name| super::draft::with_host(name))
        .collect()
}

fn rival(file: &WorkflowFile, message: &str, words: &[&str]) -> Diagnostic {
    let ranges: Vec<String> = step_ranges(&file.text, words)
        .into_iter()
        .map(|(from, to)| if from == to { format!("line {from}") } else { format!("lines {from} to {to}") })
        .collect();
    let help = match ranges.as_slice() {
        [] => "delete the workflow, or the steps that do it".to_owned(),
        ranges => format!("delete {}, or the whole workflow if it does nothing else", ranges.join(", ")),
    };
    let place = words
        .iter()
        .find(|word| file.text.contains(**word))
        .map_or_else(|| Place::of_file(&file.path), |word| place_of(file, word));
    Diagnostic::warning(Code::WorkflowRival, message).at(place).help(help)
}

/// The steps that have one of these words in them: first and last line, counted from 1.
fn step_ranges(text: &str, words: &[&str]) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    let begin = lines.iter().position(|line| line.trim() == "steps:").unwrap_or(lines.len());
    for (at, line) in lines.iter().enumerate().skip(begin) {
        if line.trim_start().starts_with('#') || !words.iter().any(|word| line.contains(word)) {
            continue;
        }
        let is_begin = |line: &str| line.trim_start().starts_with("- ");
        let first =
            lines.iter().take(at + 1).rposition(|other| is_begin(other) && indent(other) <= indent(line));
        let Some(first) = first else { continue };
        let depth = lines.get(first).map_or(0, |line| indent(line));
        let inside = |other: &&str| other.trim().is_empty() || indent(other) > depth;
        let length = lines.iter().skip(first + 1).take_while(|other| inside(other)).count();
        let mut last = first + length;
        while last > first && lines.get(last).is_some_and(|line| line.trim().is_empty()) {
            last -= 1;
        }
        if ranges.last() != Some(&(first + 1, last + 1)) {
            ranges.push((first + 1, last + 1));
        }
    }
    ranges
}

fn is_for_tags(triggers: &Triggers, root: &Value, needs: &Needs) -> bool {
    let dispatched = ["workflow_call", "repository_dispatch"];
    if triggers.release.is_some() || dispatched.iter().any(|event| has_event(root, event)) {
        return true;
    }
    let Some(patterns) = &triggers.tags else { return false };
    patterns.is_empty()
        || needs.version_filters().iter().all(|tag| patterns.iter().any(|pattern| covers(pattern, tag)))
}

fn has_event(root: &Value, event: &str) -> bool {
    root.get("on").is_some_and(|on| match on {
        Value::String(one) => one == event,
        Value::Array(many) => many.iter().any(|one| one == event),
        on => on.get(event).is_some(),
    })
}

fn is_for_branch(triggers: &Triggers, branch: &str) -> bool {
    let Some(patterns) = &triggers.branches else { return false };
    patterns.is_empty() || patterns.iter().any(|pattern| covers(pattern, branch))
}

/// Whether everything that fits `inner` fits `outer`, as far as stars go; other signs are taken to fit anything.
fn covers(outer: &str, inner: &str) -> bool {
    if outer == inner {
        return true;
    }
    let Some(end) = outer.find(['*', '?', '[', '+', '!']) else { return false };
    let (before, after) = outer.split_at(end);
    let last = after.rfind(['*', '?', ']', '+']).map_or("", |at| after.get(at + 1..).unwrap_or_default());
    inner.starts_with(before) && inner.ends_with(last)
}

fn place_of(file: &WorkflowFile, word: &str) -> Place {
    match file.text.find(word) {
        Some(at) => Place::in_text(&file.path, &file.text, at..at + word.len()),
        None => Place::of_file(&file.path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_found_by_their_words() {
        let text = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - name: Build\n        uses: docker/build-push-action@v6\n        with:\n          push: true\n\n      - run: echo\n";
        assert_eq!(step_ranges(text, &["docker/build-push-action"]), [(5, 8)]);
        assert_eq!(step_ranges(text, &["echo"]), [(10, 10)]);
        assert_eq!(step_ranges(text, &["helm"]), []);
    }

    #[test]
    fn patterns_cover_patterns() {
        for (outer, inner, want) in [
            ("v*", "v*", true),
            ("v*", "v*-stable", true),
            ("v*.*.*", "v*", true),
            ("v[0-9]+.[0-9]+.[0-9]+", "v*", true),
            ("release-*", "v*", false),
            ("main", "main", true),
            ("**", "main", true),
            ("dev", "main", false),
        ] {
            assert_eq!(covers(outer, inner), want, "{outer} {inner}");
        }
    }
}
