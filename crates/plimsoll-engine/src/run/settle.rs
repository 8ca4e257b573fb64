//! Moving tags (claim protocol, section 3): every one at its head, whichever version this run is about.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::name::Digest;

use super::ending::Stop;
use super::mirrors::Mirrors;
use super::survey::{Survey, survey};
use crate::domain::event::Event;
use crate::domain::line::{Head, MovingTag, Pointee, head};
use crate::domain::project::Project;
use crate::domain::step::{Phase, StepId};
use crate::ledger::marks::Statement;
use crate::ship::ensure::pause;
use crate::ship::key::Settles;
use crate::world::{Eyes, World, WorldError};

/// After how many passes that all wrote something a run gives up.
const PASSES: u32 = 10;
/// How often a tag that we have just written is looked at again before it is written again: reads may lag behind.
const LOOKS: u32 = 3;
/// How many tags are read or written side by side.
const TAGS_AT_ONCE: usize = 8;

/// What settling did.
#[derive(Clone, Debug, Default)]
pub struct Settling {
    /// True if a tag was moved.
    pub wrote: bool,
    /// Where tags were before and to which version they went; what never answered may be among them.
    pub moved: BTreeMap<MovingTag, (Option<Digest>, String)>,
    /// Tags that no counted version is left for: they stay where they are, since tags can't be deleted safely.
    pub orphans: Vec<MovingTag>,
}

/// Where a moving tag is and where it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Where it points now.
    pub now: Option<Digest>,
    /// Its head: version and digest. None: no counted version asks for it.
    pub head: Option<(String, Digest)>,
}

impl Course {
    /// True if the tag is at its head, or has none.
    fn is_kept(&self) -> bool {
        self.head.as_ref().is_none_or(|(_, head)| self.now.as_ref() == Some(head))
    }
}

/// The courses of all moving tags, but for those in repositories that fell silent.
pub type Courses = BTreeMap<MovingTag, Course>;

/// Looks at all moving tags: first where they are, *then* marks and claims. In this order a tag that somebody moved on
/// is never seen together with an older set.
pub async fn look(
    eyes: Eyes<'_>,
    project: &Project,
    known: &BTreeSet<MovingTag>,
    mirrors: &mut Mirrors,
) -> Result<Courses, Stop> {
    look_ahead(eyes, project, known, mirrors, None).await
}

/// The same as if something more had been said.
pub async fn look_ahead(
    eyes: Eyes<'_>,
    project: &Project,
    known: &BTreeSet<MovingTag>,
    mirrors: &mut Mirrors,
    foreseen: Option<&Statement>,
) -> Result<Courses, Stop> {
    let asked = known.iter().filter(|tag| mirrors.find_silence(&tag.0).is_none());
    let reads = asked.map(|tag| async move { (tag, eyes.pull(&tag.0).resolve(&tag.1).await) });
    let reads: Vec<_> = reads.collect();
    let reads: Vec<_> = stream::iter(reads).buffer_unordered(TAGS_AT_ONCE).collect().await;
    let mut now: BTreeMap<&MovingTag, Option<Digest>> = BTreeMap::new();
    for (tag, there) in reads {
        if let Some(there) = mirrors.excuse(&tag.0, there.map_err(WorldError::from))? {
            now.insert(tag, there.map(|there| there.digest));
        }
    }
    let Survey { versions: published, marks, .. } = survey(eyes, project, mirrors, foreseen).await?;
    let mut wanted: BTreeSet<MovingTag> =
        published.iter().flat_map(|version| version.moving.keys().cloned()).collect();
    wanted.extend(known.iter().cloned());
    let mut courses = BTreeMap::new();
    for tag in wanted {
        let head = match head(&tag, &published, &marks) {
            None => None,
            // What was said of it can't be read: it may be yanked, so nothing follows it.
            Some(Head { marked_in: Some(place), .. }) if mirrors.find_silence(place).is_some() => continue,
            Some(Head { version, pointee: Pointee::Digest(digest), .. }) => {
                Some((version.to_string(), digest.clone()))
            }
            Some(Head { version, pointee: Pointee::Behind(version_tag), .. }) => {
                if mirrors.find_silence(&tag.0).is_some() {
                    continue;
                }
                let there = eyes.pull(&tag.0).resolve(version_tag).await.map_err(WorldError::from);
                let there = mirrors.excuse(&tag.0, there)?.flatten();
                there.map(|there| (version.to_string(), there.digest))
            }
        };
        // A tag that was not read before the marks has no course yet: the next pass reads it in order.
        let now = now.get(&tag).cloned().flatten();
        courses.insert(tag, Course { now, head });
    }
    courses.retain(|(repository, _), _| mirrors.find_silence(repository).is_none());
    Ok(courses)
}

/// Moves every moving tag to its head, until a pass finds nothing wrong. An optional mirror that fails is left alone
/// from then on.
pub async fn settle(
    world: &World,
    project: &Project,
    _key: &impl Settles,
    mirrors: &mut Mirrors,
) -> Result<Settling, Stop> {
    world.watcher.see(Event::Phase(Phase::MovingTag));
    let eyes = world.eyes();
    let mut settling = Settling::default();
    let first = look(eyes, project, &BTreeSet::new(), mirrors).await?;
    let mut known: BTreeSet<MovingTag> = first.into_keys().collect();
    // What each tag showed before we wrote it.
    let mut written: BTreeMap<MovingTag, Option<Digest>> = BTreeMap::new();
    for pass in 0..PASSES {
        // Where others can be kept out from the look to the writes, they are.
        let alone = world.stores.lock().await?;
        let mut courses = look(eyes, project, &known, mirrors).await?;
        for round in 1..=LOOKS {
            if !written.iter().any(|(tag, before)| lags(&courses, tag, before.as_ref())) {
                break;
            }
            pause(world, round).await?;
            courses = look(eyes, project, &known, mirrors).await?;
        }
        written.clear();
        let unread = courses.keys().any(|tag| !known.contains(tag));
        let wrong: Vec<(&MovingTag, &Course, &Digest)> = courses
            .iter()
            .filter(|(tag, course)| known.contains(tag) && !course.is_kept())
            .filter_map(|(tag, course)| course.head.as_ref().map(|(_, head)| (tag, course, head)))
            .collect();
        for (tag, course, _) in &wrong {
            let Some((version, _)) = &course.head else { continue };
            let first = settling.moved.get(*tag).map_or_else(|| course.now.clone(), |(from, _)| from.clone());
            settling.moved.insert((*tag).clone(), (first, version.clone()));
        }
        if wrong.is_empty() && !unread {
            let orphans = courses.iter().filter(|(_, course)| course.head.is_none() && course.now.is_some());
            settling.orphans = orphans.map(|(tag, _)| tag.clone()).collect();
            return Ok(settling);
        }
        let writes = wrong.into_iter().map(|(tag, course, head)| async move {
            (tag, course, write(world, tag, course.now.as_ref(), head).await)
        });
        let writes: Vec<_> = writes.collect();
        let answers: Vec<_> = stream::iter(writes).buffer_unordered(TAGS_AT_ONCE).collect().await;
        drop(alone);
        for (tag, course, answer) in answers {
            settling.wrote = true;
            // Whatever the answers were, the next pass looks; only what can't ever work is said at once.
            match answer {
                Ok(()) => _ = written.insert(tag.clone(), course.now.clone()),
                Err(error) if mirrors.is_worth_another(pass, &tag.0, &error) => {}
                Err(error) => _ = mirrors.excuse::<()>(&tag.0, Err(error))?,
            }
        }
        known.extend(courses.into_keys());
    }
    Err(Stop::Unsettled)
}

/// True if a tag is not at its head but still where it was before.
fn lags(courses: &Courses, tag: &MovingTag, before: Option<&Digest>) -> bool {
    courses.get(tag).is_some_and(|course| !course.is_kept() && course.now.as_ref() == before)
}

pub(super) async fn write(
    world: &World,
    tag: &MovingTag,
    now: Option<&Digest>,
    head: &Digest,
) -> Result<(), WorldError> {
    let (repository, name) = tag;
    let step = StepId::new("moving-tag", format_args!("{repository}:{name}"));
    world.watcher.see(Event::Started(step.clone()));
    world.hands(&step).store(repository).point(name, head, now).await
}
