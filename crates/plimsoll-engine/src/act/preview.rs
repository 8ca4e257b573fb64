//! `plan --online` and `status`: every step looked at, nothing changed.

mod known;
mod looking;
mod page;
mod promotion;
mod statements;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_tags::version::Version;

use self::known::{Known, find_refusal};
use self::looking::Looking;
pub use self::promotion::preview_on_forge;
use crate::domain::claim::{Claim, Seal, State};
use crate::domain::git::Oid;
use crate::domain::line::MovingTag;
use crate::domain::project::ClaimPolicy;
use crate::plan::steps::{About, PlannedStep};
use crate::run::git_tag::find_drift;
use crate::run::lost_claim::look_for_release;
use crate::run::mirrors::Mirrors;
use crate::run::order::Order;
use crate::run::readiness::{find_missing_programs, find_unusable_keys};
use crate::run::settle::look_and_listen;
use crate::run::stop::Stop;
use crate::run::survey::Survey;
use crate::world::World;

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
    /// What a release would stop for on this machine before it begins: programs and keys.
    pub obstacles: Vec<Stop>,
    /// Of a published version: the repositories that lack something that was said of it, and how many marks each of them does.
    pub unsaid: BTreeMap<ImageRepository, usize>,
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
    /// A moving tag would not follow this version, which is yanked or passed over by a rollback.
    PassedOver,
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
            matches!(forecast.verdict, Verdict::AlreadyThere(_) | Verdict::Stays { .. } | Verdict::PassedOver)
        };
        self.forecasts.iter().all(done)
    }
}

/// Looks at every step of a plan.
pub async fn preview(world: &World, order: &Order<'_>, version: &Version) -> Result<Preview, Stop> {
    let known = Known::read(world, order).await?;
    let mut mirrors = Mirrors::new(order.project);
    let courses = look_and_listen(world.eyes(), order.project, &moving_tags(order), &mut mirrors, None).await;
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
    let stop = match known.find_stop(order).or_else(|| find_refusal(&known, &forecasts)) {
        Some(stop) if known.claim.is_none() && order.project.claim != ClaimPolicy::None => {
            Some(look_for_release(world.eyes(), order.name, order.tag, stop).await?)
        }
        None => match known.released_from() {
            Some(tag) => find_drift(world, tag).await?,
            None => None,
        },
        stop => stop,
    };
    let obstacles = match known.is_settled() || known.is_burnt() {
        true => Vec::new(),
        false => find_obstacles(world, order).await?,
    };
    let unsaid = match (&courses, &known.seal) {
        (Ok((_, surveyed)), Some((seal, _))) if known.state() == Some(State::Published) => {
            count_unsaid(seal, &order.name.version, surveyed)
        }
        _ => BTreeMap::new(),
    };
    let Known { claim, announced, .. } = known;
    Ok(Preview { claim, announced, forecasts, stop, unreachable, obstacles, unsaid })
}

/// The marks that repositories of a release lack of those about it. A repository that did not answer is not among them.
fn count_unsaid(seal: &Seal, version: &str, surveyed: &Survey) -> BTreeMap<ImageRepository, usize> {
    let Survey { marks, said_in, .. } = surveyed;
    let about = |digest: &&Digest| marks.versions_of(digest).contains(version);
    let about: Vec<&Digest> = marks.all().map(|(digest, _)| digest).filter(about).collect();
    let lacking = seal.targets.iter().filter_map(|target| {
        let there = said_in.get(&target.repository)?;
        let lacking = about.iter().filter(|digest| !there.contains(**digest)).count();
        (lacking > 0).then(|| (target.repository.clone(), lacking))
    });
    lacking.collect()
}

/// What this machine lacks for what is yet to be done.
async fn find_obstacles(world: &World, order: &Order<'_>) -> Result<Vec<Stop>, Stop> {
    let (eyes, project) = (world.eyes(), order.project);
    let mut obstacles = find_unusable_keys(eyes, project, order.source.commit_time).await;
    // What this machine has sealed is not made again; what another has, is.
    if order.own_seal(world).await?.is_none() {
        obstacles.extend(find_missing_programs(eyes, project).await);
    }
    Ok(obstacles)
}

/// True if nothing is made any more for a release: its content is settled, or it is burnt.
///
/// # Errors
/// The claim, or what announces itself, can't be read.
pub async fn is_settled(world: &World, order: &Order<'_>) -> Result<bool, Stop> {
    let known = Known::read(world, order).await?;
    Ok(known.is_settled() || known.is_burnt())
}

fn moving_tags(order: &Order<'_>) -> BTreeSet<MovingTag> {
    let targets = order.plan.targets.iter();
    targets
        .flat_map(|target| target.moving.iter().map(|tag| (target.repository.clone(), tag.clone())))
        .collect()
}
