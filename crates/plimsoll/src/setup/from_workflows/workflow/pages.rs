//! Release pages that steps make, of which repository they are, and what is put on them.

use std::collections::BTreeMap;

use super::super::expression::{Filled, Known};
use super::super::image::label;
use super::super::release_pages::Page;
use super::super::script;
use super::{Job, Step, Workflow};

/// Actions that make one.
pub(super) const ACTIONS: [&str; 3] =
    ["softprops/action-gh-release", "actions/create-release", "ncipollo/release-action"];
/// The command that makes one.
const COMMAND: &str = "gh release create";
/// Its options that have a value.
const WITH_VALUE: [&str; 11] = [
    "-F",
    "-R",
    "-n",
    "-t",
    "--discussion-category",
    "--notes",
    "--notes-file",
    "--notes-start-tag",
    "--repo",
    "--target",
    "--title",
];
/// Inputs of those actions that name files.
const FILES: [&str; 3] = ["files", "artifacts", "artifact"];

impl Step {
    /// Whether it makes a release page.
    pub(in crate::setup) fn makes_page(&self) -> bool {
        ACTIONS.contains(&self.uses.as_str()) || !self.commands_of_pages().is_empty()
    }

    /// The other repository whose page it makes, as far as the step says. `values` is what its job knows.
    pub(in crate::setup) fn page_elsewhere(
        &self,
        values: &BTreeMap<String, String>,
        own: Option<&str>,
    ) -> Option<String> {
        let own = own?;
        let known = Known { values, repository: Some(own) };
        let other = |written: String| match known.fill(&written) {
            Filled::Known(name) => Some(name).filter(|name| !is_same(name, own)),
            Filled::Unknown { .. } => None,
        };
        if ACTIONS.contains(&self.uses.as_str()) {
            return other(self.repository_of_page(own));
        }
        let commands = self.commands_of_pages();
        let mut named = commands.iter().map(|command| other(repository_of_command(command)?));
        // One of several may be this one's.
        let first = named.next()??;
        named.all(|other| other.is_some()).then_some(first)
    }

    fn repository_of_page(&self, own: &str) -> String {
        let (owner, name) = own.rsplit_once('/').unwrap_or(("", own));
        let owner = self.input("owner").unwrap_or(owner);
        let name = self.input("repo").unwrap_or(name);
        self.input("repository").map_or_else(|| format!("{owner}/{name}"), str::to_owned)
    }

    /// Whether the pages that it makes are drafts.
    fn drafts_page(&self) -> bool {
        let is_draft = |command: &String| {
            command.split_whitespace().any(|word| matches!(word, "-d" | "--draft" | "--draft=true"))
        };
        match ACTIONS.contains(&self.uses.as_str()) {
            true => self.input("draft").is_some_and(|draft| draft != "false"),
            false => self.commands_of_pages().iter().all(is_draft),
        }
    }

    /// Whether it publishes what was a draft.
    fn publishes_draft(&self) -> bool {
        self.run.contains("gh release edit") && self.run.contains("--draft=false")
    }

    /// The files that it puts on a page which it makes.
    pub(in crate::setup) fn files_of_page(&self) -> Vec<String> {
        if ACTIONS.contains(&self.uses.as_str()) {
            let named = FILES.iter().filter_map(|key| self.input(key)).flat_map(str::lines);
            return named.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        }
        self.commands_of_pages().iter().flat_map(|command| files_of_command(command)).collect()
    }

    fn commands_of_pages(&self) -> Vec<String> {
        let whole = self.run.replace("\\\n", " ");
        let lines = whole.lines().map(str::trim);
        lines.filter(|line| !line.starts_with('#') && line.contains(COMMAND)).map(str::to_owned).collect()
    }
}

impl Workflow {
    /// What becomes of release pages of this repository for a git tag, where steps make them.
    pub(in crate::setup::from_workflows) fn page(&self, own: Option<&str>) -> Option<Page> {
        if self.triggers.tags.is_none() || self.follows_pages() {
            return None;
        }
        let mut steps = self.steps_of_own_pages(own).peekable();
        steps.peek()?;
        let stays = steps.all(Step::drafts_page) && !self.publishes_drafts();
        Some(if stays { Page::Drafted } else { Page::Made })
    }

    /// Whether a step of it publishes what was a draft.
    pub(in crate::setup::from_workflows) fn publishes_drafts(&self) -> bool {
        self.steps().any(Step::publishes_draft)
    }

    /// Whether a page that is published sets it off, and no push.
    pub(in crate::setup::from_workflows) fn follows_pages(&self) -> bool {
        self.triggers.release.is_some() && !self.triggers.events.contains("push")
    }

    fn steps_of_own_pages(&self, own: Option<&str>) -> impl Iterator<Item = &Step> {
        let makes =
            move |step: &Step, values| step.makes_page() && step.page_elsewhere(values, own).is_none();
        self.jobs.iter().flat_map(move |job| job.steps.iter().filter(move |step| makes(step, &job.values)))
    }

    /// The steps that leave pages of this repository drafts.
    pub(in crate::setup::from_workflows) fn drafts_of_pages(
        &self,
        path: &str,
        own: Option<&str>,
    ) -> Vec<String> {
        let drafts = self.page(own) == Some(Page::Drafted);
        let steps = self.steps_of_own_pages(own).filter(|_| drafts);
        steps.map(|step| format!("{path}: step `{}`", label(step))).collect()
    }

    /// Tells the files that steps put on pages of this repository.
    pub(in crate::setup::from_workflows) fn tell_files_of_pages(
        &self,
        path: &str,
        own: Option<&str>,
    ) -> Vec<String> {
        let steps = self.steps_of_own_pages(own).filter(|_| self.triggers.tags.is_some());
        let with_files =
            steps.map(|step| (step, step.files_of_page())).filter(|(_, files)| !files.is_empty());
        let tell = |(step, files): (&Step, Vec<String>)| {
            format!(
                "{path}: step `{}` puts files on the release page, and no release does that: {}",
                label(step),
                files.join(", ")
            )
        };
        with_files.map(tell).collect()
    }

    /// Tells the pages of other repositories.
    pub(in crate::setup::from_workflows) fn tell_pages_elsewhere(
        &self,
        path: &str,
        own: Option<&str>,
    ) -> Vec<String> {
        let of_job = |job: &Job| {
            let found =
                job.steps.iter().filter_map(|step| Some((step, step.page_elsewhere(&job.values, own)?)));
            let tell = |(step, other): (&Step, String)| {
                format!(
                    "{path}: step `{}` makes a release page of {other}, and no release does that",
                    label(step)
                )
            };
            found.map(tell).collect::<Vec<_>>()
        };
        self.jobs.iter().flat_map(of_job).collect()
    }
}

/// What `--repo` says.
fn repository_of_command(line: &str) -> Option<String> {
    let mut words = line.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
    while let Some(word) = words.next() {
        if matches!(word, "-R" | "--repo") {
            return words.next().map(str::to_owned);
        }
        if let Some(name) = word.strip_prefix("--repo=") {
            return Some(name.trim_matches(['"', '\'']).to_owned());
        }
    }
    None
}

/// What stands behind the tag and is no option.
fn files_of_command(line: &str) -> Vec<String> {
    let commands = script::commands_of(line);
    let is_it = |words: &&Vec<String>| words.iter().any(|word| word == "create");
    let Some(words) = commands.iter().find(is_it) else { return Vec::new() };
    let mut words = words.iter().skip_while(|word| *word != "create").skip(1);
    let mut plain = Vec::new();
    while let Some(word) = words.next() {
        match word.starts_with('-') {
            true if WITH_VALUE.contains(&word.as_str()) => drop(words.next()),
            true => {}
            false => plain.push(word.clone()),
        }
    }
    plain.into_iter().skip(1).collect()
}

/// Whether a name is that of the repository; what a shell puts in may be.
fn is_same(name: &str, own: &str) -> bool {
    let name = name.trim_start_matches("https://").trim_start_matches("github.com/");
    name.contains('$') || name.eq_ignore_ascii_case(own)
}
