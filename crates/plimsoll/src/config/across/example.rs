//! What the rules of an image yield, by example.

use plimsoll_engine::domain::time::Moment;
use plimsoll_tags::facts::{CommitId, DefaultBranch, Event, Facts, Run};
use plimsoll_tags::git_tag::TagPattern;
use plimsoll_tags::rule::TagRule;
use plimsoll_tags::rule_set::RuleSet;
use plimsoll_tags::table::Table;
use plimsoll_tags::version::{Scheme, Version};

use crate::config::resolve::image_tags::TagsAt;

/// One event of each kind, with values that nobody writes into a rule by hand: what two rules yield for these, they
/// yield for others.
pub(super) struct Example {
    version: Version,
    git_tag: String,
    commit: CommitId,
}

impl Example {
    /// The example for versions of a scheme, whose git tags are of this pattern.
    pub(super) fn of(scheme: Scheme, pattern: &TagPattern) -> Option<Example> {
        let version = Version::parse(scheme, "90071.90073.90079").ok()?;
        let commit = CommitId::parse(&"90053".repeat(8)).ok()?;
        Some(Example { git_tag: pattern.render(&version), version, commit })
    }

    /// The rules of an image and what they yield.
    pub(super) fn render(&self, tags: &TagsAt) -> Vec<(String, String)> {
        let of_rules = tags.rules.iter().map(|rule| (rule.table.clone(), rule.rule.clone()));
        let of_rules: Vec<(Table, TagRule)> = of_rules.collect();
        let set = RuleSet::of(of_rules.clone());
        // `latest` may go with them, and no rule says it.
        let implied = set.latest_rules().map(|(_, table, rule)| (table.clone(), rule));
        let tags = of_rules.into_iter().chain(implied).filter_map(|(table, rule)| {
            let version = self.version.clone();
            let event = match &table {
                Table::Release => Event::Release { tag: self.git_tag.clone(), version },
                Table::Promotion => Event::Promotion { tag: format!("{}-stable", self.git_tag), version },
                Table::Branch(name) => Event::Branch(name.clone()),
                Table::AnyBranch => Event::Branch("90061".to_owned()),
                Table::PullRequest => Event::PullRequest(90_059),
            };
            let run = Run::at(Moment(0).timestamp());
            let facts =
                Facts { event, commit: self.commit.clone(), default_branch: DefaultBranch::Contains, run };
            let value = rule.find_template(&table)?.render(&facts).ok()?;
            Some((rule.to_string(), value.to_string()))
        });
        tags.collect()
    }
}
