//! Entries of deployments: in progress once a run has the claim, and success or failure at its end.
//!
//! As for pages no answer decides, only the next look. An environment shows the highest version that counts: a version that
//! is outranked gets no entry.

mod standing;

use plimsoll_oci::name::Digest;
use plimsoll_tags::version::Version;

use super::mirrors::Mirrors;
use super::order::Order;
use super::stop::Stop;
use super::survey::{Survey, survey};
use crate::domain::claim::{Claim, ClaimName};
use crate::domain::deployment::{Cause, DeployOn, Deployment, DeploymentState, NewDeployment};
use crate::domain::event::Event;
use crate::domain::git::{GitTag, Oid};
use crate::domain::line::PublishedVersion;
use crate::domain::marks::Marks;
use crate::domain::project::Project;
use crate::domain::step::{Phase, StepId};
use crate::ship::ensure::pause;
use crate::ship::key::Settles;
use crate::ship::{Ensured, ShipError};
use crate::world::deployments::StandingDeployment;
use crate::world::{Eyes, World, WorldError};

pub(crate) use standing::find_usurper;

/// How often an entry is looked at, and something done for it, before a run gives up.
const TURNS: u32 = 24;
/// How many looks may not show what was done last.
const LOOKS: u32 = 5;

/// The entries of one tag.
#[derive(Clone, Copy, Debug)]
pub struct Deploying<'a> {
    /// The project.
    pub project: &'a Project,
    /// What follows the tag's occasion.
    pub planned: &'a [Deployment],
    /// The tag.
    pub tag: &'a GitTag,
    /// Its commit.
    pub commit: &'a Oid,
    /// Its version.
    pub version: &'a str,
}

/// What came of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentDone {
    /// The environment.
    pub environment: String,
    /// Where people find what is deployed.
    pub url: Option<String>,
    /// What became of it.
    pub outcome: Deployed,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deployed {
    /// It stands; and whether this run said so.
    Stands(Ensured),
    /// The environment is at a higher version that counts.
    Outranked {
        /// Which.
        by: String,
    },
}

impl DeploymentDone {
    /// True if this run changed something.
    pub fn is_changed(&self) -> bool {
        self.outcome == Deployed::Stands(Ensured::Made)
    }
}

impl<'a> Deploying<'a> {
    /// The entries that follow a release.
    pub fn of(order: &'a Order<'_>) -> Deploying<'a> {
        Deploying {
            project: order.project,
            planned: &order.plan.deployments,
            tag: &order.tag.name,
            commit: &order.tag.commit,
            version: &order.name.version,
        }
    }

    /// The entry of an environment.
    pub fn entry(&self, deployment: &Deployment) -> NewDeployment {
        NewDeployment {
            environment: deployment.environment.clone(),
            url: deployment.url_of(self.version),
            tag: self.tag.clone(),
            commit: self.commit.clone(),
            cause: Cause::Tag(self.tag.clone()),
        }
    }

    /// Says of every entry that it is in progress.
    ///
    /// # Errors
    /// The forge did not do it, or what counts can't be read.
    pub async fn begin(&self, world: &World) -> Result<(), Stop> {
        for deployment in self.planned {
            if self.outranking(world.eyes(), deployment.on).await?.is_none() {
                ensure_entry(world, &self.entry(deployment), DeploymentState::InProgress).await?;
            }
        }
        Ok(())
    }

    /// Says of every entry that it stands, but of those that were outranked meanwhile.
    ///
    /// # Errors
    /// The forge did not do it, or what counts can't be read.
    pub async fn succeed(&self, world: &World, _key: &impl Settles) -> Result<Vec<DeploymentDone>, Stop> {
        let mut done = Vec::new();
        for deployment in self.planned {
            world.watcher.see(Event::Phase(Phase::Deployment));
            let mut rival = self.find_rival(world.eyes(), deployment.on).await?;
            let goal = match rival {
                Some(_) => DeploymentState::Inactive,
                None => DeploymentState::Success,
            };
            let entry = self.entry(deployment);
            let ensured = ensure_entry(world, &entry, goal).await?;
            // Another version may have come to count between the look and what was said.
            if rival.is_none() && ensured == Ensured::Made {
                rival = self.find_rival(world.eyes(), deployment.on).await?;
                if let Some(rival) = &rival {
                    give_way(world, self.project, deployment, rival, &entry.cause).await?;
                }
            }
            let outcome = match rival {
                Some(rival) => Deployed::Outranked { by: rival.version.to_string() },
                None => Deployed::Stands(ensured),
            };
            let NewDeployment { environment, url, .. } = entry;
            done.push(DeploymentDone { environment, url, outcome });
        }
        Ok(done)
    }

    /// Says of every entry that is in progress that it failed. What keeps that from being said is told and no more: the run
    /// has ended for another reason.
    pub async fn fail(&self, world: &World) {
        for deployment in self.planned {
            let entry = self.entry(deployment);
            if let Err(stop) = ensure_entry(world, &entry, DeploymentState::Failure).await {
                let note = format!(
                    "the deployment to {} could not be said to have failed: {stop}",
                    entry.environment
                );
                world.watcher.see(Event::Remark(note));
            }
        }
    }

    /// The version that an environment is at rather than this one; none if this one counts.
    ///
    /// # Errors
    /// What counts can't be read.
    pub async fn outranking(&self, eyes: Eyes<'_>, on: DeployOn) -> Result<Option<String>, Stop> {
        Ok(self.find_rival(eyes, on).await?.map(|rival| rival.version.to_string()))
    }

    async fn find_rival(&self, eyes: Eyes<'_>, on: DeployOn) -> Result<Option<Head>, Stop> {
        let own = Version::parse(self.project.tags.scheme(), self.version);
        let outranks = |head: &Head| {
            let passed_over = head.marks.pass_over(self.version);
            own.is_ok_and(|own| passed_over || head.version > own)
        };
        Ok(find_head(eyes, self.project, on).await?.filter(outranks))
    }
}

/// The version that an environment is to be at.
#[derive(Clone, Debug)]
pub struct Head {
    /// The version.
    pub version: Version,
    marks: Marks,
}

/// The highest version that counts for an environment; none where every version counts for itself.
///
/// # Errors
/// What counts can't be read.
pub async fn find_head(eyes: Eyes<'_>, project: &Project, on: DeployOn) -> Result<Option<Head>, Stop> {
    if on == DeployOn::Prerelease {
        return Ok(None);
    }
    let mut mirrors = Mirrors::new(project);
    let known = survey(eyes, project, &mut mirrors, None).await?;
    let Some(highest) = find_in(on, &known) else { return Ok(None) };
    match mirrors.find_doubt(highest.marked_in.as_ref()) {
        Some(silence) => Err(silence.clone().into()),
        None => Ok(Some(Head { version: highest.version.clone(), marks: known.marks })),
    }
}

/// The same among what is known; none where every version counts for itself.
fn find_in(on: DeployOn, known: &Survey) -> Option<&PublishedVersion> {
    let counts = |version: &Version| {
        let name = version.to_string();
        let on_line = match on {
            DeployOn::Promotion => known.marks.promotions(&name).next().is_some(),
            DeployOn::Version => !version.is_prerelease(),
            DeployOn::Prerelease => false,
        };
        on_line && !known.marks.pass_over(&name)
    };
    // What another tool left under a version's name was deployed by nobody here.
    let ours = known.versions.iter().filter(|one| one.is_ours() || on == DeployOn::Promotion);
    let counted = ours.filter(|published| counts(&published.version));
    counted.max_by(|one, other| one.version.cmp(&other.version))
}

impl Head {
    /// The tag that put it where it is, and what was stated of it then; none if nobody holds a claim on it.
    async fn find_cause(
        &self,
        eyes: Eyes<'_>,
        project: &Project,
        on: DeployOn,
    ) -> Result<Option<(GitTag, Oid, Digest)>, Stop> {
        let version = self.version.to_string();
        if on == DeployOn::Promotion {
            let promotions = self.marks.promotions(&version).map(|promotion| {
                (promotion.tag.clone(), promotion.commit.clone(), promotion.statement.clone())
            });
            let Some(first) = promotions.min() else { return Ok(None) };
            // A statement alone makes no entry: it can be left by whoever may push to a registry.
            let there = eyes.git().find_tag(&first.0).await?;
            return Ok((there.as_ref() == Some(&first.1)).then_some(first));
        }
        let name = ClaimName { component: project.name.clone(), version };
        let Some(held) = eyes.claims().read(&name).await? else { return Ok(None) };
        let Claim { tag, seal, .. } = Claim::parse(&name, &held.bytes)?;
        Ok(seal.map(|seal| (tag.name, tag.commit, seal.record)))
    }
}

/// Puts an environment back to its head, over whose entry another one was just said to stand, for the reason `after`. One whose own run
/// has not said so yet says it later.
pub(crate) async fn give_way(
    world: &World,
    project: &Project,
    deployment: &Deployment,
    head: &Head,
    after: &Cause,
) -> Result<(), Stop> {
    let Some((tag, commit, statement)) = head.find_cause(world.eyes(), project, deployment.on).await? else {
        return Ok(());
    };
    let url = deployment.url_of(&head.version.to_string());
    let cause = Cause::Tag(tag.clone());
    let own = NewDeployment { environment: deployment.environment.clone(), url, tag, commit, cause };
    let standing = look(world, &own).await?;
    if standing.iter().any(|standing| standing.state.has_reached(DeploymentState::Success)) {
        // Each that gives way does so by an entry of its own: that of another may lie below this one's.
        let cause = Cause::Again { statement, after: Box::new(after.clone()) };
        let anew = NewDeployment { cause, ..own };
        ensure_entry(world, &anew, DeploymentState::Success).await?;
    }
    Ok(())
}

/// Makes an entry come to `goal`. One that is not there is made for what goes well, and for nothing else.
pub(crate) async fn ensure_entry(
    world: &World,
    entry: &NewDeployment,
    goal: DeploymentState,
) -> Result<Ensured, Stop> {
    let step = StepId::new("deployment", &entry.environment);
    let wanted = matches!(goal, DeploymentState::InProgress | DeploymentState::Success);
    let (mut ensured, mut unseen) = (Ensured::Already, 0);
    let mut last = None;
    for _ in 0..TURNS {
        let standing = look(world, entry).await?;
        let counted = standing.first();
        if counted.is_some_and(|counted| counted.state.has_reached(goal)) || counted.is_none() && !wanted {
            retire_spares(world, &step, entry, goal, &standing).await?;
            return Ok(ensured);
        }
        // What was done last may not show yet.
        if ensured == Ensured::Made && last == Some(counted.map(|counted| counted.state)) && unseen < LOOKS {
            unseen += 1;
            pause(world, unseen).await?;
            continue;
        }
        (last, unseen, ensured) = (Some(counted.map(|counted| counted.state)), 0, Ensured::Made);
        world.watcher.see(Event::Started(step.clone()));
        let hands = world.hands(&step);
        let done = match counted {
            None => hands.begin_deployment(entry).await,
            Some(counted) => hands.report_deployment(&counted.id, entry, goal).await,
        };
        match done {
            Err(error) if !error.is_temporary() => return Err(error.into()),
            _ => {}
        }
    }
    Err(ShipError::NoEffect { step }.into())
}

/// Looks, and looks again where an answer failed to come.
async fn look(world: &World, entry: &NewDeployment) -> Result<Vec<StandingDeployment>, WorldError> {
    let mut round = 0;
    loop {
        match world.eyes().forge().find_deployments(entry).await {
            Err(error) if error.is_temporary() && round < LOOKS => {
                round += 1;
                pause(world, round).await?;
            }
            answer => return answer,
        }
    }
}

/// Of several entries that races and lost replies have made one counts; the others must not seem to be under way for ever.
async fn retire_spares(
    world: &World,
    step: &StepId,
    entry: &NewDeployment,
    goal: DeploymentState,
    standing: &[StandingDeployment],
) -> Result<(), WorldError> {
    if goal == DeploymentState::InProgress {
        return Ok(());
    }
    let open = |spare: &&StandingDeployment| {
        matches!(spare.state, DeploymentState::Pending | DeploymentState::InProgress)
    };
    for spare in standing.iter().skip(1).filter(open) {
        world.hands(step).report_deployment(&spare.id, entry, DeploymentState::Inactive).await?;
    }
    Ok(())
}
