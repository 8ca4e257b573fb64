//! Two images can't get one tag in one repository.

use std::collections::BTreeSet;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::time::Moment;
use plimsoll_tags::facts::{CommitId, DefaultBranch, Event, Facts, Run};
use plimsoll_tags::rule::TagRule;
use plimsoll_tags::rule_set::RuleSet;
use plimsoll_tags::table::Table;
use plimsoll_tags::version::{Scheme, Version};

use crate::config::file::shape::quoted;
use crate::config::problems::Problems;
use crate::config::resolve::image::ImageAt;
use crate::config::resolve::image_tags::TagsAt;

pub(super) fn check(images: &[ImageAt], scheme: Scheme, problems: &mut Problems<'_>) {
    let Some(example) = Example::of(scheme) else { return };
    let yields: Vec<Vec<(String, String)>> = images.iter().map(|image| example.render(&image.tags)).collect();
    for (index, (later, its)) in images.iter().zip(&yields).enumerate() {
        for (earlier, others) in images.iter().zip(&yields).take(index) {
            let shared: BTreeSet<&str> = its
                .iter()
                .filter(|(_, value)| others.iter().any(|(_, other)| other == value))
                .map(|(template, _)| template.as_str())
                .collect();
            let (Ok(one), Ok(two), false) = (&earlier.name, &later.name, shared.is_empty()) else { continue };
            for repository in &later.repositories {
                if earlier.repositories.iter().any(|other| other.value == repository.value) {
                    let shared = quoted(shared.iter().copied());
                    let message = format!(
                        "images `{}` and `{}` would both be {shared} in {}",
                        one.value, two.value, repository.value
                    );
                    let diagnostic = Diagnostic::error(Code::TagCollision, Cure::FixThenRunAgain, message)
                        .help("give each image its own repository, or tags of its own");
                    problems.error(&repository.span, diagnostic);
                }
            }
        }
    }
}

/// One event of each kind, with values that nobody writes into a rule by hand: what two rules yield for these, they
/// yield for others.
struct Example {
    version: Version,
    commit: CommitId,
}

impl Example {
    fn of(scheme: Scheme) -> Option<Example> {
        let version = Version::parse(scheme, "90071.90073.90079").ok()?;
        let commit = CommitId::parse(&"90053".repeat(8)).ok()?;
        Some(Example { version, commit })
    }

    /// The rules of an image and what they yield.
    fn render(&self, tags: &TagsAt) -> Vec<(String, String)> {
        let of_rules = tags.rules.iter().map(|rule| (rule.table.clone(), rule.rule.clone()));
        let of_rules: Vec<(Table, TagRule)> = of_rules.collect();
        let set = RuleSet::of(of_rules.clone());
        // `latest` may go with them, and no rule says it.
        let implied = set.latest_rules().map(|(_, table, rule)| (table.clone(), rule));
        let tags = of_rules.into_iter().chain(implied).filter_map(|(table, rule)| {
            let version = self.version.clone();
            let event = match &table {
                Table::Release => Event::Release { tag: format!("v{version}"), version },
                Table::Promotion => Event::Promotion { tag: format!("v{version}-stable"), version },
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
