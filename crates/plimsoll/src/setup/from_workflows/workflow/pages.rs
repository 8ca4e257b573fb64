//! Release pages that steps make, and of which repository they are.

use std::collections::BTreeMap;

use super::super::PAGES;
use super::super::expression::{Filled, Known};
use super::super::image::label;
use super::{Job, Step, Workflow};

/// The command that makes one.
const COMMAND: &str = "gh release create";

impl Step {
    /// Whether it makes a release page.
    pub(in crate::setup) fn makes_page(&self) -> bool {
        PAGES.iter().any(|word| self.uses == *word) || self.commands_of_pages().next().is_some()
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
        if PAGES.contains(&self.uses.as_str()) {
            return other(self.repository_of_page(own));
        }
        let mut named = self.commands_of_pages().map(|line| other(repository_of_command(line)?));
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

    fn commands_of_pages(&self) -> impl Iterator<Item = &str> {
        self.run.lines().map(str::trim).filter(|line| !line.starts_with('#') && line.contains(COMMAND))
    }
}

impl Workflow {
    /// Whether a step of it makes a release page of this repository.
    pub(in crate::setup::from_workflows) fn makes_own_page(&self, own: Option<&str>) -> bool {
        let makes = |step: &Step, values| step.makes_page() && step.page_elsewhere(values, own).is_none();
        self.jobs.iter().any(|job| job.steps.iter().any(|step| makes(step, &job.values)))
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

/// Whether a name is that of the repository; what a shell puts in may be.
fn is_same(name: &str, own: &str) -> bool {
    let name = name.trim_start_matches("https://").trim_start_matches("github.com/");
    name.contains('$') || name.eq_ignore_ascii_case(own)
}
