//! Which git tags are releases: what set workflows off, held against the tags that there are.

use std::collections::BTreeSet;

use plimsoll_tags::version::{Scheme, Version};

/// Signs at which a pattern of a workflow is no longer a word.
const SIGNS: [char; 5] = ['*', '[', '?', '+', '!'];
/// How many tags are told as examples.
const EXAMPLES: usize = 3;

/// What is said of git tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GitTags {
    /// What stands before the version, where that is not `v`.
    pub(super) before: Option<String>,
    /// What stands before the version of promotion tags.
    pub(super) stable: Option<String>,
    /// Whether there are prereleases among them.
    pub(super) prereleases: bool,
    /// What of them could not be carried over.
    pub(super) left: Vec<String>,
}

/// Chooses. `patterns` set workflows off; `tags` are there.
pub(super) fn choose(patterns: &BTreeSet<String>, tags: &[String]) -> GitTags {
    let is_stable = |pattern: &&String| pattern.ends_with("-stable");
    let mut begins: Vec<&str> = Vec::new();
    for pattern in patterns.iter().filter(|pattern| !is_stable(pattern) && !pattern.starts_with('!')) {
        let end = pattern.find(SIGNS).unwrap_or(pattern.len());
        let begin = pattern.get(..end).unwrap_or_default();
        // `v2.*` is a version's beginning.
        let begin = begin.trim_end_matches(|sign: char| sign.is_ascii_digit() || sign == '.');
        if !begins.contains(&begin) {
            begins.push(begin);
        }
    }
    let highest = |begin: &str| versions(begin, tags).max();
    let fitting = |begins: &[&str]| {
        let known = begins.iter().filter_map(|begin| Some((highest(begin)?, (*begin).to_owned())));
        known.max_by(|one, other| one.0.cmp(&other.0)).map(|(_, begin)| begin)
    };
    let chosen = fitting(&begins)
        // A star fits every tag, and a release page has any.
        .or_else(|| {
            if begins.iter().all(|begin| matches!(*begin, "" | "v")) { fitting(&["v", ""]) } else { None }
        })
        .or_else(|| begins.first().map(|&begin| begin.to_owned()));
    let before = chosen.as_deref().unwrap_or("v");
    let mut left: Vec<String> = begins
        .iter()
        .filter(|begin| **begin != before && !matches!(**begin, "" | "v"))
        .map(|begin| {
            format!("git tags {begin}…: a project has one family of them; what they release needs a configuration of its own")
        })
        .collect();
    left.extend(refused(before, tags));
    let prereleases = versions(before, tags).any(|version| version.is_prerelease());
    GitTags {
        stable: patterns.iter().any(|pattern| is_stable(&pattern)).then(|| before.to_owned()),
        prereleases,
        before: chosen.filter(|begin| begin != "v"),
        left,
    }
}

/// The versions that tags name.
fn versions<'a>(before: &'a str, tags: &'a [String]) -> impl Iterator<Item = Version> + 'a {
    let plain = tags.iter().filter(|tag| !tag.ends_with("-stable"));
    plain.filter_map(move |tag| Version::parse(Scheme::Semver, tag.strip_prefix(before)?).ok())
}

/// Tags that look like versions and are none.
fn refused(before: &str, tags: &[String]) -> Option<String> {
    let is_refused = |tag: &&String| {
        let text = tag.strip_prefix(before).unwrap_or_default();
        let is_numbers = text.starts_with(|first: char| first.is_ascii_digit())
            && text.split(['.', '-', '+']).next().is_some_and(|number| number.parse::<u64>().is_ok());
        is_numbers && !text.ends_with("-stable") && Version::parse(Scheme::Semver, text).is_err()
    };
    let refused: Vec<&String> = tags.iter().filter(is_refused).collect();
    let examples: Vec<&str> = refused.iter().rev().take(EXAMPLES).map(|tag| tag.as_str()).collect();
    (!refused.is_empty()).then(|| {
        format!(
            "git tags that are no versions, as {}: a version has three numbers, none with a zero before it; {} would be refused",
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
        choose(&patterns.iter().map(|&pattern| pattern.to_owned()).collect(), &tags)
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
    fn another_family_is_told() {
        let found = chosen(&["api-v*", "web-v*"], &["api-v1.0.0", "web-v2.0.0"]);
        assert_eq!(found.before.as_deref(), Some("web-v"));
        assert!(found.left[0].starts_with("git tags api-v…"), "{found:?}");
    }

    #[test]
    fn prereleases_are_wanted_where_there_are_some() {
        assert!(chosen(&["v*"], &["v2.0.0-rc.1"]).prereleases);
        assert!(!chosen(&["v*"], &["v2.0.0", "w2.0.0-rc.1", "v2.0.0-stable"]).prereleases);
    }
}
