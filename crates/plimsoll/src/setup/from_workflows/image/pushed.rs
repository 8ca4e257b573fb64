//! What images are pushed for.

use std::collections::BTreeSet;

use crate::setup::from_workflows::workflow::Triggers;

/// What an image is pushed for, whichever tags it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::setup) enum Pushed {
    Releases,
    Branches,
    PullRequests,
    /// What another repository asks for.
    Others,
}

impl Pushed {
    /// What is pushed on these occasions. What a person sets off may be a release.
    pub(in crate::setup::from_workflows) fn on(triggers: &Triggers) -> BTreeSet<Pushed> {
        let is_of_others = triggers.is_of_others();
        let is_by_hand = !triggers.has_occasions() && !is_of_others;
        let releases = (triggers.tags.is_some() || is_by_hand).then_some(Pushed::Releases);
        let branches = triggers.branches.as_ref().map(|_| Pushed::Branches);
        let pulls = triggers.pull_request.map(|()| Pushed::PullRequests);
        let others = is_of_others.then_some(Pushed::Others);
        releases.into_iter().chain(branches).chain(pulls).chain(others).collect()
    }
}
