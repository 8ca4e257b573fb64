//! `publish`: the images of a branch or pull request, without a version.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use plimsoll_oci::copy::{CopyOptions, copy};
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::ImageRepository;

use super::build::build;
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::SealedImage;
use crate::domain::event::Event;
use crate::domain::git::Oid;
use crate::domain::project::{Image, Project};
use crate::domain::source::Source;
use crate::make::Ground;
use crate::plan::publish::{PublishPlan, PublishTarget};
use crate::run::commit_image::{CommitImage, Established, establish, find};
use crate::run::mirrors::Mirrors;
use crate::run::released::Part;
use crate::run::settle_line::{LineCourses, settle_line};
use crate::run::stop::{MirrorTrouble, Stop};
use crate::ship::Standing;
use crate::world::{World, WorldError};

/// How many images are looked for side by side.
const AT_ONCE: usize = 4;

/// What a run is asked to publish.
#[derive(Clone, Copy)]
pub struct PublishOrder<'a> {
    /// The configuration of the commit.
    pub project: &'a Project,
    /// The commit.
    pub source: &'a Source,
    /// The plan.
    pub plan: &'a PublishPlan,
}

/// What was published.
#[derive(Clone, Debug)]
pub struct Publication {
    /// What this run did.
    pub part: Part,
    /// The images.
    pub images: Vec<PublishedImage>,
    /// Where the moving tags are.
    pub courses: LineCourses,
    /// Optional mirrors that were left behind.
    pub behind: Vec<(ImageRepository, MirrorTrouble)>,
}

/// One image.
#[derive(Clone, Debug)]
pub struct PublishedImage {
    /// Its name.
    pub name: ArtifactName,
    /// Its index.
    pub root: Descriptor,
    /// What is in it.
    pub content: SealedImage,
    /// Where it is, under which tags.
    pub targets: Vec<PublishTarget>,
}

/// Publishes the images of a commit, or finishes what is missing of it, or finds that nothing is. What is published of
/// the commit is adopted and not made again. The moving tags end at the newest published commit of the line, which
/// need not be this one.
pub async fn publish(world: &World, order: &PublishOrder<'_>) -> Result<Publication, Stop> {
    let plan = order.plan;
    let mut images = find_all(world, plan).await?;
    let found: Vec<ArtifactName> = images.keys().cloned().collect();
    let lacking: Vec<Image> =
        plan.images.iter().filter(|image| !images.contains_key(&image.name)).cloned().collect();
    if !found.is_empty() {
        world.watcher.see(Event::Note(format!("{} is published: adopting it", plan.version)));
    }
    if !lacking.is_empty() {
        images.extend(make(world, order, &lacking, &images).await?);
    }
    let mut mirrors = Mirrors::new(order.project);
    let (mut wrote, mut is_ours, mut published) = (false, false, Vec::new());
    let mut standing: Vec<Standing> = Vec::new();
    for image in &plan.images {
        let made = images.get(&image.name).filter(|_| !found.contains(&image.name));
        let established = establish(world, plan, image, made, &mut mirrors).await?;
        let Established { image: CommitImage { root, content }, .. } = established;
        wrote |= established.wrote;
        is_ours |= established.is_ours;
        standing.push(established.standing);
        let targets = plan.targets_of_image(&image.name).cloned().collect();
        published.push(PublishedImage { name: image.name.clone(), root, content, targets });
    }
    let settling = settle_line(world, plan, &standing, &mut mirrors).await?;
    let behind = mirrors.into_troubles().collect();
    let part = match (is_ours, wrote || settling.wrote) {
        (true, _) => Part::Made,
        (false, true) => Part::Adopted,
        (false, false) => Part::Nothing,
    };
    Ok(Publication { part, images: published, courses: settling.courses, behind })
}

/// What is published of the commit already.
pub async fn find_all(
    world: &World,
    plan: &PublishPlan,
) -> Result<BTreeMap<ArtifactName, CommitImage>, Stop> {
    let look = |image| async move { find(world.eyes(), plan, image).await.map(|found| (image, found)) };
    let looks: Vec<_> = plan.images.iter().map(look).collect();
    let found: Vec<(&Image, Option<CommitImage>)> =
        stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().filter_map(|(image, found)| Some((image.name.clone(), found?))).collect())
}

/// Makes what is not published yet, between the project's gates.
async fn make(
    world: &World,
    order: &PublishOrder<'_>,
    lacking: &[Image],
    found: &BTreeMap<ArtifactName, CommitImage>,
) -> Result<BTreeMap<ArtifactName, CommitImage>, Stop> {
    world.inspector.source().await?;
    let ground = Ground { project: order.project, source: order.source, version: &order.plan.version };
    let built = build(world, ground, lacking).await?;
    let made: BTreeMap<ArtifactName, CommitImage> = built
        .into_iter()
        .map(|built| (built.image.name.clone(), CommitImage { root: built.root, content: built.content }))
        .collect();
    // Gates see the whole set, so what is published of it is fetched.
    for target in &order.plan.targets {
        let Some(image) = found.get(&target.artifact) else { continue };
        let pull = world.eyes().pull(&target.repository);
        if order.plan.targets_of_image(&target.artifact).next() == Some(target) {
            let into = world.workshop.store();
            copy(&*pull, &*into, &image.root.digest, &CopyOptions::default())
                .await
                .map_err(WorldError::from)?;
        }
    }
    let set = found.iter().chain(&made).map(|(name, image)| (name.clone(), image.root.digest.clone()));
    world.inspector.sealed(&set.collect()).await?;
    Ok(made)
}

impl Publication {
    /// Judges what was done: it is published, whatever this says.
    ///
    /// # Errors
    /// An optional mirror was left behind.
    pub fn judge(&self) -> Result<(), Stop> {
        Stop::unless_in_line(&self.behind)
    }

    /// The commits that moving tags are at, other than the one that was published.
    pub fn newer(&self, plan: &PublishPlan) -> Vec<Oid> {
        let heads = self.courses.values().filter_map(|course| course.head.as_ref());
        let newer: BTreeSet<&Oid> =
            heads.map(|(commit, _)| commit).filter(|commit| **commit != plan.position).collect();
        newer.into_iter().cloned().collect()
    }
}
