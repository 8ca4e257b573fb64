//! Moving tags of a branch or pull request: every one at the newest commit of its line that is published, whichever
//! commit this run is about. The same loop as for versions: tags first, *then* the line and what is published of it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::name::{Digest, ImageTag};

use super::mirrors::Mirrors;
use super::steer::{Bound, LOOKS, PASSES, TAGS_AT_ONCE, Written, make_moves, moves};
use super::stop::Stop;
use crate::domain::event::Event;
use crate::domain::git::Oid;
use crate::domain::line::MovingTag;
use crate::domain::step::Phase;
use crate::plan::publish::{PublishPlan, PublishTarget};
use crate::ship::Standing;
use crate::ship::ensure::pause;
use crate::world::{Eyes, World, WorldError};

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

impl Bound for LineCourse {
    fn now(&self) -> Option<&Digest> {
        self.now.as_ref()
    }

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
    let mut written = Written::default();
    for pass in 0..PASSES {
        // Where others can be kept out from the look to the writes, they are.
        let alone = world.stores.lock().await?;
        let mut courses = look(eyes, plan, mirrors).await?;
        for round in 1..=LOOKS {
            if !written.lags(&courses) {
                break;
            }
            pause(world, round).await?;
            courses = look(eyes, plan, mirrors).await?;
        }
        let moves = moves(&courses);
        if moves.is_empty() {
            return Ok(LineSettling { wrote, courses });
        }
        wrote = true;
        written = make_moves(world, moves, pass, mirrors).await?;
        drop(alone);
    }
    Err(Stop::Unsettled)
}
