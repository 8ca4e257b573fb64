//! `type=semver`: a SemVer version by a pattern.

use super::Found;
use super::source::VersionSource;
use crate::notation::action::context::Context;
use crate::notation::action::evaluation::{EvaluationError, Warning};
use crate::notation::action::expression::{Expression, Scope, VersionParts};
use crate::notation::action::kind::KindName;
use crate::notation::action::rule::{Attributes, RuleTextError};
use crate::version::{Scheme, Version};

/// `type=semver`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Semver {
    /// What of the version stands in the tag.
    pub pattern: Expression,
    /// Where the version stands.
    pub source: VersionSource,
}

impl Semver {
    /// The highest number that JavaScript holds exactly, and with it node-semver.
    const MAX_NUMBER: u64 = (1 << 53) - 1;

    pub(super) fn parse(attributes: &mut Attributes) -> Result<Self, RuleTextError> {
        let pattern = attributes.take_expression("pattern", Scope::Version)?;
        let pattern =
            pattern.ok_or(RuleTextError::Missing { kind: KindName::Semver, attribute: "pattern" })?;
        Ok(Self { pattern, source: VersionSource::parse(attributes)? })
    }

    pub(super) fn find_value(
        &self,
        context: &Context,
        warnings: &mut Vec<Warning>,
    ) -> Result<Option<Found>, EvaluationError> {
        let Some(text) = self.source.find_text(context, warnings)? else { return Ok(None) };
        let Some((version, parts)) = read(&text) else {
            warnings.push(Warning::NoVersion { kind: KindName::Semver, text });
            return Ok(None);
        };
        Ok(Some(match version.is_prerelease() {
            true if self.pattern.is_raw() => Found::without_latest(parts.raw),
            true => Found::without_latest(parts.version),
            false => Found::with_latest(self.pattern.render_version(&parts)),
        }))
    }
}

/// Reads a version as node-semver does: a `v` may stand before it.
fn read(text: &str) -> Option<(Version, VersionParts)> {
    let trimmed = text.trim();
    let version = Version::parse(Scheme::Semver, trimmed.strip_prefix('v').unwrap_or(trimmed)).ok()?;
    let numbers = [version.major(), version.minor(), version.patch()];
    if numbers.iter().any(|number| *number > Semver::MAX_NUMBER) {
        return None;
    }
    let spelled = version.to_string();
    let without_build = spelled.split_once('+').map_or(spelled.as_str(), |(version, _)| version);
    let parts = VersionParts { raw: text.to_owned(), version: without_build.to_owned(), numbers };
    Some((version, parts))
}
