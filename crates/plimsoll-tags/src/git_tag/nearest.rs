//! The tag that was probably meant.

use super::{Prereleases, TagPattern, TagPolicy};
use crate::version::{Scheme, Version};

/// Words that people put before a version and mean nothing by.
const DECORATIONS: [&str; 6] = ["", "v", "ver", "version", "rel", "release"];

/// Returns a tag that the policy accepts and that `tag` most likely should have been.
///
/// The first number in the tag is taken for the version, repaired (missing parts are 0, surplus ones are cut, leading
/// zeros dropped); what follows decides between promotion, prerelease and version. Nothing is suggested for a tag
/// whose beginning is no known word: `vendor-2024` is not a version gone wrong.
pub(super) fn find_nearest(policy: &TagPolicy, tag: &str) -> Option<String> {
    let digits_at = tag.find(|character: char| character.is_ascii_digit())?;
    let (decoration, spelled) = tag.split_at(digits_at);
    let decoration = letters(decoration);
    let begins_like = |pattern: &TagPattern| letters(pattern.before()) == decoration;
    if !DECORATIONS.contains(&decoration.as_str()) && !policy.patterns().any(begins_like) {
        return None;
    }

    let core_length = spelled.find(|character: char| !character.is_ascii_digit() && character != '.');
    let (core, rest) = spelled.split_at(core_length.unwrap_or(spelled.len()));
    let release = repair_core(policy.scheme(), core)?;
    let candidates = [
        policy
            .stable()
            .filter(|stable| is_stable_like(stable, policy.version(), &decoration, rest))
            .map(|stable| stable.render(&release)),
        repair_tail(policy, &release, rest).map(|version| policy.version().render(&version)),
        Some(policy.version().render(&release)),
    ];
    candidates.into_iter().flatten().find(|candidate| {
        candidate != tag
            && policy.is_in_family(candidate)
            && policy.read_in_family(candidate).version().is_some()
    })
}

/// Whether a tag carries the marks of the stable pattern, its punctuation and case set aside.
fn is_stable_like(stable: &TagPattern, version: &TagPattern, decoration: &str, rest: &str) -> bool {
    let after = letters(stable.after());
    if after.is_empty() {
        letters(stable.before()) == decoration && letters(version.before()) != decoration
    } else {
        letters(rest).ends_with(&after)
    }
}

fn repair_core(scheme: Scheme, core: &str) -> Option<Version> {
    let mut numbers: Vec<u64> =
        core.split('.').filter(|number| !number.is_empty()).map(str::parse).collect::<Result<_, _>>().ok()?;
    if scheme == Scheme::Semver {
        numbers.resize(3, 0);
    }
    let text = numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
    Version::parse(scheme, &text).ok()
}

/// Reads what follows the numbers as a part of the version, with and without the hyphen it may lack.
fn repair_tail(policy: &TagPolicy, release: &Version, rest: &str) -> Option<Version> {
    let bare = rest.trim_start_matches(['-', '_', '.']);
    [format!("{release}{rest}"), format!("{release}-{bare}")]
        .iter()
        .filter(|_| !bare.is_empty())
        .filter_map(|text| Version::parse(policy.scheme(), text).ok())
        .find(|version| !version.is_prerelease() || policy.prerelease() == Prereleases::Allowed)
}

fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase()).collect()
}
