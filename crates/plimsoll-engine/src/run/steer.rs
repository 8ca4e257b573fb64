//! What every pass over moving tags shares: patience with reads that lag behind our writes, and writes side by side.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::name::Digest;

use super::mirrors::Mirrors;
use super::stop::Stop;
use crate::domain::event::Event;
use crate::domain::line::MovingTag;
use crate::domain::step::StepId;
use crate::world::{World, WorldError};

/// After how many passes that all wrote something a run gives up.
pub(super) const PASSES: u32 = 10;
/// How often a tag that we have just written is looked at again before it is written again: reads may lag behind.
pub(super) const LOOKS: u32 = 3;
/// How many tags are read or written side by side.
pub(super) const TAGS_AT_ONCE: usize = 8;

/// Where a moving tag is and where it should be.
pub(super) trait Bound {
    /// Where it points now.
    fn now(&self) -> Option<&Digest>;

    /// Where it is to go; `None` if it is there, or nothing is known that it should be at.
    fn find_move(&self) -> Option<&Digest>;
}

/// A tag that is to be moved.
pub(super) struct Move<'a> {
    pub(super) tag: &'a MovingTag,
    pub(super) from: Option<&'a Digest>,
    pub(super) to: &'a Digest,
}

/// The moves that courses ask for.
pub(super) fn moves<C: Bound>(courses: &BTreeMap<MovingTag, C>) -> Vec<Move<'_>> {
    let wrong = courses.iter().filter_map(|(tag, course)| Some((tag, course, course.find_move()?)));
    wrong.map(|(tag, course, to)| Move { tag, from: course.now(), to }).collect()
}

/// What each tag showed before the last pass wrote it.
#[derive(Default)]
pub(super) struct Written(BTreeMap<MovingTag, Option<Digest>>);

impl Written {
    /// True if a tag that was written is not where it should be but still where it was before.
    pub(super) fn lags(&self, courses: &BTreeMap<MovingTag, impl Bound>) -> bool {
        self.0.iter().any(|(tag, before)| {
            courses
                .get(tag)
                .is_some_and(|course| course.find_move().is_some() && course.now() == before.as_ref())
        })
    }
}

/// Makes the moves of the pass with this number.
///
/// # Errors
/// What can't ever work. Whatever the other answers were, the next pass looks.
pub(super) async fn make_moves(
    world: &World,
    moves: Vec<Move<'_>>,
    pass: u32,
    mirrors: &mut Mirrors,
) -> Result<Written, Stop> {
    let writes: Vec<_> = moves.into_iter().map(|one| make_move(world, one)).collect();
    let answers: Vec<_> = stream::iter(writes).buffer_unordered(TAGS_AT_ONCE).collect().await;
    let mut written = Written::default();
    for (Move { tag, from, .. }, answer) in answers {
        match answer {
            Ok(()) => _ = written.0.insert(tag.clone(), from.cloned()),
            Err(error) if mirrors.is_worth_another(pass, &tag.0, &error) => {}
            Err(error) => _ = mirrors.excuse::<()>(&tag.0, Err(error))?,
        }
    }
    Ok(written)
}

async fn make_move<'a>(world: &World, one: Move<'a>) -> (Move<'a>, Result<(), WorldError>) {
    let (repository, name) = one.tag;
    let step = StepId::new("moving-tag", format_args!("{repository}:{name}"));
    world.watcher.see(Event::Started(step.clone()));
    let answer = world.hands(&step).store(repository).point(name, one.to, one.from).await;
    (one, answer)
}
