//! What `semver`, `pep440` and `match` read: the git tag, or their own `value`.

use std::borrow::Cow;

use crate::notation::action::context::Context;
use crate::notation::action::evaluation::{EvaluationError, Warning};
use crate::notation::action::expression::{Expression, Scope};
use crate::notation::action::pattern::Pattern;
use crate::notation::action::rule::{Attributes, RuleTextError};

/// Where a version stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionSource {
    /// Read instead of the git tag.
    pub value: Option<Expression>,
    /// Its first group is read instead of the whole text, where it matches.
    pub matching: Option<Pattern>,
}

impl VersionSource {
    pub(super) fn parse(attributes: &mut Attributes) -> Result<Self, RuleTextError> {
        let value = take_value(attributes)?;
        let matching = attributes.take("match").filter(|text| !text.is_empty());
        let matching = matching
            .map(|text| Pattern::parse_plain(&text))
            .transpose()
            .map_err(|error| RuleTextError::Pattern { attribute: "match", error })?;
        Ok(Self { value, matching })
    }

    /// Returns the text that should be a version, `/` written as `-`.
    pub(super) fn find_text(
        &self,
        context: &Context,
        warnings: &mut Vec<Warning>,
    ) -> Result<Option<String>, EvaluationError> {
        let Some(text) = find_text(self.value.as_ref(), context) else { return Ok(None) };
        let text = match &self.matching {
            None => text,
            Some(pattern) => match pattern.find_groups(&text) {
                Some(groups) => match groups.into_iter().nth(1).flatten() {
                    Some(group) => Cow::Owned(group),
                    None => return Err(EvaluationError::NoGroup { pattern: pattern.to_string() }),
                },
                None => {
                    let whole = text.clone().into_owned();
                    warnings.push(Warning::NoMatch { pattern: pattern.to_string(), text: whole });
                    text
                }
            },
        };
        Ok(Some(text.replace('/', "-")))
    }
}

pub(super) fn take_value(attributes: &mut Attributes) -> Result<Option<Expression>, RuleTextError> {
    Ok(attributes.take_expression("value", Scope::Global)?.filter(|value| !value.is_empty()))
}

/// Returns the value, else the git tag.
pub(super) fn find_text<'context>(
    value: Option<&Expression>,
    context: &'context Context,
) -> Option<Cow<'context, str>> {
    match value {
        Some(value) => Some(Cow::Owned(value.render(context))),
        None => context.reference.tag().map(Cow::Borrowed),
    }
}
