//! What stands against the workflows of a repository: that they lack what its configuration needs, and that others write
//! what it releases.

mod filters;
mod native;
mod own_tags;
mod permissions;
mod pipeline;
mod rivals;
mod silent_tags;
mod step_lines;
mod untrusted;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Diagnostic, Place};
use serde_json::Value;

use super::from_workflows::workflow::{Triggers, read_triggers};
use super::from_workflows::{GoreleaserFile, WorkflowFile};
use super::workflows::in_quotes;
use super::workflows::needs::Needs;
use super::workflows::tag_family::TagFamily;
use super::yaml_fault::describe;
use crate::config::Destination;
pub(super) use filters::lets_through;
pub(crate) use native::builds_on_arm;
pub(crate) use own_tags::OwnImage;
use permissions::{CHOSEN, SAYING, lacking_permissions, takes_permissions};

/// What a configuration releases, by which rivals are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    /// `owner/name` on the forge.
    pub(crate) repository: Option<String>,
    /// The configuration, where it is named.
    pub(crate) config: Option<String>,
    /// What GitLab's registry calls the project.
    pub(crate) registry: Option<String>,
    /// The default branch.
    pub(crate) branch: Option<String>,
    /// The image repositories.
    pub(crate) repositories: Vec<String>,
    /// The images, by whose tags rivals are known.
    pub(crate) images: Vec<OwnImage>,
    /// Whether charts are released.
    pub(crate) charts: bool,
    /// Whether release pages are made.
    pub(crate) pages: bool,
}

/// What is there to be looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Present<'a> {
    pub(crate) workflows: &'a [WorkflowFile],
    /// The pipeline of GitLab.
    pub(crate) pipeline: &'a [WorkflowFile],
    /// The files of the repository that the workflows call.
    pub(crate) called: &'a [WorkflowFile],
    /// GoReleaser's file.
    pub(crate) goreleaser: Option<&'a GoreleaserFile>,
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

/// Commands that look at git tags, beside those that release and those that say something of releases.
const LOOKING: [&str; 4] = ["publish", "rehearse", "withdraw", "audit"];

/// How the names of our own action end.
const OWN_ACTION: &str = "/plimsoll";

/// Looks at every workflow, and at the pipeline of GitLab.
pub(crate) fn findings(present: Present<'_>, needs: &Needs, own: &Own) -> Vec<Diagnostic> {
    let files = present.workflows;
    let mut found = rivals::of_pipeline(present.pipeline, own);
    // A page that sets a release off is somebody else's to make.
    let pages = own.pages && !files.iter().any(|file| is_set_off_by_pages(file, own));
    let beside_pages = Own { pages, ..own.clone() };
    let mut rivals = rivals::of_workflows(present, &beside_pages);
    let mut parsed = Vec::new();
    let (mut releasing, mut publishing) = (Vec::new(), Vec::new());
    for file in files {
        let root: Value = match yaml_serde::from_str(&file.text) {
            Ok(root) => root,
            Err(error) => {
                found.push(
                    Diagnostic::warning(Code::WorkflowInvalid, format!("`{}` is no YAML", file.path))
                        .because(describe(&file.text, &error))
                        .at(Place::of_file(&file.path))
                        .help("mend it: the forge does not run it either"),
                );
                continue;
            }
        };
        let triggers = read_triggers(root.get("on"));
        let jobs = jobs_of(&root);
        // What another configuration releases is that one's to check.
        let own_jobs: Vec<&Job<'_>> = match is_of(file, &root, own) {
            true => jobs.iter().collect(),
            false => Vec::new(),
        };
        parsed.push((file, root.clone()));
        found.extend(untrusted::findings(file, &root));
        found.extend(rivals.remove(file.path.as_str()).unwrap_or_default());
        let shallow = own_jobs.iter().filter(|job| job.looks_at_tags());
        found.extend(shallow.filter_map(|job| shallow_checkout(file, job)));
        for job in own_jobs.into_iter().filter(|job| takes_permissions(job)) {
            found.extend(lacking_permissions(file, job, needs));
            let running = || Running {
                file,
                triggers: triggers.clone(),
                by_push: has_event(&root, "push"),
                by_call: ["workflow_call", "repository_dispatch"].iter().any(|event| has_event(&root, event)),
            };
            if job.runs("release") {
                releasing.push(running());
            }
            if job.runs("publish") {
                publishing.push(running());
            }
        }
    }
    if let Some(starts) = releasing.first() {
        let makers = parsed.iter().filter(|(file, _)| file.path != starts.file.path);
        found.extend(
            makers.filter_map(|(file, root)| silent_tags::silent_tags(file, root, &starts.file.path, files)),
        );
    }
    found.extend(pipeline::findings(present.pipeline, needs, own));
    found.extend(no_tags(&releasing, needs));
    found.extend(nowhere(&releasing, needs));
    found.extend(no_branches(&publishing, needs));
    found
}

/// Whether a workflow releases what a page is published of.
fn is_set_off_by_pages(file: &WorkflowFile, own: &Own) -> bool {
    let root: Value = yaml_serde::from_str(&file.text).unwrap_or(Value::Null);
    let is_set_off = read_triggers(root.get("on")).release.is_some();
    is_set_off && is_of(file, &root, own) && jobs_of(&root).iter().any(|job| job.runs("release"))
}

/// A workflow that runs Plimsoll, and what sets it off.
struct Running<'a> {
    file: &'a WorkflowFile,
    triggers: Triggers,
    /// Whether pushes do, of anything.
    by_push: bool,
    /// Whether somebody else's choice does.
    by_call: bool,
}

impl Running<'_> {
    fn is_for_tag(&self, tag: &str) -> bool {
        let filters = self.triggers.tags.as_ref().filter(|_| self.by_push);
        self.by_call || filters.is_some_and(|filters| filters.is_empty() || lets_through(filters, tag))
    }

    fn is_for_branch(&self, branch: &str) -> bool {
        let filters = self.triggers.branches.as_ref().filter(|_| self.by_push);
        filters.is_some_and(|filters| filters.is_empty() || lets_through(filters, branch))
    }
}

/// The families of git tags that set no workflow off which releases.
fn no_tags(releasing: &[Running<'_>], needs: &Needs) -> Option<Diagnostic> {
    let first = releasing.first()?;
    // Version tags may be those of pages.
    let has_pages = releasing.iter().any(|running| running.triggers.release.is_some());
    let version = Some(&needs.version_tags).filter(|_| !has_pages);
    let wanted = version.into_iter().chain(&needs.promotion_tags).chain(&needs.chart_tags);
    let is_missing =
        |family: &&TagFamily| !releasing.iter().any(|running| running.is_for_tag(&family.example()));
    let missing: Vec<String> = wanted.filter(is_missing).map(|family| in_quotes(&family.filter())).collect();
    if missing.is_empty() {
        return None;
    }
    let message = match missing.iter().any(|filter| *filter == in_quotes(&needs.version_tags.filter())) {
        true => "no workflow that releases is set off by a git tag".to_owned(),
        false => format!("no workflow that releases is set off by git tags {}", missing.join(", ")),
    };
    Some(
        Diagnostic::warning(Code::WorkflowTrigger, message)
            .at(Place::of_file(&first.file.path))
            .help(format!("add to it:\non:\n  push:\n    tags: [{}]", missing.join(", "))),
    )
}

/// A workflow that releases, when its images stay on the runner.
fn nowhere(releasing: &[Running<'_>], needs: &Needs) -> Option<Diagnostic> {
    let file = releasing.first()?.file;
    (needs.destination == Destination::Local).then(|| {
        let message = "what the workflow releases stays in a folder of its runner, which is thrown away";
        Diagnostic::warning(Code::WorkflowLocal, message).at(Place::of_file(&file.path)).help(
            "take `registry = \"local\"` out of plimsoll.toml, and let `repository` name a registry that the job may push to",
        )
    })
}

/// Workflows that publish, when a branch is missing in all their triggers.
fn no_branches(publishing: &[Running<'_>], needs: &Needs) -> Option<Diagnostic> {
    let file = publishing.first()?.file;
    let is_for = |branch: &str| publishing.iter().any(|running| running.is_for_branch(branch));
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

    /// Whether it does something for which the history and its tags are looked at. A build of the files as they are is none.
    fn looks_at_tags(&self) -> bool {
        let is_of_tag = |line: &str| ["--tag", "--output"].iter().any(|option| line.contains(option));
        self.releases()
            || LOOKING.iter().chain(&SAYING).chain(&CHOSEN).any(|verb| self.runs(verb))
            || self.lines_with("build").any(is_of_tag)
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

/// Whether a workflow runs Plimsoll with this configuration, as far as it says.
fn is_of(file: &WorkflowFile, root: &Value, own: &Own) -> bool {
    let named = root.pointer("/env/PLIMSOLL_CONFIG").and_then(Value::as_str);
    match (named, own.config.as_deref()) {
        (None, None) => true,
        (None, Some(own)) => file.text.contains(own.rsplit('/').next().unwrap_or(own)),
        (Some(_), None) => false,
        (Some(named), Some(own)) => is_same_file(named, own),
    }
}

/// Whether two paths may be of one file: seen from different folders, one ends as the other.
fn is_same_file(one: &str, other: &str) -> bool {
    let ends = |one: &str, other: &str| one == other || one.ends_with(&format!("/{other}"));
    let (one, other) = (one.trim_start_matches("./"), other.trim_start_matches("./"));
    ends(one, other) || ends(other, one)
}

fn has_event(root: &Value, event: &str) -> bool {
    root.get("on").is_some_and(|on| match on {
        Value::String(one) => one == event,
        Value::Array(many) => many.iter().any(|one| one == event),
        on => on.get(event).is_some(),
    })
}

/// The line that begins a job: other keys may be called the same, as inputs are.
fn place_of_job(file: &WorkflowFile, name: &str) -> Place {
    let mut begin = 0;
    let mut is_below = false;
    for line in file.text.split_inclusive('\n') {
        is_below |= line.starts_with("jobs:");
        let key = line.trim().trim_start_matches(['"', '\'']);
        let rest = key.strip_prefix(name).map(|rest| rest.trim_start_matches(['"', '\'']).trim_start());
        if is_below && rest.is_some_and(|rest| rest.starts_with(':')) {
            let text = line.trim_end();
            let indent = text.len() - text.trim_start().len();
            return Place::in_text(&file.path, &file.text, begin + indent..begin + text.len());
        }
        begin += line.len();
    }
    Place::of_file(&file.path)
}

fn place_of(file: &WorkflowFile, word: &str) -> Place {
    // What a comment says of it is not it.
    let is_said = |at: &usize| {
        let begin = file.text.get(..*at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let before = file.text.get(begin..*at).unwrap_or_default();
        !before.trim_start().starts_with('#') && !before.contains(" #")
    };
    let all = || file.text.match_indices(word).map(|(at, _)| at);
    match all().find(is_said).or_else(|| all().next()) {
        Some(at) => Place::in_text(&file.path, &file.text, at..at + word.len()),
        None => Place::of_file(&file.path),
    }
}
