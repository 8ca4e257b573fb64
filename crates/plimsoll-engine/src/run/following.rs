//! C3–C5: what follows once every version tag was read back, with a claim or without.

use plimsoll_oci::name::ImageRepository;

use super::chart_index::{list_charts, read_packages};
use super::chart_marks::mark_yanked;
use super::chart_pages::ensure_own;
use super::delivery::{Delivery, deliver_all};
use super::deployment::{Deploying, DeploymentDone};
use super::git_tag::compare_with_tag;
use super::latest_page::settle_latest;
use super::mirrors::Mirrors;
use super::order::Order;
use super::page::{PageDone, release_page};
use super::posting::post_attestations;
use super::released::{Part, Released};
use super::settle::{Settling, settle};
use super::signed_files::find_signed_files;
use super::signing::find_signed;
use super::stop::{MirrorTrouble, Stop};
use super::whole::{Lading, made_files};
use crate::domain::attestation::Posting;
use crate::domain::claim::{ClaimName, Seal};
use crate::domain::git::{GitTag, TagAt};
use crate::domain::line::MovingTag;
use crate::domain::target::Necessity;
use crate::ledger::release::{Release, expected_files};
use crate::ship::first_wins::FirstWins;
use crate::ship::key::{Key as _, Published, Settled};
use crate::ship::ledger_file::{WriteFiles, read_made};
use crate::ship::{Ensured, ShipError, ensure};
use crate::statement::record::Record;
use crate::statement::release::{release_files, render_digests};
use crate::world::ledger::LedgerFile;
use crate::world::{Eyes, World, WorldError};

/// A release that is out, and what is left to do for it.
pub(super) struct Out<'a> {
    pub(super) settled: &'a Settled,
    pub(super) published: &'a Published,
    /// The git tag that it was made from.
    pub(super) tag: &'a TagAt,
    /// The optional mirrors' ladings.
    pub(super) mirrors: &'a [&'a Lading],
    /// What this run did for it so far.
    pub(super) part: Part,
    /// Whether it has written anything.
    pub(super) changed: bool,
}

/// Runs C3 to C5.
pub(super) async fn follow(world: &World, order: &Order<'_>, out: Out<'_>) -> Result<Released, Stop> {
    let mut changed = out.changed;
    let mut mirrors = Mirrors::new(order.project);
    let mut troubles: Vec<(ImageRepository, MirrorTrouble)> = Vec::new();
    // C3.
    for (lading, delivery) in deliver_all(world, out.settled, out.mirrors).await {
        changed |= matches!(delivery, Delivery::Done(true));
        match delivery.trouble() {
            None => {}
            Some(MirrorTrouble::Failed(ShipError::World(WorldError::Stopped))) => {
                return Err(WorldError::Stopped.into());
            }
            Some(MirrorTrouble::Failed(error)) => mirrors.give_up(&lading.repository, error),
            Some(trouble) => troubles.push((lading.repository.clone(), trouble)),
        }
    }
    // C4. What goes wrong with page and files is told at the end: it keeps no tag from its head.
    let files = files(world, order, &out).await;
    let page = match &files {
        Ok(files) => unless_stopped(show_page(world, order, &out, files).await)?,
        Err(_) => Ok(None),
    };
    let posted = match order.project.posting {
        Posting::Posted => {
            unless_stopped(post_attestations(world, order.name, out.tag, out.published).await)?
        }
        Posting::Attached => Ok(Ensured::Already),
    };
    let own = match &files {
        Ok(files) => unless_stopped(ensure_own(world, order, out.published, out.tag, files).await)?,
        Err(_) => Ok(Ensured::Already),
    };
    let recorded = match files {
        Ok(files) => write(world, order, &out, files).await,
        Err(error) => Err(error),
    };
    let recorded = unless_stopped(recorded.map_err(Stop::from))?;
    // An entry never names a page that is not there.
    let listed = match (&page, &own) {
        (Ok(page), Ok(_)) => {
            unless_stopped(list_charts(world, out.published, page.as_ref().map(|_| &out.tag.name)).await)?
        }
        (Err(_), _) | (_, Err(_)) => Ok(false),
    };
    changed |= write_first_wins(world, out.published, &troubles, &mut mirrors).await?;
    let settling = settle(world, order.project, out.published, &mut mirrors).await?;
    changed |= settling.wrote;
    // Who yanked it before it was listed could mark nothing.
    let marked = mark_yanked(world, out.published, &order.name.version, &settling.marks).await;
    let marked = unless_stopped(marked)?;
    let latest = match &page {
        Ok(Some(_)) => {
            unless_stopped(settle_latest(world, order.project, out.published, &mut mirrors).await)?
        }
        Ok(None) | Err(_) => Ok(false),
    };
    // C5.
    compare_with_tag(world, out.tag).await?;
    changed |= recorded? == Ensured::Made;
    let page = page?;
    changed |= page.as_ref().is_some_and(|page| page.ensured == Ensured::Made);
    changed |= own? == Ensured::Made;
    changed |= latest?;
    changed |= listed?;
    changed |= marked? == Ensured::Made;
    changed |= posted? == Ensured::Made;
    let deployments = Deploying::of(order).succeed(world, out.published).await?;
    changed |= deployments.iter().any(DeploymentDone::is_changed);
    troubles.extend(mirrors.into_troubles());
    let part = match (out.part, changed) {
        (Part::Made, _) => Part::Made,
        (_, true) => Part::Adopted,
        (_, false) => Part::Nothing,
    };
    let seal = out.published.seal().clone();
    let elsewhere = elsewhere(&seal, &order.name.version, &settling);
    let passed_over = settling.marks.about(&order.name.version).cloned().collect();
    let Settling { orphans, kept, .. } = settling;
    // Of those that other releases ask for it was told when they lost their last version.
    let asked = |tag: &MovingTag| {
        let mut targets = seal.targets.iter();
        targets.any(|target| target.repository == tag.0 && target.moving.contains(&tag.1))
    };
    let orphans = orphans.into_iter().map(|orphan| orphan.tag).filter(asked).collect();
    Ok(Released { seal, part, elsewhere, orphans, kept, passed_over, page, deployments, behind: troubles })
}

/// The moving tags of a set that it does not bear: another version has them, or they are not at its content.
fn elsewhere(seal: &Seal, version: &str, settling: &Settling) -> Vec<MovingTag> {
    let mut elsewhere = Vec::new();
    for target in &seal.targets {
        for tag in &target.moving {
            let tag = (target.repository.clone(), tag.clone());
            let has_other_head = settling.heads.get(&tag).is_some_and(|head| head != version);
            let is_at = settling.at.get(&tag);
            if has_other_head || is_at.is_some_and(|at| at.as_ref() != seal.artifacts.get(&target.artifact)) {
                elsewhere.push(tag);
            }
        }
    }
    elsewhere
}

/// How something ended that does not keep the rest from being done, unless the user stopped the run.
fn unless_stopped<T>(ended: Result<T, Stop>) -> Result<Result<T, Stop>, Stop> {
    match ended {
        Err(stop @ Stop::Ship(ShipError::World(WorldError::Stopped))) => Err(stop),
        ended => Ok(ended),
    }
}

/// The release page, with the packages that chart repositories look for there.
async fn show_page(
    world: &World,
    order: &Order<'_>,
    out: &Out<'_>,
    files: &[LedgerFile],
) -> Result<Option<PageDone>, Stop> {
    let (seal, mut files) = (out.published.seal(), files.to_vec());
    if order.page.is_some() && world.eyes().forge().kind().is_some() {
        files.extend(read_packages(world.eyes(), seal).await?);
        files.extend(find_signed_files(world.eyes(), order.name, out.tag, &out.tag.name, seal).await?);
    }
    release_page(world, order, out.published, &files).await
}

/// The files of the release.
async fn files(world: &World, order: &Order<'_>, out: &Out<'_>) -> Result<Vec<LedgerFile>, ShipError> {
    let seal = out.published.seal();
    let mut files = release_files(&Record::of_seal(order.name, out.tag, seal));
    files.extend(beside_record(world.eyes(), order.name, out.tag, seal).await?);
    Ok(files)
}

/// The files of a release that the page of each of its tags has: what follows from its record, what lies beside it, and what is
/// signed.
///
/// # Errors
/// One is nowhere to be found, or can't be read.
pub(crate) async fn read_page_files(
    eyes: Eyes<'_>,
    release: &Release,
    shown_on: &GitTag,
) -> Result<Vec<LedgerFile>, ShipError> {
    let (name, Release { tag, seal, .. }) = (release.claim_name(), release);
    let mut files = expected_files(release);
    files.extend(beside_record(eyes, &name, tag, seal).await?);
    files.extend(render_digests(&release.record));
    files.extend(find_signed_files(eyes, &name, tag, shown_on, seal).await?);
    Ok(files)
}

/// The files of a release beside its record: what was made for it, and what signs it.
///
/// # Errors
/// One is nowhere to be found, or can't be read.
pub(crate) async fn beside_record(
    eyes: Eyes<'_>,
    name: &ClaimName,
    tag: &TagAt,
    seal: &Seal,
) -> Result<Vec<LedgerFile>, ShipError> {
    let places = seal.targets.iter().map(|target| &target.repository);
    let mut files = read_made(eyes, &made_files(name, seal), places).await?;
    files.extend(find_signed(eyes, name, tag, seal).await?);
    Ok(files)
}

/// Writes them. What signs the release counts by its meaning: another run may have written it since it was looked for.
async fn write(
    world: &World,
    order: &Order<'_>,
    out: &Out<'_>,
    found: Vec<LedgerFile>,
) -> Result<Ensured, ShipError> {
    match ensure(world, out.published, &WriteFiles { files: found }).await {
        Err(ShipError::Conflict { .. }) if out.published.seal().signing.is_some() => {
            let files = files(world, order, out).await?;
            ensure(world, out.published, &WriteFiles { files }).await
        }
        ended => ended,
    }
}

/// First-wins tags, where nothing is in the way. True if something was written.
async fn write_first_wins(
    world: &World,
    published: &Published,
    troubles: &[(ImageRepository, MirrorTrouble)],
    mirrors: &mut Mirrors,
) -> Result<bool, Stop> {
    let mut changed = false;
    for target in &published.seal().targets {
        let Some(digest) = published.seal().artifacts.get(&target.artifact) else { continue };
        for tag in &target.first_wins {
            let troubled = troubles.iter().any(|(repository, _)| *repository == target.repository);
            if troubled || mirrors.find_silence(&target.repository).is_some() {
                break;
            }
            let (repository, tag, digest) = (target.repository.clone(), tag.clone(), digest.clone());
            match (ensure(world, published, &FirstWins { repository, tag, digest }).await, target.necessity) {
                (Ok(ensured), _) => changed |= ensured == Ensured::Made,
                (Err(error @ ShipError::World(WorldError::Stopped)), _)
                | (Err(error), Necessity::Required) => return Err(error.into()),
                (Err(error), Necessity::Optional) => mirrors.give_up(&target.repository, error),
            }
        }
    }
    Ok(changed)
}
