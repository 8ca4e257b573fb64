//! Which image a commit without a version has: the one that its tag was first pointed at, in the image's own repository.
//! Whatever is made of the commit later, elsewhere or again, gives way to that.

use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::{Digest, ImageRepository};

use super::mirrors::Mirrors;
use super::stop::Stop;
use crate::check::seal::{ImageFault, read_image};
use crate::domain::claim::SealedImage;
use crate::domain::commit::{CommitTag, Tenure};
use crate::domain::event::Event;
use crate::domain::project::{Image, Origin};
use crate::domain::step::{Phase, StepId};
use crate::domain::target::Necessity;
use crate::plan::publish::{PublishPlan, PublishTarget};
use crate::ship::commit_tag::PointCommitTag;
use crate::ship::push::PushImage;
use crate::ship::{Checked, Ensured, ShipError, Standing, ensure};
use crate::world::{Eyes, World, WorldError};

/// The label that names the commit (OCI image-spec 1.1, "Annotations").
const REVISION: &str = "org.opencontainers.image.revision";
/// How often the tag of a commit is read again because somebody else was faster.
const TURNS: u32 = 5;

/// The image of a commit, found or made.
#[derive(Clone, Debug)]
pub struct CommitImage {
    /// Its index.
    pub root: Descriptor,
    /// What is in it.
    pub content: SealedImage,
}

/// An image that is its commit's, for everybody to find.
#[derive(Clone, Debug)]
pub struct Established {
    /// The image.
    pub image: CommitImage,
    /// The proof.
    pub standing: Standing,
    /// True if it is the one that this run has made.
    pub is_ours: bool,
    /// True if this run has written something.
    pub wrote: bool,
}

/// Looks for the image of the plan's commit in the image's own repository; `None` if it was not published.
pub async fn find(eyes: Eyes<'_>, plan: &PublishPlan, image: &Image) -> Result<Option<CommitImage>, Stop> {
    let Some(target) = plan.targets_of_image(&image.name).next() else { return Ok(None) };
    let (repository, tag) = (&target.repository, &target.commit_tag);
    let pull = eyes.pull(repository);
    let Some(root) = pull.resolve(&tag.name).await.map_err(WorldError::from)? else { return Ok(None) };
    let content = match read_image(&*pull, image, &root).await {
        Ok(content) => content,
        // The last one stays only until the next.
        Err(_) if tag.tenure == Tenure::Last => return Ok(None),
        Err(ImageFault::Store(error)) if error.is_temporary() => return Err(WorldError::from(error).into()),
        Err(fault) => {
            let (repository, tag, fault) = (repository.clone(), tag.name.clone(), Box::new(fault));
            return Err(Stop::CommitImage { repository, tag, image: image.name.clone(), fault });
        }
    };
    match (find_other_commit(plan, image, &content), tag.tenure) {
        (None, _) => Ok(Some(CommitImage { root, content })),
        (Some(_), Tenure::Last) => Ok(None),
        (Some(found), Tenure::First) => {
            let (repository, tag) = (repository.clone(), tag.name.clone());
            Err(Stop::OtherCommit { repository, tag, found, wanted: plan.commit.clone() })
        }
    }
}

/// The commit that an image says it was made from, if that is another one. What something else made may say anything,
/// and so may the configuration.
fn find_other_commit(plan: &PublishPlan, image: &Image, content: &SealedImage) -> Option<String> {
    let says_itself = matches!(image.origin, Origin::Import(_)) || image.labels.contains_key(REVISION);
    let said = content.labels.get(REVISION).filter(|_| !says_itself)?;
    (said != plan.commit.as_str()).then(|| said.clone())
}

/// Brings an image under the tag of its commit: in its own repository first, where it is settled which image that is,
/// and then that one in the others. `made` is the image of this run, if it was not there when it began.
pub async fn establish(
    world: &World,
    plan: &PublishPlan,
    image: &Image,
    made: Option<&CommitImage>,
    mirrors: &mut Mirrors,
) -> Result<Established, Stop> {
    world.watcher.see(Event::Phase(Phase::Push));
    let mut targets = plan.targets_of_image(&image.name);
    let first = targets.next().ok_or(Stop::NothingToShip)?;
    let mut established = settle_in(world, plan, image, first, made).await?;
    let others: Vec<ImageRepository> = vec![first.repository.clone()];
    for target in targets {
        let checked = Checked::new(&established.image.root, &established.image.content);
        match bring(world, target, &checked, &established.image.root, &others).await {
            Ok(brought) => established.wrote |= brought == Ensured::Made,
            Err(error @ ShipError::World(WorldError::Stopped)) => return Err(error.into()),
            Err(error) if target.necessity == Necessity::Required => return Err(error.into()),
            Err(error) => mirrors.give_up(&target.repository, error),
        }
    }
    Ok(established)
}

/// In the image's own repository: what is under the tag of the commit, or what this run has made.
async fn settle_in(
    world: &World,
    plan: &PublishPlan,
    image: &Image,
    target: &PublishTarget,
    made: Option<&CommitImage>,
) -> Result<Established, Stop> {
    let tag = &target.commit_tag.name;
    for _ in 0..TURNS {
        let (candidate, is_ours) = match (find(world.eyes(), plan, image).await?, made) {
            (Some(found), made) => {
                let is_ours = made.is_some_and(|made| made.root.digest == found.root.digest);
                (found, is_ours)
            }
            (None, Some(made)) => (made.clone(), true),
            (None, None) => return Err(gone(target).into()),
        };
        let checked = Checked::new(&candidate.root, &candidate.content);
        let ensured = bring(world, target, &checked, &candidate.root, &[]).await?;
        let there = match &ensured {
            Ensured::Superseded(there) => there,
            Ensured::Already | Ensured::Made => checked.root(),
        };
        if let Some(standing) = Standing::by_tag(&checked, there) {
            let wrote = ensured == Ensured::Made;
            return Ok(Established { image: candidate, standing, is_ours, wrote });
        }
        world.watcher.see(Event::Note(format!(
            "{}:{tag} was published by another run: adopting it",
            target.repository
        )));
    }
    Err(Stop::Outpaced)
}

/// Content by digest, then the tag of the commit, then the other tags that are kept if they are there.
async fn bring(
    world: &World,
    target: &PublishTarget,
    checked: &Checked,
    root: &Descriptor,
    others: &[ImageRepository],
) -> Result<Ensured, ShipError> {
    let repository = &target.repository;
    let (artifact, others) = (target.artifact.clone(), others.to_vec());
    let push = PushImage { artifact, repository: repository.clone(), root: root.clone(), others };
    ensure(world, checked, &push).await?;
    let first = point(world, repository, &target.commit_tag, checked, &root.digest).await?;
    if let Ensured::Superseded(_) = first {
        return Ok(first);
    }
    let mut wrote = first;
    for tag in &target.first_wins {
        let tag = CommitTag::first(tag.clone());
        if let Ensured::Made = point(world, repository, &tag, checked, &root.digest).await? {
            wrote = Ensured::Made;
        }
    }
    Ok(wrote)
}

async fn point(
    world: &World,
    repository: &ImageRepository,
    tag: &CommitTag,
    checked: &Checked,
    digest: &Digest,
) -> Result<Ensured, ShipError> {
    let (repository, tag, digest) = (repository.clone(), tag.clone(), digest.clone());
    ensure(world, checked, &PointCommitTag { repository, tag, digest }).await
}

/// The image was there when the run began and is not any more.
fn gone(target: &PublishTarget) -> ShipError {
    let step = StepId::new("commit-tag", format_args!("{}:{}", target.repository, target.commit_tag.name));
    ShipError::NoEffect { step }
}
