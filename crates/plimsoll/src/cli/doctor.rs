//! `doctor`: what is on this machine, and what the project's registries do.

use clap::Args;
use futures_util::stream::{self, StreamExt as _};
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::project::{Origin, Project};
use plimsoll_engine::domain::target::Necessity;
use plimsoll_engine::run::mirrors::repositories;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::builder::BuildError;
use plimsoll_oci::model::Platform;
use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::remote::{Access, collects_untagged};
use plimsoll_oci::store::StoreError;

use super::arguments::Place;
use super::ending::{Ended, Failure, Outcome};
use super::session::Session;
use super::subject::Subject;
use crate::config::BuildSettings;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::doctor::{BuilderInfo, DoctorInfo, PlatformInfo, RepositoryInfo, ToolInfo};
use crate::wire::{BuilderFound, Registries, Running, Surveyor, Tool};

/// How many repositories are asked at a time.
const AT_ONCE: usize = 8;

/// Says what is on this machine and what registries do: programs, builders, platforms, credentials, permissions
///
/// Every repository of the configuration is asked whether it may be written to and how it lists signatures; nothing is
/// written. Logins are named by the place that they come from, and never shown. What a release needs and does not find
/// decides the exit code.
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
    let mut problems = Findings::new();
    let chosen = builders.iter().position(|one| one.allowed && one.runs.is_ok());
    let mut platforms = Vec::new();
    let mut repositories = Vec::new();
    if let Some(subject) = subject {
        problems.extend(subject.config.warnings.iter().cloned());
        let wanted = built_platforms(subject.project());
        if !wanted.is_empty() && chosen.is_none() {
            let tried = builders.iter().filter(|one| one.allowed);
            let tried = tried.filter_map(|one| Some((one.name, one.runs.as_ref().err()?.clone())));
            problems.add(BuildError::NoBuilder { tried: tried.collect() }.explain(&subject.asked));
        }
        let builder = chosen.and_then(|place| builders.get(place));
        platforms = wanted.iter().map(|platform| describe_platform(platform, builder)).collect();
        if subject.asked.keeping == Keeping::Remote {
            let (found, trouble) = ask_repositories(session, subject).await?;
            repositories = found;
            problems.extend(trouble);
        }
    }
    let info = DoctorInfo {
        schema: DoctorInfo::SCHEMA,
        component: subject.map(|subject| subject.project().name.to_string()),
        tools: tools.into_iter().map(describe_tool).collect(),
        builders: builders
            .iter()
            .enumerate()
            .map(|(place, one)| describe_builder(one, chosen == Some(place)))
            .collect(),
        platforms,
        repositories,
    };
    Ok(Ended::with(Answer::Doctor(info), problems))
}

/// The platforms of images that are built from Dockerfiles; others need no builder.
fn built_platforms(project: &Project) -> Vec<Platform> {
    let built = project.images.iter().filter(|image| matches!(image.origin, Origin::Dockerfile(_)));
    let mut platforms: Vec<Platform> = Vec::new();
    for platform in built.flat_map(|image| &image.platforms) {
        if !platforms.contains(platform) {
            platforms.push(platform.clone());
        }
    }
    platforms
}

fn describe_tool(tool: Tool) -> ToolInfo {
    let (version, why) = match tool.version {
        Ok(version) => (Some(version), None),
        Err(why) => (None, Some(why)),
    };
    ToolInfo { name: tool.name, version, purpose: tool.purpose, why }
}

fn describe_builder(builder: &BuilderFound, chosen: bool) -> BuilderInfo {
    let (platforms, why) = match &builder.runs {
        Ok(runs) => (runs.as_ref().map(|runs| runs.names()), None),
        Err(why) => (None, Some(why.clone())),
    };
    BuilderInfo { name: builder.name, usable: builder.runs.is_ok(), chosen, platforms, why }
}

fn describe_platform(platform: &Platform, builder: Option<&BuilderFound>) -> PlatformInfo {
    let runs = match builder.map(|builder| &builder.runs) {
        Some(Ok(Some(runs))) => match runs.running(platform) {
            Running::Native => "native",
            Running::Emulated => "emulated",
            Running::Not => "not-at-all",
        },
        _ => "unknown",
    };
    PlatformInfo { platform: platform.to_string(), runs }
}

async fn ask_repositories(
    session: &Session<'_>,
    subject: &Subject,
) -> Result<(Vec<RepositoryInfo>, Findings), Failure> {
    let (configured, root) = (&subject.config.registries, subject.repository.root());
    let registries =
        Registries::new(configured, root, session.variables, &session.redactor, session.logins()?);
    let all: Vec<_> = repositories(subject.project()).into_iter().collect();
    let asks = all.into_iter().map(|(repository, necessity)| {
        let registries = registries.clone();
        async move { ask_repository(&registries, repository, necessity, &subject.asked).await }
    });
    let answers: Vec<_> = stream::iter(asks.collect::<Vec<_>>()).buffered(AT_ONCE).collect().await;
    let mut problems = Findings::new();
    let mut infos = Vec::new();
    for (info, problem) in answers {
        infos.push(info);
        problems.extend(problem);
    }
    Ok((infos, problems))
}

async fn ask_repository(
    registries: &Registries,
    repository: ImageRepository,
    necessity: Necessity,
    asked: &Asked,
) -> (RepositoryInfo, Option<Diagnostic>) {
    let login = registries.find_credentials(&repository).await;
    let pushed = registries.check_push(&repository).await;
    let push = match &pushed {
        Ok(()) => "yes",
        Err(WorldError::Store(StoreError::Unauthorized { .. } | StoreError::Denied { .. })) => "no",
        Err(_) => "unknown",
    };
    let listing = match (&pushed, registries.repository(&repository, Access::Pull)) {
        // Who does not answer once is not asked twice.
        (Err(WorldError::Store(StoreError::Unreachable { .. } | StoreError::NotARegistry { .. })), _) => None,
        (_, Ok(repository)) => repository.lists_referrers().await.ok().flatten(),
        (_, Err(_)) => None,
    };
    let (credentials, amiss) = match login.there {
        true => (login.source, None),
        false => (None, login.source),
    };
    let info = RepositoryInfo {
        repository: repository.to_string(),
        required: necessity == Necessity::Required,
        credentials,
        amiss,
        push,
        referrers: match listing {
            Some(true) => "yes",
            Some(false) => "no",
            None => "unknown",
        },
        collects_untagged: collects_untagged(repository.registry()),
        hold_tags: true,
    };
    let problem = pushed.err().map(|error| {
        let said = error.explain(asked);
        let said = Diagnostic { message: format!("{repository}: {}", said.message), ..said };
        if necessity == Necessity::Required { said } else { said.as_warning() }
    });
    (info, problem)
}
