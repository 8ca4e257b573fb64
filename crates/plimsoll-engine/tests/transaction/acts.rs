//! Reads and writes, as schedules name them.

use plimsoll_engine::domain::claim::State;
use plimsoll_engine::world::{Effect, Subject};
use plimsoll_testkit::world::Act;

use crate::project::{image_tag, repository};

/// A claim is swapped to a state.
pub(crate) fn swaps_to(state: State) -> impl Fn(&Act) -> bool + Copy {
    move |act| matches!(act, Act::SwapClaim(_, Some(to)) if *to == state)
}

/// A claim is removed.
pub(crate) fn removes_claim(act: &Act) -> bool {
    matches!(act, Act::SwapClaim(_, None))
}

/// An image tag is read.
pub(crate) fn reads_tag(place: &str, tag: &str) -> impl Fn(&Act) -> bool {
    let wanted = Act::ReadTag(repository(place), image_tag(tag));
    move |act| *act == wanted
}

/// An image tag is pointed.
pub(crate) fn points(place: &str, tag: &str) -> impl Fn(&Act) -> bool {
    let wanted = Act::Point(repository(place), image_tag(tag));
    move |act| *act == wanted
}

/// The tags of a repository are listed.
pub(crate) fn lists_tags(place: &str) -> impl Fn(&Act) -> bool {
    let wanted = Act::ListTags(repository(place));
    move |act| *act == wanted
}

/// Content is written somewhere.
pub(crate) fn puts_content(act: &Act) -> bool {
    matches!(act, Act::PutContent(..))
}

/// The effect of swapping a claim to a state.
pub(crate) fn swap_to(state: State) -> impl Fn(&Effect) -> bool + Send {
    move |effect| matches!(effect.subject, Subject::Claim(_, Some(to)) if to == state)
}

/// The effect of pointing an image tag.
pub(crate) fn point_of(place: &str, tag: &str) -> impl Fn(&Effect) -> bool + Send {
    let wanted = Subject::Tag(repository(place), image_tag(tag));
    move |effect| effect.subject == wanted
}
