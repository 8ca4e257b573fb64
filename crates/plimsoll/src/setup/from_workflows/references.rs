//! What a release pushes is what was pushed: an account of references (docs/design/init.md).
//!
//! Each step that pushes notes where to, on which occasions and under which tags, before its images are joined with others, told apart
//! and crossed. When all of that is done, what the images of the draft would push is held against it: what no step pushes is taken
//! out, and what steps push and the draft does not is told. No code in between can lose or invent a reference in silence.
//!
//! Tags are compared as they come out for an example of each occasion, so that the two notations, flavors and `latest` that goes with
//! rules are all the same to it. Prereleases are no occasion of their own: a configuration has one list for both, and never
//! moves a tag for them.

mod hold;
mod rendered;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_tags::table::Table;

use self::hold::Hold;
pub(super) use self::rendered::{all_tags, tag_of};
pub(in crate::setup) use self::rendered::{is_left_out_for_zero, tags_of};
use super::Carried;
use super::image::DraftImage;
use super::rules::Rules;
use super::tables::tables;
use super::workflow::Triggers;
use crate::setup::draft::with_host;

/// What a step pushes to one place.
#[derive(Clone, Debug, Default)]
pub(in crate::setup) struct Sent {
    /// The workflow, or the file of GoReleaser.
    pub(in crate::setup) path: String,
    /// The job; none where there are no jobs.
    pub(in crate::setup) job: String,
    /// The step, as people call it.
    pub(in crate::setup) step: String,
    /// Where it goes.
    pub(in crate::setup) place: String,
    /// The tags by occasion, as far as they are understood.
    pub(in crate::setup) rules: Rules,
    /// What holds for all of them.
    pub(in crate::setup) flavor: Vec<String>,
    /// Occasions on which it goes there under tags that are not understood, which is told where they are read.
    pub(in crate::setup) open: BTreeSet<Table>,
}

/// A tag of a place on an occasion.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::setup) struct Reference {
    /// The place, with its host.
    pub(in crate::setup) place: String,
    pub(in crate::setup) table: Table,
    /// The tag, as it comes out for an example.
    pub(in crate::setup) tag: String,
}

impl Sent {
    /// What goes to a place on occasions, under these tags.
    pub(super) fn to(place: &str, triggers: &Triggers, rules: Rules, flavor: &[String]) -> Sent {
        let mut open: BTreeSet<Table> = tables(triggers).into_iter().collect();
        if !triggers.has_occasions() {
            // What a person sets off may be a release.
            open.insert(Table::Release);
        }
        open.retain(|table| !rules.0.contains_key(table));
        Sent { place: place.to_owned(), rules, flavor: flavor.to_vec(), open, ..Sent::default() }
    }

    /// The references that are understood.
    pub(in crate::setup) fn references(&self) -> BTreeSet<Reference> {
        references_at(&self.place, &self.rules, &self.flavor)
    }

    /// What of it is among these, as it is written.
    fn written(&self, table: &Table, among: &BTreeSet<Reference>) -> Vec<String> {
        let place = with_host(&self.place);
        let rules = self.rules.0.get(table).map(Vec::as_slice).unwrap_or_default();
        let is_it = |tag: &str| {
            among
                .iter()
                .any(|one| (one.place.as_str(), &one.table, one.tag.as_str()) == (&*place, table, tag))
        };
        let mut written: Vec<String> = Vec::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for rule in rules {
            if let Some(tag) = tag_of(rule, &self.flavor, table).filter(|tag| is_it(tag)) {
                written.push(rule.text.clone());
                seen.insert(tag);
            }
        }
        // That goes with the others.
        let more =
            all_tags(rules, &self.flavor, table).into_iter().filter(|tag| is_it(tag) && !seen.contains(tag));
        written.extend(more);
        written
    }
}

/// What goes to a place under rules.
pub(in crate::setup) fn references_at(place: &str, rules: &Rules, flavor: &[String]) -> BTreeSet<Reference> {
    let place = with_host(place);
    let of = |(table, rules)| {
        let place = place.clone();
        let table: &Table = table;
        let rules: &Vec<super::DraftRule> = rules;
        all_tags(rules, flavor, table).into_iter().map(move |tag| Reference {
            place: place.clone(),
            table: table.clone(),
            tag,
        })
    };
    rules.0.iter().flat_map(of).collect()
}

/// All that steps push.
struct Account {
    tags: BTreeMap<(String, Table), BTreeSet<String>>,
    /// Where something goes on an occasion, under whichever tags.
    occasions: BTreeMap<String, BTreeSet<Table>>,
}

impl Account {
    fn of(sent: &[Sent]) -> Account {
        let mut account = Account { tags: BTreeMap::new(), occasions: BTreeMap::new() };
        for sent in sent {
            let occasions = account.occasions.entry(with_host(&sent.place)).or_default();
            occasions.extend(sent.open.iter().chain(sent.rules.0.keys()).cloned());
            for Reference { place, table, tag } in sent.references() {
                account.tags.entry((place, table)).or_default().insert(tag);
            }
        }
        account
    }

    /// Whether something goes there at all.
    fn knows(&self, place: &str) -> bool {
        self.occasions.contains_key(&with_host(place))
    }

    /// The occasions on which something goes there.
    fn occasions(&self, place: &str) -> BTreeSet<Table> {
        self.occasions.get(&with_host(place)).cloned().unwrap_or_default()
    }

    fn has(&self, place: &str, table: &Table, tag: &str) -> bool {
        self.tags.get(&(with_host(place), table.clone())).is_some_and(|tags| tags.contains(tag))
    }

    /// All that goes there.
    fn at(&self, place: &str) -> impl Iterator<Item = Reference> {
        let place = with_host(place);
        let of_place = self.tags.iter().filter(move |((of, _), _)| *of == place);
        of_place.flat_map(|((place, table), tags)| {
            tags.iter().map(|tag| Reference { place: place.clone(), table: table.clone(), tag: tag.clone() })
        })
    }
}

impl Carried {
    /// Holds what the images would push against what steps push: what no step pushes goes, and what is lost is told.
    pub(super) fn settle_references(&mut self) {
        let account = Account::of(&self.sent);
        let mut told: BTreeSet<Reference> = BTreeSet::new();
        for image in &mut self.images {
            let mut hold = Hold { account: &account, image, told: &mut told };
            hold.settle();
        }
        let lost = self.lost(&told);
        self.left.extend(lost);
    }

    /// What steps push, no image has, and nothing tells.
    fn lost(&self, told: &BTreeSet<Reference>) -> Vec<String> {
        let of = |image: &DraftImage| {
            let places = image.repositories.iter();
            places.flat_map(|place| references_at(place, &image.rules, &image.flavor)).collect::<Vec<_>>()
        };
        let pushed: BTreeSet<Reference> = self.images.iter().flat_map(of).collect();
        let mut lines: Vec<String> = Vec::new();
        for sent in self.sent.iter().filter(|sent| !self.tells_place(&sent.place)) {
            let references = sent.references().into_iter();
            let lost: BTreeSet<Reference> =
                references.filter(|one| !pushed.contains(one) && !told.contains(one)).collect();
            let tables: BTreeSet<&Table> = lost.iter().map(|one| &one.table).collect();
            for table in tables {
                let names: Vec<String> =
                    sent.written(table, &lost).iter().map(|rule| named(&sent.place, rule)).collect();
                let by = match (sent.job.as_str(), sent.step.as_str()) {
                    (_, "") => "it".to_owned(),
                    ("", step) => format!("step `{step}`"),
                    (job, step) => format!("job `{job}`: step `{step}`"),
                };
                let line = format!(
                    "{}: {by} pushes {} for `{table}`, and nothing here does",
                    sent.path,
                    names.join(", ")
                );
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        lines
    }

    /// Whether it is told of a place that nothing here goes there.
    fn tells_place(&self, place: &str) -> bool {
        const OF_PLACES: [&str; 2] = ["it goes there on some occasions alone", "it goes to "];
        let of_images = self.images.iter().flat_map(|image| &image.left);
        let is_it = |what: &String| OF_PLACES.iter().any(|words| what.contains(words)) && names(what, place);
        // What a script pushes and nothing builds is told by its command.
        self.strange.iter().any(|strange| strange == place)
            || (!self.images.iter().any(|image| image.repositories.iter().any(|known| known == place))
                && of_images.chain(&self.left).any(is_it))
    }
}

/// A place and a tag as people write them; rules of docker/metadata-action stand beside the place.
fn named(place: &str, rule: &str) -> String {
    match rule.contains("type=") {
        true => format!("{place} `{rule}`"),
        false => format!("{place}:{rule}"),
    }
}

/// Whether a text has a name in it as a whole.
fn names(text: &str, name: &str) -> bool {
    let is_end =
        |sign: Option<char>| sign.is_none_or(|sign| !(sign.is_ascii_alphanumeric() || "/-_".contains(sign)));
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|text| text.chars().next());
        is_end(before) && is_end(after)
    })
}
