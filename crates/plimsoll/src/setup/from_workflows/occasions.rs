//! What an expression comes to on each occasion of a workflow.

use plimsoll_tags::table::Table;

use super::condition::{Moment, Reference, work_out_at};
use super::expression::{Filled, Known};
use super::narrowed::begin_of;
use super::releases::{Examples, is_of_releases};
use super::tables::{is_pattern, tables};
use super::workflow::Triggers;

/// What an expression is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A value, which must be known.
    Value,
    /// A tag: names of git tags and branches have a word there.
    Tag,
}

/// An occasion, and the moments that are of it.
pub(super) struct At<'a> {
    pub(super) table: Table,
    moments: Vec<Moment>,
    known: &'a Known<'a>,
}

impl<'a> At<'a> {
    /// The occasions of a workflow, a release before all others.
    pub(super) fn all(triggers: &Triggers, known: &'a Known<'a>) -> Vec<At<'a>> {
        let of = |table: Table| At { moments: moments(&table, triggers, known), table, known };
        tables(triggers).into_iter().map(of).collect()
    }

    /// A text with what its expressions come to on this occasion; `also` may know more.
    pub(super) fn fill(&self, text: &str, purpose: Purpose, also: &dyn Fn(&str) -> Option<String>) -> Filled {
        self.known.fill_with(text, &|expression| also(expression).or_else(|| self.value(expression, purpose)))
    }

    /// The name of the git tag or the branch, in the words of tags.
    pub(super) fn ref_name(&self) -> Option<String> {
        self.value("github.ref_name", Purpose::Tag)
    }

    /// What an expression comes to, where it is the same at all moments.
    fn value(&self, expression: &str, purpose: Purpose) -> Option<String> {
        let mut values =
            self.moments.iter().map(|moment| work_out_at(expression, self.known, moment, purpose));
        let first = values.next()??;
        values.all(|value| value.as_ref() == Some(&first)).then_some(first)
    }
}

/// What sets a workflow off on this occasion alone.
pub(super) fn only(triggers: &Triggers, table: &Table) -> Triggers {
    let none = Triggers { tags: None, branches: None, pull_request: None, ..triggers.clone() };
    match table {
        Table::Release | Table::Promotion => Triggers { tags: triggers.tags.clone(), ..none },
        Table::Branch(name) => Triggers { branches: Some(vec![name.clone()]), ..none },
        Table::AnyBranch => {
            let patterns = triggers.branches.iter().flatten().filter(|name| is_pattern(name)).cloned();
            Triggers { branches: Some(patterns.collect()), ..none }
        }
        Table::PullRequest => Triggers { pull_request: Some(()), ..none },
    }
}

fn moments(table: &Table, triggers: &Triggers, known: &Known<'_>) -> Vec<Moment> {
    let has = |event: &str| triggers.events.contains(event);
    let named = |events: &[&'static str]| -> Vec<Option<&'static str>> {
        let found: Vec<_> = events.iter().copied().filter(|event| has(event)).map(Some).collect();
        if found.is_empty() { vec![None] } else { found }
    };
    let patterns = |patterns: Option<&Vec<String>>| -> Vec<String> {
        let patterns = patterns.into_iter().flatten();
        let patterns = patterns.filter(|pattern| is_of_releases(pattern));
        let found: Vec<String> = patterns.cloned().collect();
        if found.is_empty() { vec![String::new()] } else { found }
    };
    let (events, references): (Vec<Option<&'static str>>, Vec<Reference>) = match table {
        Table::Release | Table::Promotion => (
            named(&["push", "release"]),
            patterns(triggers.tags.as_ref())
                .iter()
                .flat_map(|pattern| {
                    let all = triggers.tags.as_deref().unwrap_or_default();
                    Examples::of(pattern, all, known).likeliest(pattern)
                })
                .map(Reference::Release)
                .collect(),
        ),
        Table::Branch(name) => (named(&["push"]), vec![Reference::Branch(name.clone())]),
        Table::AnyBranch => {
            let only = only(triggers, table).branches;
            let begins = patterns(only.as_ref()).into_iter().map(|pattern| begin_of(&pattern));
            (named(&["push"]), begins.map(Reference::OtherBranch).collect())
        }
        Table::PullRequest => (named(&["pull_request", "pull_request_target"]), vec![Reference::PullRequest]),
    };
    let of = |event: Option<&'static str>| {
        references.iter().map(move |reference| Moment { event, reference: reference.clone() })
    };
    events.into_iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::super::workflow::read_triggers;
    use super::*;

    #[test]
    fn an_expression_comes_to_something_on_each_occasion() {
        let on = "{ push: { branches: [main, '**'], tags: ['v*'] }, pull_request: }";
        let triggers = read_triggers(Some(&yaml_serde::from_str(on).expect("a workflow is YAML")));
        let values = [("env.ALL".to_owned(), "x,y".to_owned())].into();
        let known = Known { values: &values, repository: None };
        let filled = |text: &str, purpose: Purpose| -> Vec<String> {
            let of = |at: &At<'_>| match at.fill(text, purpose, &|_| None) {
                Filled::Known(text) => format!("{}: {text}", at.table),
                Filled::Unknown { .. } => format!("{}?", at.table),
            };
            At::all(&triggers, &known).iter().map(of).collect()
        };
        assert_eq!(
            filled("${{ github.event_name == 'pull_request' && 'x' || env.ALL }}", Purpose::Value),
            ["release: x,y", "branch:main: x,y", "branch:*: x,y", "pull-request: x"]
        );
        assert_eq!(
            filled("${{ github.ref_type == 'tag' && github.ref_name || 'edge' }}", Purpose::Tag),
            ["release: {tag}", "branch:main: edge", "branch:*: edge", "pull-request: edge"]
        );
        assert_eq!(
            filled("${{ github.ref_type == 'tag' && github.ref_name || 'edge' }}", Purpose::Value)[0],
            "release?"
        );
        assert_eq!(
            filled("${{ vars.A || 'b' }}", Purpose::Value),
            ["release?", "branch:main?", "branch:*?", "pull-request?"]
        );
    }
}
