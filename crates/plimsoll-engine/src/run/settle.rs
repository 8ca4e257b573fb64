//! Moving tags (claim protocol, section 3): every one at its head, whichever version this run is about.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_tags::version::Version;

use super::mirrors::Mirrors;
use super::steer::{Bound, LOOKS, PASSES, TAGS_AT_ONCE, Written, make_moves, moves};
use super::stop::Stop;
use super::survey::{Survey, survey};
use crate::domain::event::Event;
use crate::domain::line::{MovingTag, Orphan, Pointee, PublishedVersion, candidates};
use crate::domain::marks::Marks;
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
    /// Where each tag is now, if it is there.
    pub at: BTreeMap<MovingTag, Option<Digest>>,
    /// The version that each tag is at now.
    pub heads: BTreeMap<MovingTag, String>,
    /// Tags that no counted version is left for: they stay where they are, since tags can't be deleted safely.
    pub orphans: Vec<Orphan>,
    /// Tags that are at a newer version of another tool, which they are not taken back from.
    pub kept: BTreeMap<MovingTag, Version>,
    /// What was said of versions.
    pub marks: Marks,
}

/// Where a moving tag is and where it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Where it points now.
    pub now: Option<Digest>,
    /// Its head: version and digest. None: no counted version asks for it.
    pub head: Option<(String, Digest)>,
    /// The version of another tool that it is at and that is above its head: it stays there.
    pub kept: Option<Version>,
    /// Of a tag that is there and has no head: where that leaves it.
    pub orphan: Option<Orphan>,
}

impl Course {
    /// The head that it is to go to; none if it is there, has none, or stays at another tool's version.
    pub fn find_move(&self) -> Option<&(String, Digest)> {
        let head = self.head.as_ref().filter(|_| self.kept.is_none());
        head.filter(|(_, digest)| self.now.as_ref() != Some(digest))
    }
}

impl Bound for Course {
    fn now(&self) -> Option<&Digest> {
        self.now.as_ref()
    }

    fn find_move(&self) -> Option<&Digest> {
        Course::find_move(self).map(|(_, digest)| digest)
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
    Ok(look_and_listen(eyes, project, known, mirrors, foreseen).await?.0)
}

/// The courses, and what they come of.
pub(crate) async fn look_and_listen(
    eyes: Eyes<'_>,
    project: &Project,
    known: &BTreeSet<MovingTag>,
    mirrors: &mut Mirrors,
    foreseen: Option<&Statement>,
) -> Result<(Courses, Survey), Stop> {
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
    let surveyed = survey(eyes, project, mirrors, foreseen).await?;
    let (published, marks) = (&surveyed.versions, &surveyed.marks);
    let mut wanted: BTreeSet<MovingTag> =
        published.iter().flat_map(|version| version.moving.keys().cloned()).collect();
    wanted.extend(known.iter().cloned());
    let mut courses = BTreeMap::new();
    for tag in wanted {
        // A tag that was not read before the marks has no course yet: the next pass reads it in order.
        let now = now.get(&tag).cloned().flatten();
        let asking = candidates(&tag, published, marks);
        let Some(head) = find_head(eyes, &tag, &asking, mirrors).await? else { continue };
        let strange = now.as_ref().filter(|now| !published.iter().any(|one| one.has(now)));
        let kept = match (strange, &head) {
            (Some(now), Some((_, digest))) if now == digest => None,
            (Some(now), _) => {
                let above = head.as_ref().map(|(version, _)| *version);
                let Some(kept) = find_keeper(eyes, &tag, now, (&asking, above), mirrors).await? else {
                    continue;
                };
                kept
            }
            (None, _) => None,
        };
        let asked = published.iter().any(|one| one.is_ours() && one.moving.contains_key(&tag));
        let orphan = match (&head, &now) {
            (None, Some(now)) if asked && kept.is_none() => {
                let at = find_versions_at(eyes, &tag, now, published).await;
                Some(Orphan::new(tag.clone(), &at, published, marks))
            }
            (Some(_), _) | (None, _) => None,
        };
        let head = head.map(|(version, digest)| (version.to_string(), digest));
        courses.insert(tag, Course { now, head, kept, orphan });
    }
    courses.retain(|(repository, _), _| mirrors.find_silence(repository).is_none());
    Ok((courses, surveyed))
}

/// The head of a tag, and its content there; the first `None` where a repository that may fail leaves it in doubt.
async fn find_head<'a>(
    eyes: Eyes<'_>,
    tag: &MovingTag,
    asking: &[(&'a PublishedVersion, &Pointee)],
    mirrors: &mut Mirrors,
) -> Result<Option<Option<(&'a Version, Digest)>>, Stop> {
    for (one, pointee) in asking {
        let digest = match pointee {
            Pointee::Digest(digest) => digest.clone(),
            Pointee::Behind(_) if !one.is_ours() => continue,
            Pointee::Behind(version_tag) => {
                let Some(there) = resolve(eyes, (&tag.0, version_tag), mirrors).await? else {
                    return Ok(None);
                };
                // Behind the tag of a version that was recorded may be something else by now.
                let Some(recorded) = there.filter(|there| one.has(there)) else { continue };
                recorded
            }
        };
        let doubted = mirrors.find_doubt(one.marked_in.as_ref()).is_some();
        return Ok((!doubted).then_some(Some((&one.version, digest))));
    }
    Ok(Some(None))
}

/// The version of another tool that a tag is at, if it is above the tag's head and not what an older version has, too: the tag
/// is not taken back from it. The first `None` where a repository that may fail leaves it in doubt.
async fn find_keeper(
    eyes: Eyes<'_>,
    tag: &MovingTag,
    now: &Digest,
    (asking, head): (&[(&PublishedVersion, &Pointee)], Option<&Version>),
    mirrors: &mut Mirrors,
) -> Result<Option<Option<Version>>, Stop> {
    let mut keeper = None;
    for (one, pointee) in asking {
        let Pointee::Behind(version_tag) = pointee else { continue };
        let is_above = head.is_none_or(|head| one.version > *head);
        if !is_above && keeper.is_none() {
            break;
        }
        let Some(there) = resolve(eyes, (&tag.0, version_tag), mirrors).await? else { return Ok(None) };
        match (there.as_ref() == Some(now), is_above) {
            (true, true) => keeper = Some(one.version.clone()),
            (true, false) => return Ok(Some(None)),
            (false, _) => {}
        }
        // Where nothing would move it, nobody needs to know whether an older one has the same.
        if head.is_none() {
            break;
        }
    }
    Ok(Some(keeper))
}

/// What a tag points at; the first `None` if its repository may fail, and does.
async fn resolve(
    eyes: Eyes<'_>,
    (repository, tag): (&ImageRepository, &ImageTag),
    mirrors: &mut Mirrors,
) -> Result<Option<Option<Digest>>, Stop> {
    if mirrors.find_silence(repository).is_some() {
        return Ok(None);
    }
    let there = eyes.pull(repository).resolve(tag).await.map_err(WorldError::from);
    Ok(mirrors.excuse(repository, there)?.map(|there| there.map(|there| there.digest)))
}

/// The releases of ours that ask for a tag and whose content it points at. What can't be read is none of them.
async fn find_versions_at(
    eyes: Eyes<'_>,
    tag: &MovingTag,
    now: &Digest,
    published: &[PublishedVersion],
) -> BTreeSet<Version> {
    let mut found = BTreeSet::new();
    for PublishedVersion { version, moving, .. } in published.iter().filter(|one| one.is_ours()) {
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
        let (mut courses, mut surveyed) = look_and_listen(eyes, project, &known, mirrors, None).await?;
        for round in 1..=LOOKS {
            if !written.lags(&courses) {
                break;
            }
            pause(world, round).await?;
            (courses, surveyed) = look_and_listen(eyes, project, &known, mirrors, None).await?;
        }
        let unread = courses.keys().any(|tag| !known.contains(tag));
        let mut moves = moves(&courses);
        moves.retain(|one| known.contains(one.tag) && !mirrors.is_left(&one.tag.0));
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
            let kept = courses.iter().filter_map(|(tag, course)| Some((tag.clone(), course.kept.clone()?)));
            settling.kept = kept.collect();
            settling.at = courses.iter().map(|(tag, course)| (tag.clone(), course.now.clone())).collect();
            settling.marks = surveyed.marks;
            let kept = |tag: &&MovingTag| settling.kept.contains_key(*tag);
            let heads = courses.iter().filter(|(tag, _)| !kept(tag));
            let heads = heads.filter_map(|(tag, course)| Some((tag, course.head.as_ref()?)));
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
