//! Moving tags of a branch or pull request: every one at the newest commit of its line that is published, whichever
//! commit this run is about. The same loop as for versions: tags first, *then* the line and what is published of it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::name::{Digest, ImageTag};

use super::ending::Stop;
use super::mirrors::Mirrors;
use super::settle::write;
use crate::domain::event::Event;
use crate::domain::git::Oid;
use crate::domain::line::MovingTag;
use crate::domain::step::Phase;
use crate::plan::publish::{PublishPlan, PublishTarget};
use crate::ship::Standing;
use crate::ship::ensure::pause;
use crate::world::{Eyes, World, WorldError};

/// After how many passes that all wrote something a run gives up.
const PASSES: u32 = 10;
/// How often a tag that we have just written is looked at again before it is written again: reads may lag behind.
const LOOKS: u32 = 3;
/// How many tags are read or written side by side.
const TAGS_AT_ONCE: usize = 8;
/// Above how many commits the tags of a repository are listed, to ask for those alone that are there.
const ASKED_ONE_BY_ONE: usize = 8;

/// Where a moving tag is and where it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineCourse {
    /// Where it points now.
    pub now: Option<Digest>,
    /// The newest published commit of the line, and its image. None: none of the line's commits is published.
    pub head: Option<(Oid, Digest)>,
}

/// The courses of all moving tags, but for those in repositories that fell silent.
pub type LineCourses = BTreeMap<MovingTag, LineCourse>;

/// What settling a line did.
#[derive(Clone, Debug)]
pub struct LineSettling {
    /// True if a tag was moved.
    pub wrote: bool,
    /// Where the tags are.
    pub courses: LineCourses,
}

impl LineCourse {
    /// Where the tag is to go; `None` if it is there, or nothing is known that it should be at.
    fn find_move(&self) -> Option<&Digest> {
        self.head.as_ref().map(|(_, digest)| digest).filter(|digest| self.now.as_ref() != Some(*digest))
    }
}

/// Looks at all moving tags of a plan: where they are, *then* the line and which of its commits are published.
pub async fn look(eyes: Eyes<'_>, plan: &PublishPlan, mirrors: &mut Mirrors) -> Result<LineCourses, Stop> {
    let mut tags: Vec<(&PublishTarget, &ImageTag)> = Vec::new();
    for target in plan.targets.iter().filter(|target| mirrors.find_silence(&target.repository).is_none()) {
        tags.extend(target.moving.iter().map(|tag| (target, tag)));
    }
    let reads = tags
        .into_iter()
        .map(|(target, tag)| async move { (target, tag, eyes.pull(&target.repository).resolve(tag).await) });
    let reads: Vec<_> = reads.collect();
    let reads: Vec<_> = stream::iter(reads).buffer_unordered(TAGS_AT_ONCE).collect().await;
    let mut now: BTreeMap<MovingTag, Option<Digest>> = BTreeMap::new();
    for (target, tag, there) in reads {
        if let Some(there) = mirrors.excuse(&target.repository, there.map_err(WorldError::from))? {
            now.insert((target.repository.clone(), tag.clone()), there.map(|there| there.digest));
        }
    }
    let line = eyes.git().line(&plan.line, &plan.position).await?;
    let mut courses = BTreeMap::new();
    for target in plan.targets.iter().filter(|target| !target.moving.is_empty()) {
        if mirrors.find_silence(&target.repository).is_some() {
            continue;
        }
        let head = find_head(eyes, plan, target, &line).await;
        let Some(head) = mirrors.excuse(&target.repository, head)? else { continue };
        for tag in &target.moving {
            let place = (target.repository.clone(), tag.clone());
            let Some(now) = now.get(&place).cloned() else { continue };
            courses.insert(place, LineCourse { now, head: head.clone() });
        }
    }
    Ok(courses)
}

/// The newest commit of the line that is published in a repository.
async fn find_head(
    eyes: Eyes<'_>,
    plan: &PublishPlan,
    target: &PublishTarget,
    line: &[Oid],
) -> Result<Option<(Oid, Digest)>, WorldError> {
    let pull = eyes.pull(&target.repository);
    let listed: Option<BTreeSet<ImageTag>> = match line.len() > ASKED_ONE_BY_ONE {
        true => Some(pull.tags().await?.into_iter().collect()),
        false => None,
    };
    for commit in line {
        let tag = plan.commit_tag(&target.artifact, commit).name;
        if listed.as_ref().is_some_and(|listed| !listed.contains(&tag)) {
            continue;
        }
        if let Some(there) = pull.resolve(&tag).await? {
            return Ok(Some((commit.clone(), there.digest)));
        }
    }
    Ok(None)
}

/// Moves every moving tag of a plan to the newest published commit of its line, until a pass finds nothing wrong. An
/// optional mirror that fails is left alone from then on.
pub async fn settle_line(
    world: &World,
    plan: &PublishPlan,
    _standing: &[Standing],
    mirrors: &mut Mirrors,
) -> Result<LineSettling, Stop> {
    world.watcher.see(Event::Phase(Phase::MovingTag));
    let eyes = world.eyes();
    let mut wrote = false;
    // What each tag showed before we wrote it.
    let mut written: BTreeMap<MovingTag, Option<Digest>> = BTreeMap::new();
    for pass in 0..PASSES {
        // Where others can be kept out from the look to the writes, they are.
        let alone = world.stores.lock().await?;
        let mut courses = look(eyes, plan, mirrors).await?;
        for round in 1..=LOOKS {
            if !written.iter().any(|(tag, before)| lags(&courses, tag, before.as_ref())) {
                break;
            }
            pause(world, round).await?;
            courses = look(eyes, plan, mirrors).await?;
        }
        written.clear();
        let wrong: Vec<_> =
            courses.iter().filter_map(|(tag, course)| Some((tag, course, course.find_move()?))).collect();
        if wrong.is_empty() {
            return Ok(LineSettling { wrote, courses });
        }
        let writes = wrong.into_iter().map(|(tag, course, head)| async move {
            (tag, course, write(world, tag, course.now.as_ref(), head).await)
        });
        let writes: Vec<_> = writes.collect();
        let answers: Vec<_> = stream::iter(writes).buffer_unordered(TAGS_AT_ONCE).collect().await;
        drop(alone);
        for (tag, course, answer) in answers {
            wrote = true;
            // Whatever the answers were, the next pass looks; only what can't ever work is said at once.
            match answer {
                Ok(()) => _ = written.insert(tag.clone(), course.now.clone()),
                Err(error) if mirrors.is_worth_another(pass, &tag.0, &error) => {}
                Err(error) => _ = mirrors.excuse::<()>(&tag.0, Err(error))?,
            }
        }
    }
    Err(Stop::Unsettled)
}

/// True if a tag is not at its head but still where it was before.
fn lags(courses: &LineCourses, tag: &MovingTag, before: Option<&Digest>) -> bool {
    courses.get(tag).is_some_and(|course| course.find_move().is_some() && course.now.as_ref() == before)
}
