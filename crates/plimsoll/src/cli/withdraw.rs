//! `withdraw`: takes back a release that nobody can have seen.

use std::io::{BufRead as _, IsTerminal as _};

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::claim::{ClaimName, Holder};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::git::{GitTag, TagAt};
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::domain::source::{Ancestry, Source};
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::plan::{Plan, plan_release};
use plimsoll_engine::run::deployment::Deploying;
use plimsoll_engine::run::swap;
use plimsoll_engine::run::withdraw::{Withdrawal, Withdrawn, find_run_at_work, foresee_withdrawal, withdraw};

use super::arguments::Place;
use super::ending::{Ended, Failure, Outcome, usage};
use super::release::tell_warnings;
use super::session::Session;
use super::status::version_of;
use super::subject::{Stage, Voyage, Worktree};
use crate::explain::{self, Asked, Explain as _, Keeping, with_holder};
use crate::output::Answer;
use crate::output::json::withdrawn::WithdrawnInfo;
use crate::wire::{Purpose, RepositoryError};

/// Takes back a release that nobody can have seen
///
/// First the claim is removed, then the git tag is deleted, here and on the remote. From the commit point on a release
/// can't be withdrawn: it can only be finished, and its number is spent.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll withdraw v1.4.0 --dry-run   could it be?
  plimsoll withdraw v1.4.0
  plimsoll withdraw v1.4.0 --yes       without asking")]
pub(super) struct Withdraw {
    /// The git tag
    #[arg(value_name = "TAG")]
    pub tag: String,
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Do not ask
    #[arg(short, long, env = "PLIMSOLL_YES", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub yes: bool,
    /// Show what would be taken back, or why it can't be, and change nothing
    #[arg(long, env = "PLIMSOLL_DRY_RUN", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub dry_run: bool,
}

/// Whether it was done, or only shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stance {
    Done,
    Shown,
}

/// What a withdrawal is of.
struct Attempt {
    worktree: Worktree,
    voyage: Voyage,
    name: ClaimName,
    tag: TagAt,
    plan: Plan,
}

impl Withdraw {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        if self.dry_run {
            return session.look(self.show(session));
        }
        if !self.yes {
            // What can't be withdrawn, or is not there, is said before anybody is asked.
            let shown = session.look(self.show(session))?;
            tell_warnings(session, &shown.problems);
            confirm(session, &self.tag, self.place.keeping())?;
        }
        session.change(self.withdraw(session))
    }

    async fn show(&self, session: &Session<'_>) -> Outcome {
        let Attempt { worktree, voyage, name, tag, plan } = self.begin(session, Purpose::Look).await?;
        let claim = worktree.subject.project().claim;
        let withdrawal = Withdrawal { name: &name, tag: &tag, targets: &plan.targets, claim };
        let foreseen = foresee_withdrawal(&voyage.world, &withdrawal).await;
        let at_work = find_run_at_work(&voyage.world, &withdrawal).await;
        voyage.display.clear();
        let foreseen = foreseen.map_err(|stop| explain::findings(&stop, &worktree.subject.asked))?;
        let at_work = at_work.map_err(|stop| explain::findings(&stop, &worktree.subject.asked))?;
        let answer = self.answer(name, &tag, foreseen, Stance::Shown);
        Ok(Ended::with(answer, warn_of_run(at_work.as_ref(), Stance::Shown)))
    }

    async fn withdraw(&self, session: &Session<'_>) -> Outcome {
        let Attempt { worktree, voyage, name, tag, plan } = self.begin(session, Purpose::Change).await?;
        let subject = &worktree.subject;
        let claim = subject.project().claim;
        let withdrawal = Withdrawal { name: &name, tag: &tag, targets: &plan.targets, claim };
        let at_work = find_run_at_work(&voyage.world, &withdrawal).await;
        let at_work = at_work.map_err(|stop| explain::findings(&stop, &subject.asked))?;
        let withdrawn = withdraw(&voyage.world, &withdrawal).await;
        if withdrawn.is_ok() {
            let (planned, commit) = (&plan.deployments[..], &tag.commit);
            let (project, version) = (subject.project(), &name.version);
            let deploying = Deploying { project, planned, tag: &tag.name, commit, version };
            deploying.fail(&voyage.world).await;
        }
        voyage.display.clear();
        let withdrawn = withdrawn.map_err(|stop| explain::findings(&stop, &subject.asked))?;
        let answer = self.answer(name, &tag, withdrawn, Stance::Done);
        Ok(Ended::with(answer, warn_of_run(at_work.as_ref(), Stance::Done)))
    }

    async fn begin(&self, session: &Session<'_>, purpose: Purpose) -> Result<Attempt, Failure> {
        let asked = Asked { verb: "withdraw", tag: Some(self.tag.clone()), keeping: self.place.keeping() };
        let worktree = Worktree::open(session, asked).await?;
        let project = worktree.subject.project();
        let version = version_of(project, &self.tag)?;
        if project.tags.version().render(&version) != self.tag {
            let message = format!("`{}` is no version tag, and only those are withdrawn", self.tag);
            return Err(usage(message).into());
        }
        let name = ClaimName { component: project.name.clone(), version: version.to_string() };
        let voyage = worktree.subject.voyage(session, &worktree.head, purpose, Stage::Real)?;
        let tag = self.read_tag(&worktree, &voyage, &name).await?;
        let source = Source {
            tag: Some(tag.clone()),
            commit: tag.commit.clone(),
            commit_time: Moment(0),
            on_default_branch: Ancestry::Unknown,
        };
        let plan = plan_release(project, &source, &Occasion::Version(version), &self.tag)?;
        Ok(Attempt { worktree, voyage, name, tag, plan })
    }

    fn answer(&self, name: ClaimName, tag: &TagAt, withdrawn: Withdrawn, stance: Stance) -> Answer {
        Answer::Withdrawn(WithdrawnInfo {
            schema: WithdrawnInfo::SCHEMA,
            component: name.component.to_string(),
            version: name.version,
            tag: self.tag.clone(),
            on_remote: tag.on_remote,
            had_claim: withdrawn == Withdrawn::ClaimAndTag,
            changed: (stance == Stance::Done).then_some(true),
        })
    }

    /// The tag as it stands; one that is gone already as its claim knows it.
    async fn read_tag(
        &self,
        worktree: &Worktree,
        voyage: &Voyage,
        name: &ClaimName,
    ) -> Result<TagAt, Failure> {
        let subject = &worktree.subject;
        let tag = GitTag(self.tag.clone());
        let missing = match subject.repository.read_tag(&tag, subject.remote.as_ref()).await {
            Ok(tag) => return Ok(tag),
            Err(error @ RepositoryError::TagMissing { .. }) => error,
            Err(error) => return Err(error.explain(&subject.asked).into()),
        };
        let claim = swap::read(&voyage.world, name).await;
        match claim.map_err(|stop| explain::findings(&stop, &subject.asked))? {
            Some(at) => Ok(at.claim.tag),
            None => Err(missing.explain(&subject.asked).into()),
        }
    }
}

/// Nobody takes a version from under a run that is at work without being told.
fn warn_of_run(at_work: Option<&Holder>, stance: Stance) -> Findings {
    let Some(holder) = at_work else { return Findings::new() };
    let (message, then) = match stance {
        Stance::Shown => (
            "a run is at work on this version",
            "it would stop before anything is visible; if it is wanted, wait for it and look with `plimsoll status`",
        ),
        Stance::Done => (
            "a run was at work on this version",
            "it stops before anything is visible, and ends with an error that says that the version was taken from it",
        ),
    };
    with_holder(Diagnostic::warning(Code::ClaimHeld, message), holder).help(then).into()
}

/// Asks on a terminal; elsewhere nobody can answer.
fn confirm(session: &Session<'_>, tag: &str, keeping: Keeping) -> Result<(), Failure> {
    let (local, where_to) = match keeping {
        Keeping::Local => (" --local", "on this machine"),
        Keeping::Remote => ("", "here and on the remote"),
    };
    if !std::io::stdin().is_terminal() {
        let nobody = usage("withdrawing asks first, and there is nobody to answer");
        return Err(nobody.help(format!("say `plimsoll withdraw {tag}{local} --yes`")).into());
    }
    // Nobody listening is no reason not to read the answer.
    let _ =
        session.streams.talk.write(&format!("delete the claim and the git tag {tag}, {where_to}? [y/N] "));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match (read, answer.trim()) {
        (Ok(_), "y" | "Y" | "yes") => Ok(()),
        _ => Err(usage("nothing was withdrawn").into()),
    }
}
