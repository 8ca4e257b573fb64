//! The tags that rules come to, for an example of each occasion.

use std::collections::BTreeSet;

use plimsoll_engine::domain::time::Moment;
use plimsoll_tags::facts::{CommitId, DefaultBranch, Event, Facts, Run};
use plimsoll_tags::notation::action::flavor::Flavor;
use plimsoll_tags::rule::{Rendered, Skip, TagRule};
use plimsoll_tags::rule_set::RuleSet;
use plimsoll_tags::table::Table;
use plimsoll_tags::version::{Scheme, Version};

use crate::setup::from_workflows::rules::{DraftRule, parse};

/// The version of examples.
const VERSION: &str = "1.4.2";
/// Its git tag.
const GIT_TAG: &str = "v1.4.2";
/// A branch that nobody names.
const BRANCH: &str = "some-branch";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const NUMBER: u64 = 17;

/// The tag of one rule; none where it yields none. One that gives no example is its own words.
pub(in crate::setup::from_workflows) fn tag_of(
    rule: &DraftRule,
    flavor: &[String],
    table: &Table,
) -> Option<String> {
    let of_words = || Some(rule.text.clone());
    let (Some(read), Some(facts)) = (read(rule, flavor), facts(table)) else { return of_words() };
    match read.render(table, &facts) {
        Ok(Rendered::Tag(tag)) => Some(tag.value.to_string()),
        Ok(Rendered::Skipped(_)) => None,
        Err(_) => of_words(),
    }
}

/// The tags of a list of rules, with `latest` where it goes with them.
pub(in crate::setup::from_workflows) fn all_tags(
    rules: &[DraftRule],
    flavor: &[String],
    table: &Table,
) -> BTreeSet<String> {
    let mut tags: BTreeSet<String> = rules.iter().filter_map(|rule| tag_of(rule, flavor, table)).collect();
    let Some(facts) = facts(table) else { return tags };
    let yields = |rule: &TagRule| rule.render(table, &facts).is_ok();
    let read = rules.iter().filter_map(|rule| read(rule, flavor)).filter(yields);
    let set = RuleSet::of(read.map(|rule| (table.clone(), rule)).collect());
    if let Ok(rendered) = set.render(&facts) {
        tags.extend(rendered.tags.iter().map(|tag| tag.value.to_string()));
    }
    tags
}

/// The tags of a whole set of rules on an occasion.
pub(in crate::setup) fn tags_of(rules: &RuleSet, table: &Table) -> BTreeSet<String> {
    let rendered = facts(table).and_then(|facts| rules.render(&facts).ok());
    rendered.into_iter().flat_map(|rendered| rendered.tags).map(|tag| tag.value.to_string()).collect()
}

/// Whether a tag says the whole version.
pub(super) fn is_whole(tag: &str) -> bool {
    tag.contains(VERSION)
}

fn read(rule: &DraftRule, flavor: &[String]) -> Option<TagRule> {
    let flavor = Flavor::parse(flavor.iter().map(String::as_str)).unwrap_or_default();
    let read = parse(&rule.text, &flavor).ok()?;
    Some(TagRule { class: rule.class, ..read })
}

/// Whether a rule gives no tag of this version because its major number is 0.
pub(in crate::setup) fn is_left_out_for_zero(rule: &DraftRule, flavor: &[String], version: &Version) -> bool {
    let event = Event::Release { version: version.clone(), tag: format!("v{version}") };
    let (Some(read), Some(facts)) = (read(rule, flavor), facts_of(event)) else { return false };
    matches!(read.render(&Table::Release, &facts), Ok(Rendered::Skipped(Skip::MajorZero { .. })))
}

/// An example of an occasion.
fn facts(table: &Table) -> Option<Facts> {
    let version = Version::parse(Scheme::Semver, VERSION).ok()?;
    let tag = GIT_TAG.to_owned();
    let event = match table {
        Table::Release => Event::Release { version, tag },
        Table::Promotion => Event::Promotion { version, tag },
        Table::Branch(name) => Event::Branch(name.clone()),
        Table::AnyBranch => Event::Branch(BRANCH.to_owned()),
        Table::PullRequest => Event::PullRequest(NUMBER),
    };
    facts_of(event)
}

fn facts_of(event: Event) -> Option<Facts> {
    // What is for the default branch is for this one.
    let default_branch = match &event {
        Event::Branch(name) => name.clone(),
        Event::Release { .. } | Event::Promotion { .. } | Event::PullRequest(_) => "main".to_owned(),
    };
    let run = Run { default_branch: Some(default_branch), ..Run::at(Moment(0).timestamp()) };
    Some(Facts { event, commit: CommitId::parse(COMMIT).ok()?, default_branch: DefaultBranch::Contains, run })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notations_that_say_the_same_come_to_the_same() {
        let of = |texts: &[&str], flavor: &[&str], table: Table| {
            let rules: Vec<DraftRule> = texts.iter().map(|text| DraftRule::plain(text)).collect();
            let flavor: Vec<String> = flavor.iter().map(|&line| line.to_owned()).collect();
            all_tags(&rules, &flavor, &table).into_iter().collect::<Vec<_>>()
        };
        let release = || Table::Release;
        assert_eq!(of(&["{version}", "latest"], &[], release()), ["1.4.2", "latest"]);
        assert_eq!(of(&["type=semver,pattern={{version}}"], &[], release()), ["1.4.2", "latest"]);
        assert_eq!(of(&["type=pep440,pattern={{version}}"], &["latest=false"], release()), ["1.4.2"]);
        assert_eq!(of(&["{tag}", "{major}.{minor}"], &[], release()), ["1.4", "v1.4.2"]);
        // Another rule comes first, and decides about `latest`.
        let rules = ["type=raw,value=x,priority=1000", "type=semver,pattern={{version}}"];
        assert_eq!(of(&rules, &["suffix=-slim"], release()), ["1.4.2-slim", "x-slim"]);
        let rule = "type=raw,value=edge,enable={{is_default_branch}}";
        assert_eq!(of(&[rule], &[], Table::Branch("main".to_owned())), ["edge"]);
        assert_eq!(of(&[rule], &[], release()), [""; 0]);
        assert_eq!(of(&["type=ref,event=branch"], &[], Table::AnyBranch), [BRANCH]);
        assert_eq!(of(&["pr-{number}"], &[], Table::PullRequest), ["pr-17"]);
    }
}
