//! `plan --online` and `status`: every step looked at, nothing changed.

use crate::run::whole::record_artifact;
use std::collections::BTreeSet;

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_tags::version::Version;

use crate::domain::artifact::ArtifactName;
use crate::domain::claim::{Claim, Seal, State};
use crate::domain::line::MovingTag;
use crate::domain::step::Phase;
use crate::plan::steps::{About, PlannedStep};
use crate::run::ending::Stop;
use crate::run::order::Order;
use crate::run::settle::{Chart, look};
use crate::run::swap::{ClaimAt, read};
use crate::ship::push::find_missing;
use crate::statement::record::Record;
use crate::world::{World, WorldError};

/// What a release would do, step by step.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The claim as it stands.
    pub claim: Option<Claim>,
    /// The steps.
    pub forecasts: Vec<Forecast>,
}

/// One step and what would become of it.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// The step.
    pub step: PlannedStep,
    /// What would become of it.
    pub verdict: Verdict,
}

/// What would become of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It would be done; the digest is known once it is made, or known already.
    Create(Option<Digest>),
    /// It is done.
    AlreadyThere(Option<Digest>),
    /// A moving tag would move.
    Move {
        /// From where.
        from: Digest,
        /// To where, if that is known already.
        to: Option<Digest>,
    },
    /// A moving tag would stay at a higher version.
    Stays {
        /// Which.
        at: String,
    },
    /// It would be refused.
    Refused {
        /// What is there.
        found: Digest,
    },
    /// It can't be looked at.
    Unreachable(String),
}

impl Preview {
    /// True if a release would change something.
    pub fn has_changes(&self) -> bool {
        let changes =
            |forecast: &Forecast| matches!(forecast.verdict, Verdict::Create(_) | Verdict::Move { .. });
        self.forecasts.iter().any(changes)
    }

    /// True if everything was looked at and is there: nothing to do, nothing in the way, nothing out of reach.
    pub fn is_complete(&self) -> bool {
        let done = |forecast: &Forecast| {
            matches!(forecast.verdict, Verdict::AlreadyThere(_) | Verdict::Stays { .. })
        };
        self.forecasts.iter().all(done)
    }

    /// The first thing that would be refused.
    pub fn find_refusal(&self) -> Option<&Forecast> {
        self.forecasts.iter().find(|forecast| matches!(forecast.verdict, Verdict::Refused { .. }))
    }
}

/// Looks at every step of a plan.
pub async fn preview(world: &World, order: &Order<'_>, version: &Version) -> Result<Preview, Stop> {
    let at = read(world, order.name).await?;
    let own = order.own_seal(world).await?;
    let seal = at.as_ref().and_then(|at| at.claim.seal.clone()).or(own);
    let state = at.as_ref().map(|at| at.claim.state);
    let chart = look(world.eyes(), order.project, &moving_tags(order)).await;
    let looking = Looking { world, order, version, at: at.as_ref(), seal: seal.as_ref(), state };
    let mut forecasts = Vec::new();
    for step in order.plan.steps() {
        let verdict = match looking.verdict(&step, chart.as_ref()).await {
            Ok(verdict) => verdict,
            Err(error) => Verdict::Unreachable(error.to_string()),
        };
        forecasts.push(Forecast { step, verdict });
    }
    Ok(Preview { claim: at.map(|at| at.claim), forecasts })
}

fn moving_tags(order: &Order<'_>) -> BTreeSet<MovingTag> {
    let targets = order.plan.targets.iter();
    targets
        .flat_map(|target| target.moving.iter().map(|tag| (target.repository.clone(), tag.clone())))
        .collect()
}

struct Looking<'a> {
    world: &'a World,
    order: &'a Order<'a>,
    version: &'a Version,
    at: Option<&'a ClaimAt>,
    seal: Option<&'a Seal>,
    state: Option<State>,
}

impl Looking<'_> {
    fn digest(&self, artifact: &ArtifactName) -> Option<Digest> {
        self.seal.and_then(|seal| seal.artifacts.get(artifact)).cloned()
    }

    /// True if the set in the seal is the release, whoever runs.
    fn is_settled(&self) -> bool {
        matches!(self.state, Some(State::Committed | State::Published))
    }

    async fn verdict(&self, step: &PlannedStep, chart: Result<&Chart, &Stop>) -> Result<Verdict, WorldError> {
        match &step.about {
            About::Artifact { artifact } => Ok(match self.digest(artifact) {
                Some(digest) => Verdict::AlreadyThere(Some(digest)),
                None => Verdict::Create(None),
            }),
            About::Content { artifact, repository, .. } => self.content(artifact, repository).await,
            About::Record { repository } => self.record(repository).await,
            About::Claim { state } => Ok(self.claim(state)),
            About::File { name } => self.file(name).await,
            About::Tag { artifact, repository, tag, .. } => match step.phase {
                Phase::MovingTag => Ok(self.moving(artifact, (repository.clone(), tag.clone()), chart)),
                _ => self.tag(step.phase, artifact, repository, tag).await,
            },
        }
    }

    async fn content(
        &self,
        artifact: &ArtifactName,
        repository: &ImageRepository,
    ) -> Result<Verdict, WorldError> {
        let Some(digest) = self.digest(artifact) else { return Ok(Verdict::Create(None)) };
        let missing = find_missing(&*self.world.eyes().pull(repository), &digest).await?;
        Ok(if missing.is_none() {
            Verdict::AlreadyThere(Some(digest))
        } else {
            Verdict::Create(Some(digest))
        })
    }

    async fn record(&self, repository: &ImageRepository) -> Result<Verdict, WorldError> {
        let Some(seal) = self.seal else { return Ok(Verdict::Create(None)) };
        let tag = self.at.map_or(self.order.tag, |at| &at.claim.tag);
        let artifact = record_artifact(self.order.name, tag, seal);
        let there = self.world.eyes().pull(repository).manifest(artifact.manifest.digest()).await?;
        let digest = Some(seal.record.clone());
        Ok(if there.is_some() { Verdict::AlreadyThere(digest) } else { Verdict::Create(digest) })
    }

    fn claim(&self, state: &str) -> Verdict {
        let reached = match state {
            "committed" => self.is_settled(),
            _ => self.state == Some(State::Published),
        };
        if reached { Verdict::AlreadyThere(None) } else { Verdict::Create(None) }
    }

    async fn file(&self, name: &str) -> Result<Verdict, WorldError> {
        let there = self.world.eyes().ledger().read(name).await?;
        let want = match (self.seal, self.at) {
            (Some(seal), Some(at)) => Some(Record::of_seal(self.order.name, &at.claim.tag, seal).bytes()),
            _ => None,
        };
        Ok(match (there, want) {
            (None, _) => Verdict::Create(None),
            (Some(there), Some(want)) if there == want => Verdict::AlreadyThere(None),
            (Some(there), _) => Verdict::Refused { found: Digest::of(&there) },
        })
    }

    async fn tag(
        &self,
        phase: Phase,
        artifact: &ArtifactName,
        repository: &ImageRepository,
        tag: &ImageTag,
    ) -> Result<Verdict, WorldError> {
        let there = self.world.eyes().pull(repository).resolve(tag).await?.map(|there| there.digest);
        let want = self.digest(artifact);
        Ok(match there {
            None => Verdict::Create(want),
            Some(found) if phase == Phase::FirstWins => Verdict::AlreadyThere(Some(found)),
            Some(found) if self.is_settled() && want.as_ref() == Some(&found) => Verdict::AlreadyThere(want),
            Some(found) => Verdict::Refused { found },
        })
    }

    /// A moving tag as it would be once this version is published.
    fn moving(&self, artifact: &ArtifactName, tag: MovingTag, chart: Result<&Chart, &Stop>) -> Verdict {
        let chart = match chart {
            Ok(chart) => chart,
            Err(error) => return Verdict::Unreachable(error.to_string()),
        };
        if let Some(error) = chart.silent.get(&tag.0) {
            return Verdict::Unreachable(error.to_string());
        }
        let own = self.digest(artifact);
        let Some(course) = chart.courses.get(&tag) else { return Verdict::Create(own) };
        let head = course.head.as_ref().and_then(|(version, digest)| {
            let version = Version::parse(self.version.scheme(), version).ok()?;
            Some((version, digest.clone()))
        });
        let to = match head {
            Some((version, _)) if version > *self.version => {
                return Verdict::Stays { at: version.to_string() };
            }
            Some((version, digest)) if version == *self.version => Some(digest),
            _ => own,
        };
        match &course.now {
            None => Verdict::Create(to),
            Some(now) if to.as_ref() == Some(now) => Verdict::AlreadyThere(to),
            Some(now) => Verdict::Move { from: now.clone(), to },
        }
    }
}
