//! Versions of charts, read as Helm reads them (Masterminds/semver 3, `NewVersion` and `StrictNewVersion`).

use std::cmp::Ordering;

/// A version that Helm can order: `1`, `v1.2` and `1.2.3-rc.1+build` alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartVersion {
    numbers: [u64; 3],
    prerelease: Vec<Identifier>,
}

/// A part of a pre-release. Numbers come before words (Semantic Versioning 2.0.0, 11.4.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Word(String),
}

impl ChartVersion {
    /// Reads a version as loosely as Helm does when it loads a chart: a `v` may stand before it, and numbers may be
    /// left out. `None` for anything else.
    pub fn parse_loose(text: &str) -> Option<ChartVersion> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, build) = split(text, '+');
        let (core, prerelease) = split(text, '-');
        if !build.is_none_or(is_dotted) || !prerelease.is_none_or(is_dotted) {
            return None;
        }
        let parts: Vec<&str> = core.split('.').collect();
        if parts.len() > 3 {
            return None;
        }
        let mut numbers = [0; 3];
        for (number, part) in numbers.iter_mut().zip(parts) {
            *number = parse_number(part)?;
        }
        let prerelease: Option<Vec<Identifier>> = match prerelease {
            None => Some(Vec::new()),
            Some(text) => text.split('.').map(parse_identifier).collect(),
        };
        Some(ChartVersion { numbers, prerelease: prerelease? })
    }

    /// Whether it is a pre-release.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    /// Whether it is `0.0.0` without anything, which Helm takes for no version at all.
    pub fn is_zero(&self) -> bool {
        self.numbers == [0; 3] && self.prerelease.is_empty()
    }
}

/// Whether a text is a version of Semantic Versioning 2.0.0: three numbers, no `v`, no leading zeros.
pub fn is_strict(text: &str) -> bool {
    let (core, _) = split(text, '+');
    let (core, _) = split(core, '-');
    let is_plain = |part: &str| part == "0" || !part.starts_with('0');
    !text.starts_with('v')
        && core.split('.').count() == 3
        && core.split('.').all(is_plain)
        && ChartVersion::parse_loose(text).is_some()
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn is_dotted(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.split('.').all(is_part)
}

fn parse_number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn parse_identifier(text: &str) -> Option<Identifier> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Identifier::Word(text.to_owned()));
    }
    let has_leading_zero = text.len() > 1 && text.starts_with('0');
    if has_leading_zero { None } else { parse_number(text).map(Identifier::Number) }
}

impl Ord for ChartVersion {
    /// What is built differently is equal: build metadata does not count.
    fn cmp(&self, other: &Self) -> Ordering {
        let stages = match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => self.prerelease.cmp(&other.prerelease),
        };
        self.numbers.cmp(&other.numbers).then(stages)
    }
}

impl PartialOrd for ChartVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Orders the versions of an index, the newest first and what is no version last.
pub fn newest_first(one: &str, other: &str) -> Ordering {
    match (ChartVersion::parse_loose(one), ChartVersion::parse_loose(other)) {
        (Some(one), Some(other)) => other.cmp(&one),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helm_takes_for_a_version() {
        for text in ["1", "v1", "1.2", "v1.2.3", "01.2.3", "1.2.3-rc.1+b.01", "1.2.3--", "1-alpha", "0.0.0"] {
            assert!(ChartVersion::parse_loose(text).is_some(), "{text}");
        }
        for text in
            ["", "v", "V1", "1.2.3.4", "1..2", "a", "1.x", "1.2.3-", "1.2.3+", "1.2.3-01", "1.2 .3", "vv1"]
        {
            assert!(ChartVersion::parse_loose(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_semver_takes_for_a_version() {
        for text in ["1.2.3", "0.0.0", "1.2.3-rc.1", "1.2.3+b.01", "1.2.3-a-b.0"] {
            assert!(is_strict(text), "{text}");
        }
        for text in ["v1.2.3", "1.2", "01.2.3", "1.2.3-01", "", "1.2.3.4"] {
            assert!(!is_strict(text), "{text}");
        }
    }

    #[test]
    fn newest_comes_first_and_what_is_no_version_last() {
        let mut versions =
            ["1.0.0-rc.1", "x", "2.0.0", "v1.0.0", "1.0.0-rc.11", "1.0.0-rc.2", "1.0.0-1", "1.10.0"];
        versions.sort_by(|one, other| newest_first(one, other));
        let want = ["2.0.0", "1.10.0", "v1.0.0", "1.0.0-rc.11", "1.0.0-rc.2", "1.0.0-rc.1", "1.0.0-1", "x"];
        assert_eq!(versions, want);
    }
}
