//! Moving tags (claim protocol, section 3): every one at its head, whichever version this run is about.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_oci::store::StoreError;

use super::ending::Stop;
use crate::domain::event::Event;
use crate::domain::line::{MovingTag, Pointee, PublishedVersion, head};
use crate::domain::marks::Marks;
use crate::domain::project::Project;
use crate::domain::step::{Phase, StepId};
use crate::domain::target::Necessity;
use crate::ledger::{marks, published};
use crate::ship::ensure::pause;
use crate::ship::key::Published;
use crate::world::{Eyes, World, WorldError};

/// After how many passes that all wrote something a run gives up.
const PASSES: u32 = 10;
/// After how many passes an optional mirror that can't be written is left alone.
const PATIENCE: u32 = 3;
/// How often a tag that we have just written is looked at again before it is written again: reads may lag behind.
const LOOKS: u32 = 3;
/// How many tags are read or written side by side.
const TAGS_AT_ONCE: usize = 8;

/// What settling did.
#[derive(Clone, Debug, Default)]
pub struct Settling {
    /// True if a tag was moved.
    pub wrote: bool,
    /// Optional mirrors whose tags could not be looked at or moved, and why.
    pub silent: BTreeMap<ImageRepository, WorldError>,
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
    /// Optional mirrors that did not answer, and why: their tags have no course.
    pub silent: BTreeMap<ImageRepository, WorldError>,
}

impl Chart {
    /// True if a tag is not at its head but still where it was before.
    fn lags(&self, tag: &MovingTag, before: Option<&Digest>) -> bool {
        self.courses.get(tag).is_some_and(|course| {
            let at_head = course.head.as_ref().is_none_or(|(_, head)| course.now.as_ref() == Some(head));
            !at_head && course.now.as_ref() == before
        })
    }
}

/// Looks at all moving tags: first where they are, *then* marks and claims. In this order a tag that somebody moved on
/// is never seen together with an older set.
pub async fn look(eyes: Eyes<'_>, project: &Project, known: &BTreeSet<MovingTag>) -> Result<Chart, Stop> {
    let mut mirrors = Mirrors::new(project);
    let reads = known.iter().map(|tag| async move { (tag, eyes.pull(&tag.0).resolve(&tag.1).await) });
    let reads: Vec<_> = reads.collect();
    let reads: Vec<_> = stream::iter(reads).buffer_unordered(TAGS_AT_ONCE).collect().await;
    let mut now: BTreeMap<&MovingTag, Option<Digest>> = BTreeMap::new();
    for (tag, there) in reads {
        if let Some(there) = mirrors.excuse(&tag.0, there.map_err(WorldError::from))? {
            now.insert(tag, there.map(|there| there.digest));
        }
    }
    let (published, marks) = survey(eyes, project, &mut mirrors).await?;
    let mut wanted: BTreeSet<MovingTag> =
        published.iter().flat_map(|version| version.moving.keys().cloned()).collect();
    wanted.extend(known.iter().cloned());
    let mut courses = BTreeMap::new();
    for tag in wanted {
        let head = match head(&tag, &published, &marks) {
            None => None,
            Some((version, Pointee::Digest(digest))) => Some((version.to_string(), digest.clone())),
            Some((version, Pointee::Behind(version_tag))) => {
                let there = eyes.pull(&tag.0).resolve(version_tag).await.map_err(WorldError::from);
                let there = mirrors.excuse(&tag.0, there)?.flatten();
                there.map(|there| (version.to_string(), there.digest))
            }
        };
        // A tag that was not read before the marks has no course yet: the next pass reads it in order.
        let now = now.get(&tag).cloned().flatten();
        courses.insert(tag, Course { now, head });
    }
    courses.retain(|(repository, _), _| !mirrors.silent.contains_key(repository));
    Ok(Chart { courses, published, silent: mirrors.silent })
}

/// Repositories that may fail without failing the release: optional mirrors, and what earlier releases wrote to and
/// the configuration does not name any more.
struct Mirrors {
    required: BTreeSet<ImageRepository>,
    silent: BTreeMap<ImageRepository, WorldError>,
}

impl Mirrors {
    fn new(project: &Project) -> Mirrors {
        let required = repositories(project).into_iter();
        let required = required.filter(|(_, necessity)| *necessity == Necessity::Required);
        Mirrors { required: required.map(|(repository, _)| repository).collect(), silent: BTreeMap::new() }
    }

    /// An answer of a repository; `None` if it failed and may.
    fn excuse<T>(
        &mut self,
        repository: &ImageRepository,
        answer: Result<T, WorldError>,
    ) -> Result<Option<T>, WorldError> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error @ WorldError::Stopped) => Err(error),
            Err(error) if self.required.contains(repository) => Err(error),
            Err(error) => {
                self.silent.insert(repository.clone(), error);
                Ok(None)
            }
        }
    }

    /// True if a write that failed may simply work in the next pass. Nobody waits long for an optional mirror.
    fn is_worth_another(&self, pass: u32, repository: &ImageRepository, error: &WorldError) -> bool {
        let patient = self.required.contains(repository) || pass < PATIENCE;
        patient && (error.is_temporary() || matches!(error, WorldError::Store(StoreError::TagMoved { .. })))
    }
}

/// Published versions and marks, as they are now.
async fn survey(
    eyes: Eyes<'_>,
    project: &Project,
    mirrors: &mut Mirrors,
) -> Result<(Vec<PublishedVersion>, Marks), Stop> {
    let mut tags: BTreeMap<ImageRepository, Vec<ImageTag>> = BTreeMap::new();
    let mut marks = Marks::default();
    for repository in repositories(project).into_keys() {
        let pull = eyes.pull(&repository);
        let listed = mirrors.excuse(&repository, pull.tags().await.map_err(WorldError::from))?;
        let Some(listed) = listed else { continue };
        let read = marks::read_tagged(&*pull, &project.name, &listed).await;
        if let Some(read) = mirrors.excuse(&repository, read)? {
            marks.merge(read);
            tags.insert(repository, listed);
        }
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

/// Moves every moving tag to its head, until a pass finds nothing wrong. An optional mirror that fails is left alone
/// from then on and reported.
pub async fn settle(world: &World, project: &Project, _key: &Published) -> Result<Settling, Stop> {
    world.watcher.see(Event::Phase(Phase::MovingTag));
    let eyes = world.eyes();
    let mut mirrors = Mirrors::new(project);
    let mut settling = Settling::default();
    let first = look(eyes, project, &BTreeSet::new()).await?;
    let mut known: BTreeSet<MovingTag> = first.courses.into_keys().collect();
    // What each tag showed before we wrote it.
    let mut written: BTreeMap<MovingTag, Option<Digest>> = BTreeMap::new();
    for pass in 0..PASSES {
        let mut chart = look(eyes, project, &known).await?;
        for round in 1..=LOOKS {
            if !written.iter().any(|(tag, before)| chart.lags(tag, before.as_ref())) {
                break;
            }
            pause(world, round).await?;
            chart = look(eyes, project, &known).await?;
        }
        written.clear();
        mirrors.silent.extend(chart.silent);
        chart.courses.retain(|(repository, _), _| !mirrors.silent.contains_key(repository));
        let unread = chart.courses.keys().any(|tag| !known.contains(tag));
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
            settling.silent = mirrors.silent;
            return Ok(settling);
        }
        let writes = wrong
            .into_iter()
            .map(|(tag, course, head)| async move { (tag, course, write(world, tag, course, head).await) });
        let writes: Vec<_> = writes.collect();
        let answers: Vec<_> = stream::iter(writes).buffer_unordered(TAGS_AT_ONCE).collect().await;
        for (tag, course, answer) in answers {
            settling.wrote = true;
            // Whatever the answers were, the next pass looks; only what can't ever work is said at once.
            match answer {
                Ok(()) => _ = written.insert(tag.clone(), course.now.clone()),
                Err(error) if mirrors.is_worth_another(pass, &tag.0, &error) => {}
                Err(error) => _ = mirrors.excuse::<()>(&tag.0, Err(error))?,
            }
        }
        known.extend(chart.courses.into_keys());
    }
    Err(Stop::Unsettled)
}

async fn write(world: &World, tag: &MovingTag, course: &Course, head: &Digest) -> Result<(), WorldError> {
    let (repository, name) = tag;
    let step = StepId::new("moving-tag", format_args!("{repository}:{name}"));
    world.watcher.see(Event::Started(step.clone()));
    world.hands(&step).store(repository).point(name, head, course.now.as_ref()).await
}
