//! `type=ref`: the name of the branch, tag or pull request.

use super::{Found, KindName};
use crate::notation::action::context::{Context, GitRef};
use crate::notation::action::rule::{Attributes, RuleTextError};

/// The event of `type=ref`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefEvent {
    /// `branch`.
    Branch,
    /// `tag`.
    Tag,
    /// `pr`.
    PullRequest,
}

impl RefEvent {
    pub(super) fn parse(attributes: &mut Attributes) -> Result<Self, RuleTextError> {
        match attributes.take("event").as_deref() {
            Some("branch") => Ok(Self::Branch),
            Some("tag") => Ok(Self::Tag),
            Some("pr") => Ok(Self::PullRequest),
            Some(value) => Err(RuleTextError::Value {
                attribute: "event",
                value: value.to_owned(),
                allowed: "`branch`, `tag` and `pr`",
            }),
            None => Err(RuleTextError::Missing { kind: KindName::Ref, attribute: "event" }),
        }
    }

    pub(super) fn find_value(self, context: &Context) -> Option<Found> {
        match (self, &context.reference) {
            (Self::Branch, GitRef::Branch(name)) => Some(Found::without_latest(name)),
            (Self::Tag, GitRef::Tag(name)) => Some(Found::with_latest(name)),
            (Self::PullRequest, GitRef::Pull(pull)) => Some(Found::without_latest(pull)),
            (_, GitRef::Branch(_) | GitRef::Tag(_) | GitRef::Pull(_) | GitRef::Other(_)) => None,
        }
    }
}
