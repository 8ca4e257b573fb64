//! `type=raw`: a text.

use super::{Found, KindName};
use crate::notation::action::context::Context;
use crate::notation::action::expression::{Expression, Scope};
use crate::notation::action::rule::{Attributes, RuleTextError};

/// `type=raw`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// The tag.
    pub value: Expression,
}

impl Raw {
    pub(super) fn parse(attributes: &mut Attributes) -> Result<Self, RuleTextError> {
        let value = attributes.take_expression("value", Scope::Global)?;
        let value = value.ok_or(RuleTextError::Missing { kind: KindName::Raw, attribute: "value" })?;
        Ok(Self { value })
    }

    pub(super) fn find_value(&self, context: &Context) -> Found {
        Found::without_latest(self.value.render(context))
    }
}
