//! `audit --repair`: what releases have lost is written again.

mod lost_claim;

use plimsoll_oci::name::Digest;

use self::lost_claim::{Reclaimed, reclaim};
use super::audit::{Audit, Audited};
use super::unsaid::say_again;
use super::verify::{Check, Outcome};
use crate::document::notes::render_page;
use crate::domain::claim::{Claim, ClaimName, Holder, SealedChart, State};
use crate::domain::deployment::{DeployOn, Deployment};
use crate::domain::git::GitTag;
use crate::domain::line::MovingTag;
use crate::domain::marks::Marks;
use crate::domain::page::{Maturity, PagePolicy, PageText, Teller};
use crate::domain::project::Project;
use crate::ledger::release::Release;
use crate::run::chart_index::{list_chart, read_packages};
use crate::run::chart_marks::mark_yanked;
use crate::run::chart_pages::ensure_tag;
use crate::run::delivery::{Delivery, by_necessity, deliver_all};
use crate::run::deployment::Deploying;
use crate::run::following::read_page_files;
use crate::run::latest_page::settle_latest;
use crate::run::mirrors::Mirrors;
use crate::run::page::{PageWish, ensure_page};
use crate::run::settle::{Settling, settle};
use crate::run::stop::Stop;
use crate::run::survey::survey;
use crate::run::swap::read;
use crate::run::whole::{RecordTag, ladings};
use crate::ship::key::Published;
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
    /// What was missing was written again, but for what this stands in the way of.
    Partly(String),
    /// It could not be done now.
    Failed(WorldError),
}

impl Repair {
    /// The graver of two.
    fn and(self, other: Repair) -> Repair {
        match (self, other) {
            (Repair::Failed(error), _) | (_, Repair::Failed(error)) => Repair::Failed(error),
            (Repair::Partly(why), _)
            | (_, Repair::Partly(why))
            | (Repair::Kept(why), Repair::Done)
            | (Repair::Done, Repair::Kept(why)) => Repair::Partly(why),
            (Repair::Kept(why), _) | (_, Repair::Kept(why)) => Repair::Kept(why),
            (Repair::Done, _) | (_, Repair::Done) => Repair::Done,
            (Repair::Nothing, Repair::Nothing) => Repair::Nothing,
        }
    }
}

/// What a repair did.
#[derive(Debug)]
pub struct Repaired {
    /// By version, of those that lacked something.
    pub releases: Vec<(String, Repair)>,
    /// The moving tags that were not where they should be.
    pub moved: Vec<Moved>,
}

/// A moving tag that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub tag: MovingTag,
    /// Where it was; none if it was nowhere.
    pub from: Option<Digest>,
    /// The version that it is at now.
    pub to: String,
}

/// Writes again what releases have lost: what was said of them, content from any repository that still has it, records, holds, version tags that are
/// absent, files of release pages, entries of deployments, and git tags and entries of charts; then moves every moving tag to
/// its head. What is foreign is never written over.
///
/// # Errors
/// Moving tags did not come to rest.
pub async fn repair(world: &World, project: &Project, me: &Holder, audit: &Audit) -> Result<Repaired, Stop> {
    let mut repairs = Vec::new();
    let broken =
        |audited: &&Audited| !audited.checks.iter().all(|check| matches!(check.outcome, Outcome::Ok));
    for audited in audit.releases.iter().filter(broken) {
        let version = audited.version.clone();
        let name = ClaimName { component: project.name.clone(), version: version.clone() };
        let repaired = match find_claim(world, project, me, audited, &name).await {
            Ok(Found { claim: Some(claim), repair }) => {
                let delivered = repair.and(repair_release(world, &name, &claim).await?);
                match &audited.release {
                    Some(release) => {
                        delivered.and(repair_forge(world, project, &name, release, &audit.marks).await?)
                    }
                    None => delivered,
                }
            }
            Ok(Found { claim: None, repair }) => repair,
            Err(stop) => come_to(stop)?,
        };
        repairs.push((version, repaired));
    }
    let mut mirrors = Mirrors::new(project);
    // Before any tag moves: whoever asks one repository alone must hear what keeps a version from counting.
    for version in say_again(world, &audit.unsaid, &mut mirrors).await? {
        match repairs.iter_mut().find(|(repaired, _)| *repaired == version) {
            Some((_, repair)) => *repair = std::mem::replace(repair, Repair::Nothing).and(Repair::Done),
            None => repairs.push((version, Repair::Done)),
        }
    }
    let known = survey(world.eyes(), project, &mut mirrors, None).await?;
    let settling = match Counted::by_survey(&known.versions) {
        Some(key) => settle(world, project, &key, &mut mirrors).await?,
        None => Settling::default(),
    };
    let moved = settling.moved.into_iter().map(|(tag, (from, to))| Moved { tag, from, to });
    Ok(Repaired { releases: repairs, moved: moved.collect() })
}

/// A claim that says what belongs to a release, and what was done for that.
struct Found {
    claim: Option<Claim>,
    repair: Repair,
}

/// The claim of a release that is published. One that was lost is written again, where a record proves what it said.
async fn find_claim(
    world: &World,
    project: &Project,
    me: &Holder,
    audited: &Audited,
    name: &ClaimName,
) -> Result<Found, Stop> {
    let is_lost = audited.checks.iter().any(Check::is_of_lost_claim);
    let reclaimed = match (read(world, name).await?, &audited.release) {
        (Some(at), _) if at.claim.state == State::Published => {
            return Ok(Found { claim: Some(at.claim), repair: Repair::Nothing });
        }
        (None, Some(release)) if is_lost => reclaim(world, project, me, release).await?,
        (Some(_) | None, _) => {
            let why = "it has no published claim, which says what belongs there".to_owned();
            return Ok(Found { claim: None, repair: Repair::Kept(why) });
        }
    };
    Ok(match reclaimed {
        Reclaimed::Done(claim) => Found { claim: Some(*claim), repair: Repair::Done },
        Reclaimed::Left(why) => Found { claim: None, repair: Repair::Kept(why.to_string()) },
    })
}

async fn repair_release(world: &World, name: &ClaimName, claim: &Claim) -> Result<Repair, Stop> {
    let Some(settled) = Settled::by_claim(claim) else { return Ok(Repair::Nothing) };
    let ladings = ladings(name, &claim.tag, settled.seal(), RecordTag::WithTheRest);
    // Nothing that is required waits for what may fail.
    let (required, optional) = by_necessity(&ladings);
    let mut deliveries = deliver_all(world, &settled, &required).await;
    deliveries.extend(deliver_all(world, &settled, &optional).await);
    let mut repair = Repair::Nothing;
    for (_, delivery) in deliveries {
        repair = repair.and(match delivery {
            Delivery::Failed(ShipError::World(WorldError::Stopped)) => {
                return Err(WorldError::Stopped.into());
            }
            Delivery::Foreign(tag, found) => {
                Repair::Kept(format!("{}:{} is at {found}", tag.repository, tag.tag))
            }
            Delivery::Gone(missing) => Repair::Kept(format!("{missing} is nowhere to be found")),
            Delivery::Failed(ShipError::World(error)) => Repair::Failed(error),
            Delivery::Failed(error) => Repair::Kept(error.to_string()),
            Delivery::Done(true) => Repair::Done,
            Delivery::Done(false) => Repair::Nothing,
        });
    }
    Ok(repair)
}

/// What the forge shows of a release that has been published.
async fn repair_forge(
    world: &World,
    project: &Project,
    name: &ClaimName,
    release: &Release,
    marks: &Marks,
) -> Result<Repair, Stop> {
    let Some(published) = Published::by_ledger(release) else { return Ok(Repair::Nothing) };
    let own = (DeployOn::Version, &release.tag.name, &release.tag.commit);
    let promotions = marks.promotions(&name.version);
    let promotions = promotions.filter(|said| said.is_of(&release.seal.record, &release.tag.commit));
    let promoted = promotions.map(|said| (DeployOn::Promotion, said.tag, said.commit));
    let mut repaired = Repair::Nothing;
    for (on, tag, commit) in std::iter::once(own).chain(promoted) {
        // A statement alone makes nothing: it can be left by whoever may push to a registry.
        match world.eyes().git().find_tag(tag).await? {
            Some(found) if found == *commit => {}
            found => {
                repaired = repaired.and(Repair::Kept(match found {
                    Some(found) => format!("git tag {tag} is on {found}, and not on {commit}"),
                    None => format!("git tag {tag} is gone"),
                }));
                continue;
            }
        }
        let page = repair_page(world, project, name, release, &published, (on, tag)).await;
        repaired = repaired.and(page.or_else(come_to)?);
        let planned: Vec<Deployment> =
            project.deployments.kept().into_iter().filter(|kept| kept.on == on).collect();
        let deploying = Deploying { project, planned: &planned, tag, commit, version: &name.version };
        repaired = repaired.and(match deploying.succeed(world, &published).await {
            Ok(done) if done.iter().any(|done| done.is_changed()) => Repair::Done,
            Ok(_) => Repair::Nothing,
            Err(stop) => come_to(stop)?,
        });
    }
    let charts = repair_charts(world, release, &published, marks).await.or_else(come_to)?;
    Ok(repaired.and(charts))
}

/// What charts have beside their artifacts: git tags of their own, and entries in chart repositories.
async fn repair_charts(
    world: &World,
    release: &Release,
    published: &Published,
    marks: &Marks,
) -> Result<Repair, Stop> {
    let page = match world.eyes().forge().kind() {
        Some(_) => world.eyes().forge().find_page(&release.tag.name).await?.map(|_| &release.tag.name),
        None => None,
    };
    let mut repair = Repair::Nothing;
    for (name, chart) in &release.seal.charts {
        let own = repair_own(world, release, published, chart).await?;
        let listed = match own {
            // The file of a page that is gone can't be listed.
            Repair::Kept(_) => Repair::Nothing,
            _ if chart.is_on_release_page() && page.is_none() => Repair::Kept(format!(
                "the package of {name} is a file of the release's page, which is gone: `plimsoll release {}` makes it again",
                release.tag.name
            )),
            _ => match list_chart(world, published, (name, chart), page).await {
                Ok(Ensured::Made) => Repair::Done,
                Ok(Ensured::Already | Ensured::Superseded(_)) => Repair::Nothing,
                Err(stop) => come_to(stop)?,
            },
        };
        repair = repair.and(own).and(listed);
    }
    let marked = match mark_yanked(world, published, &release.record.version, marks).await {
        Ok(Ensured::Made) => Repair::Done,
        Ok(Ensured::Already | Ensured::Superseded(_)) => Repair::Nothing,
        Err(stop) => come_to(stop)?,
    };
    Ok(repair.and(marked))
}

/// The git tag of a chart. A page of its own that is gone is made by a release.
async fn repair_own(
    world: &World,
    release: &Release,
    published: &Published,
    chart: &SealedChart,
) -> Result<Repair, Stop> {
    let Some(own) = &chart.own_tag else { return Ok(Repair::Nothing) };
    let tagged = match ensure_tag(world, published, &own.git_tag, &release.tag).await {
        Ok(Ensured::Made) => Repair::Done,
        Ok(Ensured::Already | Ensured::Superseded(_)) => Repair::Nothing,
        Err(Stop::OwnTagDrift { tag, .. }) => Repair::Kept(format!("git tag {tag} is on another commit")),
        Err(stop) => come_to(stop)?,
    };
    let forge = world.eyes().forge();
    let Some(tag) = chart.own_page().filter(|_| forge.kind().is_some()) else { return Ok(tagged) };
    Ok(match forge.find_page(tag).await? {
        Some(_) => tagged,
        None => tagged.and(Repair::Kept(format!(
            "the page of {tag} is gone: `plimsoll release {}` makes it again",
            release.tag.name
        ))),
    })
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
    (on, tag): (DeployOn, &GitTag),
) -> Result<Repair, Stop> {
    let forge = world.eyes().forge();
    let has_page = match on {
        DeployOn::Version | DeployOn::Prerelease => project.pages == PagePolicy::Version,
        DeployOn::Promotion => project.pages == PagePolicy::Stable,
    };
    if !has_page || forge.kind().is_none() {
        return Ok(Repair::Nothing);
    }
    if forge.find_page(tag).await?.is_none() {
        let why = format!(
            "its release page is gone: `plimsoll release {tag}` makes it again, with `--config plimsoll.toml` if its own commit asks for no page"
        );
        return Ok(Repair::Kept(why));
    }
    let mut files = read_page_files(world.eyes(), release, tag).await?;
    if on == DeployOn::Version {
        files.extend(read_packages(world.eyes(), &release.seal).await?);
    }
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
