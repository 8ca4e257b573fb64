//! `promote`, and `release` of a promotion tag: a published version is proven and said to be good.

use clap::Args;
use plimsoll_engine::act::preview::preview_on_forge;
use plimsoll_engine::act::preview::{Forecast, Preview, Verdict};
use plimsoll_engine::act::promote::{Gates, PromoteError, Promotion, promote, prove};
use plimsoll_engine::act::speak::{Foresight, foresee};
use plimsoll_engine::check::Findings;
use plimsoll_engine::check::text::promotion;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::{GitTag, TagAt};
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::ledger::release::{Answer, Belief, Comparing, Release, Scope, find_release};
use plimsoll_engine::ledger::sources::Sources;
use plimsoll_engine::plan::Plan;
use plimsoll_engine::plan::saying::Words;
use plimsoll_engine::plan::steps::{About, PlannedStep};
use plimsoll_tags::git_tag::TagVerdict;
use plimsoll_tags::version::Version;

use super::checklist::Checklist;
use super::ending::{Ended, Failure, Outcome};
use super::release::tell_warnings;
use super::session::Session;
use super::speak::Manner;
use super::subject::{Inputs, Look, Stage, Subject, Tagged, Voyage};
use super::tag::promotes_nothing;
use super::verify::explain_verification;
use crate::explain::{self, Asked, Explain as _, Keeping};
use crate::output;
use crate::output::json::on_forge::{DeploymentInfo, PageInfo};
use crate::output::json::plan::{PlanInfo, TagStanding};
use crate::output::json::statement::{GatesInfo, Proof, Speech, StatementInfo, StatementStatus};
use crate::wire::{Files, Purpose, RepositoryError};

/// Proves a released version, and moves its promotion tags
///
/// The promotion tag must sit on the commit of the version's own tag. Then everything of the release is looked at again in
/// every registry, the gates under `[gates] promote` are run in a clean checkout of the commit, the promotion is recorded, and
/// the tags under `promotion` are pointed at the bytes that were released. Nothing is built or published anew.
///
/// `plimsoll release v1.4.0-stable` does the same, so that a job that a promotion tag sets off need not know.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  git tag -a v1.4.0-stable -m \"Stable v1.4.0\" \"v1.4.0^{}\" && git push origin v1.4.0-stable
  plimsoll promote v1.4.0 --dry-run    is there anything that stands against it?
  plimsoll promote v1.4.0")]
pub(super) struct Promote {
    /// The version's git tag, or its promotion tag
    #[arg(value_name = "TAG")]
    pub tag: String,
    /// How.
    #[command(flatten)]
    pub manner: Manner,
    /// Its checklist.
    #[command(flatten)]
    pub checklist: Checklist,
}

impl Promote {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let keeping = self.manner.place.keeping();
        let work = async {
            let tag = find_promotion_tag(session, &self.tag, keeping).await?;
            let tagged = Tagged::read(session, "promote", &tag, keeping, Look::Everywhere).await?;
            match self.manner.dry_run {
                true => show_promotion(session, tagged).await,
                false => {
                    let asked = tagged.subject.asked.clone();
                    let ended = promote_tagged(session, tagged).await?;
                    self.checklist.write(session, asked, &ended).await?;
                    Ok(ended)
                }
            }
        };
        match self.manner.dry_run {
            true => session.look(work),
            false => session.change(work),
        }
    }
}

/// The promotion tag of the version that a tag names.
async fn find_promotion_tag(session: &Session<'_>, tag: &str, keeping: Keeping) -> Result<String, Failure> {
    let asked = Asked { verb: "promote", tag: Some(tag.to_owned()), keeping };
    let subject = Subject::of_worktree(session, asked).await?;
    let policy = &subject.project().tags;
    let version = match policy.read(tag) {
        TagVerdict::Version(version) | TagVerdict::Prerelease(version) => version,
        // What is wrong with any other tag is said where it is read.
        TagVerdict::Promotion(_) | TagVerdict::Refused(_) | TagVerdict::Outside { .. } => {
            return Ok(tag.to_owned());
        }
    };
    match policy.stable() {
        Some(pattern) => Ok(pattern.render(&version)),
        None => Err(promotes_nothing().into()),
    }
}

/// Everything that a promotion is about.
struct Candidate {
    tagged: Tagged,
    plan: Plan,
    voyage: Voyage,
    release: Release,
}

impl Candidate {
    async fn find(session: &Session<'_>, tagged: Tagged, purpose: Purpose) -> Result<Candidate, Failure> {
        let version = version_of(&tagged)?;
        check_place(&tagged, &version).await?;
        let plan = tagged.plan()?;
        let subject = &tagged.subject;
        let time = tagged.source.commit_time;
        let inputs = Inputs { files: Files::Commit, time, folders: &[], version: &plan.version };
        let voyage = subject.voyage_with(session, &tagged.tag.commit, purpose, Stage::Real, inputs)?;
        let release = find_published(subject, &voyage, &version).await?;
        Ok(Candidate { tagged, plan, voyage, release })
    }

    fn promotion(&self) -> Promotion<'_> {
        let (project, release) = (self.tagged.subject.project(), &self.release);
        let page = self.tagged.page.as_ref();
        let (targets, deployments) = (&self.plan.targets, &self.plan.deployments);
        Promotion { project, release, tag: &self.tagged.tag, targets, page, deployments }
    }

    /// What stands against it.
    fn explain(&self, error: PromoteError) -> Failure {
        let asked = &self.tagged.subject.asked;
        match error {
            PromoteError::Stop(stop) => explain::findings(&stop, asked).into(),
            PromoteError::Elsewhere { at, released } => {
                let message = "the promotion tag sits on another commit than the release was made from";
                Diagnostic::error(Code::PromotionElsewhere, Cure::FixThenRunAgain, message)
                    .fact("promotion", at)
                    .fact("release", released)
                    .help("a promotion proves what was released: make the tag anew on that commit")
                    .into()
            }
            PromoteError::Unproven(checks) => explain_verification(&self.release, &checks, asked).into(),
        }
    }
}

/// Promotes the version of a promotion tag.
pub(super) async fn promote_tagged(session: &Session<'_>, mut tagged: Tagged) -> Outcome {
    tell_warnings(session, &tagged.warnings);
    tagged.page = tagged.read_page_text().await?;
    let candidate = Candidate::find(session, tagged, Purpose::Change).await?;
    let promoted = promote(&candidate.voyage.world, &candidate.promotion()).await;
    candidate.voyage.display.clear();
    let promoted = promoted.map_err(|error| candidate.explain(error))?;
    let name = &candidate.tagged.subject.project().name;
    let info = StatementInfo {
        page: promoted.page.as_ref().map(PageInfo::of),
        deployments: promoted.deployments.iter().map(DeploymentInfo::of).collect(),
        ..StatementInfo::said(Speech::Promote, name, &promoted.spoke)
    };
    let gates = match promoted.gates {
        Gates::Passed => GatesInfo::Passed,
        Gates::PassedBefore => GatesInfo::PassedBefore,
    };
    Ok(Ended::well(candidate.answer(info, promoted.checks.len(), gates)))
}

/// Shows what promoting would do, and whether anything stands against it.
pub(super) async fn show_promotion(session: &Session<'_>, tagged: Tagged) -> Outcome {
    let problems = tagged.warnings.clone();
    let candidate = Candidate::find(session, tagged, Purpose::Look).await?;
    let (world, subject) = (&candidate.voyage.world, &candidate.tagged.subject);
    let promotion = candidate.promotion();
    let checks = prove(world.eyes(), &promotion).await;
    let foreseen = foresee(world, subject.project(), &promotion.saying()).await;
    candidate.voyage.display.clear();
    let checks = checks.map_err(|error| candidate.explain(error))?;
    let foreseen = foreseen.map_err(|stop| explain::findings(&stop, &subject.asked))?;
    let info = StatementInfo::foreseen(Speech::Promote, &subject.project().name, &foreseen);
    let gates = match info.status {
        StatementStatus::WouldSay => GatesInfo::ToRun,
        StatementStatus::Said | StatementStatus::SaidBefore | StatementStatus::NothingToSay => {
            GatesInfo::PassedBefore
        }
    };
    Ok(Ended::with(candidate.answer(info, checks.len(), gates), problems))
}

/// What promoting would do, step by step.
pub(super) async fn forecast_promotion(
    session: &Session<'_>,
    tagged: Tagged,
    standing: TagStanding,
) -> Outcome {
    let problems = tagged.warnings.clone();
    let candidate = Candidate::find(session, tagged, Purpose::Look).await?;
    let (world, subject) = (&candidate.voyage.world, &candidate.tagged.subject);
    let promotion = candidate.promotion();
    let checks = prove(world.eyes(), &promotion).await;
    let foreseen = foresee(world, subject.project(), &promotion.saying()).await;
    candidate.voyage.display.clear();
    checks.map_err(|error| candidate.explain(error))?;
    let foreseen = foreseen.map_err(|stop| explain::findings(&stop, &subject.asked))?;
    let mut forecasts = Vec::new();
    for step in candidate.plan.steps() {
        let on_forge = preview_on_forge(world.eyes(), &promotion, &step).await;
        let on_forge = on_forge.map_err(|stop| explain::findings(&stop, &subject.asked))?;
        let verdict = on_forge.unwrap_or_else(|| candidate.judge(&step, &foreseen));
        forecasts.push(Forecast { step, verdict });
    }
    let preview = Preview { claim: None, announced: Vec::new(), forecasts, stop: None, unreachable: None };
    let info = PlanInfo::of(&candidate.plan, standing, Some(&preview));
    Ok(Ended::with(output::Answer::Plan(info), problems))
}

impl Candidate {
    /// What would become of a step.
    fn judge(&self, step: &PlannedStep, foreseen: &Foresight) -> Verdict {
        let About::Tag { artifact, repository, tag, .. } = &step.about else {
            return match foreseen.settlement.words {
                Words::New(_) => Verdict::Create(None),
                Words::Said(_) | Words::Nothing => Verdict::AlreadyThere(None),
            };
        };
        let place = (repository.clone(), tag.clone());
        let own = self.release.seal.artifacts.get(artifact).cloned();
        match (foreseen.heads.get(&place), foreseen.moves.get(&place)) {
            (Some(head), _) if *head != self.release.record.version => Verdict::Stays { at: head.clone() },
            (_, Some((Some(from), _))) => Verdict::Move { from: from.clone(), to: own },
            (_, Some((None, _))) => Verdict::Create(own),
            (Some(_), None) => Verdict::AlreadyThere(own),
            (None, None) => Verdict::Never,
        }
    }

    fn answer(&self, info: StatementInfo, checks: usize, state: GatesInfo) -> output::Answer {
        let version = Some(self.release.record.version.clone());
        let gates = self.plan.gates.clone();
        let state = if gates.is_empty() { GatesInfo::None } else { state };
        let tag = self.tagged.tag.name.to_string();
        let commit = self.tagged.tag.commit.to_string();
        let proof = Some(Proof { tag, commit, checks, gates, state });
        output::Answer::Statement(StatementInfo { version, proof, ..info })
    }
}

/// Whether a promotion tag's promotion was said already, from the same commit and for the same tags.
pub(super) async fn was_promoted(
    tagged: &Tagged,
    plan: &Plan,
    voyage: &Voyage,
    version: &Version,
) -> Result<bool, Failure> {
    let subject = &tagged.subject;
    let release = find_published(subject, voyage, version).await?;
    let (project, targets, deployments) = (subject.project(), &plan.targets, &plan.deployments);
    let promotion =
        Promotion { project, release: &release, tag: &tagged.tag, targets, page: None, deployments };
    let foreseen = foresee(&voyage.world, project, &promotion.saying()).await;
    let foreseen = foreseen.map_err(|stop| explain::findings(&stop, &subject.asked))?;
    Ok(!matches!(foreseen.settlement.words, Words::New(_)))
}

fn version_of(tagged: &Tagged) -> Result<Version, Failure> {
    match &tagged.occasion {
        Occasion::Promotion(version) => Ok(version.clone()),
        Occasion::Version(_) | Occasion::Prerelease(_) | Occasion::Branch(_) | Occasion::PullRequest(_) => {
            let message = format!("git tag `{}` promotes nothing", tagged.tag.name);
            Err(Diagnostic::error(Code::TagInvalid, Cure::FixThenRunAgain, message).into())
        }
    }
}

/// Refuses a promotion tag that does not sit on its version's commit.
async fn check_place(tagged: &Tagged, version: &Version) -> Result<(), Failure> {
    let subject = &tagged.subject;
    let project = subject.project();
    let version_tag = GitTag(project.tags.version().render(version));
    let at = match subject.repository.read_tag(&version_tag, subject.remote.as_ref()).await {
        Ok(at) => Some(at.commit),
        Err(RepositoryError::TagMissing { .. }) => None,
        Err(error) => return Err(error.explain(&subject.asked).into()),
    };
    let sits: Findings = promotion(project, &tagged.tag.name.0, version, &tagged.tag.commit, at.as_ref());
    if sits.has_errors() { Err(sits.into()) } else { Ok(()) }
}

/// The release of a version that is to be promoted.
async fn find_published(subject: &Subject, voyage: &Voyage, version: &Version) -> Result<Release, Failure> {
    let (project, asked) = (subject.project(), &subject.asked);
    let (component, scheme) = (Some(&project.name), Some(project.tags.scheme()));
    let scope = Scope { component, scheme, belief: Belief::Confirmed };
    let sources = Sources::of(voyage.world.eyes());
    let found = find_release(sources, scope, &version.to_string(), Comparing::Later).await;
    match found.map_err(|error| error.explain(asked))? {
        Answer::Release(release) => Ok(*release),
        Answer::Doubt(doubt) => Err(doubt.explain(asked).into()),
        Answer::Unknown => Err(unpublished(subject, version)),
    }
}

/// Refuses a version that is not published.
pub(super) async fn check_published(
    session: &Session<'_>,
    subject: &Subject,
    at: &TagAt,
    version: &Version,
) -> Result<(), Failure> {
    let voyage = subject.voyage(session, &at.commit, Purpose::Look, Stage::Real)?;
    let found = find_published(subject, &voyage, version).await;
    voyage.display.clear();
    match found?.state.is_published() {
        true => Ok(()),
        false => Err(unpublished(subject, version)),
    }
}

/// There is no release of the version that is to be promoted.
fn unpublished(subject: &Subject, version: &Version) -> Failure {
    let version_tag = subject.project().tags.version().render(version);
    let asked = Asked { tag: Some(version_tag.clone()), ..subject.asked.clone() };
    let message = format!("{version} is not published, so there is nothing to promote");
    Diagnostic::error(Code::NotPublished, Cure::FixThenRunAgain, message)
        .fact("missing", format_args!("a published release of {version_tag}"))
        .help(format!("see how far it is: `{}`", asked.command("status")))
        .help(format!("release it first: `{}`", asked.command("release")))
        .into()
}
