//! `type=sha`: the commit.

use super::Found;
use crate::notation::action::context::Context;
use crate::notation::action::rule::{Attributes, RuleTextError};

/// How much of the commit `type=sha` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Length {
    /// The first digits.
    Short,
    /// All digits.
    Long,
}

impl Length {
    pub(super) fn parse(attributes: &mut Attributes) -> Result<Self, RuleTextError> {
        match attributes.take("format").as_deref() {
            None | Some("short") => Ok(Self::Short),
            Some("long") => Ok(Self::Long),
            Some(value) => Err(RuleTextError::Value {
                attribute: "format",
                value: value.to_owned(),
                allowed: "`short` and `long`",
            }),
        }
    }

    pub(super) fn find_value(self, context: &Context) -> Option<Found> {
        if context.sha.is_empty() {
            return None;
        }
        Some(Found::without_latest(match self {
            Self::Short => context.short_sha(),
            Self::Long => &context.sha,
        }))
    }
}
