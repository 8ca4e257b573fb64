//! What jobs hand on to those that wait for them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::expression::{Known, inside};
use super::Job;
use super::handed_on::IN_WORDS;
use super::makers::SAID;

/// What expressions begin with that mean the same in each job of a workflow.
const EVERYWHERE: [&str; 5] = ["github.", "GITHUB_REPOSITORY", "inputs.", "secrets.", "vars."];

/// Adds what jobs hand on to those that wait for them.
pub(super) fn add(jobs: &mut [Job]) {
    // By job and name. Combinations of a matrix that say different things say nothing: the last one to end wins.
    let mut unread: BTreeSet<(String, String)> = BTreeSet::new();
    let mut handed: BTreeMap<(String, String), Option<HandedOut>> = BTreeMap::new();
    for job in jobs.iter() {
        for (name, written) in &job.outputs {
            let known = Known { values: &job.values, repository: None };
            if inside(written).is_some_and(|expression| known.is_unread(expression)) {
                unread.insert((job.id.clone(), name.clone()));
            }
            let value = HandedOut::read(written, job);
            let known = handed.entry((job.id.clone(), name.clone())).or_insert_with(|| value.clone());
            if *known != value {
                *known = None;
            }
        }
    }
    for job in jobs {
        for (id, name) in unread.iter().filter(|(id, _)| job.needs.contains(id)) {
            job.values.insert(format!("{SAID}needs.{id}.outputs.{name}"), String::new());
        }
        for ((id, name), value) in &handed {
            let Some(HandedOut { begin, value }) = value else { continue };
            if job.needs.contains(id) {
                job.values.insert(format!("{begin}needs.{id}.outputs.{name}"), value.clone());
            }
        }
    }
}

/// A value that a job hands on: as it is, or in the words of tags.
#[derive(Clone, PartialEq, Eq)]
struct HandedOut {
    begin: &'static str,
    value: String,
}

impl HandedOut {
    /// Fills in what the job itself knows; none where something of it means another thing in another job.
    fn read(written: &str, job: &Job) -> Option<HandedOut> {
        // A caller may give other inputs.
        let own = job.values.iter().filter(|(name, _)| !name.starts_with("inputs."));
        let own = own.map(|(name, value)| (name.clone(), value.clone())).collect();
        let known = Known { values: &own, repository: None };
        let in_words = inside(written).and_then(|expression| known.in_words(expression));
        let (begin, value) = match in_words {
            Some(value) => (IN_WORDS, value),
            None => ("", written.trim().to_owned()),
        };
        let value = known.fill(&value).into_text();
        let is_shared = |rest: &str| EVERYWHERE.iter().any(|begin| rest.trim_start().starts_with(begin));
        value.split("${{").skip(1).all(is_shared).then_some(HandedOut { begin, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: &str, needs: &[&str], values: &[(&str, &str)], outputs: &[(&str, &str)]) -> Job {
        let owned = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        Job {
            id: id.to_owned(),
            needs: needs.iter().map(|name| (*name).to_owned()).collect(),
            values: owned(values),
            outputs: owned(outputs),
            ..Job::default()
        }
    }

    /// What the last job knows that it did not by itself.
    fn handed(mut jobs: Vec<Job>) -> Vec<(String, String)> {
        add(&mut jobs);
        let mut values = jobs.pop().expect("there is one").values;
        values.retain(|name, _| name.contains("needs."));
        values.into_iter().collect()
    }

    fn one(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    const OUTPUT: [(&str, &str); 1] = [("image", "${{ steps.a.outputs.image }}")];

    #[test]
    fn jobs_hand_it_on_to_those_that_need_them() {
        let first = || job("first", &[], &[("steps.a.outputs.image", "acme/app")], &OUTPUT);
        let want = one("needs.first.outputs.image", "acme/app");
        assert_eq!(handed(vec![first(), job("last", &["other", "first"], &[], &[])]), want);
        assert_eq!(handed(vec![first(), job("last", &["other"], &[], &[])]), []);
        let words = job("first", &[], &[("as.steps.a.outputs.image", "acme/app:{tag}")], &OUTPUT);
        assert_eq!(
            handed(vec![words, job("last", &["first"], &[], &[])]),
            one("as.needs.first.outputs.image", "acme/app:{tag}")
        );
    }

    #[test]
    fn it_is_filled_with_the_values_of_the_job_that_hands_it_on() {
        let last = || job("last", &["first"], &[("env.REGISTRY", "quay.io"), ("inputs.a", "b")], &[]);
        for (value, want) in [
            ("${{ env.REGISTRY }}/app", Some("ghcr.io/app")),
            ("${{ github.repository }}-${{ inputs.a }}", Some("${{ github.repository }}-${{ inputs.a }}")),
            ("${{ matrix.name }}", None),
            ("${{ env.OTHER }}", None),
            ("${{ OTHER }}", None),
        ] {
            let values =
                [("env.REGISTRY", "ghcr.io"), ("inputs.a", "usual"), ("steps.a.outputs.image", value)];
            let first = job("first", &[], &values, &OUTPUT);
            let want = want.map(|value| one("needs.first.outputs.image", value)).unwrap_or_default();
            assert_eq!(handed(vec![first, last()]), want, "{value}");
        }
    }

    #[test]
    fn combinations_that_say_different_things_say_nothing() {
        let of = |value: &str| job("first", &[], &[("steps.a.outputs.image", value)], &OUTPUT);
        let last = || job("last", &["first"], &[], &[]);
        let want = one("needs.first.outputs.image", "acme/app");
        assert_eq!(handed(vec![of("acme/app"), of("acme/app"), last()]), want);
        assert_eq!(handed(vec![of("acme/app"), of("acme/web"), of("acme/web"), last()]), []);
        assert_eq!(handed(vec![of("acme/app"), job("first", &[], &[], &OUTPUT), last()]), []);
    }
}
