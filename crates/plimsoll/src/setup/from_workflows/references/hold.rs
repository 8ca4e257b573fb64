//! An image has the same places and tags on an occasion everywhere, and steps may push otherwise: what is held back.

use std::collections::BTreeSet;

use plimsoll_tags::table::Table;

use super::rendered::{all_tags, is_whole, tag_of};
use super::{Account, Reference, named, with_host};
use crate::setup::from_workflows::image::{DraftImage, Pushed};
use crate::setup::from_workflows::places::short_name;
use crate::setup::from_workflows::rules::DraftRule;

/// What keeps `latest` from going with rules of docker/metadata-action.
const NO_LATEST: &str = "latest=false";

/// An image that is held against what is pushed.
pub(super) struct Hold<'a> {
    pub(super) account: &'a Account,
    pub(super) image: &'a mut DraftImage,
    /// What is told of so far.
    pub(super) told: &'a mut BTreeSet<Reference>,
}

impl Hold<'_> {
    /// Takes out what no step pushes. An image of which no step is known stays as it is.
    pub(super) fn settle(&mut self) {
        if !self.image.repositories.iter().any(|place| self.account.knows(place)) {
            return;
        }
        self.leave_places_of_branches();
        self.settle_release();
        let others: Vec<Table> =
            self.image.rules.0.keys().filter(|table| **table != Table::Release).cloned().collect();
        for table in others {
            self.settle_occasion(&table);
        }
        self.image.rules.0.retain(|_, rules| !rules.is_empty());
        self.leave_latest();
    }

    /// A place that releases do not go to is no place of what is released.
    fn leave_places_of_branches(&mut self) {
        let is_released =
            self.image.rules.0.contains_key(&Table::Release) || self.image.pushed.contains(&Pushed::Releases);
        let released = self.places(|place| self.account.occasions(place).contains(&Table::Release));
        if !is_released || released.is_empty() {
            return;
        }
        for place in self.places(|place| !released.contains(&place.to_owned())) {
            let occasions: Vec<String> =
                self.account.occasions(&place).iter().map(|table| format!("`{table}`")).collect();
            let line = match occasions.is_empty() {
                true => format!(
                    "it goes to {place}, and no step says when: add it to `mirrors` if all of it may be there"
                ),
                false => format!(
                    "it goes to {place} for {} alone, and an image here goes to all its places each time: what pushes there today goes on",
                    occasions.join(", ")
                ),
            };
            self.leave_place(&place, line);
        }
    }

    /// Tags for releases are those that all places get, where a whole version is among them; else one place is left, with what
    /// it gets.
    fn settle_release(&mut self) {
        let table = Table::Release;
        let Some(rules) = self.image.rules.0.get(&table).cloned() else { return };
        let all = self.image.repositories.clone();
        let covers = |place: &str| -> Vec<DraftRule> {
            rules.iter().filter(|rule| self.is_pushed(rule, &table, place)).cloned().collect()
        };
        let has_whole = |rules: &[DraftRule]| rules.iter().any(|rule| self.is_whole(rule));
        let mut kept: Vec<DraftRule> = rules.clone();
        for place in &all {
            let own = covers(place);
            kept.retain(|rule| own.contains(rule));
        }
        let is_shared = kept.len() == rules.len() || has_whole(&kept);
        if !is_shared {
            let first = all.iter().find(|place| has_whole(&covers(place)));
            let first = first.or_else(|| all.iter().find(|place| !covers(place).is_empty()));
            kept = first.map(|place| covers(place)).unwrap_or_default();
            let (same, others): (Vec<String>, Vec<String>) =
                all.iter().cloned().partition(|place| kept.iter().all(|rule| covers(place).contains(rule)));
            let others: Vec<(String, Vec<String>)> =
                others.into_iter().map(|place| (place.clone(), texts(&covers(&place)))).collect();
            for (place, tags) in others {
                let tags = if tags.is_empty() {
                    "others that are not understood".to_owned()
                } else {
                    tags.join(", ")
                };
                let line = format!(
                    "it goes to {place} under other tags ({tags}) than to {}, and an image here has the same ones in all its places: it is none of them",
                    same.join(", ")
                );
                self.leave_place(&place, line);
            }
        }
        for rule in rules.iter().filter(|rule| !kept.contains(rule)) {
            self.leave_rule(rule, &table);
        }
        self.image.rules.0.insert(table, kept);
    }

    /// A place that a branch does not go to is no mirror of what it publishes; pull requests decide about no place.
    fn settle_occasion(&mut self, table: &Table) {
        let Some(rules) = self.image.rules.0.get(table).cloned() else { return };
        let gets_some = |place: &str| rules.iter().any(|rule| self.is_pushed(rule, table, place));
        let (own, others) = (self.places(gets_some), self.places(|place| !gets_some(place)));
        if !own.is_empty() && *table != Table::PullRequest {
            for place in others {
                let line = format!(
                    "image name: {place}: it goes there on some occasions alone, and mirrors get whatever is published: add it to `mirrors` if that may be"
                );
                self.leave_place(&place, line);
            }
        }
        let all = self.image.repositories.clone();
        let is_everywhere = |rule: &DraftRule| all.iter().all(|place| self.is_pushed(rule, table, place));
        let (kept, out): (Vec<DraftRule>, Vec<DraftRule>) = rules.into_iter().partition(is_everywhere);
        for rule in &out {
            self.leave_rule(rule, table);
        }
        self.image.rules.0.insert(table.clone(), kept);
    }

    /// Where `latest` goes with rules, and no step pushes it, it does not.
    fn leave_latest(&mut self) {
        let image = &self.image;
        let is_invented = |(table, rules): (&Table, &Vec<DraftRule>)| {
            let tags = all_tags(rules, &image.flavor, table);
            let own: BTreeSet<String> =
                rules.iter().filter_map(|rule| tag_of(rule, &image.flavor, table)).collect();
            let mut more = tags.difference(&own);
            more.any(|tag| image.repositories.iter().any(|place| !self.account.has(place, table, tag)))
        };
        if image.rules.0.iter().any(is_invented) {
            self.image.flavor.push(NO_LATEST.to_owned());
            self.image
                .left
                .push(format!("flavor: {NO_LATEST} was added: no step pushes `latest` to all its places"));
        }
    }

    /// Whether a step pushes what a rule yields; what yields nothing is no matter.
    fn is_pushed(&self, rule: &DraftRule, table: &Table, place: &str) -> bool {
        tag_of(rule, &self.image.flavor, table).is_none_or(|tag| self.account.has(place, table, &tag))
    }

    fn is_whole(&self, rule: &DraftRule) -> bool {
        tag_of(rule, &self.image.flavor, &Table::Release).is_some_and(|tag| is_whole(&tag))
    }

    fn places(&self, is_it: impl Fn(&str) -> bool) -> Vec<String> {
        self.image.repositories.iter().filter(|place| is_it(place)).cloned().collect()
    }

    fn leave_place(&mut self, place: &str, line: String) {
        let is_name = self.image.name == short_name(&self.image.repositories);
        self.image.repositories.retain(|known| known != place);
        if is_name {
            self.image.name = short_name(&self.image.repositories);
        }
        self.told.extend(self.account.at(place));
        self.image.left.push(line);
    }

    /// Tells a rule that not all places of the image get; one of places that are told is told with them.
    fn leave_rule(&mut self, rule: &DraftRule, table: &Table) {
        let Some(tag) = tag_of(rule, &self.image.flavor, table) else { return };
        let (own, others): (Vec<String>, Vec<String>) =
            self.image.repositories.iter().cloned().partition(|place| self.account.has(place, table, &tag));
        let references = own.iter().map(|place| {
            let place = with_host(place);
            Reference { place, table: table.clone(), tag: tag.clone() }
        });
        let is_told = self.told.iter().any(|one| (&one.table, &one.tag) == (table, &tag));
        match own.is_empty() {
            true if is_told => {}
            true => self.image.left.push(format!(
                "rule under `{table}`: {}: no step pushes it to {}, and it is left out",
                rule.text,
                others.join(", ")
            )),
            false => {
                let names: Vec<String> = own.iter().map(|place| named(place, &rule.text)).collect();
                self.image.left.push(format!(
                    "tag: {} under `{table}`: {} does not get it, and an image here has the same tags in all its places: add it if all may get it",
                    names.join(", "),
                    others.join(", ")
                ));
                self.told.extend(references);
            }
        }
    }
}

fn texts(rules: &[DraftRule]) -> Vec<String> {
    rules.iter().map(|rule| rule.text.clone()).collect()
}
