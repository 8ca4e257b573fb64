//! `status`: how far is a release, and what is there to do?

use std::collections::BTreeMap;

use clap::Args;
use plimsoll_engine::act;
use plimsoll_engine::act::lagging::Lagging;
use plimsoll_engine::act::preview::Preview;
use plimsoll_engine::check::Findings;
use plimsoll_engine::check::text::tag_name;
use plimsoll_engine::domain::claim::{Claim, State, Vital};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::line::MovingTag;
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::domain::project::Project;
use plimsoll_engine::ledger::published::parse_claims;
use plimsoll_engine::run::order::Takeover;
use plimsoll_engine::run::stop::Stop;
use plimsoll_oci::name::ImageTag;
use plimsoll_tags::version::Version;

use super::arguments::Place;
use super::ending::{Ended, Failure, Outcome};
use super::promote::was_promoted;
use super::session::Session;
use super::subject::{Look, Stage, Standing, Tagged, Voyage, Worktree, advise_file};
use crate::explain::{self, Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::plan::{StepInfo, steps_of};
use crate::output::json::status::{BehindInfo, Status as StatusInfo};
use crate::wire::Purpose;

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
        let lagging = act::find_lagging(voyage.world.eyes(), project, &claims).await;
        claims.retain(|claim| !matches!(claim.state, State::Published | State::Burnt));
        let vitals = read_vitals(&voyage, &claims).await;
        voyage.display.clear();
        let mut info = StatusInfo::of(&project.name, &claims);
        let claimed = claims.iter().zip(&vitals);
        info.advice = claimed.map(|(claim, vital)| advise(claim, *vital, asked)).collect();
        if claims.is_empty() {
            info.advice.push("no release is under way".to_owned());
        }
        let mut problems = worktree.warnings();
        match lagging {
            Ok(Lagging { tags, unrecorded }) => {
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
            Ok(Steps { steps, complete, announced, unreachable, stop, standing }) => {
                info.steps = Some(steps);
                info.advice = match (claims.first(), complete) {
                    (Some(claim), _) if !stop.is_empty() && claim.state >= State::Committed => {
                        vec![advise_stopped(claim.state)]
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
                            tag_command(asked)
                        )]
                    }
                    (None, _) => vec![format!("nobody has begun; `{}` does", asked.command("release"))],
                };
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
                    true => advise_stopped(claim.state),
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
        let Preview { announced, unreachable, .. } = preview;
        Ok(Steps { steps, complete, announced, unreachable, stop, standing: tagged.standing })
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

/// What makes the git tag that was asked about.
fn tag_command(asked: &Asked) -> String {
    let push = if asked.keeping == Keeping::Local { "" } else { " --push" };
    format!("`plimsoll tag {}{push}`", asked.tag.as_deref().unwrap_or("TAG"))
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

/// What to say of a settled claim whose release would end at once: why, the problems say.
fn advise_stopped(state: State) -> String {
    match state {
        State::Published => "it is released; what is wrong with it since stands above",
        State::Committed => "it can't be finished as long as this stands in the way",
        State::Reserved | State::Sealed | State::Burnt => "it can't go on as long as this stands in the way",
    }
    .to_owned()
}

/// What to say of a claim whose steps could not be looked at.
fn advise_unread(claim: &Claim, vital: Vital, asked: &Asked) -> String {
    match claim.state {
        State::Published => "it is released; whether anything is missing could not be looked at".to_owned(),
        State::Reserved | State::Sealed | State::Committed | State::Burnt => advise(claim, vital, asked),
    }
}

/// What to do about announcements, where no claim is held.
fn advise_announced(announced: &[ImageTag], complete: Complete, asked: &Asked) -> String {
    let release = asked.command("release");
    match (announced, complete) {
        ([_], Complete::Yes) => "it is released; nothing is missing".to_owned(),
        ([_], Complete::Unknown) => "it is announced; what could not be looked at may be missing".to_owned(),
        ([tag], Complete::No) => format!("one set is announced, by {tag}; `{release}` finishes it"),
        _ => {
            let tags: Vec<&str> = announced.iter().map(ImageTag::as_str).collect();
            format!("several sets are announced: delete all of these tags but one: {}", tags.join(", "))
        }
    }
}

/// What has not followed releases that are published, a sentence for each of them.
fn advise_lagging(
    tags: &[(MovingTag, String)],
    unrecorded: &[String],
    project: &Project,
    asked: &Asked,
) -> Vec<String> {
    let mut lacks: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for ((repository, tag), version) in tags {
        lacks.entry(version).or_default().push(format!("{repository}:{tag} is not at it"));
    }
    for version in unrecorded {
        lacks.entry(version).or_default().push("the ledger has no record of it".to_owned());
    }
    let repair = format!("{} --repair", Asked { tag: None, ..asked.clone() }.command("audit"));
    let say = |(version, lacks): (&str, Vec<String>)| {
        let parsed = Version::parse(project.tags.scheme(), version);
        let tag = parsed.map_or(version.to_owned(), |parsed| project.tags.version().render(&parsed));
        let release = Asked { tag: Some(tag), ..asked.clone() }.command("release");
        format!(
            "{version} is published, but {}; `{release}` does what is left, and so does `{repair}`",
            lacks.join(", ")
        )
    };
    lacks.into_iter().map(say).collect()
}

/// What to do about a claim, as one sentence.
fn advise(claim: &Claim, vital: Vital, asked: &Asked) -> String {
    let asked = Asked { verb: "status", tag: Some(claim.tag.name.to_string()), ..asked.clone() };
    let release = asked.command("release");
    match claim.state {
        State::Reserved | State::Sealed => {
            let back = asked.command("withdraw");
            match vital {
                Vital::Alive => {
                    "nothing is visible; its run is alive on this machine: wait for it".to_owned()
                }
                Vital::Gone => format!(
                    "nothing is visible; its run, which was on this machine, is dead: `{release}` goes on, and `{back}` takes it back"
                ),
                Vital::Elsewhere => format!(
                    "nothing is visible; if the run on {} is dead, `{release}` goes on, and `{back}` takes it back",
                    claim.holder.host
                ),
            }
        }
        State::Committed => format!("`{release}` finishes it, from any machine"),
        State::Published => "it is released; nothing is missing".to_owned(),
        State::Burnt => "this version is spent; release the next one".to_owned(),
    }
}
