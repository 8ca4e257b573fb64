//! Workflows that git tags set off which are no releases of today: prereleases alone, older lines.
//!
//! A configuration has one list of rules for all versions. What `v*-beta*` gives its images would be given to each version.

use std::collections::BTreeMap;

use plimsoll_tags::version::Version;

use super::WorkflowFile;
use super::expression::Known;
use super::image::label;
use super::pushes::What;
use super::releases::{Examples, TAGS, family_of, is_of_releases, rank, version_of};
use super::workflow::{Triggers, Workflow};
use crate::setup::workflow_check::lets_through;

/// The git tag of a release of each family, by what stands before the version: the newest that there is, else one that there may be.
#[derive(Debug, Default)]
pub(super) struct Newest(BTreeMap<String, String>);

impl Newest {
    /// Of what these workflows wait for.
    pub(super) fn of<'a>(workflows: impl Iterator<Item = &'a Workflow>, known: &Known<'_>) -> Newest {
        let there: Vec<&str> = known.values.get(TAGS).into_iter().flat_map(|tags| tags.lines()).collect();
        let mut found: BTreeMap<String, (bool, Version, String)> = BTreeMap::new();
        let filters = workflows.filter_map(|workflow| workflow.triggers.tags.as_ref());
        for filters in filters {
            for filter in filters.iter().filter(|filter| !filter.is_empty() && is_of_releases(filter)) {
                for tag in Examples::of(filter, filters, known).stable {
                    let begin = family_of(&tag);
                    let Some(version) = tag.strip_prefix(begin).and_then(version_of) else { continue };
                    let one = (there.contains(&tag.as_str()), version, tag.clone());
                    let is_newer = |known: &(bool, Version, String)| {
                        known.0.cmp(&one.0).then(rank(&known.1, &one.1)).is_lt()
                    };
                    if found.get(begin).is_none_or(is_newer) {
                        found.insert(begin.to_owned(), one);
                    }
                }
            }
        }
        Newest(found.into_iter().map(|(begin, (_, _, tag))| (begin, tag)).collect())
    }

    /// Takes out filters that no release of their family passes, and gives them with such a release.
    fn take_out(&self, triggers: &mut Triggers, known: &Known<'_>) -> Option<(Vec<String>, String)> {
        let all = triggers.tags.clone().filter(|filters| !filters.is_empty())?;
        let mut passed: BTreeMap<&str, (bool, Vec<&String>)> = BTreeMap::new();
        for filter in all.iter().filter(|filter| !filter.is_empty() && is_of_releases(filter)) {
            let stable = Examples::of(filter, &all, known).stable;
            let begin = family_of(stable.first().unwrap_or(filter));
            let Some((begin, tag)) = self.0.get_key_value(begin) else { continue };
            let out = all.iter().filter(|other| other.starts_with('!'));
            let own: Vec<String> = [filter].into_iter().chain(out).cloned().collect();
            let (passes, of_family) = passed.entry(begin).or_default();
            *passes |= lets_through(&own, tag);
            of_family.push(filter);
        }
        let is_out = |(_, (passes, _)): &(&&str, &(bool, Vec<&String>))| !*passes;
        let mut out: Vec<String> = Vec::new();
        let mut release = None;
        for (begin, (_, filters)) in passed.iter().filter(is_out) {
            out.extend(filters.iter().map(|filter| (*filter).clone()));
            release = release.or_else(|| self.0.get(*begin).cloned());
        }
        let kept: Vec<String> = all.iter().filter(|filter| !out.contains(filter)).cloned().collect();
        let is_left = kept.iter().any(|filter| !filter.starts_with('!'));
        triggers.tags = (is_left || triggers.release.is_some()).then_some(kept);
        release.map(|release| (out, release))
    }
}

/// Takes out of workflows what is for no release of today, and tells it where something is pushed. Gives the workflows that push and
/// of which nothing is left.
pub(super) fn set_aside(
    read: &mut Vec<(&WorkflowFile, Workflow)>,
    known: &Known<'_>,
    left: &mut Vec<String>,
) -> Vec<String> {
    let newest = Newest::of(read.iter().map(|(_, workflow)| workflow), known);
    let mut aside = Vec::new();
    read.retain_mut(|(file, workflow)| {
        let had_occasions = workflow.triggers.has_occasions();
        let out = newest.take_out(&mut workflow.triggers, known);
        let why = match (&out, workflow.triggers.is_of_prereleases) {
            (Some((filters, release)), _) => {
                format!(
                    "git tags {}: a release, as {release} is one, does not set it off",
                    filters.join(", ")
                )
            }
            (None, true) => "release pages of prereleases alone set it off".to_owned(),
            (None, false) => return true,
        };
        let mut names: Vec<String> = Vec::new();
        for step in workflow.steps().filter(|step| What::of(step).is_some()) {
            let name = format!("`{}`", label(step));
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let is_over =
            !workflow.triggers.has_occasions() && (had_occasions || workflow.triggers.is_of_prereleases);
        if !names.is_empty() {
            let what = format!(
                "{}: {why}: what {} push for them is not carried over, and goes on",
                file.path,
                names.join(", ")
            );
            if !left.contains(&what) {
                left.push(what);
            }
            if is_over && !aside.contains(&file.path) {
                aside.push(file.path.clone());
            }
        }
        !is_over
    });
    aside
}
