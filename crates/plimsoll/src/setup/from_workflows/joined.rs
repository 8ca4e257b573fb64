//! Images of one platform each that are joined by their tags: `docker manifest create`, `docker buildx imagetools create`. What they
//! are joined to is one image of several platforms.

use std::collections::BTreeSet;

use plimsoll_tags::table::Table;

use super::Carried;
use super::image::{DraftImage, Place, Pushed};
use super::rules::{DraftRule, Rules};
use super::spelled::{Spelled, in_expressions, read_tags};
use super::tag_words::with_ref_names;

/// What an image is joined of: where one of its parts is pushed to, and under which tags.
#[derive(Clone, Debug)]
pub(in crate::setup) struct Part {
    place: String,
    rules: Rules,
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
            Part { place: image.repositories.pop().unwrap_or_default(), rules: image.rules }
        };
        names.iter().map(of).collect()
    }

    fn has(&self, table: &Table, rule: &DraftRule) -> bool {
        self.rules.0.get(table).is_some_and(|rules| rules.contains(rule))
    }

    /// Whether a rule is one of its names, on whichever occasion.
    fn names(&self, rule: &DraftRule) -> bool {
        self.rules.0.values().flatten().any(|own| own.text == rule.text)
    }

    /// Whether an image is pushed as this part.
    fn is(&self, image: &DraftImage) -> bool {
        let is_pushed =
            |(table, rules): (&Table, &Vec<DraftRule>)| rules.iter().any(|rule| self.has(table, rule));
        image.dockerfile.is_some()
            && image.repositories.contains(&self.place)
            && image.rules.0.iter().any(is_pushed)
    }

    /// The platform that its tags are called after.
    fn platform(&self) -> Option<&'static str> {
        let text = &self.rules.0.values().flatten().next()?.text;
        let word = text.rsplit(['-', '.', ':']).next()?;
        PLATFORMS.iter().find(|(name, _)| *name == word).map(|(_, platform)| *platform)
    }
}

impl Carried {
    /// Makes one image of those that are joined. Where what pushes one of them is not read, what joins them goes on.
    pub(super) fn settle_joined(&mut self) {
        while let Some(at) = self.images.iter().position(|image| !image.joined_of.is_empty()) {
            let mut image = self.images.remove(at);
            let parts = std::mem::take(&mut image.joined_of);
            let found: Option<Vec<usize>> =
                parts.iter().map(|part| self.images.iter().position(|known| part.is(known))).collect();
            let found = found.filter(|found| self.are_built_alike(found));
            let platforms = found.as_deref().map(|found| self.platforms(found, &parts, &mut image));
            let (Some(found), Some(2..)) = (found, platforms.as_ref().map(Vec::len)) else {
                let places = image.repositories.join(", ");
                self.left.push(format!(
                    "where it goes: {places} gets images of several platforms that are joined by their tags, and what pushes those is not read, or builds each of another file: what joins them goes on"
                ));
                self.strange.extend(image.repositories);
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
    for rules in image.rules.0.values_mut() {
        rules.retain(|rule| !part.names(rule));
    }
    image.rules.0.retain(|_, rules| !rules.is_empty());
    if !image.rules.0.contains_key(&Table::Release) {
        image.pushed.remove(&Pushed::Releases);
    }
}
