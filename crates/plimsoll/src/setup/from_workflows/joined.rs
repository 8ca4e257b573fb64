//! Images of one platform each that are joined by their tags: `docker manifest create`, `docker buildx imagetools create`. What they
//! are joined to is one image of several platforms.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_tags::table::Table;

use super::image::{DraftImage, Place, Pushed};
use super::references::{all_tags, tag_of};
use super::rules::{DraftRule, Rules};
use super::spelled::{Spelled, in_expressions, read_tags};
use super::tag_words::with_ref_names;
use super::{Carried, script};

/// What an image is joined of: where one of its parts is pushed to, and under which tags.
#[derive(Clone, Debug)]
pub(in crate::setup) struct Part {
    places: Vec<String>,
    tags: PartTags,
}

/// The tags of a part.
#[derive(Clone, Debug)]
enum PartTags {
    /// Spelled out.
    Spelled(Rules),
    /// Those of the joined image with this behind them, as they come out for examples.
    Behind { suffix: String, tags: BTreeMap<Table, BTreeSet<String>> },
}

/// Words that tags end with, and the platforms that they are of.
const PLATFORMS: [(&str, &str); 11] = [
    ("amd64", "linux/amd64"),
    ("x86_64", "linux/amd64"),
    ("x64", "linux/amd64"),
    ("arm64", "linux/arm64"),
    ("arm64v8", "linux/arm64"),
    ("aarch64", "linux/arm64"),
    ("armv7", "linux/arm/v7"),
    ("arm32v7", "linux/arm/v7"),
    ("armhf", "linux/arm/v7"),
    ("ppc64le", "linux/ppc64le"),
    ("s390x", "linux/s390x"),
];

impl Part {
    /// The parts with these names. One of which is not read where it lies is none that anything pushes.
    pub(super) fn each(names: &[String], place: Place<'_>) -> Vec<Part> {
        let of = |name: &String| {
            let lines = [in_expressions(&with_ref_names(name))];
            let mut image = DraftImage::default();
            read_tags(Spelled { triggers: place.triggers, lines: &lines }, place.known, &mut image);
            let places = image.repositories.pop().into_iter().collect();
            Part { places, tags: PartTags::Spelled(image.rules) }
        };
        names.iter().map(of).collect()
    }

    /// The parts of an image whose tags a script goes through, one by one: what it puts behind each of them.
    pub(super) fn behind_tags(run: &str, image: &DraftImage) -> Vec<Part> {
        let of = |suffix: String| {
            let places = image.repositories.clone();
            Part { places, tags: PartTags::Behind { tags: tags_before(image, &suffix), suffix } }
        };
        script::joined_behind(run).into_iter().map(of).collect()
    }

    fn has(&self, table: &Table, rule: &DraftRule, flavor: &[String]) -> bool {
        match &self.tags {
            PartTags::Spelled(rules) => rules.0.get(table).is_some_and(|rules| rules.contains(rule)),
            PartTags::Behind { tags, .. } => {
                let tag = tag_of(rule, flavor, table);
                tags.get(table).zip(tag).is_some_and(|(tags, tag)| tags.contains(&tag))
            }
        }
    }

    /// Whether a rule is one of its names, on whichever occasion.
    fn names(&self, table: &Table, rule: &DraftRule, flavor: &[String]) -> bool {
        match &self.tags {
            PartTags::Spelled(rules) => rules.0.values().flatten().any(|own| own.text == rule.text),
            PartTags::Behind { .. } => self.has(table, rule, flavor),
        }
    }

    /// Whether an image is pushed as this part.
    fn is(&self, image: &DraftImage) -> bool {
        let is_pushed = |(table, rules): (&Table, &Vec<DraftRule>)| {
            rules.iter().any(|rule| self.has(table, rule, &image.flavor))
        };
        image.dockerfile.is_some()
            && image.repositories.iter().any(|place| self.places.contains(place))
            && image.rules.0.iter().any(is_pushed)
    }

    /// The platform that its tags are called after.
    fn platform(&self) -> Option<&'static str> {
        let text = match &self.tags {
            PartTags::Spelled(rules) => &rules.0.values().flatten().next()?.text,
            PartTags::Behind { suffix, .. } => suffix,
        };
        let word = text.rsplit(['-', '.', ':']).next()?;
        PLATFORMS.iter().find(|(name, _)| *name == word).map(|(_, platform)| *platform)
    }
}

/// The tags of an image with something behind each of them, by occasion.
fn tags_before(image: &DraftImage, suffix: &str) -> BTreeMap<Table, BTreeSet<String>> {
    let of = |(table, rules): (&Table, &Vec<DraftRule>)| {
        let tags = all_tags(rules, &image.flavor, table).into_iter();
        (table.clone(), tags.map(|tag| tag + suffix).collect())
    };
    image.rules.0.iter().map(of).collect()
}

impl Carried {
    /// Makes one image of those that are joined. Where what pushes one of them is not read, what joins them goes on.
    pub(super) fn settle_joined(&mut self) {
        self.leave_joined_unread();
        while let Some(at) = self.images.iter().position(|image| !image.joined_of.is_empty()) {
            let mut image = self.images.remove(at);
            let parts = std::mem::take(&mut image.joined_of);
            let found: Option<Vec<usize>> =
                parts.iter().map(|part| self.images.iter().position(|known| part.is(known))).collect();
            let found = found.filter(|found| self.are_built_alike(found));
            let platforms = found.as_deref().map(|found| self.platforms(found, &parts, &mut image));
            let (Some(found), Some(2..)) = (found, platforms.as_ref().map(Vec::len)) else {
                self.leave_joined(image);
                continue;
            };
            let apart = self.arguments_apart(&found);
            for place in found.iter().copied() {
                let Some(mut known) = self.images.get(place).cloned() else { continue };
                let (own, of_all) = known.build_args.drain(..).partition(|(key, _)| apart.contains(key));
                known.build_args = of_all;
                let own: Vec<(String, String)> = own;
                image.left.extend(own.into_iter().map(|(key, value)| {
                    format!("build-args: {key}={value} (for {} alone, and an image here has the same arguments on all platforms)", known.platforms.join(", "))
                }));
                // What it is, without what it is called.
                let repositories = image.repositories.clone();
                let (rules, flavor, sent, joined_of) = (Rules::default(), Vec::new(), Vec::new(), Vec::new());
                let (pushed, git_tags) = (image.pushed.clone(), image.git_tags.clone());
                let part =
                    DraftImage { repositories, rules, flavor, sent, joined_of, pushed, git_tags, ..known };
                image.merge(part);
            }
            image.platforms = platforms.unwrap_or_default();
            for (place, part) in found.iter().zip(&parts) {
                if let Some(known) = self.images.get_mut(*place) {
                    take_out(part, known);
                }
            }
            let first = found.iter().copied().min();
            let mut joined = Some(image);
            for (place, known) in std::mem::take(&mut self.images).into_iter().enumerate() {
                self.images.extend(joined.take_if(|_| Some(place) == first));
                let is_taken = found.contains(&place) && known.rules.0.is_empty();
                self.images.extend(Some(known).filter(|_| !is_taken));
            }
        }
    }

    fn leave_joined(&mut self, image: DraftImage) {
        let places = image.repositories.join(", ");
        self.left.push(format!(
            "where it goes: {places} gets images of several platforms that are joined by their tags, and what pushes those is not read, or builds each of another file: what joins them goes on"
        ));
        self.strange.extend(image.repositories);
    }

    /// Leaves out what nothing builds and what lies beside images of single platforms under its tags: something that is not read joins
    /// those, and a build of one platform under these tags would take the others away.
    fn leave_joined_unread(&mut self) {
        let is_joined = |image: &DraftImage| {
            let is_named_alone =
                image.dockerfile.is_none() && image.program.is_none() && image.retag.is_none();
            let is_part = |suffix: &str| {
                let tags = PartTags::Behind { tags: tags_before(image, suffix), suffix: suffix.to_owned() };
                let part = Part { places: image.repositories.clone(), tags };
                self.images.iter().any(|known| part.is(known))
            };
            let parts = PLATFORMS.iter().filter(|(word, _)| is_part(&format!("-{word}")));
            let platforms: BTreeSet<&str> = parts.map(|(_, platform)| *platform).collect();
            is_named_alone && image.joined_of.is_empty() && platforms.len() > 1
        };
        let joined: Vec<bool> = self.images.iter().map(is_joined).collect();
        let all = std::mem::take(&mut self.images);
        for (image, is_joined) in all.into_iter().zip(joined) {
            match is_joined {
                true => self.leave_joined(image),
                false => self.images.push(image),
            }
        }
    }

    /// Whether images are the same stage of one Dockerfile.
    fn are_built_alike(&self, found: &[usize]) -> bool {
        let build = |place: &usize| {
            let image = self.images.get(*place)?;
            Some((image.dockerfile.as_ref(), image.context.as_ref(), image.target.as_ref()))
        };
        found.iter().all(|place| build(place) == found.first().and_then(build))
    }

    /// The arguments that not all of these images are given alike.
    fn arguments_apart(&self, found: &[usize]) -> BTreeSet<String> {
        let all: Vec<&DraftImage> = found.iter().filter_map(|place| self.images.get(*place)).collect();
        let given = all.iter().flat_map(|image| &image.build_args);
        let is_apart = |pair: &&(String, String)| !all.iter().all(|image| image.build_args.contains(pair));
        given.filter(is_apart).map(|(key, _)| key.clone()).collect()
    }

    /// The platforms of parts; what says them is told where it is their tags.
    fn platforms(&self, found: &[usize], parts: &[Part], image: &mut DraftImage) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for (place, part) in found.iter().zip(parts) {
            let own = self.images.get(*place).map(|known| known.platforms.as_slice()).unwrap_or_default();
            let of_part: Vec<String> = match (own, part.platform()) {
                ([one], Some(named)) if one != named => {
                    image.left.push(format!("platforms: {named}, as its tags are called: nothing else says that it is built for it"));
                    vec![named.to_owned()]
                }
                (own, _) => own.to_vec(),
            };
            let more: Vec<String> = of_part.into_iter().filter(|one| !all.contains(one)).collect();
            all.extend(more);
        }
        all
    }
}

/// Takes out of an image what it is called as a part of another one.
fn take_out(part: &Part, image: &mut DraftImage) {
    for (table, rules) in &mut image.rules.0 {
        rules.retain(|rule| !part.names(table, rule, &image.flavor));
    }
    image.rules.0.retain(|_, rules| !rules.is_empty());
    if !image.rules.0.contains_key(&Table::Release) {
        image.pushed.remove(&Pushed::Releases);
    }
}
