//! `audit --repair`: what releases have lost is written again.

use super::audit::Audited;
use super::verify::Outcome;
use crate::document::notes::render_page;
use crate::domain::claim::{Claim, ClaimName, State};
use crate::domain::deployment::{DeployOn, Deployment};
use crate::domain::page::{Maturity, PagePolicy, PageText, Teller};
use crate::domain::project::Project;
use crate::ledger::release::{Release, expected_files};
use crate::run::chart_index::read_packages;
use crate::run::delivery::{Delivery, deliver_all};
use crate::run::deployment::Deploying;
use crate::run::ending::Stop;
use crate::run::latest_page::settle_latest;
use crate::run::mirrors::Mirrors;
use crate::run::page::{PageWish, ensure_page};
use crate::run::settle::settle;
use crate::run::signing::find_signed;
use crate::run::survey::survey;
use crate::run::swap::read;
use crate::run::whole::{Lading, RecordTag, ladings, made_files};
use crate::ship::key::Published;
use crate::ship::ledger_file::read_made;
use crate::ship::{Counted, Ensured, Key as _, Settled, ShipError};
use crate::world::{World, WorldError};

/// What a repair did for one release.
#[derive(Debug)]
pub enum Repair {
    /// It was whole.
    Nothing,
    /// What was missing was written again.
    Done,
    /// This stands in the way, and is never written over.
    Kept(String),
    /// It could not be done now.
    Failed(WorldError),
}

impl Repair {
    /// The graver of two.
    fn and(self, other: Repair) -> Repair {
        match (self, other) {
            (Repair::Kept(why), _) | (_, Repair::Kept(why)) => Repair::Kept(why),
            (Repair::Failed(error), _) | (_, Repair::Failed(error)) => Repair::Failed(error),
            (Repair::Done, _) | (_, Repair::Done) => Repair::Done,
            (Repair::Nothing, Repair::Nothing) => Repair::Nothing,
        }
    }
}

/// Writes again what releases have lost: content from any repository that still has it, records, holds, version tags that are
/// absent, files of release pages and entries of deployments; then moves every moving tag to its head. What is foreign is never
/// written over.
///
/// # Errors
/// Moving tags did not come to rest.
pub async fn repair(
    world: &World,
    project: &Project,
    releases: &[Audited],
) -> Result<Vec<(String, Repair)>, Stop> {
    let mut repairs = Vec::new();
    let broken =
        |audited: &&Audited| !audited.checks.iter().all(|check| matches!(check.outcome, Outcome::Ok));
    for audited in releases.iter().filter(broken) {
        let version = audited.version.clone();
        let name = ClaimName { component: project.name.clone(), version: version.clone() };
        let repaired = match read(world, &name).await?.filter(|at| at.claim.state == State::Published) {
            Some(at) => {
                let delivered = repair_release(world, &name, &at.claim).await?;
                match &audited.release {
                    Some(release) => delivered.and(repair_forge(world, project, &name, release).await?),
                    None => delivered,
                }
            }
            None => Repair::Kept("it has no published claim, which says what belongs there".to_owned()),
        };
        repairs.push((version, repaired));
    }
    let mut mirrors = Mirrors::new(project);
    let known = survey(world.eyes(), project, &mut mirrors, None).await?;
    if let Some(key) = Counted::by_survey(&known.versions) {
        settle(world, project, &key, &mut mirrors).await?;
    }
    Ok(repairs)
}

async fn repair_release(world: &World, name: &ClaimName, claim: &Claim) -> Result<Repair, Stop> {
    let Some(settled) = Settled::by_claim(claim) else { return Ok(Repair::Nothing) };
    let ladings = ladings(name, &claim.tag, settled.seal(), RecordTag::WithTheRest);
    let all: Vec<&Lading> = ladings.iter().collect();
    let mut repair = Repair::Nothing;
    for (_, delivery) in deliver_all(world, &settled, &all).await {
        repair = match (delivery, repair) {
            (Delivery::Failed(ShipError::World(WorldError::Stopped)), _) => {
                return Err(WorldError::Stopped.into());
            }
            (Delivery::Foreign(tag, found), _) => {
                Repair::Kept(format!("{}:{} is at {found}", tag.repository, tag.tag))
            }
            (Delivery::Gone(missing), _) => Repair::Kept(format!("{missing} is nowhere to be found")),
            (Delivery::Failed(ShipError::World(error)), kept) => match kept {
                Repair::Kept(why) => Repair::Kept(why),
                Repair::Nothing | Repair::Done | Repair::Failed(_) => Repair::Failed(error),
            },
            (Delivery::Failed(error), _) => Repair::Kept(error.to_string()),
            (Delivery::Done(true), Repair::Nothing) => Repair::Done,
            (Delivery::Done(_), before) => before,
        };
    }
    Ok(repair)
}

/// What the forge shows of a release that has been published.
async fn repair_forge(
    world: &World,
    project: &Project,
    name: &ClaimName,
    release: &Release,
) -> Result<Repair, Stop> {
    let Some(published) = Published::by_ledger(release) else { return Ok(Repair::Nothing) };
    let page = repair_page(world, project, name, release, &published).await.or_else(come_to)?;
    let planned: Vec<Deployment> =
        project.deployments.kept().into_iter().filter(|kept| kept.on == DeployOn::Version).collect();
    let deploying = Deploying { project, planned: &planned, tag: &release.tag, version: &name.version };
    let entries = match deploying.succeed(world, &published).await {
        Ok(done) if done.iter().any(|done| done.is_changed()) => Repair::Done,
        Ok(_) => Repair::Nothing,
        Err(stop) => come_to(stop)?,
    };
    Ok(page.and(entries))
}

/// What a repair comes to that the forge did not let through.
fn come_to(stop: Stop) -> Result<Repair, Stop> {
    match stop {
        Stop::Ship(ShipError::World(WorldError::Stopped)) => Err(WorldError::Stopped.into()),
        Stop::Ship(ShipError::World(error)) => Ok(Repair::Failed(error)),
        Stop::Ship(ShipError::Conflict { step, found }) => Ok(Repair::Kept(format!("{step} is {found}"))),
        stop => Err(stop),
    }
}

/// The files of a page that is there. One that is gone is made by a release, which knows what it is to say.
async fn repair_page(
    world: &World,
    project: &Project,
    name: &ClaimName,
    release: &Release,
    published: &Published,
) -> Result<Repair, Stop> {
    let forge = world.eyes().forge();
    if project.pages != PagePolicy::Version || forge.kind().is_none() {
        return Ok(Repair::Nothing);
    }
    let tag = &release.tag.name;
    if forge.find_page(tag).await?.is_none() {
        let why = format!("its release page is gone: `plimsoll release {tag}` makes it again");
        return Ok(Repair::Kept(why));
    }
    let mut files = expected_files(release);
    let places = release.seal.targets.iter().map(|target| &target.repository);
    files.extend(read_made(world.eyes(), &made_files(name, &release.seal), places).await?);
    files.extend(find_signed(world.eyes(), name, &release.tag, &release.seal).await?);
    files.extend(read_packages(world.eyes(), &release.seal).await?);
    let text = PageText { title: tag.to_string(), about: String::new(), teller: Teller::Text };
    let page = render_page(name, tag, &text, Maturity::Release, &release.seal);
    let wish = PageWish::new(forge, page, files);
    let repaired = match ensure_page(world, published, &wish).await {
        Ok(done) if done.ensured == Ensured::Made => Repair::Done,
        Ok(_) => Repair::Nothing,
        Err(stop) => return come_to(stop),
    };
    settle_latest(world, project, published, &mut Mirrors::new(project)).await?;
    Ok(repaired)
}
