//! Images that go to one repository and are told apart by their tags: variants of one image.

use std::collections::BTreeSet;

use plimsoll_tags::table::Table;

use super::image::{DraftImage, Pushed};
use super::releases::{family_of, is_of_releases};
use super::rules::DraftRule;

/// Whether two parts of workflows are about the same image: they go to the same places and are built in the same way. One that
/// has no tags, or is not built there, is a part of what the other one is.
pub(super) fn is_same(one: &DraftImage, other: &DraftImage) -> bool {
    let is_part = |image: &DraftImage| image.rules.0.is_empty() || image.dockerfile.is_none();
    let has_parts = is_part(one) || is_part(other);
    let shares = one.repositories.iter().any(|name| other.repositories.contains(name));
    let same_places = one.repositories == other.repositories || (has_parts && shares);
    let same_build = one.dockerfile.is_none()
        || other.dockerfile.is_none()
        || (&one.dockerfile, &one.context, &one.target) == (&other.dockerfile, &other.context, &other.target);
    let same_words = one.rules.0.is_empty()
        || other.rules.0.is_empty()
        || (find_suffix(one), find_prefix(one)) == (find_suffix(other), find_prefix(other));
    // What is joined is none of its parts.
    let is_part_of =
        |one: &DraftImage, other: &DraftImage| !one.joined_of.is_empty() && other.dockerfile.is_some();
    same_places
        && !is_part_of(one, other)
        && !is_part_of(other, one)
        && same_build
        && same_words
        && !is_built_otherwise(one, other)
        && !is_of_other_tags(one, other)
}

/// Whether git tags of other families set the one off than the other: what a release of the one is, is none of the other.
fn is_of_other_tags(one: &DraftImage, other: &DraftImage) -> bool {
    let begins = |image: &DraftImage| -> BTreeSet<String> {
        let plain = image.git_tags.iter().filter(|tag| is_of_releases(tag));
        // With or without a `v` is a question of how versions are spelled.
        plain
            .map(|tag| family_of(tag))
            .map(|begin| if begin == "v" { "" } else { begin }.to_owned())
            .collect()
    };
    let (own, others) = (begins(one), begins(other));
    !own.is_empty() && !others.is_empty() && own.is_disjoint(&others)
}

/// Whether builds that are given different arguments get different tags on one occasion: they are variants.
fn is_built_otherwise(one: &DraftImage, other: &DraftImage) -> bool {
    let is_apart = |(table, rules): (&Table, &Vec<DraftRule>)| {
        other.rules.0.get(table).is_some_and(|others| !rules.iter().any(|rule| others.contains(rule)))
    };
    let value = |image: &DraftImage, key: &String| {
        image.build_args.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
    };
    let differs = |(key, own): &(String, String)| value(other, key).is_none_or(|value| value != *own);
    let has_build = one.dockerfile.is_some() && other.dockerfile.is_some();
    has_build && one.build_args.iter().any(differs) && one.rules.0.iter().any(is_apart)
}

/// What is built like an image that is released, for the same place and never for a release, is that image on other occasions.
pub(super) fn join_occasions(images: &mut Vec<DraftImage>) {
    let is_released = |image: &DraftImage| image.rules.0.contains_key(&Table::Release);
    let (mut released, others): (Vec<_>, Vec<_>) = images.drain(..).partition(is_released);
    for image in others {
        let build =
            |image: &DraftImage| (image.dockerfile.clone(), image.context.clone(), image.target.clone());
        let is_it = |known: &&mut DraftImage| {
            image.dockerfile.is_some()
                && build(known) == build(&image)
                && known.repositories.iter().any(|name| image.repositories.contains(name))
        };
        let mut same = released.iter_mut().filter(is_it);
        match (same.next(), same.next()) {
            (Some(known), None) => known.merge(image),
            _ => images.push(image),
        }
    }
    released.append(images);
    *images = released;
}

/// Images of one name that are built and tagged in the same way are one, in several repositories.
pub(super) fn join_mirrors(images: &mut Vec<DraftImage>) {
    let mut joined: Vec<DraftImage> = Vec::new();
    for image in images.drain(..) {
        let is_it = |known: &&mut DraftImage| {
            let build = |image: &DraftImage| {
                (
                    image.dockerfile.clone(),
                    image.context.clone(),
                    image.target.clone(),
                    image.build_args.clone(),
                )
            };
            known.dockerfile.is_some()
                && (&known.name, build(known)) == (&image.name, build(&image))
                && (&known.rules.0, &known.flavor) == (&image.rules.0, &image.flavor)
                && !known.repositories.iter().any(|name| image.repositories.contains(name))
                && !is_of_other_tags(known, &image)
        };
        match joined.iter_mut().find(is_it) {
            Some(known) => {
                known.repositories.extend(image.repositories.iter().cloned());
                known.merge(image);
            }
            None => joined.push(image),
        }
    }
    *images = joined;
}

/// Gives images of one name another one: what their tags end or begin with, a value of the matrix, the target, a number. What is
/// released keeps its name before others.
pub(in crate::setup) fn name_apart(images: &mut [DraftImage]) {
    let is_released = |image: &&mut DraftImage| {
        image.rules.0.contains_key(&Table::Release)
            || image.pushed.is_empty()
            || image.pushed.contains(&Pushed::Releases)
    };
    let (mut released, mut others): (Vec<&mut DraftImage>, Vec<&mut DraftImage>) =
        images.iter_mut().partition(is_released);
    let mut taken = Vec::new();
    name_among(&mut released, &mut taken);
    name_among(&mut others, &mut taken);
}

/// Names images apart from one another and from names that are taken.
fn name_among(images: &mut [&mut DraftImage], taken: &mut Vec<String>) {
    let ways: [fn(&DraftImage) -> Option<String>; 3] = [
        |image| {
            find_suffix(image).or_else(|| find_prefix(image)).map(|word| format!("{}-{word}", image.name))
        },
        |image| image.apart.as_deref().and_then(word),
        |image| image.target.as_ref().map(|target| format!("{}-{target}", image.name)),
    ];
    for way in ways {
        let names: Vec<String> = images.iter().map(|image| image.name.clone()).collect();
        let others: Vec<Option<String>> = images.iter().map(|image| way(image)).collect();
        for (image, other) in images.iter_mut().zip(others) {
            let Some(other) = other else { continue };
            let count = names.iter().chain(&*taken).filter(|name| **name == image.name).count();
            if count > 1 && !names.contains(&other) && !taken.contains(&other) {
                image.name = other;
            }
        }
    }
    for image in images {
        let mut number = 2;
        let name = image.name.clone();
        while taken.contains(&image.name) {
            image.name = format!("{name}-{number}");
            number += 1;
        }
        taken.push(image.name.clone());
    }
}

/// What all tags end with, from a hyphen on: `alpine`.
fn find_suffix(image: &DraftImage) -> Option<String> {
    let of_flavor = of_flavor(image, "suffix");
    of_flavor.or_else(|| {
        let texts = texts(image)?;
        let shortest = texts.iter().map(|text| text.len()).min()?;
        let first = texts.first()?;
        let starts = (0..=shortest).rev().filter_map(|length| first.get(first.len().checked_sub(length)?..));
        // `slim` beside `{version}-slim` is `latest-slim`.
        let short = texts.iter().find(|text| !text.contains(['{', '-']) && **text != "latest");
        let is_short = |text: &str, word: &str| text == word || text.ends_with(&format!("-{word}"));
        if let Some(short) =
            short.filter(|short| texts.len() > 1 && texts.iter().all(|text| is_short(text, short)))
        {
            return word(short);
        }
        let mut shared = starts.filter(|end| texts.iter().all(|text| text.ends_with(end)));
        let end = shared.next()?;
        let end = end.get(end.find('-')?..)?;
        // `nightly-build` is one tag, and `latest-build` a kind of `latest`.
        let is_kind = |text: &&str| {
            text.strip_suffix(end).is_some_and(|before| before == "latest" || before.contains('{'))
        };
        texts.iter().any(is_kind).then(|| word(end)).flatten()
    })
}

/// What all tags begin with, up to a hyphen.
fn find_prefix(image: &DraftImage) -> Option<String> {
    of_flavor(image, "prefix")
}

fn of_flavor(image: &DraftImage, key: &str) -> Option<String> {
    let of_line = |line: &String| {
        let fields = line.split(',').find_map(|field| field.trim().strip_prefix(key)?.strip_prefix('='));
        fields.and_then(word)
    };
    image.flavor.iter().find_map(of_line)
}

/// The tags as they are written out, where that is how they are given.
fn texts(image: &DraftImage) -> Option<Vec<&str>> {
    let all: Vec<&str> = image.rules.0.values().flatten().map(|rule| rule.text.as_str()).collect();
    let is_written =
        !all.is_empty() && all.iter().all(|text| !text.contains("type=") && !text.contains("{{"));
    is_written.then_some(all)
}

/// Only what a name can have; nothing of it is no word.
fn word(text: &str) -> Option<String> {
    let word = text.trim_matches(['-', '.', '_', ' ']);
    let is_word = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    is_word.then(|| word.replace(['.', '_'], "-").to_lowercase())
}

#[cfg(test)]
mod tests {
    use plimsoll_tags::table::Table;

    use super::*;
    use crate::setup::from_workflows::Rules;

    fn image(tags: &[&str], dockerfile: Option<&str>, flavor: &[&str]) -> DraftImage {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let mut rules = Rules::default();
        if !tags.is_empty() {
            rules.0.insert(Table::Release, tags.iter().map(|tag| DraftRule::plain(tag)).collect());
        }
        DraftImage {
            name: "app".into(),
            repositories: vec!["acme/app".into()],
            dockerfile: dockerfile.map(str::to_owned),
            flavor: list(flavor),
            rules,
            ..DraftImage::default()
        }
    }

    #[test]
    fn variants_are_other_images_and_parts_are_not() {
        let plain = image(&["latest", "{version}"], Some("Dockerfile"), &[]);
        let slim = image(&["latest-slim", "{version}-slim"], Some("Dockerfile"), &[]);
        let alpine = image(&["latest"], Some("alpine.Dockerfile"), &[]);
        assert_eq!(find_suffix(&image(&["slim", "{tag}-slim"], None, &[])).as_deref(), Some("slim"));
        assert_eq!(find_suffix(&image(&["edge", "{tag}"], None, &[])), None);
        let unnamed = image(&[], Some("Dockerfile"), &[]);
        let unbuilt = image(&["latest"], None, &[]);
        let flavored =
            image(&["type=semver,pattern={{version}}"], Some("Dockerfile"), &["suffix=-slim,onlatest=true"]);
        for (other, want) in [
            (&plain, true),
            (&slim, false),
            (&alpine, false),
            (&unnamed, true),
            (&unbuilt, true),
            (&flavored, false),
        ] {
            assert_eq!(is_same(&plain, other), want, "{other:?}");
            assert_eq!(is_same(other, &plain), want, "{other:?}");
        }
        let mut images = [plain, slim, alpine, flavored];
        name_apart(&mut images);
        assert_eq!(images.map(|image| image.name), ["app", "app-slim", "app-2", "app-slim-2"]);
    }

    #[test]
    fn what_is_built_of_other_arguments_and_tagged_otherwise_is_a_variant() {
        let built = |base: &str, tags: &[&str]| DraftImage {
            build_args: vec![("BASE".to_owned(), base.to_owned())],
            ..image(tags, Some("Dockerfile"), &[])
        };
        let rule = |suffix: &str| format!("type=semver,pattern={{{{version}}}}{suffix}");
        let alpine = built("alpine", &[&rule(""), &rule(",suffix=-alpine")]);
        let slim = built("slim", &[&rule(",suffix=-slim")]);
        assert!(!is_same(&alpine, &slim) && !is_same(&slim, &alpine));
        assert!(is_same(&alpine, &built("alpine", &[&rule(",suffix=-slim")])));
        assert!(is_same(&alpine, &built("slim", &[&rule("")])));
        assert!(is_same(&alpine, &built("slim", &[])));
    }

    #[test]
    fn the_same_image_elsewhere_is_a_mirror() {
        let elsewhere = |name: &str, tags: &[&str]| DraftImage {
            repositories: vec![name.into()],
            ..image(tags, Some("Dockerfile"), &[])
        };
        let mut images = vec![
            elsewhere("ghcr.io/acme/app", &["latest"]),
            elsewhere("quay.io/acme/app", &["latest"]),
            elsewhere("acme/app", &["edge"]),
        ];
        join_mirrors(&mut images);
        let repositories: Vec<Vec<String>> = images.into_iter().map(|image| image.repositories).collect();
        assert_eq!(repositories, [vec!["ghcr.io/acme/app", "quay.io/acme/app"], vec!["acme/app"]]);
    }

    #[test]
    fn parts_need_only_share_a_place() {
        let part =
            DraftImage { repositories: vec!["acme/app".into()], ..image(&[], Some("Dockerfile"), &[]) };
        let named = DraftImage {
            repositories: vec!["acme/app".into(), "ghcr.io/acme/app".into()],
            ..image(&["stable"], None, &[])
        };
        assert!(is_same(&part, &named));
        let mut whole = part.clone();
        whole.merge(named.clone());
        assert_eq!(whole.repositories, named.repositories);
        assert_eq!((whole.dockerfile.as_deref(), whole.rules.0.len()), (Some("Dockerfile"), 1));
        let mut whole = named.clone();
        whole.merge(part);
        assert_eq!(whole.repositories, named.repositories);
        assert_eq!((whole.dockerfile.as_deref(), whole.rules.0.len()), (Some("Dockerfile"), 1));
    }
}
