//! `type=edge`: the newest commit of one branch.

use super::Found;
use crate::notation::action::context::Context;
use crate::notation::action::rule::Attributes;

/// `type=edge`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The branch; the default branch if nothing is written.
    pub branch: Option<String>,
}

impl Edge {
    /// The tag.
    pub const TAG: &str = "edge";

    pub(super) fn parse(attributes: &mut Attributes) -> Self {
        Self { branch: attributes.take("branch").filter(|branch| !branch.is_empty()) }
    }

    pub(super) fn find_value(&self, context: &Context) -> Option<Found> {
        let wanted = self.branch.as_ref().or(context.default_branch.as_ref())?;
        (context.reference.branch()? == wanted).then(|| Found::without_latest(Self::TAG))
    }
}
