//! `claim = "none"` (claim protocol, section 6): who announces before he looks is seen by the other.

use plimsoll_oci::name::{Digest, ImageRepository};

use super::before::find_taken_record;
use super::ending::{Part, Released, Stop};
use super::finish::{Standing, follow, report_silent, tag_all, write_files};
use super::order::Order;
use super::sealing::make_and_seal;
use super::settle::settle;
use super::whole::{Holding, Lading, ladings, record_artifact};
use crate::domain::claim::Seal;
use crate::domain::step::StepId;
use crate::domain::target::Necessity;
use crate::ledger::announcement::{Announcement, AnnouncementError, read_announcements};
use crate::ship::ensure::pause;
use crate::ship::hold::Hold;
use crate::ship::key::{Key, Published, Settled};
use crate::ship::version_tag::VersionTag;
use crate::ship::{ShipError, ensure};
use crate::statement::artifact::hold_tag;
use crate::statement::record::Record;
use crate::statement::release::release_files;
use crate::world::git::TagNow;
use crate::world::{World, WorldError};

/// How often the tag list is read for the own announcement to appear.
const LOOKS: u32 = 8;

/// Releases without a claim.
pub async fn release_unclaimed(world: &World, order: &Order<'_>) -> Result<Released, Stop> {
    let Some(place) = order.plan.targets.first().map(|target| target.repository.clone()) else {
        return Err(Stop::Unsettled);
    };
    let tagged = read_version_tags(world, order).await?;
    let announced = announcements(world, order, &place).await?;
    let own = order.own_seal(world).await?;
    if let Some((tag, found)) = tagged.first() {
        // Some are there: of one set that announces itself, or somebody else's.
        let fits = |set: &&Announcement| tagged.iter().all(|(tag, found)| set_has(&set.seal, tag, found));
        let Some(set) = announced.iter().find(fits) else {
            let (repository, tag, found) = (tag.repository.clone(), tag.tag.clone(), found.clone());
            return Err(Stop::Taken { repository, tag, found });
        };
        made_from_this_tag(order, set)?;
        return finish(world, order, Settled::by_announcement(set.seal.clone()), Part::Adopted).await;
    }
    let mine = |set: &Announcement| own.as_ref().is_some_and(|own| own.record == set.seal.record);
    match announced.as_slice() {
        [] => {}
        [set] if mine(set) => {}
        [set] => {
            made_from_this_tag(order, set)?;
            let settled = Settled::by_announcement(set.seal.clone());
            for lading in required(&ladings(order.name, order.tag, settled.seal(), Holding::Needed)) {
                if !lading.is_whole::<Settled>(world).await? {
                    return Err(contested(&place, &announced));
                }
            }
            return finish(world, order, settled, Part::Adopted).await;
        }
        _ => return Err(contested(&place, &announced)),
    }
    if let Some(taken) = find_taken_record(world, order).await? {
        return Err(taken);
    }
    let sealed = make_and_seal(world, order).await?;
    let ladings = ladings(order.name, order.tag, sealed.seal(), Holding::WithoutRecord);
    for lading in required(&ladings) {
        lading.put(world, &sealed).await?;
    }
    for lading in ladings.iter().filter(|lading| lading.necessity == Necessity::Optional) {
        // A mirror that fails is brought in line after the version tags.
        if let Err(ShipError::World(WorldError::Stopped)) = lading.put(world, &sealed).await {
            return Err(WorldError::Stopped.into());
        }
    }
    check_git_tag(world, order).await?;
    announce(world, order, &place, &sealed).await?;
    let announced = announcements(world, order, &place).await?;
    if announced.iter().any(|set| set.seal.record != sealed.seal().record) {
        return Err(contested(&place, &announced));
    }
    finish(world, order, Settled::by_announcement(sealed.seal().clone()), Part::Made).await
}

/// A set that announces itself was made from one tag object; the same tag on another is another attempt.
fn made_from_this_tag(order: &Order<'_>, set: &Announcement) -> Result<(), Stop> {
    match set.record.git_tag_object == order.tag.object {
        true => Ok(()),
        false => Err(Stop::TagMovedSince { released: Box::new(set.record.tag()) }),
    }
}

fn required(ladings: &[Lading]) -> impl Iterator<Item = &Lading> {
    ladings.iter().filter(|lading| lading.necessity == Necessity::Required)
}

/// Version tags of required repositories that are there already.
async fn read_version_tags(world: &World, order: &Order<'_>) -> Result<Vec<(VersionTag, Digest)>, Stop> {
    let mut found = Vec::new();
    for target in order.plan.targets.iter().filter(|target| target.necessity == Necessity::Required) {
        for tag in &target.version_tags {
            let there = world.eyes().pull(&target.repository).resolve(tag).await.map_err(WorldError::from)?;
            if let Some(there) = there {
                let (repository, tag) = (target.repository.clone(), tag.clone());
                found.push((VersionTag { repository, tag, digest: there.digest.clone() }, there.digest));
            }
        }
    }
    Ok(found)
}

fn set_has(seal: &Seal, tag: &VersionTag, found: &Digest) -> bool {
    seal.targets.iter().any(|target| {
        target.repository == tag.repository
            && target.version_tags.contains(&tag.tag)
            && seal.artifacts.get(&target.artifact) == Some(found)
    })
}

async fn announcements(
    world: &World,
    order: &Order<'_>,
    place: &ImageRepository,
) -> Result<Vec<Announcement>, Stop> {
    match read_announcements(&*world.eyes().pull(place), order.name).await {
        Ok(announced) => Ok(announced),
        Err(AnnouncementError::World(error)) => Err(error.into()),
        Err(AnnouncementError::Record(error)) => Err(error.into()),
    }
}

fn contested(place: &ImageRepository, announced: &[Announcement]) -> Stop {
    let announcements = announced.iter().map(|set| set.tag.clone()).collect();
    Stop::Contested { announcements, repository: place.clone() }
}

/// Writes the announcement and waits until the tag list shows it.
async fn announce<K: Key>(
    world: &World,
    order: &Order<'_>,
    place: &ImageRepository,
    key: &K,
) -> Result<(), Stop> {
    let artifact = record_artifact(order.name, order.tag, key.seal());
    let tag = hold_tag(&order.name.version, &key.seal().record);
    let digest = artifact.manifest.digest().clone();
    ensure(world, key, &Hold { repository: place.clone(), tag: tag.clone(), digest }).await?;
    for round in 0..LOOKS {
        if world.eyes().pull(place).tags().await.map_err(WorldError::from)?.contains(&tag) {
            return Ok(());
        }
        pause(world, round).await?;
    }
    let step = StepId::new("announce", format_args!("{place}:{tag}"));
    Err(ShipError::NoEffect { step }.into())
}

async fn check_git_tag(world: &World, order: &Order<'_>) -> Result<(), Stop> {
    match world.eyes().git().tag(order.tag).await? {
        TagNow::Same => Ok(()),
        TagNow::Gone => Err(Stop::TagMoved { tag: Box::new(order.tag.clone()), now: None }),
        TagNow::Other(now) => Err(Stop::TagMoved { tag: Box::new(order.tag.clone()), now: Some(now) }),
    }
}

/// C1 with foreign tags as somebody else's, a last read of all version tags, and what follows.
async fn finish(world: &World, order: &Order<'_>, settled: Settled, part: Part) -> Result<Released, Stop> {
    let ladings = ladings(order.name, order.tag, settled.seal(), Holding::Needed);
    let (required, optional): (Vec<&Lading>, Vec<&Lading>) =
        ladings.iter().partition(|lading| lading.necessity == Necessity::Required);
    let mut changed = part == Part::Made;
    for (lading, standing) in tag_all(world, &settled, &required).await {
        match standing {
            Standing::Done(wrote) => changed |= wrote,
            Standing::Foreign(VersionTag { repository, tag, .. }, found) => {
                return Err(Stop::Taken { repository, tag, found });
            }
            Standing::Gone(missing) => {
                return Err(Stop::Gone { repository: lading.repository.clone(), missing, holder: None });
            }
            Standing::Failed(error) => return Err(error.into()),
        }
    }
    for lading in &required {
        if let Some((tag, found)) = lading.find_foreign(world.eyes()).await? {
            let (repository, tag) = (tag.repository.clone(), tag.tag.clone());
            return Err(Stop::Taken { repository, tag, found });
        }
    }
    let Some(published) = Published::by_announcement(&settled) else { return Err(Stop::Unsettled) };
    let mut troubles = Vec::new();
    for (lading, standing) in tag_all(world, &settled, &optional).await {
        if let Some(trouble) = standing.trouble() {
            troubles.push((lading.repository.clone(), trouble));
        }
    }
    let files = release_files(&Record::of_seal(order.name, order.tag, published.seal()));
    let recorded = write_files(world, &published, files).await?;
    changed |= follow(world, &published, &mut troubles).await?;
    let settling = settle(world, order.project, &published).await?;
    changed |= settling.wrote;
    report_silent(order.project, settling.silent, &mut troubles);
    match world.eyes().git().tag(order.tag).await? {
        TagNow::Same => {}
        TagNow::Gone => return Err(Stop::GitTagDrift { tag: Box::new(order.tag.clone()), now: None }),
        TagNow::Other(now) => {
            return Err(Stop::GitTagDrift { tag: Box::new(order.tag.clone()), now: Some(now) });
        }
    }
    changed |= recorded?;
    if !troubles.is_empty() {
        return Err(Stop::Mirrors { troubles });
    }
    let part = match (part, changed) {
        (Part::Made, _) => Part::Made,
        (_, true) => Part::Adopted,
        (_, false) => Part::Nothing,
    };
    Ok(Released { seal: published.seal().clone(), part, orphans: settling.orphans })
}
