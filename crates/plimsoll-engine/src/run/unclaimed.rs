//! `claim = "none"` (claim protocol, section 6): who announces before he looks is seen by the other.

use plimsoll_oci::name::{Digest, ImageRepository};

use super::before::{find_taken_record, push};
use super::delivery::{Delivery, by_necessity, deliver_all, prove_sight};
use super::deployment::Deploying;
use super::following::{Out, follow};
use super::git_tag::hold_to_tag;
use super::order::Order;
use super::readiness::demand_programs;
use super::released::{Part, Released};
use super::sealing::make_and_seal;
use super::signing::ready_to_sign;
use super::stop::Stop;
use super::whole::{RecordTag, ladings, record_artifact};
use crate::domain::chart_number::ChartNumbers;
use crate::domain::step::StepId;
use crate::domain::target::Necessity;
use crate::ledger::announcement::{Announcement, AnnouncementError, read_announcements};
use crate::ship::ensure::pause;
use crate::ship::hold_tag::HoldTag;
use crate::ship::key::{Announced, Key, Published, Settled};
use crate::ship::version_tag::VersionTag;
use crate::ship::{ShipError, ensure};
use crate::statement::artifact::hold_tag;
use crate::world::{World, WorldError};

/// How often the tag list is read for the own announcement to appear.
const LOOKS: u32 = 8;

/// Releases without a claim.
pub async fn release_unclaimed(world: &World, order: &Order<'_>) -> Result<Released, Stop> {
    let Some(place) = order.plan.targets.first().map(|target| target.repository.clone()) else {
        return Err(Stop::NothingToShip);
    };
    let tagged = read_version_tags(world, order).await?;
    let announced = announcements(world, order, &place).await?;
    let own = order.own_seal(world).await?;
    if let Some((tag, found)) = tagged.first() {
        // Some are there: of one set that announces itself, or somebody else's.
        let fits =
            |set: &&Announcement| tagged.iter().all(|(tag, found)| set.has(&tag.repository, &tag.tag, found));
        let Some(set) = announced.iter().find(fits) else {
            let (repository, tag, found) = (tag.repository.clone(), tag.tag.clone(), found.clone());
            return Err(Stop::Taken { repository, tag, found, claim: None });
        };
        made_from_this_tag(order, set)?;
        return finish(world, order, Announced::by_others(set), Part::Adopted).await;
    }
    let mine = |set: &Announcement| own.as_ref().is_some_and(|own| own.record == set.seal().record);
    match announced.as_slice() {
        [] => {}
        [set] if mine(set) => {}
        [set] => {
            made_from_this_tag(order, set)?;
            let set = Announced::by_others(set);
            let ladings = ladings(order.name, order.tag, set.settled().seal(), RecordTag::WithTheRest);
            for lading in by_necessity(&ladings).0 {
                if !lading.is_whole::<Settled>(world).await? {
                    return Err(contested(&place, &announced));
                }
            }
            return finish(world, order, set, Part::Adopted).await;
        }
        _ => return Err(contested(&place, &announced)),
    }
    if let Some(taken) = find_taken_record(world, order).await? {
        return Err(taken);
    }
    ready_to_sign(world, order).await?;
    if own.is_none() {
        demand_programs(world.eyes(), order.project).await?;
        world.inspector.source().await?;
    }
    Deploying::of(order).begin(world).await?;
    let sealed = make_and_seal(world, order, &ChartNumbers::new()).await?;
    let ladings = ladings(order.name, order.tag, sealed.seal(), RecordTag::Announced);
    push(world, &sealed, &ladings).await?;
    hold_to_tag(world, order.tag).await?;
    announce(world, order, &place, &sealed).await?;
    let announced = announcements(world, order, &place).await?;
    if announced.iter().any(|set| set.seal().record != sealed.seal().record) {
        return Err(contested(&place, &announced));
    }
    match announced.first().and_then(|set| Announced::by_us(&sealed, set)) {
        Some(own) => finish(world, order, own, Part::Made).await,
        None => Err(ShipError::NoEffect { step: StepId::new("announce", &place) }.into()),
    }
}

/// A set that announces itself was made from one tag object; the same tag on another is another attempt.
fn made_from_this_tag(order: &Order<'_>, set: &Announcement) -> Result<(), Stop> {
    match set.record().git_tag_object == order.tag.object {
        true => Ok(()),
        false => Err(Stop::TagMovedSince { released: Box::new(set.record().tag()) }),
    }
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

/// The sets of this version that announce themselves in `place`.
pub(crate) async fn announcements(
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
    let announcements = announced.iter().map(|set| set.tag().clone()).collect();
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
    ensure(world, key, &HoldTag { repository: place.clone(), tag: tag.clone(), digest }).await?;
    for round in 0..LOOKS {
        if world.eyes().pull(place).tags().await.map_err(WorldError::from)?.contains(&tag) {
            return Ok(());
        }
        pause(world, round).await?;
    }
    let step = StepId::new("announce", format_args!("{place}:{tag}"));
    Err(ShipError::NoEffect { step }.into())
}

/// C1 with foreign tags as somebody else's, a last read of all version tags, and what follows.
async fn finish(
    world: &World,
    order: &Order<'_>,
    announced: Announced,
    part: Part,
) -> Result<Released, Stop> {
    let settled = announced.settled();
    let ladings = ladings(order.name, order.tag, settled.seal(), RecordTag::WithTheRest);
    let (required, mirrors) = by_necessity(&ladings);
    let mut changed = part == Part::Made;
    for (lading, delivery) in deliver_all(world, settled, &required).await {
        match delivery {
            Delivery::Done(wrote) => changed |= wrote,
            Delivery::Foreign(VersionTag { repository, tag, .. }, found) => {
                return Err(Stop::Taken { repository, tag, found, claim: None });
            }
            Delivery::Gone(missing) => {
                prove_sight(world, settled.seal()).await?;
                return Err(Stop::Gone { repository: lading.repository.clone(), missing, holder: None });
            }
            Delivery::Failed(error) => return Err(error.into()),
        }
    }
    for lading in &required {
        if let Some((tag, found)) = lading.find_foreign(world.eyes()).await? {
            let (repository, tag) = (tag.repository.clone(), tag.tag.clone());
            return Err(Stop::Taken { repository, tag, found, claim: None });
        }
    }
    let published = &Published::by_announcement(&announced);
    let (tag, mirrors) = (order.tag, &mirrors);
    follow(world, order, Out { settled, published, tag, mirrors, part, changed }).await
}
