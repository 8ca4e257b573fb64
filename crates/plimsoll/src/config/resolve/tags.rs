//! `[tags]`: which git tags are releases.

use plimsoll_tags::git_tag::{PatternError, Prereleases, TagPattern, TagPolicy};
use plimsoll_tags::version::Scheme;

use super::{invalid, reserved};
use crate::config::file::written::{Section, Spanned};
use crate::config::problems::{Problems, Told};

const DEFAULT_VERSION: &str = "v{version}";

/// Resolves the table.
///
/// # Errors
/// Something in it can't be meant, which was told.
pub fn resolve(root: &Section, scheme: Scheme, problems: &mut Problems<'_>) -> Result<TagPolicy, Told> {
    let empty = Section::empty(root.span.clone());
    let section = root.section("tags")?.unwrap_or(&empty);
    let default = Spanned { value: DEFAULT_VERSION, span: section.span.clone() };
    let version =
        section.text("version").and_then(|version| parse_pattern(version.unwrap_or(default), problems));
    let stable = section
        .text("stable")
        .and_then(|stable| stable.map(|stable| parse_pattern(stable, problems)).transpose());
    let prerelease = match section.switch("prerelease")? {
        Some(true) => Prereleases::Allowed,
        Some(false) | None => Prereleases::Refused,
    };
    let span = section.entry("stable").map_or(&section.span, |entry| &entry.key);
    TagPolicy::new(version?, stable?, prerelease, scheme)
        .map_err(|error| problems.error(span, invalid(error)))
}

fn parse_pattern(pattern: Spanned<&str>, problems: &mut Problems<'_>) -> Result<TagPattern, Told> {
    TagPattern::parse(pattern.value).map_err(|error| {
        let diagnostic = match &error {
            PatternError::Component => reserved(&error),
            PatternError::NoVersion { .. } => invalid(&error).help("such as `v{version}`"),
            PatternError::UnknownPlaceholder { suggestion: Some(meant), .. } => {
                invalid(&error).help(format!("did you mean `{{{meant}}}`?"))
            }
            PatternError::UnknownPlaceholder { suggestion: None, .. } => {
                invalid(&error).help("the only one is `{version}`")
            }
            PatternError::SeveralVersions { .. }
            | PatternError::LooseBrace { .. }
            | PatternError::IllegalCharacter { .. }
            | PatternError::NotARef { .. } => invalid(&error),
        };
        problems.error(&pattern.span, diagnostic)
    })
}
