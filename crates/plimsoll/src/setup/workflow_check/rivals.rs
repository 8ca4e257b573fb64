//! Others that write what is released here: steps of workflows, and jobs of a pipeline of GitLab.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Diagnostic, Place};

use super::own_tags::Standing;
use super::step_lines::{FoundStep, Lines, find_steps, spelled};
use super::{Own, Present};
use crate::setup::draft::with_host;
use crate::setup::from_workflows::workflow::{Step, Suspicion, amounts_to};
use crate::setup::from_workflows::{
    Carried, CarriedJob, GoreleaserFile, Page, Push, Sent, Sources, WorkflowFile, carry_each, carry_jobs,
    find_lines, is_open,
};

/// What a rival writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Images,
    Charts,
    Pages,
    /// Pages with the files that GoReleaser makes, which nothing else does.
    PagesOfGoreleaser,
}

/// What helps where GoReleaser makes pages: a step that also makes programs is not to be deleted.
const ONE_PAGE: &str = "let one of both make it: take `release` out of `[forge]`, or write `release: { disable: true }` in GoReleaser's file, which then publishes its archives nowhere";

/// What helps where a step puts files on pages, which nothing else does.
const FILES_OF_PAGE: &str = "it puts files on the page, which no release does: let it put them on the page that the release makes (`gh release upload`), or take `release` out of `[forge]`";

/// What is said of images that go nobody knows where.
const WHERE_UNREAD: &str = "it pushes images, and where to can't be told: perhaps what is released here";
const IF_IT_DOES: &str = "if it does, delete the steps that do it; if it does not, nothing is wrong with it";

/// Steps of workflows that write what is released here, by the workflow. Each is looked at as its callers call it.
pub(super) fn of_workflows<'a>(present: Present<'a>, own: &'a Own) -> BTreeMap<&'a str, Vec<Diagnostic>> {
    let sources = Sources {
        workflows: present.workflows,
        called: present.called,
        repository: own.repository.as_deref(),
        branch: own.branch.as_deref(),
        goreleaser: present.goreleaser,
        ..Sources::default()
    };
    let each = carry_each(&sources);
    // The page that a person publishes sets today's release off, and who drafts it is no rival.
    let by_hand = each.iter().any(|(_, carried)| carried.page == Some(Page::ByHand));
    let own = Own { pages: own.pages && !by_hand, ..own.clone() };
    let of = |(file, carried): (&'a WorkflowFile, Carried)| {
        (file.path.as_str(), of_workflow(file, &carried, present, &own))
    };
    each.into_iter().map(of).collect()
}

fn of_workflow(file: &WorkflowFile, carried: &Carried, present: Present<'_>, own: &Own) -> Vec<Diagnostic> {
    let steps = opened(&file.text, present.called);
    let repository = own.repository.as_deref();
    let goreleaser = present.goreleaser.filter(|file| file.pushes_images(repository));
    let mut told = Vec::new();
    let mut pushes = false;
    for (what, message) in written(carried, own) {
        pushes |= what == What::Images;
        let is_it = |step: &Step| match what {
            // Without its file nobody knows what is in it.
            What::Images if is_of_goreleaser(step) => goreleaser.is_some(),
            What::Pages => writes(step, what) && step.page_elsewhere(&BTreeMap::new(), repository).is_none(),
            _ => writes(step, what),
        };
        let does = |step: &&Opened| step.steps.iter().any(is_it);
        let goes_on = |step: &&Opened| what == What::Images && step.goes_elsewhere(carried, own);
        let found: Vec<&Opened> = steps.iter().filter(|step| does(step) && !goes_on(step)).collect();
        let is_open = found.is_empty() && what == What::Images && present.goreleaser.is_none();
        let without_file: Vec<&Opened> =
            steps.iter().filter(|step| is_open && step.steps.iter().any(is_of_goreleaser)).collect();
        let help = match what {
            What::PagesOfGoreleaser => ONE_PAGE.to_owned(),
            What::Pages if found.iter().any(|step| step.puts_files()) => FILES_OF_PAGE.to_owned(),
            What::Images if found.is_empty() && message == WHERE_UNREAD => look_at(&without_file),
            What::Images => without_images(&found, goreleaser),
            What::Pages | What::Charts => without(&found),
        };
        let lines = found.first().or(without_file.first()).map(|step| step.lines);
        told.push(warn(file, &message, lines, help));
    }
    if pushes || own.repositories.is_empty() {
        return told;
    }
    // Of what nobody knows nothing is said again and again.
    for unseen in carried.unseen.iter().filter(|unseen| unseen.suspicion == Suspicion::Named) {
        let is_it = |step: &Step| step.unseen.contains(&unseen.command) || step.uses == unseen.command;
        let runs = |opened: &&Opened| opened.steps.iter().any(is_it);
        let lines = steps.iter().find(runs).map(|opened| opened.lines);
        let message = format!("{} is not read here: perhaps it pushes what is released here", unseen.words());
        let delete = lines.and_then(|lines| spelled(&[lines])).unwrap_or_else(|| "the step".to_owned());
        let help = format!("if it does, delete {delete}; if it does not, nothing is wrong with it");
        told.push(warn(file, &message, lines, help));
    }
    told
}

/// What is to be done about steps that push images: GoReleaser goes on with what it makes beside them.
fn without_images(found: &[&Opened], goreleaser: Option<&GoreleaserFile>) -> String {
    let kept = goreleaser.filter(|file| file.publishes_more());
    let is_kept = |step: &&Opened| kept.is_some() && step.steps.iter().any(is_of_goreleaser);
    let (stays, goes): (Vec<&Opened>, Vec<&Opened>) = found.iter().partition(|step| is_kept(step));
    let taken_out = kept.filter(|_| !stays.is_empty()).map(GoreleaserFile::how_to_take_images_out);
    match (taken_out, goes.is_empty()) {
        (Some(taken_out), true) => taken_out,
        (Some(taken_out), false) => {
            format!("delete {}, and {taken_out}", spelled(&lines_of(&goes)).unwrap_or_default())
        }
        (None, _) => without(&goes),
    }
}

/// What is to be done where nobody knows what is pushed: GoReleaser's file says it, and is not there.
fn look_at(without_file: &[&Opened]) -> String {
    match spelled(&lines_of(without_file)) {
        None => IF_IT_DOES.to_owned(),
        Some(lines) => format!(
            "look into GoReleaser's file, which {lines} need and which is not found: take out of it what is released here; if nothing is, nothing is wrong with it"
        ),
    }
}

/// What is to be done about steps that do nothing else.
fn without(found: &[&Opened]) -> String {
    match spelled(&lines_of(found)) {
        None => "delete the workflow, or the steps that do it".to_owned(),
        Some(lines) => format!("delete {lines}, or the whole workflow if it does nothing else"),
    }
}

fn lines_of(found: &[&Opened]) -> Vec<Lines> {
    found.iter().map(|step| step.lines).collect()
}

fn is_of_goreleaser(step: &Step) -> bool {
    step.runs_goreleaser() && !step.builds_by_script()
}

/// A step of a workflow, and what it amounts to.
struct Opened {
    job: String,
    lines: Lines,
    /// Which one of its job's steps the first of them is.
    first: usize,
    steps: Vec<Step>,
}

impl Opened {
    fn puts_files(&self) -> bool {
        self.steps.iter().any(|step| !step.files_of_page().is_empty())
    }

    /// Whether all that it pushes goes to places that nothing is released to here, or in a way that is not read: it goes on as it is.
    fn goes_elsewhere(&self, carried: &Carried, own: &Own) -> bool {
        let numbers = self.first..self.first + self.steps.len();
        let is_here = |place: &String| is_open(place) || own.repositories.contains(&with_host(place));
        let mut pushes = carried.pushes.iter().filter(|push| push.job == self.job);
        let mut count = 0_usize;
        let all = pushes.all(|push| {
            let is_it = numbers.contains(&push.number());
            count += usize::from(is_it);
            let is_elsewhere = !push.places.is_empty() && !push.places.iter().any(is_here);
            !is_it || push.is_lost() || is_elsewhere || is_apart(push, carried, own)
        });
        all && count > 0
    }
}

/// Whether all tags of a push are read, and none of them is written here.
fn is_apart(push: &Push, carried: &Carried, own: &Own) -> bool {
    // What GoReleaser pushes is no step's.
    let is_it = |sent: &&Sent| match push.is_of_goreleaser() {
        true => sent.path != push.path,
        false => (&sent.job, &sent.step, &sent.path) == (&push.job, &push.step, &push.path),
    };
    let mut sent = carried.sent.iter().filter(is_it).peekable();
    sent.peek().is_some() && sent.all(|sent| own.standing(sent) == Standing::Apart)
}

fn opened(text: &str, called: &[WorkflowFile]) -> Vec<Opened> {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let open = |found: FoundStep| {
        let steps = amounts_to(found.step, called);
        let next = numbers.entry(found.job.clone()).or_default();
        let first = *next;
        *next += steps.len();
        Opened { job: found.job, lines: found.lines, first, steps }
    };
    find_steps(text).into_iter().map(open).collect()
}

/// Jobs of a pipeline of GitLab that do.
pub(super) fn of_pipeline(files: &[WorkflowFile], own: &Own) -> Vec<Diagnostic> {
    let registry = own.registry.as_deref();
    let sources =
        Sources { pipeline: files, repository: own.repository.as_deref(), registry, ..Sources::default() };
    let mut found = Vec::new();
    for CarriedJob { name, path, carried } in carry_jobs(&sources) {
        let Some(file) = files.iter().find(|file| file.path == path) else { continue };
        let lines = find_lines(&file.text, &name);
        for (_, message) in written(&carried, own) {
            let help = match lines.and_then(|lines| spelled(&[lines])) {
                None => format!("delete the job `{name}`, or the commands that do it"),
                Some(lines) => format!("delete {lines}, or the commands of the job that do it"),
            };
            found.push(warn(file, &format!("job `{name}`: {message}"), lines, help));
        }
    }
    found
}

/// What is written that is released here, in words.
fn written(carried: &Carried, own: &Own) -> Vec<(What, String)> {
    let mut found = Vec::new();
    let shared = |wanted: Standing| -> Vec<String> {
        let names = pushed(carried).into_iter().filter(|name| own.repositories.contains(name));
        names.filter(|name| standing_at(name, carried, own) == wanted).collect()
    };
    let (same, unread) = (shared(Standing::Same), shared(Standing::Unread));
    if !same.is_empty() {
        found.push((What::Images, format!("it pushes to {} too", same.join(", "))));
    } else if !unread.is_empty() {
        let message = format!(
            "it may write what is released here: it pushes to {} under tags that are not read",
            unread.join(", ")
        );
        found.push((What::Images, message));
    } else if !carried.unread.is_empty() && !own.repositories.is_empty() {
        found.push((What::Images, WHERE_UNREAD.to_owned()));
    }
    if own.charts && carried.charts.is_some() {
        found.push((What::Charts, "it publishes charts too".to_owned()));
    }
    match carried.page.filter(|_| own.pages) {
        Some(Page::Drafted) => {
            let message = "it drafts release pages, and a release publishes them".to_owned();
            found.push((What::Pages, message));
        }
        Some(Page::Made) => found.push((What::Pages, "it makes release pages too".to_owned())),
        Some(Page::ByGoreleaser) => {
            let message = "GoReleaser makes a release page for the same git tag".to_owned();
            found.push((What::PagesOfGoreleaser, message));
        }
        Some(Page::ByHand) | None => {}
    }
    found
}

/// How all that goes to a place stands to what is released there. Of what is pushed and not built the tags are not known.
fn standing_at(name: &str, carried: &Carried, own: &Own) -> Standing {
    if carried.strange.iter().any(|strange| with_host(strange) == name) {
        return Standing::Same;
    }
    let sent = carried.sent.iter().filter(|sent| with_host(&sent.place) == name);
    sent.map(|sent| own.standing(sent)).max().unwrap_or(Standing::Same)
}

/// Where images go, with Docker Hub's name.
fn pushed(carried: &Carried) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in carried.images.iter().flat_map(|image| &image.repositories).chain(&carried.strange) {
        let name = with_host(name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn writes(step: &Step, what: What) -> bool {
    match what {
        What::Images => {
            step.pushes_build()
                || step.names_images()
                || step.pushes_by_script()
                || step.pushes_by_action()
                || step.runs_goreleaser()
        }
        What::Charts => step.makes_chart(),
        What::PagesOfGoreleaser => step.runs_goreleaser(),
        What::Pages => step.makes_page(),
    }
}

fn warn(file: &WorkflowFile, message: &str, lines: Option<Lines>, help: String) -> Diagnostic {
    let place = match lines {
        None => Place::of_file(&file.path),
        Some((first, _)) => {
            let before: usize = file.text.split_inclusive('\n').take(first - 1).map(str::len).sum();
            let line = file.text.get(before..).and_then(|rest| rest.lines().next()).unwrap_or_default();
            let begin = before + line.len() - line.trim_start_matches([' ', '-']).len();
            Place::in_text(&file.path, &file.text, begin..before + line.len())
        }
    };
    Diagnostic::warning(Code::WorkflowRival, message).at(place).help(help)
}
