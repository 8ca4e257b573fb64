//! `promote`, and `release` of a promotion tag: a published version is proven and said to be good.

mod published;
mod trusting;

use std::collections::BTreeMap;

use clap::Args;
use plimsoll_engine::act::preview::preview_on_forge;
use plimsoll_engine::act::preview::{Forecast, Preview, Verdict};
use plimsoll_engine::act::promote::{
    Gates, PromoteError, Promotion, Proof as Proven, foresee_promotion, promote, prove,
};
use plimsoll_engine::act::speak::{Foresight, foresee};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::{Oid, TagAt};
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::ledger::release::Release;
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
use crate::explain::released_tag::{gone_since, moved_since};
use crate::explain::{self, Asked, Explain as _, Keeping};
use crate::output;
use crate::output::json::on_forge::{DeploymentInfo, PageInfo};
use crate::output::json::plan::{PlanInfo, TagStanding};
use crate::output::json::statement::{GatesInfo, Proof, Speech, StatementInfo, StatementStatus};
use crate::wire::{Files, Purpose, RepositoryError};
pub(super) use published::find_promotable_tag;
use published::find_published;
use trusting::trust_as_now;

/// Proves a released version, and moves its promotion tags
///
/// The promotion tag must be there (`plimsoll tag --stable` makes it), on the commit that was released. Then everything of the
/// release is looked at again in every registry, the gates under `[gates] promote` are run in a clean checkout of the commit, the promotion is recorded, and
/// the tags under `promotion` are pointed at the bytes that were released. Nothing is built or published anew.
///
/// `plimsoll release v1.4.0-stable` does the same, so that a job that a promotion tag sets off need not know.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll tag --stable v1.4.0 --push
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
            let tagged = match Tagged::read(session, "promote", &tag, keeping, Look::Everywhere).await {
                Ok(tagged) => tagged,
                Err(failure) => return Err(refuse_unpublished(session, &tag, keeping, failure).await),
            };
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

/// What is wrong where there is no promotion tag: perhaps there is nothing that it could promote.
async fn refuse_unpublished(session: &Session<'_>, tag: &str, keeping: Keeping, failure: Failure) -> Failure {
    if failure.problems.all().iter().all(|problem| problem.code != Code::TagMissing) {
        return failure;
    }
    let asked = Asked { verb: "promote", tag: Some(tag.to_owned()), keeping };
    let Ok(subject) = Subject::of_worktree(session, asked).await else { return failure };
    let TagVerdict::Promotion(version) = subject.project().tags.read(tag) else { return failure };
    let says_more = |one: &Diagnostic| matches!(one.code, Code::NotPublished | Code::PassedOver);
    match find_promotable_tag(session, &subject, &version).await {
        Err(refused) if refused.problems.all().iter().any(says_more) => refused,
        Ok(_) | Err(_) => failure,
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
        let tagged = trust_as_now(session, tagged).await?;
        let plan = tagged.plan()?;
        let subject = &tagged.subject;
        let time = tagged.source.commit_time;
        let inputs = Inputs { files: Files::Commit, time, folders: &[], version: &plan.version };
        let voyage = subject.voyage_with(session, &tagged.tag.commit, purpose, Stage::Real, inputs)?;
        let release = find_published(subject, &voyage, &version).await?;
        check_place(&tagged, &release)?;
        check_version_tag(subject, &release.tag).await?;
        Ok(Candidate { tagged, plan, voyage, release })
    }

    /// What proves the release, and what promoting it would do.
    async fn foresee(&self) -> Result<(Proven, Foresight), Failure> {
        let (world, promotion) = (&self.voyage.world, self.promotion());
        let foreseen = match prove(world.eyes(), &promotion).await {
            Ok(proof) => {
                let foreseen = foresee_promotion(world, &promotion, &proof).await;
                foreseen.map(|foreseen| (proof, foreseen)).map_err(PromoteError::from)
            }
            Err(error) => Err(error),
        };
        self.voyage.display.clear();
        foreseen.map_err(|error| self.explain(error))
    }

    fn promotion(&self) -> Promotion<'_> {
        let (project, release) = (self.tagged.subject.project(), &self.release);
        let page = self.tagged.page.as_ref();
        let (targets, deployments) = (&self.plan.targets, &self.plan.deployments);
        Promotion { project, release, tag: &self.tagged.tag, targets, page, deployments }
    }

    /// What the user asked for, of the version's own tag: commands about the release take no promotion tag.
    fn asked_of_release(&self) -> Asked {
        Asked { tag: Some(self.release.tag.name.to_string()), ..self.tagged.subject.asked.clone() }
    }

    /// What stands against it.
    fn explain(&self, error: PromoteError) -> Failure {
        let asked = &self.tagged.subject.asked;
        match error {
            PromoteError::Stop(stop) => explain::findings(&stop, asked).into(),
            PromoteError::Elsewhere { at, released } => elsewhere(&self.tagged, &at, &released).into(),
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
    let answer = candidate.answer(info, promoted.proof.count(), gates);
    match promoted.spoke.judge() {
        Ok(()) => Ok(Ended::well(answer)),
        Err(stop) => {
            let left = explain::findings(&stop, &candidate.asked_of_release());
            Err(Failure::from(left).beside(answer))
        }
    }
}

/// Shows what promoting would do, and whether anything stands against it.
pub(super) async fn show_promotion(session: &Session<'_>, tagged: Tagged) -> Outcome {
    let mut problems = tagged.warnings.clone();
    let candidate = Candidate::find(session, tagged, Purpose::Look).await?;
    let (proof, foreseen) = candidate.foresee().await?;
    problems.extend(explain::mirror::foreseen(proof.behind(), &candidate.asked_of_release()));
    let subject = &candidate.tagged.subject;
    let info = StatementInfo::foreseen(Speech::Promote, &subject.project().name, &foreseen);
    let gates = match info.status {
        StatementStatus::WouldSay => GatesInfo::ToRun,
        StatementStatus::Said | StatementStatus::SaidBefore | StatementStatus::NothingToSay => {
            GatesInfo::PassedBefore
        }
    };
    let info = StatementInfo { behind: proof.behind().keys().map(ToString::to_string).collect(), ..info };
    Ok(Ended::with(candidate.answer(info, proof.count(), gates), problems))
}

/// What promoting would do, step by step.
pub(super) async fn forecast_promotion(
    session: &Session<'_>,
    tagged: Tagged,
    standing: TagStanding,
) -> Outcome {
    let mut problems = tagged.warnings.clone();
    let candidate = Candidate::find(session, tagged, Purpose::Look).await?;
    let (proof, foreseen) = candidate.foresee().await?;
    let (world, subject) = (&candidate.voyage.world, &candidate.tagged.subject);
    problems.extend(explain::mirror::foreseen(proof.behind(), &candidate.asked_of_release()));
    let promotion = candidate.promotion();
    let mut forecasts = Vec::new();
    for step in candidate.plan.steps() {
        let on_forge = preview_on_forge(world.eyes(), &promotion, &step).await;
        let on_forge = on_forge.map_err(|stop| explain::findings(&stop, &subject.asked))?;
        let verdict = on_forge.unwrap_or_else(|| candidate.judge(&step, &proof, &foreseen));
        forecasts.push(Forecast { step, verdict });
    }
    let preview = Preview {
        claim: None,
        announced: Vec::new(),
        forecasts,
        stop: None,
        unreachable: None,
        obstacles: Vec::new(),
        unsaid: BTreeMap::new(),
    };
    let info = PlanInfo::of(&candidate.plan, standing, Some(&preview));
    Ok(Ended::with(output::Answer::Plan(info), problems))
}

impl Candidate {
    /// What would become of a step.
    fn judge(&self, step: &PlannedStep, proof: &Proven, foreseen: &Foresight) -> Verdict {
        let About::Tag { artifact, repository, tag, .. } = &step.about else {
            return match foreseen.settlement.words {
                Words::New(_) => Verdict::Create(None),
                Words::Said(_) | Words::Nothing => Verdict::AlreadyThere(None),
            };
        };
        if proof.behind().contains_key(repository) {
            return Verdict::Unreachable("the mirror is behind the release: its tags stay".to_owned());
        }
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

/// Refuses a promotion tag that does not sit on the commit that was released, wherever the version's own tag is now.
fn check_place(tagged: &Tagged, release: &Release) -> Result<(), Failure> {
    match tagged.tag.commit == release.tag.commit {
        true => Ok(()),
        false => Err(elsewhere(tagged, &tagged.tag.commit, &release.tag.commit).into()),
    }
}

fn elsewhere(tagged: &Tagged, at: &Oid, released: &Oid) -> Diagnostic {
    let tag = &tagged.tag.name;
    let message = format!("git tag {tag} sits on another commit than the release was made from");
    let elsewhere = Diagnostic::error(Code::PromotionElsewhere, Cure::FixThenRunAgain, message)
        .fact("promotion", at)
        .fact("release", released);
    let anew = format!("make it anew: `git tag --force -a -m \"Stable\" {tag} {released}`");
    elsewhere.help("a promotion proves what was released").help(match tagged.subject.asked.keeping {
        Keeping::Local => anew,
        Keeping::Remote => format!("{anew}, then `git push --force origin {tag}`"),
    })
}

/// Refuses a version whose own tag is not the one that it was released from: who looks at the tags would see another version
/// promoted than was.
pub(super) async fn check_version_tag(subject: &Subject, released: &TagAt) -> Result<(), Failure> {
    let there = subject.repository.read_tag(&released.name, subject.remote.as_ref()).await;
    match there {
        // A record of before Plimsoll has the commit alone.
        Ok(at) if at.object == released.object || at.commit == released.object => Ok(()),
        Ok(_) => Err(moved_since(released, &subject.asked).into()),
        Err(RepositoryError::TagMissing { .. }) => Err(gone_since(released, &subject.asked).into()),
        Err(error) => Err(error.explain(&subject.asked).into()),
    }
}
