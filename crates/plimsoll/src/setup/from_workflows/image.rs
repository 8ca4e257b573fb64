//! The images that a workflow makes.

mod baked;
mod before;
mod build_push;
mod flavor;
mod merged;
mod pushed;
mod undecided;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

pub(in crate::setup) use self::pushed::Pushed;
use super::builder_inputs::Given;
use super::chart_pushes::{ChartPush, ChartPushes, packaged_by_scripts, tell_made_before};
use super::chart_releaser::ChartReleaser;
use super::deployments;
use super::expression::{Known, names};
use super::joined::Part;
use super::narrowed::{Condition, Narrowed, narrow};
use super::places::{Guess, is_open};
use super::pushes::{self, Push, Seen};
use super::references::Sent;
use super::retagged::{Retag, needs_source};
use super::rules::Rules;
use super::script;
use super::scripted;
use super::spelled::find_named;
use super::tables::tell_some_branches;
use super::workflow::{CHART_RELEASER, Job, Step, Triggers, Workflow};
use before::find_made_before;
pub(super) use before::{is_preparing, makes_files};
pub(super) use build_push::names_output;

/// An image, as far as a workflow says.
#[derive(Clone, Debug, Default)]
pub(in crate::setup) struct DraftImage {
    pub(in crate::setup) name: String,
    /// What tells it apart from others of the same name: a value of the matrix.
    pub(in crate::setup) apart: Option<String>,
    pub(in crate::setup) repositories: Vec<String>,
    /// Where it is kept from on some of its occasions.
    pub(in crate::setup) withheld: BTreeSet<String>,
    pub(in crate::setup) platforms: Vec<String>,
    /// What the workflow says of them, where that can't be known before.
    pub(in crate::setup) unread_platforms: Option<String>,
    pub(in crate::setup) dockerfile: Option<String>,
    pub(in crate::setup) context: Option<String>,
    pub(in crate::setup) target: Option<String>,
    /// The program that it holds and that is made before, where no Dockerfile builds it.
    pub(in crate::setup) program: Option<String>,
    pub(in crate::setup) labels: Vec<(String, String)>,
    pub(in crate::setup) annotations: Vec<(String, String)>,
    pub(in crate::setup) build_args: Vec<(String, String)>,
    pub(in crate::setup) given: Given,
    pub(in crate::setup) flavor: Vec<String>,
    pub(in crate::setup) rules: Rules,
    /// What is said of its tags for releases in the file.
    pub(in crate::setup) remark: Option<String>,
    /// Whether its first repository is a guess.
    pub(in crate::setup) guess: Option<Guess>,
    /// What its pushes are for.
    pub(in crate::setup) pushed: BTreeSet<Pushed>,
    /// What it is another name of, where nothing builds it.
    pub(in crate::setup) retag: Option<Retag>,
    /// What it is joined of, where those are images of their own.
    pub(in crate::setup) joined_of: Vec<Part>,
    /// What the steps push that were read last, place by place.
    pub(in crate::setup) sent: Vec<Sent>,
    /// Patterns of the git tags that set its workflows off.
    pub(in crate::setup) git_tags: BTreeSet<String>,
    /// What of it could not be carried over.
    pub(in crate::setup) left: Vec<String>,
}

impl DraftImage {
    /// Notes that it goes there.
    pub(super) fn add_repository(&mut self, repository: String) {
        if !self.repositories.contains(&repository) {
            self.repositories.push(repository);
        }
    }

    /// What a step pushes of it. Where it goes under no tag that was read, it goes all the same.
    fn take_sent(&mut self, job: &Job, step: &Step, triggers: &Triggers) -> Vec<Sent> {
        let mut sent = std::mem::take(&mut self.sent);
        sent.retain(|sent| self.repositories.contains(&sent.place));
        let is_noted = |place: &&String| sent.iter().any(|sent| sent.place == **place);
        let others: Vec<&String> = self.repositories.iter().filter(|place| !is_noted(place)).collect();
        sent.extend(others.into_iter().map(|place| Sent::to(place, triggers, Rules::default(), &[])));
        let at = |sent| Sent { job: job.id.clone(), step: label(step), ..sent };
        sent.into_iter().map(at).collect()
    }
}

/// What is found in a workflow.
#[derive(Default)]
pub(super) struct Found {
    pub(super) images: Vec<DraftImage>,
    /// What publishes charts; none: nothing does.
    pub(super) charts: Option<ChartPushes>,
    /// What releases them when a branch is pushed.
    pub(super) chart_releasers: Vec<ChartReleaser>,
    /// Images of which is not known where they go.
    pub(super) homeless: Vec<DraftImage>,
    /// Images of which only outputs of steps decide whether they are pushed.
    pub(super) undecided: Vec<DraftImage>,
    /// Whether something in it pushes images in a way that is not understood.
    pub(super) unread: bool,
    /// Repositories that something is pushed to which is not built there.
    pub(super) strange: Vec<String>,
    /// What its steps push, and what became of that.
    pub(super) pushes: Vec<Push>,
    /// The references of that.
    pub(super) sent: Vec<Sent>,
    /// Whether what the last step pushes stays on the machine.
    pub(super) stays: bool,
    pub(super) left: Vec<String>,
}

/// A step and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) workflow: &'a Workflow,
    pub(super) job: &'a Job,
    pub(super) step: &'a Step,
    pub(super) known: &'a Known<'a>,
    /// The occasions on which it runs, and pushes.
    pub(super) triggers: &'a Triggers,
}

/// Finds images and charts, and what else the workflow does.
pub(super) fn find(workflow: &Workflow, repository: Option<&str>) -> Found {
    let mut found = Found::default();
    for job in &workflow.jobs {
        let known = Known { values: &job.values, repository };
        let mut built = false;
        let first = found.pushes.len();
        let mut pushed = BTreeSet::new();
        if job.steps.iter().any(|step| step.makes_image() || step.builds_by_script()) {
            found.left.extend(job.terms.iter().cloned());
            found.left.extend(find_made_before(workflow, job));
        } else {
            found.left.extend(tell_made_before(job));
        }
        for (at, step) in job.steps.iter().enumerate() {
            let values = values_of(job, step);
            let known = Known { values: &values, repository };
            let deeds: Vec<String> = step.find_deeds().iter().map(|deed| format!("`{deed}`")).collect();
            let runs = || format!("step `{}`: it runs {}", label(step), deeds.join(", "));
            found.left.extend((!deeds.is_empty()).then(runs));
            let narrowed = narrow_step(workflow, job, step, &known);
            let place = Place { workflow, job, step, known: &known, triggers: &narrowed.triggers };
            let mut images = Vec::new();
            let (told, homeless) = (found.left.len(), found.homeless.len());
            let mut has_charts = step.makes_chart();
            if has_charts && step.uses != CHART_RELEASER {
                let together = run_together(workflow, job, &narrowed.triggers, &known);
                found.charts.get_or_insert_default().0.extend(ChartPush::each(place, &together));
            }
            if narrowed.is_undecided {
                found.undecided.extend(undecided::find(place));
            }
            match step.uses.as_str() {
                // What is never pushed is built to see that it can be, and thrown away.
                "docker/build-push-action" if narrowed.is_never => {
                    built = true;
                    found.left.extend(tell_never(&narrowed, step));
                }
                "docker/build-push-action" => {
                    built = true;
                    images.extend(build_push::find(place, &mut found));
                }
                "docker/bake-action" if !narrowed.is_never => {
                    images.extend(baked::find(place, &mut found));
                    built |= !images.is_empty();
                }
                "docker/bake-action" if narrowed.is_undecided => {
                    found.left.extend(tell_never(&narrowed, step));
                }
                "docker/metadata-action" => {}
                _ if step.names_images() && narrowed.is_never => {
                    found.left.extend(tell_never(&narrowed, step));
                }
                _ if step.names_images() => images.extend(find_named(place, &mut found.left)),
                // What it makes stands in its own file.
                _ if step.runs_goreleaser() && !step.builds_by_script() => {}
                _ if step.pushes_by_script() && narrowed.is_never => {
                    found.left.extend(tell_never(&narrowed, step));
                }
                _ if step.pushes_by_script() => images.extend(scripted::find(place, &mut found)),
                CHART_RELEASER => {
                    found.charts.get_or_insert_default();
                    let packages = packaged_by_scripts(job, step, repository);
                    let triggers = &workflow.triggers;
                    let releaser = ChartReleaser::of(step, &known, triggers, packages, &mut found.left);
                    found.chart_releasers.push(releaser);
                }
                _ if has_charts => {}
                _ if deployments::tells(workflow, job, step) => {}
                uses if !uses.is_empty() && !is_preparing(uses) => {
                    found.unread |= step.pushes_by_action();
                    found.left.push(format!("step `{}` ({uses})", label(step)));
                }
                _ => {}
            }
            for image in &mut images {
                image.git_tags.extend(narrowed.triggers.tags.iter().flatten().cloned());
                // A script may push it on some of the occasions alone.
                if image.pushed.is_empty() {
                    image.pushed = Pushed::on(&narrowed.triggers);
                }
                image.left.extend(narrowed.tell());
                image.left.extend(tell_some_branches(&narrowed.triggers));
                found.sent.extend(image.take_sent(job, step, &narrowed.triggers));
                // What is released here may be what it pushes.
                found.unread |= !needs_source(image) && image.repositories.iter().all(|name| is_open(name));
            }
            has_charts &= pushes::What::of(step) == Some(pushes::What::Charts);
            let seen = Seen {
                narrowed: &narrowed,
                is_used: has_charts || !images.is_empty(),
                stays: std::mem::take(&mut found.stays),
                is_homeless: found.homeless.len() > homeless,
                is_told: found.left.len() > told,
                places: places_of(&images),
            };
            found.pushes.extend(pushes::judge(job, at, step, &seen));
            pushed.extend(images.iter().flat_map(|image| image.pushed.iter().copied()));
            found.images.extend(images);
        }
        if !built {
            let images = find_metadata_alone(workflow, job, &known, &mut found.sent);
            pushed.extend(images.iter().flat_map(|image| image.pushed.iter().copied()));
            found.images.extend(images);
        }
        pushes::settle_in_job(found.pushes.iter_mut().skip(first), &pushed);
    }
    found
}

fn places_of(images: &[DraftImage]) -> Vec<String> {
    images.iter().flat_map(|image| image.repositories.iter().chain(&image.withheld)).cloned().collect()
}

/// What is known in a step: what the job knows, and the step's own variables.
pub(super) fn values_of<'a>(job: &'a Job, step: &Step) -> Cow<'a, BTreeMap<String, String>> {
    let mut values = Cow::Borrowed(&job.values);
    for (name, value) in &step.env {
        let name = format!("env.{name}");
        // One that is made of itself stays what it is.
        if !names(value, &name) {
            values.to_mut().insert(name, value.clone());
        }
    }
    values
}

/// Why a step has no occasion, where that is not sure.
fn tell_never(narrowed: &Narrowed, step: &Step) -> Vec<String> {
    narrowed.tell().into_iter().map(|what| format!("step `{}`: {what}", label(step))).collect()
}

/// The occasions on which a step pushes.
fn narrow_step(workflow: &Workflow, job: &Job, step: &Step, known: &Known<'_>) -> Narrowed {
    let mut conditions = Condition::of_job(job, workflow);
    conditions.extend(Condition::of("if", &step.condition));
    conditions.extend(push_condition(workflow, job, step, known));
    let narrowed = narrow(&workflow.triggers, &conditions, known);
    match step.chooses_by_script() {
        true => narrowed.without_pulls(),
        false => narrowed,
    }
}

/// The steps that run when these occasions come: for a release, where that is one of them. They are those of the job, or of all jobs
/// where none of its own makes a chart: packages are handed on.
fn run_together<'a>(
    workflow: &'a Workflow,
    job: &'a Job,
    triggers: &Triggers,
    known: &Known<'_>,
) -> Vec<(&'a Job, &'a Step)> {
    let runs = |(job, step): &(&Job, &Step)| {
        let known = Known { values: &job.values, repository: known.repository };
        let other = narrow_step(workflow, job, step, &known);
        match triggers.tags.is_some() {
            true => other.triggers.tags.is_some(),
            false => !other.is_never,
        }
    };
    let of = |job: &'a Job| job.steps.iter().map(move |step| (job, step)).filter(runs);
    match job.steps.iter().any(Step::packages_chart) {
        true => of(job).collect(),
        false => workflow.jobs.iter().flat_map(of).collect(),
    }
}

/// Whether the workflow builds an image when a git tag sets it off.
pub(super) fn builds_for_tags(place: Place<'_>) -> bool {
    let Place { workflow, known, .. } = place;
    let mut all = workflow.jobs.iter().flat_map(|job| job.steps.iter().map(move |step| (job, step)));
    all.any(|(job, step)| {
        let builds = step.pushes_build() || script::read(&step.run).built.iter().any(|built| built.is_built);
        builds && {
            let known = Known { values: &job.values, repository: known.repository };
            narrow_step(workflow, job, step, &known).triggers.tags.is_some()
        }
    })
}

/// The condition under which a step pushes what it builds, where it is one that builds.
fn push_condition(workflow: &Workflow, job: &Job, step: &Step, known: &Known<'_>) -> Option<Condition> {
    let pushes = |text: &str| text.contains("type=registry") || text.contains("push=true");
    let is_told = step.input("push").is_some() || step.input("outputs").is_some();
    // A script may push what was only built.
    let is_pushed_later = || job.steps.iter().any(Step::pushes_by_script);
    // A file may say where its targets go.
    let goes_out = || {
        step.input("set").is_some_and(pushes)
            || workflow.bakes.iter().any(|file| pushes(&file.text.replace(' ', "")))
    };
    match step.uses.as_str() {
        "docker/build-push-action" if is_told || !is_pushed_later() => Condition::of_push(step, known),
        "docker/bake-action" if is_told || !goes_out() => Condition::of_push(step, known),
        _ => None,
    }
}

/// The names and rules of jobs in which nothing is built: once for each step that gives an image its tags.
fn find_metadata_alone(
    workflow: &Workflow,
    job: &Job,
    known: &Known<'_>,
    sent: &mut Vec<Sent>,
) -> Vec<DraftImage> {
    let is_metadata = |step: &&Step| step.uses == "docker/metadata-action";
    let mut images = Vec::new();
    for step in job.steps.iter().filter(is_metadata) {
        if build_push::is_used_elsewhere(workflow, job, step) {
            continue;
        }
        let baking = job.steps.iter().find(|other| {
            other.uses == "docker/bake-action"
                && build_push::names_output(other.input("files").unwrap_or_default(), step)
        });
        for naming in naming_steps(job, step) {
            let mut conditions = Condition::of_job(job, workflow);
            let steps = naming.into_iter().chain([step]).chain(baking);
            conditions.extend(steps.filter_map(|step| Condition::of("if", &step.condition)));
            conditions.extend(baking.and_then(|baking| push_condition(workflow, job, baking, known)));
            let narrowed = narrow(&workflow.triggers, &conditions, known);
            if narrowed.is_never {
                continue;
            }
            let mut image = DraftImage { apart: apart(job), ..DraftImage::default() };
            build_push::read_metadata(&narrowed.triggers, step, known, &mut image);
            let joins = |step: &&Step| !script::joined_behind(&step.run).is_empty();
            let joining = naming.or_else(|| job.steps.iter().find(joins));
            image.joined_of = joining.map(|step| Part::behind_tags(&step.run, &image)).unwrap_or_default();
            image.git_tags.extend(narrowed.triggers.tags.iter().flatten().cloned());
            image.pushed.extend(Pushed::on(&narrowed.triggers));
            image.left.extend(narrowed.tell());
            image.left.extend(tell_some_branches(&narrowed.triggers));
            sent.extend(image.take_sent(job, naming.unwrap_or(step), &narrowed.triggers));
            images.extend(Some(image).filter(|image| !image.repositories.is_empty()));
        }
    }
    images
}

/// The steps of a job that give an image the tags of docker/metadata-action; where none says so, all that give tags.
fn naming_steps<'a>(job: &'a Job, metadata: &Step) -> Vec<Option<&'a Step>> {
    let all: Vec<&Step> = job.steps.iter().filter(|step| step.names_images()).collect();
    let says = |step: &&Step| {
        let texts = || [&step.run].into_iter().chain(step.env.values());
        texts()
            .any(|text| text.contains("DOCKER_METADATA_OUTPUT") || build_push::names_output(text, metadata))
    };
    let own: Vec<Option<&Step>> = all.iter().copied().filter(says).map(Some).collect();
    match (own.is_empty(), all.is_empty()) {
        (false, _) => own,
        (true, true) => vec![None],
        (true, false) => all.into_iter().map(Some).collect(),
    }
}

pub(super) fn apart(job: &Job) -> Option<String> {
    let matrix = job.values.iter().filter(|(key, _)| key.starts_with("matrix."));
    let named = |name: &str| job.values.get(&format!("matrix.{name}")).filter(|value| !value.is_empty());
    named("name").or_else(|| named("service")).or_else(|| named("image")).cloned().or_else(|| {
        let mut values = matrix.map(|(_, value)| value.clone());
        values.find(|value| {
            !value.is_empty()
                && value.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
        })
    })
}

/// How a step is named for people: by its name, its action, or the first line of its script.
pub(super) fn label(step: &Step) -> String {
    let first = step.run.trim().lines().next().unwrap_or_default();
    let names = [step.name.as_str(), step.uses.as_str(), first];
    names.into_iter().find(|name| !name.is_empty()).unwrap_or("without a name").to_owned()
}
