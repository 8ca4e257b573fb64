//! `plan --online` and `status`: every step looked at, nothing changed.

use std::collections::BTreeSet;

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_tags::version::Version;

use super::preview_page::{preview_deployment, preview_latest, preview_own_page, preview_page};
use super::preview_statements::{preview_sbom, preview_signed};
use crate::domain::artifact::ArtifactName;
use crate::domain::chart::ListedVersion;
use crate::domain::claim::{Claim, FileRole, Seal, State};
use crate::domain::git::{GitTag, Oid, TagAt};
use crate::domain::line::MovingTag;
use crate::domain::project::ClaimPolicy;
use crate::domain::step::Phase;
use crate::plan::Plan;
use crate::plan::steps::{About, PlannedStep, Stated};
use crate::run::chart_numbers::sealed_numbers;
use crate::run::ending::Stop;
use crate::run::mirrors::Mirrors;
use crate::run::order::Order;
use crate::run::posting::are_posted;
use crate::run::settle::{Courses, look};
use crate::run::swap::read;
use crate::run::unclaimed::announcements;
use crate::run::whole::record_artifact;
use crate::ship::ShipError;
use crate::ship::push::find_missing;
use crate::ship::version_tag::VersionTag;
use crate::statement::record::Record;
use crate::world::{World, WorldError};

/// What a release would do, step by step.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The claim as it stands.
    pub claim: Option<Claim>,
    /// Where no claim is held: the announcements of the version that stand.
    pub announced: Vec<ImageTag>,
    /// The steps.
    pub forecasts: Vec<Forecast>,
    /// How a release would end at once; none if it would go on.
    pub stop: Option<Stop>,
    /// Why the first step that could not be looked at could not be.
    pub unreachable: Option<Stop>,
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
    /// It will not be done, and never was: the version is burnt.
    Never,
    /// It would be refused.
    Refused {
        /// What is there.
        found: Digest,
    },
    /// It would be refused: the git tag is on another commit.
    Elsewhere {
        /// Which.
        at: Oid,
    },
    /// It can't be looked at.
    Unreachable(String),
}

impl Preview {
    /// Whether a release would change something; none if that depends on what can't be looked at.
    pub fn changes(&self) -> Option<bool> {
        let changes =
            |forecast: &Forecast| matches!(forecast.verdict, Verdict::Create(_) | Verdict::Move { .. });
        match (self.forecasts.iter().any(changes), &self.unreachable) {
            (true, _) => Some(true),
            (false, Some(_)) => None,
            (false, None) => Some(false),
        }
    }

    /// Takes the gates as passed: they were, when the promotion was said, and are not run again.
    pub fn pass_gates(&mut self) {
        for forecast in &mut self.forecasts {
            if let About::Gate { .. } = forecast.step.about {
                forecast.verdict = Verdict::AlreadyThere(None);
            }
        }
    }

    /// True if everything was looked at and is there: nothing to do, nothing in the way, nothing out of reach.
    pub fn is_complete(&self) -> bool {
        let done = |forecast: &Forecast| {
            matches!(forecast.verdict, Verdict::AlreadyThere(_) | Verdict::Stays { .. })
        };
        self.forecasts.iter().all(done)
    }
}

/// Looks at every step of a plan.
pub async fn preview(world: &World, order: &Order<'_>, version: &Version) -> Result<Preview, Stop> {
    let known = Known::read(world, order).await?;
    let mut mirrors = Mirrors::new(order.project);
    let courses = look(world.eyes(), order.project, &moving_tags(order), &mut mirrors).await;
    let looking = Looking { world, order, version, known: &known, courses: &courses, mirrors: &mirrors };
    let mut forecasts = Vec::new();
    let mut unreachable = None;
    for step in known.plan(order).steps() {
        if matches!(step.about, About::Claim { .. }) && order.project.claim == ClaimPolicy::None {
            continue;
        }
        let verdict = match looking.verdict(&step).await {
            Ok(Verdict::Create(_) | Verdict::Move { .. }) if known.is_burnt() => Verdict::Never,
            Ok(verdict) => verdict,
            Err(stop) => {
                let why = stop.to_string();
                unreachable.get_or_insert(stop);
                Verdict::Unreachable(why)
            }
        };
        forecasts.push(Forecast { step, verdict });
    }
    let stop = known.find_stop(order).or_else(|| find_refusal(&known, &forecasts));
    let Known { claim, announced, .. } = known;
    Ok(Preview { claim, announced, forecasts, stop, unreachable })
}

/// How a release would end that finds another's content under one of its version tags.
fn find_refusal(known: &Known, forecasts: &[Forecast]) -> Option<Stop> {
    forecasts.iter().find_map(|forecast| {
        if let (Verdict::Elsewhere { at }, About::OwnTag { tag }) = (&forecast.verdict, &forecast.step.about)
        {
            return Some(known.own_tag_stop(tag, at));
        }
        let Verdict::Refused { found } = &forecast.verdict else { return None };
        let (out, found) = (known.state() == Some(State::Published), found.clone());
        let (artifact, repository, tag) = match &forecast.step.about {
            About::Tag { artifact, repository, tag, .. } => (artifact, repository.clone(), tag.clone()),
            About::ListedChart { listed } if !out => {
                return Some(Stop::Listed { listed: listed.clone(), found });
            }
            About::File { name } if !out => return Some(Stop::Recorded { file: name.clone(), found }),
            _ => return Some(ShipError::Conflict { step: forecast.step.id.clone(), found }.into()),
        };
        match known.digest(artifact).filter(|_| out) {
            Some(digest) => {
                Some(Stop::Drift { tag: Box::new(VersionTag { repository, tag, digest }), found })
            }
            None => Some(Stop::Taken { repository, tag, found }),
        }
    })
}

fn moving_tags(order: &Order<'_>) -> BTreeSet<MovingTag> {
    let targets = order.plan.targets.iter();
    targets
        .flat_map(|target| target.moving.iter().map(|tag| (target.repository.clone(), tag.clone())))
        .collect()
}

/// What is known of the release before its steps are looked at.
struct Known {
    claim: Option<Claim>,
    announced: Vec<ImageTag>,
    /// The set, and the tag that it was made from: the claim's, the announced one, or what this machine has sealed.
    seal: Option<(Seal, TagAt)>,
}

impl Known {
    async fn read(world: &World, order: &Order<'_>) -> Result<Known, Stop> {
        let own = order.own_seal(world).await?.map(|seal| (seal, order.tag.clone()));
        if order.project.claim == ClaimPolicy::None {
            let announced = match order.plan.targets.first() {
                Some(first) => announcements(world, order, &first.repository).await?,
                None => Vec::new(),
            };
            let seal = match announced.as_slice() {
                [set] => Some((set.seal().clone(), set.record().tag())),
                _ => own,
            };
            let announced = announced.iter().map(|set| set.tag().clone()).collect();
            return Ok(Known { claim: None, announced, seal });
        }
        let claim = read(world, order.name).await?.map(|at| at.claim);
        let claimed = claim.as_ref().and_then(|claim| Some((claim.seal.clone()?, claim.tag.clone())));
        Ok(Known { claim, announced: Vec::new(), seal: claimed.or(own) })
    }

    fn state(&self) -> Option<State> {
        self.claim.as_ref().map(|claim| claim.state)
    }

    /// The plan, with the tags of charts whose numbers are known.
    fn plan(&self, order: &Order<'_>) -> Plan {
        let Some((seal, _)) = &self.seal else { return order.plan.clone() };
        let numbers = sealed_numbers(order.project, seal);
        order.plan.clone().with_numbers(order.project, &numbers).with_charts(seal)
    }

    /// What a release says of a chart's git tag on another commit.
    fn own_tag_stop(&self, tag: &GitTag, found: &Oid) -> Stop {
        let (tag, found) = (tag.clone(), found.clone());
        match self.seal.as_ref().filter(|_| self.is_settled()) {
            Some((_, released)) => {
                Stop::OwnTagDrift { tag, want: released.commit.clone(), found: Some(found) }
            }
            None => Stop::OwnTagTaken { tag, found },
        }
    }

    fn is_burnt(&self) -> bool {
        self.state() == Some(State::Burnt)
    }

    /// True if the set in the seal is the release, whoever runs.
    fn is_settled(&self) -> bool {
        matches!(self.state(), Some(State::Committed | State::Published)) || self.announced.len() == 1
    }

    fn digest(&self, artifact: &ArtifactName) -> Option<Digest> {
        self.seal.as_ref().and_then(|(seal, _)| seal.artifacts.get(artifact)).cloned()
    }

    fn find_file(&self, role: FileRole) -> Option<Digest> {
        let file = self.seal.as_ref().and_then(|(seal, _)| seal.files.get(&role))?;
        Some(file.digest.clone())
    }

    /// How a release would end that knows no more than this.
    fn find_stop(&self, order: &Order<'_>) -> Option<Stop> {
        if let (Some(first), true) = (order.plan.targets.first(), self.announced.len() > 1) {
            let repository = first.repository.clone();
            return Some(Stop::Contested { announcements: self.announced.clone(), repository });
        }
        if let Some(claim) = self.claim.as_ref().filter(|_| self.is_burnt()) {
            return Some(Stop::Burnt { why: claim.why.clone() });
        }
        let (_, tag) = self.seal.as_ref().filter(|_| self.is_settled())?;
        let moved = tag.object != order.tag.object;
        moved.then(|| Stop::TagMovedSince { released: Box::new(tag.clone()) })
    }
}

struct Looking<'a> {
    world: &'a World,
    order: &'a Order<'a>,
    version: &'a Version,
    known: &'a Known,
    courses: &'a Result<Courses, Stop>,
    mirrors: &'a Mirrors,
}

impl Looking<'_> {
    async fn verdict(&self, step: &PlannedStep) -> Result<Verdict, Stop> {
        Ok(match &step.about {
            About::Artifact { artifact } => match self.known.digest(artifact) {
                Some(digest) => Verdict::AlreadyThere(Some(digest)),
                None => Verdict::Create(None),
            },
            About::Made { role } => match self.known.find_file(*role) {
                Some(digest) => Verdict::AlreadyThere(Some(digest)),
                None => Verdict::Create(None),
            },
            About::Sbom { artifact, platform, predicate_type } => {
                let seal = self.known.seal.as_ref().map(|(seal, _)| seal);
                preview_sbom(seal, artifact, platform.as_deref(), predicate_type)
            }
            About::Content { artifact, repository, .. } => self.content(artifact, repository).await?,
            About::Signed { artifact, repository, statement, .. } => {
                self.signed(artifact, repository, statement).await?
            }
            About::Record { repository } => self.record(repository).await?,
            About::Claim { state } => self.claim(*state),
            About::File { name } => self.file(name).await?,
            About::Gate { .. } => Verdict::Create(None),
            About::Page { tag } => {
                let whose = (self.order.name, self.order.tag);
                preview_page(self.world.eyes(), whose, self.settled(), tag).await?
            }
            About::Attestations => self.attestations().await?,
            About::LatestPage { tag } => {
                preview_latest(self.world.eyes(), self.order.project, self.version, tag).await?
            }
            About::Deployment { environment } => {
                preview_deployment(self.world.eyes(), &self.order.deploying(), environment).await?
            }
            About::OwnTag { tag } => self.own_tag(tag).await?,
            About::OwnPage { tag } => preview_own_page(self.world.eyes(), self.settled(), tag).await?,
            About::ListedChart { listed } => self.listed(listed).await?,
            About::Tag { artifact, repository, tag, .. } => match step.phase {
                Phase::MovingTag => self.moving(artifact, (repository.clone(), tag.clone()))?,
                _ => self.tag(step.phase, artifact, repository, tag).await?,
            },
        })
    }

    /// The set, if it is the release.
    fn settled(&self) -> Option<&Seal> {
        self.known.seal.as_ref().filter(|_| self.known.is_settled()).map(|(seal, _)| seal)
    }

    async fn content(
        &self,
        artifact: &ArtifactName,
        repository: &ImageRepository,
    ) -> Result<Verdict, WorldError> {
        let Some(digest) = self.known.digest(artifact) else { return Ok(Verdict::Create(None)) };
        let missing = find_missing(&*self.world.eyes().pull(repository), &digest).await?;
        Ok(if missing.is_none() {
            Verdict::AlreadyThere(Some(digest))
        } else {
            Verdict::Create(Some(digest))
        })
    }

    async fn signed(
        &self,
        artifact: &ArtifactName,
        repository: &ImageRepository,
        statement: &Stated,
    ) -> Result<Verdict, WorldError> {
        let Some((seal, tag)) = &self.known.seal else { return Ok(Verdict::Create(None)) };
        let place = (artifact, repository);
        preview_signed(self.world.eyes(), (self.order.name, tag), seal, place, statement).await
    }

    async fn attestations(&self) -> Result<Verdict, WorldError> {
        let Some((seal, tag)) = self.known.seal.as_ref().filter(|_| self.known.is_settled()) else {
            return Ok(Verdict::Create(None));
        };
        let posted = are_posted(self.world.eyes(), self.order.name, tag, seal).await?;
        Ok(if posted { Verdict::AlreadyThere(None) } else { Verdict::Create(None) })
    }

    async fn record(&self, repository: &ImageRepository) -> Result<Verdict, WorldError> {
        let Some((seal, tag)) = &self.known.seal else { return Ok(Verdict::Create(None)) };
        let artifact = record_artifact(self.order.name, tag, seal);
        let there = self.world.eyes().pull(repository).manifest(artifact.manifest.digest()).await?;
        let digest = Some(seal.record.clone());
        Ok(if there.is_some() { Verdict::AlreadyThere(digest) } else { Verdict::Create(digest) })
    }

    fn claim(&self, state: State) -> Verdict {
        let reached = match state {
            State::Committed => self.known.is_settled(),
            state => self.known.state() == Some(state),
        };
        if reached { Verdict::AlreadyThere(None) } else { Verdict::Create(None) }
    }

    async fn file(&self, name: &str) -> Result<Verdict, WorldError> {
        let there = self.world.eyes().ledger().read(name).await?;
        let settled = self.known.seal.as_ref().filter(|_| self.known.is_settled());
        let want = settled.map(|(seal, tag)| Record::of_seal(self.order.name, tag, seal).bytes());
        Ok(match (there, want) {
            (None, _) => Verdict::Create(None),
            (Some(there), Some(want)) if there == want => Verdict::AlreadyThere(None),
            (Some(there), _) => Verdict::Refused { found: Digest::of(&there) },
        })
    }

    async fn own_tag(&self, tag: &GitTag) -> Result<Verdict, WorldError> {
        let want = self.known.seal.as_ref().map_or(self.order.tag, |(_, tag)| tag);
        Ok(match self.world.eyes().git().find_tag(tag).await? {
            None => Verdict::Create(None),
            Some(there) if there == want.commit => Verdict::AlreadyThere(None),
            Some(at) => Verdict::Elsewhere { at },
        })
    }

    async fn listed(&self, listed: &ListedVersion) -> Result<Verdict, WorldError> {
        let there = self.world.eyes().chart_repositories().find(listed).await?;
        let charts = self.known.seal.iter().flat_map(|(seal, _)| seal.charts.values());
        let mut ours = charts.filter(|chart| chart.listed_version().as_ref() == Some(listed));
        let want = ours.next().map(|chart| chart.package.digest.clone());
        Ok(match there {
            None => Verdict::Create(want),
            Some(found) if want.as_ref() == Some(&found) => Verdict::AlreadyThere(want),
            Some(found) => Verdict::Refused { found },
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
        let want = self.known.digest(artifact);
        Ok(match there {
            None => Verdict::Create(want),
            Some(found) if phase == Phase::FirstWins => Verdict::AlreadyThere(Some(found)),
            Some(found) if self.is_ours(&found, want.as_ref()) => Verdict::AlreadyThere(want),
            Some(found) => Verdict::Refused { found },
        })
    }

    /// True if a version tag at `found` is this release's: of a burnt one some may have been written before.
    fn is_ours(&self, found: &Digest, want: Option<&Digest>) -> bool {
        (self.known.is_settled() || self.known.is_burnt()) && want == Some(found)
    }

    /// A moving tag as it would be once this version is published.
    fn moving(&self, artifact: &ArtifactName, tag: MovingTag) -> Result<Verdict, Stop> {
        let courses = self.courses.as_ref().map_err(Stop::clone)?;
        if let Some(error) = self.mirrors.find_silence(&tag.0) {
            return Err(error.clone().into());
        }
        let own = self.known.digest(artifact);
        let Some(course) = courses.get(&tag) else { return Ok(Verdict::Create(own)) };
        let head = course.head.as_ref().and_then(|(version, digest)| {
            let version = Version::parse(self.version.scheme(), version).ok()?;
            Some((version, digest.clone()))
        });
        let to = match head {
            Some((version, _)) if version > *self.version => {
                return Ok(Verdict::Stays { at: version.to_string() });
            }
            Some((version, digest)) if version == *self.version => Some(digest),
            _ => own,
        };
        Ok(match &course.now {
            None => Verdict::Create(to),
            Some(now) if to.as_ref() == Some(now) => Verdict::AlreadyThere(to),
            Some(now) => Verdict::Move { from: now.clone(), to },
        })
    }
}
