//! The rules that versions follow, as far as git tags and version files say by themselves.

use std::cmp::Reverse;

use plimsoll_tags::version::{Scheme, Version};

use crate::setup::from_workflows::DraftImage;
use crate::setup::holdings::{FoundVersion, Holdings};

/// How many of the newest versions say how a project spells its prereleases.
const NEWEST: usize = 10;
/// The version file of Python's projects.
const PYPROJECT: &str = "pyproject.toml";

/// Finds the scheme. SemVer is meant, unless more tags fit PEP 440, and the project is one of Python or spells its newest
/// prereleases as Python does.
pub(super) fn find(holdings: &Holdings) -> Scheme {
    let texts: Vec<&str> = holdings.tags.iter().filter_map(|tag| version_in(tag)).collect();
    let count = |scheme| texts.iter().filter(|text| fits(scheme, text)).count();
    let (semver, pep440) = (count(Scheme::Semver), count(Scheme::Pep440));
    let in_file = |file: &FoundVersion| file.path == PYPROJECT && is_pep440_alone(&file.version);
    let mut newest: Vec<&str> = texts.iter().copied().filter(|text| is_version(text)).collect();
    newest.sort_by_key(|text| Reverse(numbers(text)));
    newest.truncate(NEWEST);
    let is_spelled = || newest.iter().any(|text| is_pep440_alone(text) && is_no_final(text));
    if pep440 > semver && (holdings.is_python || is_spelled()) {
        return Scheme::Pep440;
    }
    match pep440 >= semver && holdings.versions.iter().any(in_file) {
        true => Scheme::Pep440,
        false => Scheme::Semver,
    }
}

/// Whether a text is a version, in the one spelling that tags of it have.
pub(super) fn fits(scheme: Scheme, text: &str) -> bool {
    Version::parse(scheme, text).is_ok_and(|version| version.to_string() == text)
}

/// What a tag says behind the word that it begins with.
pub(super) fn version_in(tag: &str) -> Option<&str> {
    tag.get(tag.find(|sign: char| sign.is_ascii_digit())?..)
}

/// Rules that know SemVer alone would give versions of Python no tags.
pub(super) fn spell_versions(images: &mut [DraftImage]) {
    for rule in images.iter_mut().flat_map(|image| image.rules.0.values_mut()).flatten() {
        if let Some(rest) = rule.text.strip_prefix("type=semver,") {
            rule.text = format!("type=pep440,{rest}");
        }
    }
}

fn is_version(text: &str) -> bool {
    fits(Scheme::Pep440, text) || fits(Scheme::Semver, text)
}

/// The numbers that a version begins with.
fn numbers(text: &str) -> Vec<u64> {
    text.split(|sign: char| !sign.is_ascii_digit()).map_while(|number| number.parse().ok()).collect()
}

fn is_pep440_alone(text: &str) -> bool {
    fits(Scheme::Pep440, text) && !fits(Scheme::Semver, text)
}

/// Whether it is a prerelease, a post-release, or one for developers.
fn is_no_final(text: &str) -> bool {
    Version::parse(Scheme::Pep440, text).is_ok_and(|version| !version.is_final())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_files_say_which_rules_versions_follow() {
        let file = |version: &str| FoundVersion {
            path: PYPROJECT.to_owned(),
            version: version.to_owned(),
            pattern: None,
        };
        for (tags, version, is_python, want) in [
            (&["v1.0.0", "v1.1.0rc1", "v1.1.0"][..], None, false, Scheme::Pep440),
            (&["1.2.0a1", "1.2.0.post1"], None, false, Scheme::Pep440),
            // How prereleases were spelled long ago says nothing of the next one.
            (
                &[
                    "v0.0.9rc1",
                    "v0.0.9",
                    "v1.0.0",
                    "v1.1.0",
                    "v1.2.0",
                    "v1.3.0",
                    "v1.4.0",
                    "v1.5.0",
                    "v1.6.0",
                    "v1.7.0",
                    "v1.8.0",
                    "v1.9.0",
                ],
                None,
                false,
                Scheme::Semver,
            ),
            // Four numbers, or two, are anybody's.
            (&["v0.1.0.1", "v0.2"], None, false, Scheme::Semver),
            (&["v0.1.0", "v0.1.0.1", "v0.1.0.7-test"], None, true, Scheme::Pep440),
            (&[], Some("1.2.0rc1"), true, Scheme::Pep440),
            (&["v1.0.0"], Some("1.2.0.dev0"), true, Scheme::Pep440),
            // What is released keeps its spelling.
            (&["v1.0.0-rc.1", "v1.0.0"], Some("1.0.0rc1"), true, Scheme::Semver),
            (&["v1.0.0", "v1.1.0"], Some("1.2.0"), true, Scheme::Semver),
            (&["nightly", "v1.0.0-rc.1", "v1.0rc1"], None, true, Scheme::Semver),
            (&[], None, true, Scheme::Semver),
        ] {
            let holdings = Holdings {
                tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
                versions: version.map(file).into_iter().collect(),
                is_python,
                ..Holdings::default()
            };
            assert_eq!(find(&holdings), want, "{tags:?} {version:?}");
        }
    }
}
