//! `type=schedule`: a tag for runs that a clock sets off.

use super::Found;
use crate::notation::action::context::Context;
use crate::notation::action::expression::{Expression, Scope};
use crate::notation::action::rule::{Attributes, RuleTextError};

/// `type=schedule`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The tag, in which dates can stand.
    pub pattern: Expression,
}

impl Schedule {
    pub(super) fn parse(attributes: &mut Attributes) -> Result<Self, RuleTextError> {
        let pattern = attributes.take_expression("pattern", Scope::Schedule)?;
        Ok(Self { pattern: pattern.unwrap_or_else(|| Expression::literal("nightly")) })
    }

    pub(super) fn find_value(&self, context: &Context) -> Option<Found> {
        context.is_scheduled().then(|| Found::without_latest(self.pattern.render(context)))
    }
}
