//! `plan`: what a release would do.

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use plimsoll_engine::act;
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::run::order::Takeover;
use plimsoll_tags::git_tag::TagVerdict;

use super::arguments::Place;
use super::ending::{Ended, Failure, Outcome, usage};
use super::promote::forecast_promotion;
use super::publish::{Looking, preview};
use super::session::Session;
use super::subject::{Look, Stage, Standing, Subject, Tagged, hold_back};
use crate::ci::CiEvent;
use crate::explain::{self, Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::plan::{PlanInfo, TagStanding};
use crate::wire::{Purpose, RepositoryError};

/// Says what a release would do, or `publish`, step by step
///
/// Without `--online` nothing is asked of any network, and the same input gives the same plan. With it every step is
/// looked at, and nothing is changed. A tag that does not exist yet is taken to be made on HEAD.
///
/// With `--online` the exit code is the one with which a release on this machine would stop at once: 2 if a key can't be used, 5
/// if the version is taken or burnt or its git tag was moved, 7 if it drifted, 8 if something can't be reached or a program is
/// missing.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll plan                        of the version tag on HEAD
  plimsoll plan v1.4.0
  plimsoll plan v1.4.0 --online                       what is there already?
  plimsoll plan v1.4.0 --online --detailed-exitcode   3 if a release would change something
  plimsoll plan --ref main                            what would `publish` do?")]
pub(super) struct Plan {
    /// The git tag; without it, the version tag that HEAD has, or in CI the one that set the job off
    #[arg(value_name = "TAG")]
    pub tag: Option<String>,
    /// Instead of a tag: the branch, or full name of a ref; says what `publish` would do
    #[arg(long = "ref", value_name = "REF", env = "PLIMSOLL_REF")]
    pub reference: Option<String>,
    /// Look at every step, and change nothing
    #[arg(long, env = "PLIMSOLL_ONLINE", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub online: bool,
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// End with exit code 3 if a release would change something; needs --online
    #[arg(long, env = "PLIMSOLL_DETAILED_EXITCODE", value_parser = FalseyValueParser::new())]
    #[arg(action = ArgAction::SetTrue, requires = "online")]
    pub detailed_exitcode: bool,
}

impl Plan {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        match (&self.tag, &self.reference) {
            (Some(tag), _) => session.look(self.plan(session, tag)),
            (None, Some(reference)) => {
                let looking = if self.online { Looking::Everywhere } else { Looking::Here };
                session.look(preview(session, reference, self.place.keeping(), looking))
            }
            (None, None) => session.look(async {
                let tag = find_tag(session, self.place.keeping()).await?;
                self.plan(session, &tag).await
            }),
        }
    }

    async fn plan(&self, session: &Session<'_>, tag: &str) -> Outcome {
        let look = if self.online { Look::EverywhereOrOnHead } else { Look::Here };
        let mut tagged = Tagged::read(session, "plan", tag, self.place.keeping(), look).await?;
        let plan = tagged.plan()?;
        let missing = tagged.find_missing_notes().await?;
        tagged.warnings.extend(missing);
        let standing = match tagged.standing {
            Standing::Exists => TagStanding::Exists,
            Standing::AsIfOnHead => TagStanding::AsIfOnHead,
        };
        if !self.online {
            let mut known = plan.clone();
            hold_back(&tagged.subject, &tagged.occasion, &mut known).await?;
            // It is the plan that a release carries out, whatever that finds where this does not look.
            let info = PlanInfo { id: plan.id().to_string(), ..PlanInfo::of(&known, standing, None) };
            let answer = Answer::Plan(info);
            return Ok(Ended::with(answer, tagged.warnings));
        }
        if let Occasion::Promotion(_) = &tagged.occasion {
            let ended = forecast_promotion(session, tagged, standing).await?;
            return Ok(self.judge(ended));
        }
        let voyage = tagged.subject.voyage(session, &tagged.tag.commit, Purpose::Look, Stage::Real)?;
        let name = tagged.claim_name();
        let order = tagged.order(&plan, &name, &voyage, Takeover::WhenDead);
        let version = tagged.occasion.released().cloned();
        let Some(version) = version else { return Err(tagged.warnings.into()) };
        let preview = act::preview(&voyage.world, &order, &version).await;
        voyage.display.clear();
        let preview = preview.map_err(|stop| explain::findings(&stop, &tagged.subject.asked))?;
        let info = PlanInfo::of(&plan, standing, Some(&preview));
        let stop = preview.stop.as_ref().or(preview.unreachable.as_ref());
        let stops = stop.into_iter().chain(&preview.obstacles);
        let found: Findings = stops.flat_map(|stop| tagged.findings(stop)).collect();
        let mut problems = tagged.warnings;
        problems.extend(found);
        let complete = preview.is_complete();
        let ended = Ended::with(Answer::Plan(info), problems);
        match complete {
            true => Ok(ended),
            false => Ok(self.judge(ended)),
        }
    }

    /// The same with the exit code that scripts ask for, if something would change.
    fn judge(&self, ended: Ended) -> Ended {
        let changes = match &ended.answer {
            Answer::Plan(info) => info.changes != Some(false),
            _ => false,
        };
        match self.detailed_exitcode && changes && !ended.problems.has_errors() {
            true => Ended { exit: Code::PlanHasChanges.exit(), ..ended },
            false => ended,
        }
    }
}

/// The tag that goes without saying: the one that set the CI job off, else the highest version tag on HEAD.
async fn find_tag(session: &Session<'_>, keeping: Keeping) -> Result<String, Failure> {
    if let Some(CiEvent::Tag(GitTag(tag))) = session.ci()?.map(|ci| ci.event) {
        return Ok(tag);
    }
    let subject = Subject::of_worktree(session, Asked { verb: "plan", tag: None, keeping }).await?;
    let explain = |error: RepositoryError| Failure::from(error.explain(&subject.asked));
    let head = subject.repository.read_head().await.map_err(explain)?.commit;
    let tags = subject.repository.read_tags_on(&head).await.map_err(explain)?;
    let policy = &subject.project().tags;
    let versions = tags.into_iter().filter_map(|tag| match policy.read(&tag) {
        TagVerdict::Version(version) | TagVerdict::Prerelease(version) => Some((version, tag)),
        TagVerdict::Promotion(_) | TagVerdict::Outside { .. } | TagVerdict::Refused(_) => None,
    });
    let highest = versions.max_by(|(one, _), (other, _)| one.cmp(other));
    let unnamed = || {
        usage("no git tag is named, and HEAD has none that releases a version")
            .help("name it: `plimsoll plan v1.0.0`; one that does not exist yet is taken to be made on HEAD")
            .help("what `publish` would do for a branch: `plimsoll plan --ref main`")
    };
    Ok(highest.map(|(_, tag)| tag).ok_or_else(unnamed)?)
}
