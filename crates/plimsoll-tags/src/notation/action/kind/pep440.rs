//! `type=pep440`: a PEP 440 version by a pattern.

use super::Found;
use super::source::VersionSource;
use crate::notation::action::context::Context;
use crate::notation::action::evaluation::{EvaluationError, Warning};
use crate::notation::action::expression::{Expression, Scope, VersionParts};
use crate::notation::action::kind::KindName;
use crate::notation::action::rule::{Attributes, RuleTextError};
use crate::version::{Scheme, Version};

/// `type=pep440`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pep440 {
    /// What of the version stands in the tag.
    pub pattern: Expression,
    /// Where the version stands.
    pub source: VersionSource,
}

impl Pep440 {
    pub(super) fn parse(attributes: &mut Attributes) -> Result<Self, RuleTextError> {
        let pattern = attributes.take_expression("pattern", Scope::Version)?;
        let pattern =
            pattern.ok_or(RuleTextError::Missing { kind: KindName::Pep440, attribute: "pattern" })?;
        Ok(Self { pattern, source: VersionSource::parse(attributes)? })
    }

    pub(super) fn find_value(
        &self,
        context: &Context,
        warnings: &mut Vec<Warning>,
    ) -> Result<Option<Found>, EvaluationError> {
        let Some(text) = self.source.find_text(context, warnings)? else { return Ok(None) };
        let Ok(version) = Version::parse(Scheme::Pep440, text.trim()) else {
            warnings.push(Warning::NoVersion { kind: KindName::Pep440, text });
            return Ok(None);
        };
        let is_final = match &version {
            Version::Pep440(version) => version.is_final(),
            Version::Semver(_) => true,
        };
        let numbers = [version.major(), version.minor(), version.patch()];
        let parts = VersionParts { raw: text, version: version.to_string(), numbers };
        Ok(Some(match is_final {
            true => Found::with_latest(self.pattern.render_version(&parts)),
            false if self.pattern.is_raw() => Found::without_latest(parts.raw),
            false => Found::without_latest(parts.version),
        }))
    }
}
