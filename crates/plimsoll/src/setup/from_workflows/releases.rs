//! Git tags that conditions are judged by: those that releases have, else those that they are likely to have.

use std::cmp::Ordering;

use plimsoll_tags::version::{Scheme, Version};

use super::expression::Known;
use crate::setup::workflow_check::lets_through;

/// Under this name stand the highest tags of each family, one in a line.
pub(super) const TAGS: &str = "tags of releases";

/// Versions of whom nothing is released yet.
pub(super) const STABLE: [&str; 4] = ["1.2.3", "1.2", "1.2.3.4", "2024.1.2"];
/// How versions end that come before them.
pub(super) const BEFORE: [&str; 3] = ["-rc.1", "-beta.1", "-alpha.1"];

/// Git tags of releases, as a filter lets them through. It may be one of prereleases alone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Examples {
    /// Those of stable versions: one, or several where it is not known which of them is meant.
    pub(super) stable: Vec<String>,
    /// Those of prereleases.
    pub(super) prereleases: Vec<String>,
}

impl Examples {
    /// Those of one filter; an empty one lets everything through. `all` has those that keep some out.
    pub(super) fn of(filter: &str, all: &[String], known: &Known<'_>) -> Examples {
        let out = all.iter().filter(|filter| filter.starts_with('!')).cloned();
        let own = Some(filter.to_owned()).filter(|filter| !filter.is_empty());
        let filters: Vec<String> = own.into_iter().chain(out).collect();
        let passes = |tag: &String| lets_through(&filters, tag);
        let tags = || known.values.get(TAGS).into_iter().flat_map(|tags| tags.lines()).map(str::to_owned);
        let begin = family_of(filter);
        // Whether a version has a `v` is no matter of a filter that lets all through.
        let begins = if begin.is_empty() && !is_of_digits(filter) { vec!["v", ""] } else { vec![begin] };
        let version = |tag: &String| begins.iter().find_map(|begin| version_of(tag.strip_prefix(begin)?));
        let mut there: Vec<(Version, String)> =
            tags().filter(passes).filter_map(|tag| Some((version(&tag)?, tag))).collect();
        there.sort_by(|one, other| rank(&one.0, &other.0));
        let highest = |is_wanted: fn(&Version) -> bool| {
            there.iter().rev().find(|(version, _)| is_wanted(version)).map(|(_, tag)| tag.clone())
        };
        let stable = highest(|version| !version.is_prerelease());
        let likely = || {
            let of = |begin: &&str| {
                let mut all = STABLE.iter().map(|version| goes_on(filter, begin, version));
                all.find(passes)
            };
            begins.iter().filter_map(of).collect()
        };
        let stable: Vec<String> = stable.map_or_else(likely, |tag| vec![tag]);
        let bases = if stable.is_empty() {
            begins.iter().map(|begin| goes_on(filter, begin, STABLE[0])).collect()
        } else {
            stable.clone()
        };
        let before = bases.iter().flat_map(|tag| BEFORE.iter().map(move |end| format!("{tag}{end}")));
        let prereleases = highest(Version::is_prerelease).into_iter().chain(before.filter(passes)).collect();
        Examples { stable, prereleases }
    }

    /// The likeliest, and those of prereleases of it; whatever a filter looks like, there is one.
    pub(super) fn likeliest(self, filter: &str) -> Vec<String> {
        let Examples { stable, prereleases } = self;
        match stable.into_iter().next() {
            Some(tag) => {
                let is_of_it = |other: &String| other.starts_with(&format!("{tag}-"));
                let others: Vec<String> = prereleases.into_iter().filter(is_of_it).collect();
                [tag].into_iter().chain(others).collect()
            }
            None if prereleases.is_empty() => vec![goes_on(filter, family_of(filter), STABLE[0])],
            None => prereleases,
        }
    }
}

/// The highest tags of each family, stable and not: what conditions are judged by.
pub(super) fn notable(tags: &[String]) -> String {
    let mut found: Vec<(&str, Version, &String)> = Vec::new();
    for tag in tags {
        let begin = family_of(tag);
        let Some(version) = tag.strip_prefix(begin).and_then(version_of) else { continue };
        let is_it = |(other, known, _): &&mut (&str, Version, &String)| {
            *other == begin && known.is_prerelease() == version.is_prerelease()
        };
        match found.iter_mut().find(is_it) {
            Some(known) if rank(&known.1, &version).is_lt() => *known = (begin, version, tag),
            Some(_) => {}
            None => found.push((begin, version, tag)),
        }
    }
    found.into_iter().map(|(_, _, tag)| format!("{tag}\n")).collect()
}

/// Whether a filter lets tags of releases through: what promotes is read by its own words.
pub(in crate::setup) fn is_of_releases(filter: &str) -> bool {
    !filter.starts_with('!') && !filter.ends_with("-stable")
}

/// Of versions that follow different rules, those of three numbers come first.
pub(super) fn rank(one: &Version, other: &Version) -> Ordering {
    let is_semver = |version: &Version| version.scheme() == Scheme::Semver;
    is_semver(one).cmp(&is_semver(other)).then(one.cmp(other))
}

/// What stands before the numbers.
pub(super) fn family_of(filter: &str) -> &str {
    let end = filter.find(|sign: char| sign.is_ascii_digit() || "*?[+!\\".contains(sign));
    let begin = filter.get(..end.unwrap_or(filter.len())).unwrap_or_default();
    // `v?` may be no `v`.
    match end.and_then(|end| filter.get(end..)) {
        Some(rest) if rest.starts_with('?') => {
            let last = begin.chars().next_back().map_or(0, char::len_utf8);
            begin.get(..begin.len() - last).unwrap_or_default()
        }
        _ => begin,
    }
}

fn is_of_digits(filter: &str) -> bool {
    filter.starts_with("[0-9]")
        || filter.starts_with("[1-9]")
        || filter.starts_with(|c: char| c.is_ascii_digit())
}

/// A version in the words of a filter: `v2.*` is of 2.2.3.
pub(super) fn goes_on(filter: &str, begin: &str, version: &str) -> String {
    let numbers = filter.strip_prefix(begin).unwrap_or_default();
    let is_part = |sign: char| !(sign.is_ascii_digit() || sign == '.');
    let said = numbers.split(is_part).next().unwrap_or_default();
    let said: Vec<&str> = said.split('.').filter(|number| !number.is_empty()).collect();
    let others = version.split('.').skip(said.len());
    format!("{begin}{}", said.iter().copied().chain(others).collect::<Vec<_>>().join("."))
}

pub(super) fn version_of(text: &str) -> Option<Version> {
    let is_promotion = text.ends_with("-stable");
    let parse = |scheme| Version::parse(scheme, text).ok();
    let starts = text.starts_with(|sign: char| sign.is_ascii_digit());
    (starts && !is_promotion).then(|| parse(Scheme::Semver).or_else(|| parse(Scheme::Pep440)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_judged_by_tags_that_there_are_or_may_be() {
        let of = |filter: &str, tags: &[&str]| {
            let tags: Vec<String> = tags.iter().map(|&tag| tag.to_owned()).collect();
            let values = [(TAGS.to_owned(), notable(&tags))].into();
            let known = Known { values: &values, repository: None };
            let Examples { stable, prereleases } = Examples::of(filter, &["!*-alpha*".to_owned()], &known);
            (stable.join(" "), prereleases.join(" "))
        };
        let own = |stable: &str, prereleases: &str| (stable.to_owned(), prereleases.to_owned());
        for (filter, tags, stable, prereleases) in [
            ("v*", &[][..], "v1.2.3", "v1.2.3-rc.1 v1.2.3-beta.1"),
            ("v*", &["v1.9.0", "v1.10.0", "w2.0.0"], "v1.10.0", "v1.10.0-rc.1 v1.10.0-beta.1"),
            ("v*", &["v1.9.0", "v2.0.0-rc.3"], "v1.9.0", "v2.0.0-rc.3 v1.9.0-rc.1 v1.9.0-beta.1"),
            ("", &["1.2.4", "chart-3.0.0"], "1.2.4", "1.2.4-rc.1 1.2.4-beta.1"),
            ("*", &[], "v1.2.3 1.2.3", "v1.2.3-rc.1 v1.2.3-beta.1 1.2.3-rc.1 1.2.3-beta.1"),
            ("[0-9]+.[0-9]+.[0-9]+", &["v3.0.0"], "1.2.3", ""),
            ("v[0-9]+.[0-9]+", &[], "v1.2", ""),
            ("v2.*", &[], "v2.2.3", "v2.2.3-rc.1 v2.2.3-beta.1"),
            ("v*-rc*", &["v1.0.0"], "", "v1.2.3-rc.1"),
            ("api-v*", &["api-v0.3.0"], "api-v0.3.0", "api-v0.3.0-rc.1 api-v0.3.0-beta.1"),
            ("nightly", &["v1.0.0"], "", ""),
        ] {
            assert_eq!(of(filter, tags), own(stable, prereleases), "{filter} {tags:?}");
        }
    }
}
