//! `doctor`: what is on this machine, and what the project's registries, git remote, forge and signers do.

mod access;
mod advice;
mod chart_repositories;
mod machine;
mod repository;

use clap::Args;
use plimsoll_engine::check::Findings;
use plimsoll_engine::check::chart_images::ChartImageFault;
use plimsoll_engine::domain::chart::Rendering;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::event::Event;
use plimsoll_engine::domain::project::Image;
use plimsoll_engine::domain::wanted_statement::wanted;

use super::arguments::Place;
use super::ending::{Ended, Failure, Outcome};
use super::session::Session;
use super::subject::Subject;
use super::workflow_findings::Workflows;
use crate::config::BuildSettings;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::doctor::{Answered, DoctorInfo};
use crate::wire::Surveyor;

/// The program that renders charts.
const HELM: &str = "helm";

/// Says what is on this machine, and what registries and forge do
///
/// Looked at are programs, builders, platforms, credentials and permissions. Every repository of the configuration is asked whether it may be written to, who may read it and how it lists
/// signatures; the git remote whether claims and records may be pushed; the forge whether pages may be made; whoever signs
/// whether he is ready. Nothing is written. Logins are named by the place that they come from, and never shown. What a
/// release needs and does not find decides the exit code; what workflows lack is a warning.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll doctor
  plimsoll doctor -o json | jq '.repositories[] | select(.push != \"yes\")'")]
pub(super) struct Doctor {
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

impl Doctor {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(async {
            let asked = Asked { verb: "doctor", tag: None, keeping: self.place.keeping() };
            let subject = match Subject::of_worktree(session, asked).await {
                Ok(subject) => Some(subject),
                Err(failure) if is_no_project(&failure) => None,
                Err(failure) => return Err(failure),
            };
            examine(session, subject.as_ref()).await
        })
    }
}

/// Outside of projects there are tools to look at.
fn is_no_project(failure: &Failure) -> bool {
    let codes = [Code::NoRepository, Code::ConfigMissing];
    failure.problems.all().iter().all(|problem| codes.contains(&problem.code))
}

async fn examine(session: &Session<'_>, subject: Option<&Subject>) -> Outcome {
    let surveyor = Surveyor::new(session.variables, &session.redactor, session.stop());
    let none = BuildSettings::default();
    let settings = subject.map_or(&none, |subject| &subject.config.build);
    let (tools, builders) =
        futures_util::future::join(surveyor.find_tools(), surveyor.find_builders(settings)).await;
    let mut info = DoctorInfo {
        schema: DoctorInfo::SCHEMA,
        component: subject.map(|subject| subject.project().name.to_string()),
        job: session.ci()?.map(|ci| machine::describe_job(&ci, session.variables)),
        tools: tools.into_iter().map(machine::describe_tool).collect(),
        builders: machine::describe_builders(&builders),
        ..DoctorInfo::default()
    };
    let mut problems = Findings::new();
    if let Some(subject) = subject {
        problems.extend(subject.config.warnings.iter().cloned());
        let (platforms, trouble) = machine::describe_platforms(subject, &builders);
        info.platforms = platforms;
        problems.extend(trouble);
        if wanted(subject.project()).iter().any(|wanted| wanted.made_of.is_scanned())
            && let Err(error) = surveyor.check_scanner().await
        {
            problems.add(error.explain(&subject.asked));
        }
        problems.extend(untried(&surveyor, subject).await);
        let has_helm = info.tools.iter().any(|tool| tool.name == HELM && tool.version.is_some());
        problems.extend(unrendered(subject).filter(|_| !has_helm));
        if subject.asked.keeping == Keeping::Remote {
            session.display().see(Event::Note("asking registries, git remote and forge".to_owned()));
            problems.extend(ask_around(session, subject, &mut info).await?);
        }
        problems.extend(Workflows::read(session, subject).await?.findings(subject));
    }
    Ok(Ended::with(Answer::Doctor(info), problems))
}

/// What a release says of the smoke command of an image, where nothing runs images.
async fn untried(surveyor: &Surveyor, subject: &Subject) -> Option<Diagnostic> {
    let tried = |image: &Image| Some((image.name.clone(), image.smoke.clone()?));
    let (name, command) = subject.project().images.iter().find_map(tried)?;
    let error = surveyor.check_smoke(&name, &command).await.err()?;
    Some(error.explain(&subject.asked))
}

/// What a release says of a chart that must be rendered, where nothing renders it.
fn unrendered(subject: &Subject) -> Option<Diagnostic> {
    let chart = subject.project().charts.iter().find(|chart| chart.rendering == Rendering::Required)?;
    Some(ChartImageFault::NoProgram { chart: chart.chart.clone() }.explain(&subject.asked))
}

/// Asks everything that a release reaches over the network.
async fn ask_around(
    session: &Session<'_>,
    subject: &Subject,
    info: &mut DoctorInfo,
) -> Result<Findings, Failure> {
    let mut problems = Findings::new();
    let head = subject.repository.read_head().await;
    let access = async {
        match &head {
            Ok(head) => access::ask(session, subject, &head.commit).await,
            // Without a commit there is nothing that could be released.
            Err(error) => Ok(access::Asked {
                problems: error.explain(&subject.asked).into(),
                ..access::Asked::default()
            }),
        }
    };
    let charts = async {
        match &head {
            Ok(head) => chart_repositories::ask(session, subject, &head.commit).await,
            Err(_) => (Vec::new(), None),
        }
    };
    let both = futures_util::future::try_join(access, repository::ask_all(session, subject));
    let (both, (charts, refused)) = futures_util::future::join(both, charts).await;
    let (asked, repositories) = both?;
    let is_told = |said: &Diagnostic| {
        asked.problems.all().iter().any(|other| (other.code, &other.message) == (said.code, &said.message))
    };
    problems.extend(refused.filter(|said| !is_told(said)));
    info.chart_repositories = charts;
    problems.extend(asked.problems);
    problems.extend(repositories.problems);
    (info.remote, info.forge, info.signing) = (asked.remote, asked.forge, asked.signing);
    (info.repositories, info.clock) = (repositories.infos, repositories.clock);
    Ok(problems)
}

/// An answer to whether something may be done: a refusal is a no, anything else is not known.
fn answered<T, E>(answer: &Result<T, E>, is_refusal: impl Fn(&E) -> bool) -> Answered {
    match answer {
        Ok(_) => Answered::Yes,
        Err(error) if is_refusal(error) => Answered::No,
        Err(_) => Answered::Unknown,
    }
}
