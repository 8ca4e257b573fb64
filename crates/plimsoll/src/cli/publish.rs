//! `publish`: the images of a branch or pull request.

pub(super) mod about;

use clap::Args;
use futures_util::future::join_all;
use plimsoll_engine::act;
use plimsoll_engine::act::publish::{PublishOrder, find_all};
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::GitLine;
use plimsoll_engine::domain::project::Image;
use plimsoll_engine::domain::source::Source;
use plimsoll_engine::domain::target::Necessity;
use plimsoll_engine::make::Ground;
use plimsoll_engine::plan::publish::PublishPlan;

use super::arguments::Place;
use super::ending::{Ended, Failure, Outcome};
use super::release::tell_warnings;
use super::session::Session;
use super::subject::{Inputs, Stage, Subject, Voyage};
use crate::explain::{self, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::ignored::{Ignored, What};
use crate::output::json::publish_plan::PublishPlanInfo;
use crate::output::json::published::PublishDone;
use crate::wire::{Files, Purpose};
use about::{About, Commit, Whose};

/// Publishes the images of a branch or pull request
///
/// In CI what set the job off is published; elsewhere, the branch that is checked out. The configuration and the files
/// are those of the commit. What is published of it already is not built again, and a tag of the commit (`sha-…`) stays
/// at the first image that it was given.
///
/// Tags such as `main` move to the newest commit of the branch that is published, whichever run comes last. A commit
/// that touches nothing but records is no occasion.
///
/// Of a pull request whose commits come from another repository images are built, and that is all: nothing is
/// published, no gate is run, no secret is read, whatever its configuration says.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll publish                           in CI: for the branch or pull request that set the job off
  plimsoll publish --ref main --local        into the registry in .plimsoll/, with nothing installed
  plimsoll publish --ref refs/pull/7/head    what is checked out, as pull request 7")]
pub(super) struct Publish {
    /// The branch, or full name of a ref
    #[arg(long = "ref", value_name = "REF", env = "PLIMSOLL_REF")]
    pub reference: Option<String>,
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

impl Publish {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.change(self.publish(session))
    }

    async fn publish(&self, session: &Session<'_>) -> Outcome {
        let (commit, subject) =
            match about::find(session, self.reference.as_deref(), self.place.keeping()).await? {
                About::Commit(commit, subject) => (*commit, *subject),
                About::Nothing(ignored) => return Ok(Ended::well(Answer::Ignored(ignored))),
            };
        let warnings = subject.config.warnings.iter().cloned().collect();
        tell_warnings(session, &warnings);
        if commit.touches_only_records(&subject).await? {
            let reason = "is at a commit that touches nothing but records".to_owned();
            return Ok(ignored(&commit, reason));
        }
        let Some(plan) = commit.plan(session, &subject).await? else {
            let reason = match &commit.line {
                GitLine::Branch(_) => "is a branch that no image has tags for",
                GitLine::PullRequest(_) => "is nothing that any image has tags for",
            };
            return match commit.whose {
                Whose::Events => Ok(ignored(&commit, reason.to_owned())),
                Whose::Named => Err(not_published(&commit, reason).into()),
            };
        };
        let source = commit.source();
        match session.ci()?.is_some_and(|ci| ci.is_from_fork()) {
            true => build_only(session, subject, &source, &plan).await,
            false => publish(session, &subject, &source, &plan).await,
        }
    }
}

/// What `plan` says of a branch or pull request: the same, and nothing is done.
pub(super) async fn preview(
    session: &Session<'_>,
    reference: &str,
    keeping: Keeping,
    looking: Looking,
) -> Outcome {
    let (commit, subject) = match about::find(session, Some(reference), keeping).await? {
        About::Commit(commit, subject) => (*commit, *subject),
        About::Nothing(ignored) => return Ok(Ended::well(Answer::Ignored(ignored))),
    };
    let warnings: Findings = subject.config.warnings.iter().cloned().collect();
    let Some(plan) = commit.plan(session, &subject).await? else {
        return Err(not_published(&commit, "is nothing that any image has tags for").into());
    };
    let name = &subject.project().name;
    let found = match looking {
        Looking::Here => None,
        Looking::Everywhere => {
            let voyage = subject.voyage(session, &plan.commit, Purpose::Look, Stage::Real)?;
            let found = find_all(&voyage.world, &plan).await;
            voyage.display.clear();
            let found = found.map_err(|stop| Failure::from(explain::findings(&stop, &subject.asked)))?;
            let digests = found.into_iter().map(|(name, image)| (name, image.root.digest));
            Some(digests.collect())
        }
    };
    Ok(Ended::with(Answer::PublishPlan(PublishPlanInfo::of(name, &plan, found.as_ref())), warnings))
}

/// Where `plan` looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looking {
    /// On this machine alone.
    Here,
    /// In registries too.
    Everywhere,
}

fn ignored(commit: &Commit, reason: String) -> Ended {
    Ended::well(Answer::Ignored(Ignored::because(What::Ref(commit.name()), reason)))
}

fn not_published(commit: &Commit, reason: &str) -> Diagnostic {
    let table = match &commit.line {
        GitLine::Branch(name) => format!("\"branch:{name}\""),
        GitLine::PullRequest(_) => "pull-request".to_owned(),
    };
    let message = format!("{} {reason}", commit.name());
    Diagnostic::error(Code::RefNotPublished, Cure::FixThenRunAgain, message)
        .help(format!("add a list of tags to an image: `[image.tags] {table} = […]`"))
}

async fn publish(session: &Session<'_>, subject: &Subject, source: &Source, plan: &PublishPlan) -> Outcome {
    let inputs =
        Inputs { files: Files::Commit, time: source.commit_time, folders: &[], version: &plan.version };
    let voyage = subject.voyage_with(session, &source.commit, Purpose::Change, Stage::Real, inputs)?;
    if subject.asked.keeping == Keeping::Remote {
        preflight(subject, &voyage, plan).await?;
    }
    let order = PublishOrder { project: subject.project(), source, plan };
    let done = act::publish(&voyage.world, &order).await;
    voyage.display.clear();
    let done = done.map_err(|stop| Failure::from(explain::findings(&stop, &subject.asked)))?;
    let answer = Answer::Published(PublishDone::of(&subject.project().name, plan, &done));
    match done.judge() {
        Ok(()) => Ok(Ended::well(answer)),
        Err(stop) => Err(Failure::from(explain::findings(&stop, &subject.asked)).beside(answer)),
    }
}

/// Before anything is built it is asked whether every repository may be written to.
async fn preflight(subject: &Subject, voyage: &Voyage, plan: &PublishPlan) -> Result<(), Failure> {
    let asked = &subject.asked;
    // An error says the same as the run itself, which says it better.
    let found = find_all(&voyage.world, plan).await;
    if found.map_or(true, |found| found.len() == plan.images.len()) {
        return Ok(());
    }
    let required = plan.targets.iter().filter(|target| target.necessity == Necessity::Required);
    let mut repositories: Vec<_> = required.map(|target| &target.repository).collect();
    repositories.sort();
    repositories.dedup();
    let asks = repositories.into_iter().map(|repository| voyage.registries.check_push(repository));
    let refusals = join_all(asks).await.into_iter().filter_map(Result::err);
    let problems: Findings = refusals.map(|error| error.explain(asked)).collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems.into()),
    }
}

/// What a stranger wrote is built, to see that it can be; nothing else is done with it.
async fn build_only(session: &Session<'_>, subject: Subject, source: &Source, plan: &PublishPlan) -> Outcome {
    let subject = Subject { asked: explain::Asked { keeping: Keeping::Local, ..subject.asked }, ..subject };
    let inputs =
        Inputs { files: Files::Commit, time: source.commit_time, folders: &[], version: &plan.version };
    let voyage = subject.workshop(session, &source.commit, inputs)?;
    let ground = Ground { project: subject.project(), source, version: &plan.version };
    let images: Vec<Image> = plan.images.iter().map(|image| Image { smoke: None, ..image.clone() }).collect();
    let built = act::build(&voyage.world, ground, &images).await;
    voyage.display.clear();
    let built = built.map_err(|stop| Failure::from(explain::findings(&stop, &subject.asked)))?;
    let done = PublishDone::of_a_stranger(&subject.project().name, plan, &built);
    Ok(Ended::well(Answer::Published(done)))
}
