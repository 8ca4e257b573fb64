//! Families of git tags: which images belong to the one that a configuration has.

use std::collections::BTreeMap;

use plimsoll_tags::table::Table;

use super::Home;
use super::git_tags::begin_of;
use crate::setup::from_workflows::{Carried, DraftImage, DraftRule, is_of_releases};

/// Which family a configuration has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family<'a> {
    /// The project's own: what stands before the version. Whatever has no family belongs to it.
    Main(&'a str),
    /// Another one, that somebody asked for.
    Asked(&'a str),
}

/// Images by the families that they belong to.
#[derive(Debug, Default)]
pub(super) struct Split {
    /// Those of the configuration's family.
    pub(super) own: Vec<DraftImage>,
    /// The others, by what stands before the version.
    pub(super) others: BTreeMap<String, Vec<DraftImage>>,
}

/// Sorts images by the tags that set their workflows off.
pub(super) fn split(images: Vec<DraftImage>, family: Family<'_>) -> Split {
    let mut split = Split::default();
    for image in images {
        match find_other(&image, family) {
            None => split.own.push(image),
            Some(other) => split.others.entry(other).or_default().push(image),
        }
    }
    split
}

/// The family of an image, if it is not the configuration's.
fn find_other(image: &DraftImage, family: Family<'_>) -> Option<String> {
    let begins: Vec<&str> = image
        .git_tags
        .iter()
        .filter(|pattern| is_of_releases(pattern))
        .map(|pattern| begin_of(pattern))
        .collect();
    let is_own = |begin: &str| match family {
        // With or without a `v` is a question of how versions are spelled.
        Family::Main(own) => {
            begin == own || ["", "v"].iter().all(|plain| [own, begin].iter().any(|one| one == plain))
        }
        Family::Asked(own) => begin == own,
    };
    // Of several families the one that is called as the image is.
    let is_named = |begin: &&&str| {
        let short = image.name.rsplit('-').next().unwrap_or(&image.name);
        let mut words = begin.split(|sign: char| !sign.is_ascii_alphanumeric());
        words.any(|word| !word.is_empty() && (word == image.name || word == short))
    };
    let chosen = match begins.iter().find(is_named) {
        Some(named) => Some(*named),
        None => begins.iter().copied().find(|begin| is_own(begin)).or(begins.first().copied()),
    };
    match (chosen, family) {
        (Some(begin), _) if is_own(begin) => None,
        (Some("") | None, Family::Main(_)) => None,
        (chosen, _) => Some(chosen.unwrap_or_default().to_owned()),
    }
}

/// Keeps of images that Dockerfiles alone say those that are called as the family is that is asked for; without one all of
/// them may be its.
pub(super) fn keep_named(carried: &mut Carried, home: &Home) {
    let Some(begin) = &home.family else { return };
    let word = word_of(begin);
    let is_named = |image: &DraftImage| image.name == word || image.name.ends_with(&format!("-{word}"));
    if !carried.images.iter().any(is_named) {
        let guess = format!("that git tags {begin}… release it is a guess");
        carried.images.iter_mut().for_each(|image| image.left.push(guess.clone()));
        return;
    }
    let (named, others) = carried.images.drain(..).partition(is_named);
    carried.images = named;
    let others: Vec<DraftImage> = others;
    let paths = others.into_iter().filter_map(|image| image.dockerfile);
    carried
        .left
        .extend(paths.map(|path| format!("{path}: git tags {begin}… are not called as its image is")));
}

/// Rules that docker/metadata-action reads a git tag by know versions with and without a `v` alone: of another family they are
/// written in the words of versions.
pub(super) fn spell_versions(images: &mut [DraftImage], begin: &str) {
    if ["", "v"].contains(&begin) {
        return;
    }
    for image in images {
        let has_latest = !image.flavor.iter().any(|line| line.contains("latest=false"));
        let Some(rules) = image.rules.0.get_mut(&Table::Release) else { continue };
        let mut is_spelled = false;
        for rule in rules.iter_mut() {
            let pattern = rule.text.strip_prefix("type=semver,pattern=").filter(|rest| !rest.contains(','));
            if let Some(pattern) = pattern {
                rule.text = pattern.replace("{{", "{").replace("}}", "}");
                is_spelled = true;
            }
        }
        let latest = DraftRule::plain("latest");
        if is_spelled && has_latest && !rules.iter().any(|rule| rule.text.contains("latest")) {
            rules.push(latest);
        }
    }
}

/// The words that a family, or a name, is made of.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let words = text.split(|sign: char| !sign.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect()
}

/// A word for a family, of which files and projects are named: `api` of `api-v`.
pub(crate) fn word_of(begin: &str) -> String {
    let words = words_of(begin);
    let words = match words.split_last() {
        Some((last, [_, ..])) if last == "v" => words.get(..words.len() - 1).unwrap_or_default(),
        _ => words.as_slice(),
    };
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(name: &str, patterns: &[&str]) -> DraftImage {
        let git_tags = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        DraftImage { name: name.to_owned(), git_tags, ..DraftImage::default() }
    }

    #[test]
    fn an_image_belongs_to_the_tags_that_set_its_workflow_off() {
        for (name, patterns, main, asked) in [
            ("app", &["v*"][..], true, false),
            ("app", &[], true, false),
            ("app", &["*"], true, false),
            ("app", &["[0-9]*"], true, false),
            ("api", &["api-v*"], false, true),
            ("shop-api", &["api-v*", "web-v*"], false, true),
            ("web", &["api-v*", "web-v*"], false, false),
            ("both", &["api-v*", "v*"], true, true),
            ("app", &["v*", "v*-stable"], true, false),
        ] {
            let is_kept = |family| !split(vec![image(name, patterns)], family).own.is_empty();
            let found = (is_kept(Family::Main("v")), is_kept(Family::Asked("api-v")));
            assert_eq!(found, (main, asked), "{name} {patterns:?}");
        }
    }

    #[test]
    fn a_family_has_a_word() {
        for (begin, word) in
            [("api-v", "api"), ("sdk/v", "sdk"), ("release-", "release"), ("v", "v"), ("Web_UI@", "web-ui")]
        {
            assert_eq!(word_of(begin), word);
        }
    }
}
