//! C1: the version tags of a set, repository by repository, on whole content only.

use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::content::MemoryContent;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::StoreError;

use super::stop::MirrorTrouble;
use super::whole::{Lading, Wave};
use crate::domain::claim::Seal;
use crate::domain::step::StepId;
use crate::domain::target::Necessity;
use crate::ship::key::Settled;
use crate::ship::version_tag::VersionTag;
use crate::ship::{Ensured, ShipError, ensure};
use crate::world::{World, WorldError};

/// How many repositories are worked on side by side.
pub(super) const REPOSITORIES_AT_ONCE: usize = 4;
/// How often content that was collected between a look and a write goes up again.
const REPAIRS: u32 = 3;

/// What came of a lading in its repository.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// Whole, with our tags. True if something was written.
    Done(bool),
    /// A version tag points at something else.
    Foreign(VersionTag, Digest),
    /// Content is missing that nobody has.
    Gone(Digest),
    /// It did not answer, or did not do it.
    Failed(ShipError),
}

impl Delivery {
    /// What is wrong with an optional mirror to which this happened.
    pub(super) fn trouble(self) -> Option<MirrorTrouble> {
        match self {
            Delivery::Done(_) => None,
            Delivery::Foreign(tag, found) => Some(MirrorTrouble::Foreign { tag: tag.tag, found }),
            Delivery::Gone(missing) => Some(MirrorTrouble::Gone { missing }),
            Delivery::Failed(error) => Some(MirrorTrouble::Failed(error)),
        }
    }
}

/// The ladings that the release waits for, and the others.
pub(crate) fn by_necessity(ladings: &[Lading]) -> (Vec<&Lading>, Vec<&Lading>) {
    ladings.iter().partition(|lading| lading.necessity == Necessity::Required)
}

/// C1 over several repositories side by side: those of images, and once all of them are done those of charts.
pub(crate) async fn deliver_all<'a>(
    world: &World,
    settled: &Settled,
    ladings: &[&'a Lading],
) -> Vec<(&'a Lading, Delivery)> {
    let mut all: Vec<(&Lading, Delivery)> = Vec::new();
    for wave in [Wave::Images, Wave::Charts] {
        if all.iter().any(|(_, delivery)| !matches!(delivery, Delivery::Done(_))) {
            break;
        }
        let each = ladings.iter().filter(|lading| lading.wave == wave);
        let each: Vec<_> =
            each.map(|lading| async { (*lading, deliver(world, settled, lading).await) }).collect();
        all.extend(stream::iter(each).buffer_unordered(REPOSITORIES_AT_ONCE).collect::<Vec<_>>().await);
    }
    all
}

async fn deliver(world: &World, settled: &Settled, lading: &Lading) -> Delivery {
    match try_to_deliver(world, settled, lading).await {
        Ok(delivery) => delivery,
        Err(ShipError::Conflict { step, found }) => {
            let tag = lading.version_tags.iter().find(|tag| tag.name() == step);
            match tag {
                Some(tag) => Delivery::Foreign(tag.clone(), found),
                None => Delivery::Failed(ShipError::Conflict { step, found }),
            }
        }
        Err(ShipError::Gone { missing, .. }) => Delivery::Gone(missing),
        Err(error) => Delivery::Failed(error),
    }
}

/// (a) Reads the version tags, (b) looks whether it is whole and repairs it, (c) writes what is absent, and (a) again.
async fn try_to_deliver(world: &World, settled: &Settled, lading: &Lading) -> Result<Delivery, ShipError> {
    let mut wrote = false;
    for _ in 0..REPAIRS {
        if let Some((tag, found)) = lading.find_foreign(world.eyes()).await? {
            return Ok(Delivery::Foreign(tag.clone(), found));
        }
        if !lading.is_whole::<Settled>(world).await? {
            lading.put(world, settled).await?;
            wrote = true;
        }
        let mut all_were_there = true;
        for tag in &lading.version_tags {
            match ensure(world, settled, tag).await {
                Ok(Ensured::Made) => (all_were_there, wrote) = (false, true),
                Ok(Ensured::Already | Ensured::Superseded(_)) => {}
                // It was collected between the look and the write, and goes up again.
                Err(ShipError::World(WorldError::Store(StoreError::Missing { .. }))) => {
                    all_were_there = false;
                }
                Err(error) => return Err(error),
            }
        }
        // What was written is looked at again: content may have been collected between the look and the write.
        if all_were_there || lading.is_whole::<Settled>(world).await? {
            return Ok(Delivery::Done(wrote));
        }
    }
    let step = StepId::new("push", &lading.repository);
    Err(ShipError::NoEffect { step })
}

/// Proves that this run may write to every repository of a set, and so that what it does not find is not there: a
/// registry may answer "not found" to whoever is not let in.
pub(super) async fn prove_sight(world: &World, seal: &Seal) -> Result<(), WorldError> {
    let mut repositories: Vec<_> = seal.targets.iter().map(|target| &target.repository).collect();
    repositories.sort();
    repositories.dedup();
    let empty = MemoryContent::new(Descriptor::empty(), bytes::Bytes::from_static(b"{}"))
        .expect("the empty descriptor is that of `{}`");
    for repository in repositories {
        // The blob that every record has beside it: where it can be put, or is seen, everything else is seen too.
        let step = StepId::new("prove", repository);
        world.hands(&step).store(repository).put_blob(&empty, None).await?;
    }
    Ok(())
}
