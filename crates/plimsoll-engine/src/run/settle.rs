//! Moving tags (claim protocol, section 3): every one at its head, whichever version this run is about.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::name::Digest;
use plimsoll_tags::version::Version;

use super::mirrors::Mirrors;
use super::steer::{Bound, LOOKS, PASSES, TAGS_AT_ONCE, Written, make_moves, moves};
use super::stop::Stop;
use super::survey::{Survey, survey};
use crate::domain::event::Event;
use crate::domain::line::{Head, MovingTag, Orphan, Pointee, PublishedVersion, head};
use crate::domain::project::Project;
use crate::domain::step::Phase;
use crate::ledger::marks::Statement;
use crate::ship::ensure::pause;
use crate::ship::key::Settles;
use crate::world::{Eyes, World, WorldError};

/// What settling did.
#[derive(Clone, Debug, Default)]
pub struct Settling {
    /// True if a tag was moved.
    pub wrote: bool,
    /// Where tags were before and to which version they went; what never answered may be among them.
    pub moved: BTreeMap<MovingTag, (Option<Digest>, String)>,
    /// The version that each tag is at now.
    pub heads: BTreeMap<MovingTag, String>,
    /// Tags that no counted version is left for: they stay where they are, since tags can't be deleted safely.
    pub orphans: Vec<Orphan>,
}

/// Where a moving tag is and where it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Where it points now.
    pub now: Option<Digest>,
    /// Its head: version and digest. None: no counted version asks for it.
    pub head: Option<(String, Digest)>,
    /// Of a tag that is there and has no head: where that leaves it.
    pub orphan: Option<Orphan>,
}

impl Bound for Course {
    fn now(&self) -> Option<&Digest> {
        self.now.as_ref()
    }

    fn find_move(&self) -> Option<&Digest> {
        self.head.as_ref().map(|(_, digest)| digest).filter(|digest| self.now.as_ref() != Some(*digest))
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
            Some(head) if mirrors.find_doubt(head.marked_in).is_some() => continue,
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
        let orphan = match (&head, &now) {
            (None, Some(now)) => {
                let at = find_versions_at(eyes, &tag, now, &published).await;
                Some(Orphan::new(tag.clone(), &at, &published, &marks))
            }
            (Some(_), _) | (None, None) => None,
        };
        courses.insert(tag, Course { now, head, orphan });
    }
    courses.retain(|(repository, _), _| mirrors.find_silence(repository).is_none());
    Ok(courses)
}

/// The versions that ask for a tag and whose content it points at. What can't be read is none of them.
async fn find_versions_at(
    eyes: Eyes<'_>,
    tag: &MovingTag,
    now: &Digest,
    published: &[PublishedVersion],
) -> BTreeSet<Version> {
    let mut found = BTreeSet::new();
    for PublishedVersion { version, moving, .. } in published {
        let is_there = match moving.get(tag) {
            Some(Pointee::Digest(digest)) => digest == now,
            Some(Pointee::Behind(version_tag)) => {
                let there = eyes.pull(&tag.0).resolve(version_tag).await;
                there.is_ok_and(|there| there.is_some_and(|there| there.digest == *now))
            }
            None => false,
        };
        if is_there {
            found.insert(version.clone());
        }
    }
    found
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
    let mut written = Written::default();
    for pass in 0..PASSES {
        // Where others can be kept out from the look to the writes, they are.
        let alone = world.stores.lock().await?;
        let mut courses = look(eyes, project, &known, mirrors).await?;
        for round in 1..=LOOKS {
            if !written.lags(&courses) {
                break;
            }
            pause(world, round).await?;
            courses = look(eyes, project, &known, mirrors).await?;
        }
        let unread = courses.keys().any(|tag| !known.contains(tag));
        let mut moves = moves(&courses);
        moves.retain(|one| known.contains(one.tag));
        for one in &moves {
            let Some((version, _)) = courses.get(one.tag).and_then(|course| course.head.as_ref()) else {
                continue;
            };
            let first =
                settling.moved.get(one.tag).map_or_else(|| one.from.cloned(), |(from, _)| from.clone());
            settling.moved.insert(one.tag.clone(), (first, version.clone()));
        }
        if moves.is_empty() && !unread {
            settling.orphans = courses.values().filter_map(|course| course.orphan.clone()).collect();
            let heads = courses.iter().filter_map(|(tag, course)| Some((tag, course.head.as_ref()?)));
            settling.heads = heads.map(|(tag, (version, _))| (tag.clone(), version.clone())).collect();
            return Ok(settling);
        }
        settling.wrote |= !moves.is_empty();
        written = make_moves(world, moves, pass, mirrors).await?;
        drop(alone);
        known.extend(courses.into_keys());
    }
    Err(Stop::Unsettled)
}
