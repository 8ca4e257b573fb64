//! Which git tags are releases: what set workflows off, held against the tags that there are.

use std::collections::BTreeSet;

use plimsoll_tags::version::{Scheme, Version};

use super::chart_families::ChartFamilies;
use super::families::word_of;
use super::scheme::{fits, version_in};

/// Signs at which a pattern of a workflow is no longer a word.
const SIGNS: [char; 5] = ['*', '[', '?', '+', '!'];
/// How many tags are told as examples.
const EXAMPLES: usize = 3;

/// What is said of git tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GitTags {
    /// The rules that versions follow.
    pub(super) scheme: Scheme,
    /// The highest version that one of them names, prereleases aside.
    pub(super) highest: Option<Version>,
    /// What stands before the version, where that is not `v`.
    pub(super) before: Option<String>,
    /// What stands before the version of promotion tags.
    pub(super) stable: Option<String>,
    /// Whether there are prereleases among them.
    pub(super) prereleases: bool,
    /// Further families of tags that name versions, by what stands before the version.
    pub(super) others: BTreeSet<String>,
    /// Families that workflows wait for, beside the one that was chosen.
    pub(super) besides: Vec<String>,
    /// Families of which any may be that of releases: somebody has to say which.
    pub(super) undecided: Vec<String>,
    /// What of them could not be carried over.
    pub(super) left: Vec<String>,
}

impl GitTags {
    /// What stands before the version.
    pub(super) fn begin(&self) -> &str {
        self.before.as_deref().unwrap_or("v")
    }

    /// Leaves out the prereleases, which set nothing off.
    pub(super) fn leave_prereleases(&mut self) {
        if std::mem::take(&mut self.prereleases) {
            self.left.push(
                "git tags of prereleases: their pages set nothing off (`types: [released]`), and they are not released: `prerelease = true` under [tags] releases them, too".to_owned(),
            );
        }
    }

    /// Families that tags have, and that neither a workflow waits for nor a chart is called after.
    pub(super) fn unclaimed(&self, charts: &ChartFamilies) -> Vec<&String> {
        let is_claimed = |begin: &&String| {
            self.besides.contains(begin) || self.undecided.contains(begin) || charts.has(begin)
        };
        self.others.iter().filter(|begin| !is_claimed(begin)).collect()
    }
}

/// What a pattern of a workflow begins with, before the version: `v2.*` is a version's beginning.
pub(super) fn begin_of(pattern: &str) -> &str {
    let end = pattern.find(SIGNS).unwrap_or(pattern.len());
    let begin = pattern.get(..end).unwrap_or_default();
    begin.trim_end_matches(|sign: char| sign.is_ascii_digit() || sign == '.')
}

/// Chooses. `patterns` set workflows off; `tags` are there, whose versions follow these rules; the families in `aside` are
/// not those of releases.
pub(super) fn choose(
    patterns: &BTreeSet<String>,
    tags: &[String],
    scheme: Scheme,
    aside: &BTreeSet<String>,
) -> GitTags {
    let is_stable = |pattern: &&String| pattern.ends_with("-stable");
    let of_releases = || patterns.iter().filter(|pattern| !is_stable(pattern) && !pattern.starts_with('!'));
    let mut begins: Vec<&str> = Vec::new();
    for pattern in of_releases() {
        // A star at the beginning fits those with a `v` as well.
        let of_star: &[&str] = if pattern.starts_with('*') { &["v", ""] } else { &[] };
        for begin in of_star.iter().copied().chain([begin_of(pattern)]) {
            if !begins.contains(&begin) {
                begins.push(begin);
            }
        }
    }
    let highest = |begin: &str| versions(begin, tags, scheme).max();
    let fitting = |begins: &[&str]| {
        let known = begins.iter().filter_map(|begin| Some((highest(begin)?, (*begin).to_owned())));
        known.max_by(|one, other| one.0.cmp(&other.0)).map(|(_, begin)| begin)
    };
    // Other families are besides what begins with a `v`: stages, parts, nightly builds.
    let is_plain = |begin: &&str| *begin == "v" && !begins.contains(&"");
    let plain: Vec<&str> = begins.iter().copied().filter(is_plain).collect();
    let is_usual = || begins.iter().all(|begin| matches!(*begin, "" | "v"));
    let fit = fitting(&plain)
        .or_else(|| fitting(&begins))
        // A star fits every tag, and a release page has any.
        .or_else(|| is_usual().then(|| fitting(&["v", ""])).flatten());
    let all = families(tags, scheme);
    let is_any = of_releases().all(|pattern| pattern.starts_with('*'));
    let has_usual = fit.is_some() || ["v", ""].iter().any(|begin| refused(begin, tags, scheme).is_some());
    let mut likely: Vec<String> = match is_any && !has_usual {
        true => all.iter().filter(|begin| !aside.contains(*begin)).cloned().collect(),
        false => Vec::new(),
    };
    let only = if likely.len() == 1 { likely.pop() } else { None };
    let guess = only.as_ref().map(|begin| {
        format!(
            "that releases have git tags {begin}… is a guess: there are no others, and no workflow says it"
        )
    });
    // What waits for tags that no version has releases nothing, where other tags are versions.
    let fit = fit.or_else(|| fitting(&["v", ""]));
    let chosen = fit.or(only).or_else(|| plain.first().or(begins.first()).map(|&begin| begin.to_owned()));
    let before = chosen.as_deref().unwrap_or("v");
    let besides = begins
        .iter()
        .filter(|begin| **begin != before && !matches!(**begin, "" | "v"))
        .map(|&begin| begin.to_owned());
    let left = refused(before, tags, scheme).into_iter().chain(guess).chain(ask(&likely, before)).collect();
    let prereleases = versions(before, tags, scheme).any(|version| version.is_prerelease());
    GitTags {
        scheme,
        highest: versions(before, tags, scheme).filter(|version| !version.is_prerelease()).max(),
        stable: patterns.iter().any(|pattern| is_stable(&pattern)).then(|| before.to_owned()),
        prereleases,
        others: all
            .into_iter()
            .filter(|begin| begin != before && begin != "v" && !begin.is_empty())
            .collect(),
        besides: besides.collect(),
        undecided: likely,
        before: chosen.filter(|begin| begin != "v"),
        left,
    }
}

/// What somebody has to say where several families may be that of releases.
fn ask(likely: &[String], before: &str) -> Option<String> {
    let first = likely.first()?;
    let all: Vec<String> = likely.iter().map(|begin| format!("{begin}…")).collect();
    Some(format!(
        "git tags {}: nothing says which of them are releases, and that {before}{{version}} is one is a guess: `plimsoll init --config plimsoll.{}.toml --tags '{first}{{version}}'` drafts a configuration for one family",
        all.join(", "),
        word_of(first)
    ))
}

/// What stands before the versions that tags name.
pub(super) fn families(tags: &[String], scheme: Scheme) -> BTreeSet<String> {
    let begin = |tag: &String| {
        // The version begins where the rest of the tag is one, and no number is cut in two.
        let starts = tag.char_indices().filter(|(_, sign)| sign.is_ascii_digit()).map(|(at, _)| at);
        let mut whole = starts.filter_map(|at| Some((tag.get(..at)?, tag.get(at..)?)));
        let found = whole.find(|(begin, version)| {
            !begin.ends_with(|sign: char| sign.is_ascii_digit() || sign == '.') && fits(scheme, version)
        });
        found.map(|(begin, _)| begin.to_owned())
    };
    tags.iter().filter_map(begin).collect()
}

/// The versions that tags name.
fn versions<'a>(before: &'a str, tags: &'a [String], scheme: Scheme) -> impl Iterator<Item = Version> + 'a {
    let plain = tags.iter().filter(|tag| !tag.ends_with("-stable"));
    let texts = plain.filter_map(move |tag| tag.strip_prefix(before));
    texts.filter(move |text| fits(scheme, text)).filter_map(move |text| Version::parse(scheme, text).ok())
}

/// Tags that look like versions and are none.
fn refused(before: &str, tags: &[String], scheme: Scheme) -> Option<String> {
    let is_refused = |tag: &&String| {
        let text = tag.strip_prefix(before).unwrap_or_default();
        let is_numbers = text.starts_with(|first: char| first.is_ascii_digit())
            && text.split(['.', '-', '+']).next().is_some_and(|number| number.parse::<u64>().is_ok());
        is_numbers && !text.ends_with("-stable") && !fits(scheme, text)
    };
    let refused: Vec<&String> = tags.iter().filter(is_refused).collect();
    let examples: Vec<&str> = refused.iter().rev().take(EXAMPLES).map(|tag| tag.as_str()).collect();
    let rule = match scheme {
        Scheme::Semver => "a version has three numbers, none with a zero before it",
        Scheme::Pep440 => "a version is spelled as PEP 440 spells it",
    };
    let is_pep440 = |tag: &&&String| version_in(tag).is_some_and(|text| fits(Scheme::Pep440, text));
    let others = refused.iter().filter(is_pep440).count();
    let help = match scheme {
        Scheme::Semver if others > 0 => {
            format!("; `scheme = \"pep440\"` under [version] takes {others} of them")
        }
        Scheme::Semver | Scheme::Pep440 => String::new(),
    };
    (!refused.is_empty()).then(|| {
        format!(
            "git tags that are no versions, as {}: {rule}; {} would be refused{help}",
            examples.join(", "),
            refused.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(patterns: &[&str], tags: &[&str]) -> GitTags {
        let tags: Vec<String> = tags.iter().map(|&tag| tag.to_owned()).collect();
        let aside = BTreeSet::from(["sdk/v".to_owned()]);
        choose(&patterns.iter().map(|&pattern| pattern.to_owned()).collect(), &tags, Scheme::Semver, &aside)
    }

    #[test]
    fn the_pattern_is_the_one_that_the_tags_have() {
        for (patterns, tags, want) in [
            (&[][..], &[][..], None),
            (&[], &["0.55.8", "0.55.7"], Some("")),
            (&["v*"], &["3.0.2"], Some("")),
            (&["*"], &["v1.2.3"], None),
            (&["v*", "[0-9]*"], &["v1.2.3"], None),
            (&["v*", "[0-9]*"], &["v1.2.3", "2.0.0"], Some("")),
            (&["v*"], &[], None),
            (&["release-*"], &[], Some("release-")),
            (&["v2.*"], &[], None),
            (&["release-*"], &["v1.0.0", "release-1.0.0"], Some("release-")),
            // None of them is a version.
            (&["preview-*"], &["v1.0.0", "preview-login"], None),
        ] {
            assert_eq!(chosen(patterns, tags).before.as_deref(), want, "{patterns:?} {tags:?}");
        }
    }

    #[test]
    fn what_no_version_is_made_of_is_told() {
        let found = chosen(&["v*"], &["v1.2.3", "v4.2", "v4.3", "v2024.02.1"]);
        assert!(
            found.left[0].contains("v2024.02.1, v4.3, v4.2") && found.left[0].contains("; 3 would"),
            "{found:?}"
        );
        assert_eq!(chosen(&["v*"], &["v1.2.3", "vendor", "v1.2.3-stable"]).left, [""; 0]);
    }

    #[test]
    fn tags_of_python_are_versions_by_its_own_rules() {
        let tags = ["v0.1.0.1", "v0.2.0rc1", "v0.2.0-test", "api-v1.0"].map(str::to_owned);
        let found = choose(&BTreeSet::new(), &tags, Scheme::Pep440, &BTreeSet::new());
        assert_eq!(found.highest.unwrap().to_string(), "0.1.0.1");
        assert_eq!((found.prereleases, found.before), (true, None));
        assert_eq!(found.others, BTreeSet::from(["api-v".to_owned()]));
        assert!(
            found.left[0].contains("as v0.2.0-test: ") && found.left[0].contains("PEP 440"),
            "{:?}",
            found.left
        );
        // No family ends within a number.
        let found = chosen(&["v*"], &["v0.1.0.1", "v0.1.0"]);
        assert_eq!(found.others, BTreeSet::new());
        assert!(
            found.left[0].ends_with("`scheme = \"pep440\"` under [version] takes 1 of them"),
            "{:?}",
            found.left
        );
    }

    #[test]
    fn another_family_is_told() {
        let found = chosen(&["api-v*", "web-v*"], &["api-v1.0.0", "web-v2.0.0"]);
        assert_eq!(found.before.as_deref(), Some("web-v"));
        assert_eq!(found.besides, ["api-v"]);
    }

    #[test]
    fn the_only_family_is_that_of_releases_and_of_several_somebody_chooses() {
        for (patterns, tags, want, undecided) in [
            (&[][..], &["release-1.0.0", "release-1.1.0"][..], Some("release-"), &[][..]),
            (&["*"], &["app-1.0.0", "sdk/v2.0.0"], Some("app-"), &[]),
            (&[], &["sdk/v2.0.0"], None, &[]),
            (&[], &["api/v1.0.0", "web/v1.0.0", "sdk/v1.0.0"], None, &["api/v", "web/v"]),
            // Tags of releases are there, though none is a version.
            (&[], &["v4.2", "app-1.0.0"], None, &[]),
            (&["[0-9]*"], &["release-1.0.0"], Some(""), &[]),
            (&["v*"], &["release-1.0.0"], None, &[]),
            // A star fits both, and one of them has the newest version.
            (&["*"], &["0.1.6", "v1.2.3"], None, &[]),
            (&["**"], &["0.1.6", "v0.1.2"], Some(""), &[]),
        ] {
            let found = chosen(patterns, tags);
            assert_eq!(found.before.as_deref(), want, "{patterns:?} {tags:?}");
            assert_eq!(found.undecided, undecided, "{patterns:?} {tags:?}");
            let is_told = found.left.iter().any(|what| what.contains(" is a guess"));
            let is_guess = !undecided.is_empty() || want.is_some_and(|begin| !begin.is_empty());
            assert_eq!(is_told, is_guess, "{:?}", found.left);
        }
    }

    #[test]
    fn prereleases_are_wanted_where_there_are_some() {
        assert!(chosen(&["v*"], &["v2.0.0-rc.1"]).prereleases);
        assert!(!chosen(&["v*"], &["v2.0.0", "w2.0.0-rc.1", "v2.0.0-stable"]).prereleases);
    }
}
