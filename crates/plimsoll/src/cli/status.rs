//! `status`: how far is a release, and what is there to do?

mod advice;
mod unreleased;

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use plimsoll_engine::act;
use plimsoll_engine::act::lagging::Lagging;
use plimsoll_engine::act::preview::Preview;
use plimsoll_engine::check::Findings;
use plimsoll_engine::check::text::tag_name;
use plimsoll_engine::domain::claim::{Claim, State, Vital};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::domain::project::{ClaimPolicy, Project};
use plimsoll_engine::ledger::published::parse_claims;
use plimsoll_engine::run::order::Takeover;
use plimsoll_engine::run::stop::Stop;
use plimsoll_engine::world::WorldError;
use plimsoll_oci::name::{ImageRepository, ImageTag};
use plimsoll_tags::version::Version;

use self::advice::{
    advise, advise_announced, advise_lagging, advise_stopped, advise_unread, advise_unsaid,
    warn_of_lost_claims,
};
use self::unreleased::{Whereabouts, advise_tagged, find_unreleased, find_whereabouts};
use super::arguments::Place;
use super::ending::{Ended, Failure, Outcome};
use super::promote::was_promoted;
use super::session::Session;
use super::subject::{Look, Stage, Standing, Tagged, Voyage, Worktree, advise_file};
use crate::explain::{self, Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::plan::{StepInfo, steps_of};
use crate::output::json::status::{BehindInfo, Status as StatusInfo};
use crate::wire::{Purpose, RepositoryError};

/// Says how far releases under way or stalled are, and what to do
///
/// With a tag: its claim and every step of its release; where a release would stop, its exit code and the reason. That something
/// is missing is no error. Without: every release that is not at its end, and what has not followed those that are published: tags that
/// move, and records.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll status
  plimsoll status v1.4.0")]
pub(super) struct Status {
    /// The git tag; without it, every release that is under way
    #[arg(value_name = "TAG")]
    pub tag: Option<String>,
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

impl Status {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(async {
            match &self.tag {
                Some(tag) => self.one(session, tag).await,
                None => self.all(session).await,
            }
        })
    }

    async fn all(&self, session: &Session<'_>) -> Outcome {
        let asked = Asked { verb: "status", tag: None, keeping: self.place.keeping() };
        let worktree = Worktree::open(session, asked).await?;
        let voyage = worktree.look(session)?;
        let mut claims = read_claims(&voyage, &worktree).await?;
        let (project, asked) = (worktree.subject.project(), &worktree.subject.asked);
        claims.sort_by_cached_key(|claim| Version::parse(project.tags.scheme(), &claim.version).ok());
        let eyes = voyage.world.eyes();
        let mut begun: BTreeSet<String> = claims.iter().map(|claim| claim.version.clone()).collect();
        let lagging = act::find_lagging(eyes, project, &claims);
        let (lagging, lost) = futures_util::join!(lagging, act::find_lost_claims(eyes, project, &begun));
        claims.retain(|claim| !matches!(claim.state, State::Published | State::Burnt));
        let vitals = read_vitals(&voyage, &claims).await;
        voyage.display.clear();
        let mut info = StatusInfo::of(&project.name, &claims);
        let claimed = claims.iter().zip(&vitals);
        info.advice = claimed.map(|(claim, vital)| advise(claim, *vital, asked)).collect();
        if claims.is_empty() {
            info.advice.push("no release is under way".to_owned());
        }
        if let Ok(lost) = &lost {
            begun.extend(lost.iter().map(|release| release.record.version.clone()));
        }
        if project.claim != ClaimPolicy::None {
            let repository = &worktree.subject.repository;
            let (tags, head) = futures_util::join!(repository.read_local_tags(), repository.read_head());
            let unread = |error: RepositoryError| error.explain(asked);
            let (tags, head) = (tags.map_err(unread)?, head.map_err(unread)?);
            let unreleased = find_unreleased(&tags, &head.commit, &begun, project);
            for (version, tag) in unreleased {
                let whereabouts = find_whereabouts(&worktree.subject, eyes, tag, &version).await;
                info.advice.push(advise_tagged(tag, whereabouts, asked));
            }
        }
        let mut problems = worktree.warnings();
        problems.extend(warn_of_lost_claims(lost, asked));
        match lagging {
            Ok(Lagging { tags, unrecorded, silent }) => {
                let unasked = |(place, error): &(ImageRepository, WorldError)| {
                    error.explain(asked).fact("mirror not asked", place).as_warning()
                };
                problems.extend(silent.iter().map(unasked));
                info.advice.extend(advise_lagging(&tags, &unrecorded, project, asked));
                info.behind = tags.iter().map(BehindInfo::of).collect();
                info.unrecorded = unrecorded;
            }
            Err(stop) => {
                let unseen = explain::findings(&stop, asked);
                problems.extend(unseen.all().iter().cloned().map(Diagnostic::as_warning));
                info.advice.push(
                    "whether everything has followed what is published could not be looked at".to_owned(),
                );
            }
        }
        Ok(Ended::with(Answer::Status(info), problems))
    }

    async fn one(&self, session: &Session<'_>, tag: &str) -> Outcome {
        let asked = Asked { verb: "status", tag: Some(tag.to_owned()), keeping: self.place.keeping() };
        let worktree = Worktree::open(session, asked).await?;
        let version = version_of(worktree.subject.project(), tag);
        let version = version.map_err(|failure| advise_file(session, tag, failure))?;
        let voyage = worktree.look(session)?;
        let mut claims = read_claims(&voyage, &worktree).await?;
        claims.retain(|claim| claim.version == version.to_string());
        let vitals = read_vitals(&voyage, &claims).await;
        let vital = vitals.first().copied().unwrap_or(Vital::Elsewhere);
        voyage.display.clear();
        let mut info = StatusInfo::of(&worktree.subject.project().name, &claims);
        let asked = &worktree.subject.asked;
        match self.steps(session, tag, &version).await {
            Ok(Steps { steps, complete, announced, unreachable, stop, standing, whereabouts, unsaid }) => {
                info.steps = Some(steps);
                info.advice = match (claims.first(), complete) {
                    (Some(claim), _)
                        if !stop.is_empty() && (claim.state >= State::Committed || vital != Vital::Alive) =>
                    {
                        vec![advise_stopped(claim.state, asked)]
                    }
                    (None, _) if stop.all().iter().any(|problem| problem.code == Code::ClaimLost) => {
                        vec![advise_stopped(State::Published, asked)]
                    }
                    (None, _) if !stop.is_empty() && !announced.is_empty() => {
                        vec!["it is announced; what is wrong with it since stands above".to_owned()]
                    }
                    (None, _) if !stop.is_empty() => vec!["nobody has begun, and nobody can".to_owned()],
                    (Some(claim), Complete::No) if claim.state == State::Published => {
                        vec![format!("something is missing; `{}` finishes it", asked.command("release"))]
                    }
                    (Some(claim), Complete::Unknown) if claim.state == State::Published => {
                        vec!["it is released; what could not be looked at may be missing".to_owned()]
                    }
                    (Some(claim), Complete::Yes) if claim.state == State::Published && !unsaid.is_empty() => {
                        vec!["it is released".to_owned()]
                    }
                    (Some(claim), _) => vec![advise(claim, vital, asked)],
                    (None, complete) if !announced.is_empty() => {
                        vec![advise_announced(&announced, complete, asked)]
                    }
                    (None, Complete::Unknown) => {
                        vec!["nobody holds it; what could not be looked at may be there".to_owned()]
                    }
                    (None, _) if standing == Standing::AsIfOnHead => {
                        vec![format!(
                            "there is no such git tag, and nobody has begun; {} makes it on HEAD",
                            asked.tag_command(tag, worktree.subject.remote.as_ref())
                        )]
                    }
                    (None, _) => match whereabouts {
                        Whereabouts::Shared => {
                            vec![format!("nobody has begun; `{}` does", asked.command("release"))]
                        }
                        alone => vec![advise_tagged(&GitTag(tag.to_owned()), alone, asked)],
                    },
                };
                info.advice.extend(advise_unsaid(&unsaid, asked));
                let mut problems = worktree.warnings();
                problems.extend(stop);
                if let Some(stop) = &unreachable {
                    problems.extend(explain::findings(stop, asked).all().iter().cloned());
                }
                Ok(Ended::with(Answer::Status(info), problems))
            }
            // The claim is worth showing even if its tag is gone, or what it is made from can't be read.
            Err(failure) if !claims.is_empty() => {
                let problems = failure.problems;
                let moved = problems.all().iter().any(|problem| problem.code == Code::TagMovedSince);
                let advise = |claim: &Claim| match moved {
                    true => advise_stopped(claim.state, asked),
                    false => advise_unread(claim, vital, asked),
                };
                info.advice = claims.iter().map(advise).collect();
                let exit = problems.exit();
                Ok(Ended { answer: Answer::Status(info), problems, exit })
            }
            Err(failure) => Err(failure),
        }
    }

    async fn steps(&self, session: &Session<'_>, tag: &str, version: &Version) -> Result<Steps, Failure> {
        let tagged =
            Tagged::read(session, "status", tag, self.place.keeping(), Look::EverywhereOrOnHead).await?;
        let plan = tagged.plan()?;
        let voyage = tagged.subject.voyage(session, &tagged.tag.commit, Purpose::Look, Stage::Real)?;
        let name = tagged.claim_name();
        let order = tagged.order(&plan, &name, &voyage, Takeover::WhenDead);
        let preview = act::preview(&voyage.world, &order, version).await;
        voyage.display.clear();
        let mut preview = preview.map_err(|stop| explain::findings(&stop, &tagged.subject.asked))?;
        // What stands against a promotion is told by whoever promotes.
        if let Occasion::Promotion(version) = &tagged.occasion
            && was_promoted(&tagged, &plan, &voyage, version).await.unwrap_or(false)
        {
            preview.pass_gates();
        }
        voyage.display.clear();
        let complete = match (preview.is_complete(), preview.changes()) {
            (true, _) => Complete::Yes,
            (false, None) => Complete::Unknown,
            (false, Some(_)) => Complete::No,
        };
        let steps = steps_of(&preview.forecasts);
        // That a version is burnt its state says, and what stands against a promotion whoever promotes.
        let is_told = |stop: &&Stop| !matches!(stop, Stop::Burnt { .. });
        let stop = match &tagged.occasion {
            Occasion::Promotion(_) => None,
            _ => preview.stop.as_ref().filter(is_told),
        };
        let stop = stop.map(|stop| tagged.findings(stop)).unwrap_or_default();
        let Preview { announced, unreachable, claim, unsaid, .. } = preview;
        let (subject, eyes, name) = (&tagged.subject, voyage.world.eyes(), &tagged.tag.name);
        let whereabouts = match (claim, tagged.standing) {
            (None, Standing::Exists) if announced.is_empty() => {
                find_whereabouts(subject, eyes, name, version).await
            }
            (_, Standing::Exists | Standing::AsIfOnHead) => Whereabouts::Shared,
        };
        let standing = tagged.standing;
        Ok(Steps { steps, complete, announced, unreachable, stop, standing, whereabouts, unsaid })
    }
}

/// The steps of one release.
struct Steps {
    steps: Vec<StepInfo>,
    complete: Complete,
    /// The announcements of the version, where no claim is held.
    announced: Vec<ImageTag>,
    /// Why something could not be looked at.
    unreachable: Option<Stop>,
    /// How a release would end at once.
    stop: Findings,
    /// Whether the tag exists.
    standing: Standing,
    /// Of one that exists and that no claim speaks for: who has it.
    whereabouts: Whereabouts,
    /// The repositories that lack what was said of it later, and how many marks.
    unsaid: BTreeMap<ImageRepository, usize>,
}

/// Whether anything is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Complete {
    Yes,
    No,
    Unknown,
}

/// Whether the run behind each claim is alive, as far as this machine can know.
async fn read_vitals(voyage: &Voyage, claims: &[Claim]) -> Vec<Vital> {
    let mut vitals = Vec::new();
    for claim in claims {
        // Who can't look knows as little as of another machine.
        let vital = voyage.world.eyes().liveness().vital(&claim.holder).await;
        vitals.push(vital.unwrap_or(Vital::Elsewhere));
    }
    vitals
}

async fn read_claims(voyage: &Voyage, worktree: &Worktree) -> Result<Vec<Claim>, Failure> {
    let component = &worktree.subject.project().name;
    let asked = &worktree.subject.asked;
    let list = voyage.world.eyes().claims().list(component).await.map_err(|error| error.explain(asked))?;
    voyage.display.clear();
    Ok(parse_claims(component, list).map_err(|error| error.explain(asked))?)
}

/// The version that a tag names, whatever the files say.
pub(super) fn version_of(project: &Project, tag: &str) -> Result<Version, Failure> {
    let occasion = tag_name(project, tag)?;
    let version = match &occasion {
        Occasion::Promotion(version) => Some(version),
        other => other.released(),
    };
    Ok(version.expect("a git tag releases or promotes a version").clone())
}
