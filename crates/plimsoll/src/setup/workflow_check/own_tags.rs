//! Whether what a step pushes is what is released here: by its place, and by its tag.

use std::collections::BTreeSet;

use plimsoll_tags::rule_set::RuleSet;
use plimsoll_tags::table::Table;

use super::Own;
use crate::setup::draft::with_host;
use crate::setup::from_workflows::{Sent, tags_of};

/// An image of the configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnImage {
    /// Everywhere it goes.
    pub(crate) repositories: Vec<String>,
    /// Its tags on all occasions.
    pub(crate) rules: RuleSet,
}

/// How a push stands to what is released here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It goes somewhere else, or under tags that nothing here writes.
    Apart,
    /// It goes to the same place under tags that are not read.
    Unread,
    /// It writes a tag that is written here.
    Same,
}

impl Own {
    /// How a push stands to what is released.
    pub(super) fn standing(&self, sent: &Sent) -> Standing {
        let place = with_host(&sent.place);
        if !self.repositories.contains(&place) {
            return Standing::Apart;
        }
        let tables: BTreeSet<&Table> = sent.rules.0.keys().collect();
        let mut images = self.images.iter().filter(|image| image.repositories.contains(&place)).peekable();
        if images.peek().is_none() {
            return Standing::Same;
        }
        let own: BTreeSet<String> = images.flat_map(|image| tags_on_all(&image.rules, &tables)).collect();
        let is_own =
            |tag: &String| own.contains(tag) || (is_version(tag) && own.iter().any(|own| is_version(own)));
        let references = sent.references();
        match references.iter().any(|reference| is_own(&reference.tag)) {
            true => Standing::Same,
            false if !sent.open.is_empty() || references.is_empty() => Standing::Unread,
            false => Standing::Apart,
        }
    }
}

/// The tags of an image on every occasion, and on those of a push.
fn tags_on_all(rules: &RuleSet, tables: &BTreeSet<&Table>) -> BTreeSet<String> {
    let all = [Table::Release, Table::Promotion, Table::AnyBranch, Table::PullRequest];
    all.iter().chain(tables.iter().copied()).flat_map(|table| tags_of(rules, table)).collect()
}

/// Whether a tag is a version, or what it begins with.
fn is_version(tag: &str) -> bool {
    let numbers = tag.trim_start_matches('v').split(['-', '+']).next().unwrap_or_default();
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|sign| sign.is_ascii_digit());
    // A long number alone is a date, or counts runs.
    numbers.split('.').all(is_number) && (numbers.contains('.') || numbers.len() < 4)
}
