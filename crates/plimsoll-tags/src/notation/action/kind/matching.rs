//! `type=match`: what a regular expression finds.

use super::Found;
use super::source::{find_text, take_value};
use crate::notation::action::context::Context;
use crate::notation::action::evaluation::Warning;
use crate::notation::action::expression::Expression;
use crate::notation::action::kind::KindName;
use crate::notation::action::pattern::Pattern;
use crate::notation::action::rule::{Attributes, RuleTextError};

/// `type=match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// What is looked for.
    pub pattern: Pattern,
    /// Which group of it is the tag; 0 is all that was found.
    pub group: usize,
    /// Read instead of the git tag.
    pub value: Option<Expression>,
}

impl Match {
    pub(super) fn parse(attributes: &mut Attributes) -> Result<Self, RuleTextError> {
        let pattern = attributes.take("pattern");
        let pattern =
            pattern.ok_or(RuleTextError::Missing { kind: KindName::Match, attribute: "pattern" })?;
        let pattern = Pattern::parse(&pattern)
            .map_err(|error| RuleTextError::Pattern { attribute: "pattern", error })?;
        let group = match attributes.take("group") {
            Some(value) => value.parse().map_err(|_| RuleTextError::Value {
                attribute: "group",
                value: value.clone(),
                allowed: "whole numbers",
            })?,
            None => 0,
        };
        Ok(Self { pattern, group, value: take_value(attributes)? })
    }

    pub(super) fn find_value(&self, context: &Context, warnings: &mut Vec<Warning>) -> Option<Found> {
        let text = find_text(self.value.as_ref(), context)?;
        let pattern = || self.pattern.to_string();
        let Some(groups) = self.pattern.find_groups(&text) else {
            warnings.push(Warning::NoMatch { pattern: pattern(), text: text.into_owned() });
            return None;
        };
        match groups.into_iter().nth(self.group).flatten() {
            Some(group) => Some(Found::with_latest(group)),
            None => {
                warnings.push(Warning::NoGroup { pattern: pattern(), group: self.group });
                None
            }
        }
    }
}
