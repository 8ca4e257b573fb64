//! Moving tags (claim protocol, section 3): every one at its head, whichever version this run is about.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use super::ending::Stop;
use crate::domain::event::Event;
use crate::domain::line::{MovingTag, Pointee, PublishedVersion, head};
use crate::domain::marks::Marks;
use crate::domain::project::Project;
use crate::domain::step::{Phase, StepId};
use crate::domain::target::Necessity;
use crate::ledger::{marks, published};
use crate::ship::key::Published;
use crate::world::{Eyes, World, WorldError};

/// After how many passes that all wrote something a run gives up.
const PASSES: u32 = 10;
/// How many tags are read or written side by side.
const TAGS_AT_ONCE: usize = 8;

/// What settling did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settling {
    /// True if a tag was moved.
    pub wrote: bool,
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

/// All moving tags, looked at.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// By tag.
    pub courses: BTreeMap<MovingTag, Course>,
    /// Which versions count or would count, marks apart.
    pub published: Vec<PublishedVersion>,
}

/// Looks at all moving tags: first where they are, *then* marks and claims. In this order a tag that somebody moved on
/// is never seen together with an older set.
pub async fn look(eyes: Eyes<'_>, project: &Project, known: &BTreeSet<MovingTag>) -> Result<Chart, Stop> {
    let reads = known.iter().map(|tag| async move {
        let there = eyes.pull(&tag.0).resolve(&tag.1).await?;
        Ok::<_, WorldError>((tag.clone(), there.map(|there| there.digest)))
    });
    let reads: Vec<_> = reads.collect();
    let reads: Vec<_> = stream::iter(reads).buffer_unordered(TAGS_AT_ONCE).collect().await;
    let now: BTreeMap<MovingTag, Option<Digest>> = reads.into_iter().collect::<Result<_, _>>()?;
    let (published, marks) = survey(eyes, project).await?;
    let mut wanted: BTreeSet<MovingTag> =
        published.iter().flat_map(|version| version.moving.keys().cloned()).collect();
    wanted.extend(known.iter().cloned());
    let mut courses = BTreeMap::new();
    for tag in wanted {
        let head = match head(&tag, &published, &marks) {
            None => None,
            Some((version, Pointee::Digest(digest))) => Some((version.to_string(), digest.clone())),
            Some((version, Pointee::Behind(version_tag))) => {
                let there = eyes.pull(&tag.0).resolve(version_tag).await.map_err(WorldError::from)?;
                there.map(|there| (version.to_string(), there.digest))
            }
        };
        // A tag that was not read before the marks has no course yet: the next pass reads it in order.
        if let Some(now) = now.get(&tag) {
            courses.insert(tag, Course { now: now.clone(), head });
        } else {
            courses.insert(tag, Course { now: None, head });
        }
    }
    Ok(Chart { courses, published })
}

/// Published versions and marks, as they are now.
async fn survey(eyes: Eyes<'_>, project: &Project) -> Result<(Vec<PublishedVersion>, Marks), Stop> {
    let mut tags: BTreeMap<ImageRepository, Vec<ImageTag>> = BTreeMap::new();
    let mut marks = Marks::default();
    for (repository, necessity) in repositories(project) {
        let pull = eyes.pull(&repository);
        let listed = match (pull.tags().await, necessity) {
            (Ok(listed), _) => listed,
            (Err(_), Necessity::Optional) => continue,
            (Err(error), Necessity::Required) => return Err(WorldError::from(error).into()),
        };
        marks.merge(marks::read_tagged(&*pull, &project.name, &listed).await?);
        tags.insert(repository, listed);
    }
    let claims = published::parse_claims(&project.name, eyes.claims().list(&project.name).await?)?;
    let claimed = claims.iter().map(|claim| claim.version.clone()).collect();
    let mut versions = published::by_claims(&claims, project.tags.scheme());
    versions.extend(published::by_tags(project, &tags, &claimed));
    Ok((versions, marks))
}

/// The repositories of a project.
pub fn repositories(project: &Project) -> BTreeMap<ImageRepository, Necessity> {
    let mut all = BTreeMap::new();
    for image in &project.images {
        for mirror in &image.mirrors {
            all.entry(mirror.repository.clone()).or_insert(mirror.necessity);
        }
    }
    for image in &project.images {
        all.insert(image.repository.clone(), Necessity::Required);
    }
    all
}

/// Moves every moving tag to its head, until a pass finds nothing wrong.
pub async fn settle(world: &World, project: &Project, _key: &Published) -> Result<Settling, Stop> {
    world.watcher.see(Event::Phase(Phase::MovingTag));
    let eyes = world.eyes();
    let optional: BTreeSet<ImageRepository> = repositories(project)
        .into_iter()
        .filter(|(_, necessity)| *necessity == Necessity::Optional)
        .map(|(repository, _)| repository)
        .collect();
    let mut settling = Settling::default();
    let mut known: BTreeSet<MovingTag> =
        look(eyes, project, &BTreeSet::new()).await?.courses.into_keys().collect();
    known.retain(|(repository, _)| !optional.contains(repository));
    for _ in 0..PASSES {
        let chart = look(eyes, project, &known).await?;
        let unread = chart.courses.keys().any(|tag| !known.contains(tag) && !optional.contains(&tag.0));
        let wrong: Vec<(&MovingTag, &Course, &Digest)> = chart
            .courses
            .iter()
            .filter(|(tag, _)| known.contains(tag))
            .filter_map(|(tag, course)| course.head.as_ref().map(|(_, head)| (tag, course, head)))
            .filter(|(_, course, head)| course.now.as_ref() != Some(head))
            .collect();
        if wrong.is_empty() && !unread {
            let orphans =
                chart.courses.iter().filter(|(_, course)| course.head.is_none() && course.now.is_some());
            settling.orphans = orphans.map(|(tag, _)| tag.clone()).collect();
            return Ok(settling);
        }
        let writes: Vec<_> =
            wrong.into_iter().map(|(tag, course, head)| write(world, tag, course, head)).collect();
        let answers: Vec<_> = stream::iter(writes).buffer_unordered(TAGS_AT_ONCE).collect().await;
        for answer in answers {
            settling.wrote = true;
            // Whatever the answers were, the next pass looks; only what can't ever work is said at once.
            match answer {
                Err(error @ WorldError::Stopped) => return Err(error.into()),
                Err(error) if !error.is_temporary() && !is_race(&error) => return Err(error.into()),
                _ => {}
            }
        }
        known.extend(chart.courses.into_keys().filter(|(repository, _)| !optional.contains(repository)));
    }
    Err(Stop::Unsettled)
}

async fn write(world: &World, tag: &MovingTag, course: &Course, head: &Digest) -> Result<(), WorldError> {
    let (repository, name) = tag;
    let step = StepId::new("moving-tag", format_args!("{repository}:{name}"));
    world.watcher.see(Event::Started(step.clone()));
    world.hands(&step).store(repository).point(name, head, course.now.as_ref()).await
}

fn is_race(error: &WorldError) -> bool {
    use plimsoll_oci::store::StoreError;
    matches!(error, WorldError::Store(StoreError::TagMoved { .. }))
}
