//! `promote`: a published version is proven, and said to be good. Nothing is made or pushed but what is said, and the tags of
//! its channels are pointed at the bytes that were released.

use std::collections::BTreeMap;

use plimsoll_oci::name::{Digest, ImageRepository};

use super::speak::{Foresight, Spoke, foresee_with, speak_with};
use super::verify::{Check, Demand, Outcome, Place, verify_release};
use crate::document::notes::render_page;
use crate::domain::deployment::Deployment;
use crate::domain::event::Event;
use crate::domain::git::{Oid, TagAt};
use crate::domain::marks::Channel;
use crate::domain::page::{Maturity, PageText};
use crate::domain::project::Project;
use crate::domain::step::Phase;
use crate::domain::target::{Necessity, Target};
use crate::ledger::release::Release;
use crate::plan::saying::{Saying, Unsayable, Words};
use crate::run::deployment::{Deploying, DeploymentDone};
use crate::run::following::read_page_files;
use crate::run::git_tag::{compare_with_tag, hold_to_tag};
use crate::run::latest_page::settle_latest;
use crate::run::mirrors::Mirrors;
use crate::run::page::{PageDone, PageWish, ensure_page};
use crate::run::stop::{MirrorTrouble, Stop};
use crate::ship::key::Published;
use crate::world::{Eyes, World};

/// What is promoted.
#[derive(Clone, Copy, Debug)]
pub struct Promotion<'a> {
    /// The configuration of the tag's commit.
    pub project: &'a Project,
    /// The release.
    pub release: &'a Release,
    /// The promotion tag.
    pub tag: &'a TagAt,
    /// Where each image goes, and the tags that it gets there, as planned.
    pub targets: &'a [Target],
    /// What its release page says; none: it gets none.
    pub page: Option<&'a PageText>,
    /// The environments that follow it.
    pub deployments: &'a [Deployment],
}

/// A promotion that is done.
#[derive(Clone, Debug)]
pub struct Promoted {
    /// What proves the release.
    pub proof: Proof,
    /// Whether gates were run: a version that was promoted before has passed them.
    pub gates: Gates,
    /// What was said, and the tags that moved.
    pub spoke: Spoke,
    /// Its page on the forge; none if it gets none.
    pub page: Option<PageDone>,
    /// What stands in its environments.
    pub deployments: Vec<DeploymentDone>,
}

/// What proves a release: every check that was made of it.
#[derive(Clone, Debug)]
pub struct Proof {
    checks: Vec<Check>,
    behind: BTreeMap<ImageRepository, MirrorTrouble>,
}

impl Proof {
    /// How many checks found what was released.
    pub fn count(&self) -> usize {
        self.checks.iter().filter(|check| is_well(check)).count()
    }

    /// Optional mirrors that lack something of the release, or have something else: none of their tags follows.
    pub fn behind(&self) -> &BTreeMap<ImageRepository, MirrorTrouble> {
        &self.behind
    }
}

fn is_well(check: &Check) -> bool {
    matches!(check.outcome, Outcome::Ok | Outcome::Superseded(_))
}

/// Whether gates were run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gates {
    /// They were, and succeeded.
    Passed,
    /// They were when the version was promoted first.
    PassedBefore,
}

/// Why a version is not promoted.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PromoteError {
    /// It can't be, or the world did not do it.
    #[error(transparent)]
    Stop(#[from] Stop),
    /// The tag sits on another commit than the release was made from.
    #[error("the promotion tag sits on {at}, the release was made from {released}")]
    Elsewhere {
        /// The tag's commit.
        at: Oid,
        /// The release's.
        released: Oid,
    },
    /// The release is not what it was.
    #[error("the release is not everywhere what was released")]
    Unproven(Vec<Check>),
}

impl Promotion<'_> {
    /// The entries of deployments that follow it.
    pub fn deploying(&self) -> Deploying<'_> {
        Deploying {
            project: self.project,
            planned: self.deployments,
            tag: &self.tag.name,
            commit: &self.tag.commit,
            version: &self.release.record.version,
        }
    }

    /// What is to be said.
    pub fn saying(&self) -> Saying {
        let (release, seal) = (self.release, &self.release.seal);
        let channel = |target: &Target| {
            let digest: &Digest = seal.artifacts.get(&target.artifact)?;
            // Only where it was released are the bytes there.
            let is_there = |of: &Target| of.artifact == target.artifact && of.repository == target.repository;
            seal.targets.iter().any(is_there).then(|| Channel {
                artifact: target.artifact.clone(),
                digest: digest.clone(),
                repository: target.repository.clone(),
                tags: target.moving.clone(),
            })
        };
        Saying::Promote {
            version: release.version.clone(),
            record: seal.record.clone(),
            tag: self.tag.name.clone(),
            commit: self.tag.commit.clone(),
            channels: self
                .targets
                .iter()
                .filter_map(channel)
                .filter(|channel| !channel.tags.is_empty())
                .collect(),
        }
    }
}

/// Proves a release: published, from the commit of the promotion tag, and served by every registry as it was recorded. An optional
/// mirror that is down or behind holds nothing up.
///
/// # Errors
/// Something stands against it.
pub async fn prove(eyes: Eyes<'_>, promotion: &Promotion<'_>) -> Result<Proof, PromoteError> {
    let Promotion { project, release, tag, .. } = promotion;
    if !release.state.is_published() {
        let version = release.record.version.clone();
        return Err(Stop::from(Unsayable::NotPublished { version }).into());
    }
    if tag.commit != release.tag.commit {
        let (at, released) = (tag.commit.clone(), release.tag.commit.clone());
        return Err(PromoteError::Elsewhere { at, released });
    }
    // Files can be filed and pages made after it: what counts is what was released.
    let is_released = |check: &Check| !matches!(check.place, Place::Ledger | Place::Forge);
    let verification = verify_release(eyes, project, release, Demand::Policy).await?;
    let checks: Vec<Check> = verification.into_checks().into_iter().filter(is_released).collect();
    // What has other bytes than its digest says, or is signed by nobody who counts, is worse than behind.
    let stands = |check: &Check| {
        let silent = matches!(check.outcome, Outcome::Unreachable(_) | Outcome::Denied(_));
        is_well(check)
            || (silent && check.necessity == Necessity::Optional)
            || check.find_mirror_trouble().is_some()
    };
    if !checks.iter().all(stands) {
        return Err(PromoteError::Unproven(checks));
    }
    let mut behind = BTreeMap::new();
    for (repository, trouble) in checks.iter().filter_map(Check::find_mirror_trouble) {
        match trouble {
            // What is foreign there weighs more than what is missing.
            MirrorTrouble::Foreign { .. } => _ = behind.insert(repository, trouble),
            trouble => _ = behind.entry(repository).or_insert(trouble),
        }
    }
    Ok(Proof { checks, behind })
}

/// Looks at what a promotion would do that is proven, and does nothing.
///
/// # Errors
/// It can't be said, or what was said before can't be read.
pub async fn foresee_promotion(
    world: &World,
    promotion: &Promotion<'_>,
    proof: &Proof,
) -> Result<Foresight, Stop> {
    let mirrors = Mirrors::leaving(promotion.project, proof.behind.clone());
    foresee_with(world, promotion.project, &promotion.saying(), mirrors).await
}

/// Promotes a version, or finishes what is missing of it. Racing promotions of one tag say the same.
///
/// # Errors
/// Something stands against it, a gate fails, or the world does not do it.
pub async fn promote(world: &World, promotion: &Promotion<'_>) -> Result<Promoted, PromoteError> {
    let ended = run(world, promotion).await;
    let failed = |error: &PromoteError| match error {
        PromoteError::Stop(stop) => stop.is_failure(),
        PromoteError::Elsewhere { .. } | PromoteError::Unproven(_) => true,
    };
    if ended.as_ref().is_err_and(failed) {
        promotion.deploying().fail(world).await;
    }
    ended
}

async fn run(world: &World, promotion: &Promotion<'_>) -> Result<Promoted, PromoteError> {
    let proof = prove(world.eyes(), promotion).await?;
    if promotion.page.is_some() {
        world.eyes().forge().check_writable().await.map_err(Stop::from)?;
    }
    // What can't be said is known before anything takes long.
    let gates = match foresee_promotion(world, promotion, &proof).await?.settlement.words {
        Words::New(_) => {
            promotion.deploying().begin(world).await?;
            world.watcher.see(Event::Phase(Phase::Gate));
            world.inspector.promote().await.map_err(Stop::from)?;
            // Gates take long: whoever took the tag back meanwhile did so before anything was said.
            hold_to_tag(world, promotion.tag).await?;
            Gates::Passed
        }
        Words::Said(_) | Words::Nothing => Gates::PassedBefore,
    };
    let mirrors = Mirrors::leaving(promotion.project, proof.behind.clone());
    let spoke = speak_with(world, promotion.project, &promotion.saying(), mirrors).await?;
    // Told after the last look at git: what is wrong with the page keeps nothing from being true.
    let page = make_page(world, promotion).await;
    compare_with_tag(world, promotion.tag).await?;
    let page = page?;
    let deployments = match Published::by_ledger(promotion.release) {
        Some(published) => promotion.deploying().succeed(world, &published).await?,
        None => Vec::new(),
    };
    Ok(Promoted { proof, gates, spoke, page, deployments })
}

/// The page of a promotion: that of its own tag, with the files of the release.
async fn make_page(world: &World, promotion: &Promotion<'_>) -> Result<Option<PageDone>, Stop> {
    let Promotion { project, release, tag, .. } = promotion;
    let (Some(text), Some(published)) = (promotion.page, Published::by_ledger(release)) else {
        return Ok(None);
    };
    let name = release.claim_name();
    let files = read_page_files(world.eyes(), release, &tag.name).await?;
    let page = render_page(&name, &tag.name, text, Maturity::Release, &release.seal);
    let wish = PageWish::new(world.eyes().forge(), page, files);
    let done = ensure_page(world, &published, &wish).await?;
    settle_latest(world, project, &published, &mut Mirrors::new(project)).await?;
    Ok(Some(done))
}
