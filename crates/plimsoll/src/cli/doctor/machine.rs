//! Programs, builders and platforms of this machine, and the CI job that it is part of.

use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::project::{Origin, Project};
use plimsoll_engine::world::builder::BuildError;
use plimsoll_oci::model::Platform;

use crate::ci::{Ci, CiEvent, CiSystem};
use crate::cli::subject::Subject;
use crate::explain::Explain as _;
use crate::output::json::doctor::{BuilderInfo, JobInfo, PlatformInfo, ToolInfo};
use crate::variables::Variables;
use crate::wire::{BuilderFound, Running, Tool};

/// Where GitHub's jobs ask for tokens that prove who they are: set only for a job with `id-token: write`.
const IDENTITY_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";

pub(super) fn describe_tool(tool: Tool) -> ToolInfo {
    let (version, why) = match tool.version {
        Ok(version) => (Some(version), None),
        Err(why) => (None, Some(why)),
    };
    ToolInfo { name: tool.name, version, purpose: tool.purpose, why }
}

/// The builders in the order in which they are tried.
pub(super) fn describe_builders(builders: &[BuilderFound]) -> Vec<BuilderInfo> {
    let chosen = find_chosen(builders);
    let describe = |(place, one): (usize, &BuilderFound)| {
        let (platforms, why) = match &one.runs {
            Ok(runs) => (runs.as_ref().map(|runs| runs.names()), None),
            Err(why) => (None, Some(why.clone())),
        };
        BuilderInfo {
            name: one.name,
            usable: one.runs.is_ok(),
            chosen: chosen == Some(place),
            platforms,
            why,
        }
    };
    builders.iter().enumerate().map(describe).collect()
}

/// The builder that a release would use.
fn find_chosen(builders: &[BuilderFound]) -> Option<usize> {
    builders.iter().position(|one| one.allowed && one.runs.is_ok())
}

/// How the platforms of images with Dockerfiles run here, and what is said where nothing builds them.
pub(super) fn describe_platforms(
    subject: &Subject,
    builders: &[BuilderFound],
) -> (Vec<PlatformInfo>, Option<Diagnostic>) {
    let wanted = built_platforms(subject.project());
    let chosen = find_chosen(builders).and_then(|place| builders.get(place));
    let missing = (!wanted.is_empty() && chosen.is_none()).then(|| {
        let tried = builders.iter().filter(|one| one.allowed);
        let tried = tried.filter_map(|one| Some((one.name, one.runs.as_ref().err()?.clone())));
        BuildError::NoBuilder { tried: tried.collect() }.explain(&subject.asked)
    });
    (wanted.iter().map(|platform| describe_platform(platform, chosen)).collect(), missing)
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

/// The job, as far as it decides what a release may do.
pub(super) fn describe_job(ci: &Ci, variables: &Variables) -> JobInfo {
    let system = match ci.system {
        CiSystem::GitHub => "GitHub Actions",
        CiSystem::Gitea => "Gitea Actions",
        CiSystem::Forgejo => "Forgejo Actions",
        CiSystem::GitLab => "GitLab CI/CD",
        CiSystem::Unknown => "unknown",
    };
    let event = match &ci.event {
        CiEvent::Tag(tag) => Some(format!("tag {tag}")),
        CiEvent::Branch(branch) => Some(format!("branch {branch}")),
        CiEvent::PullRequest { number: Some(number), .. } => Some(format!("pull request {number}")),
        CiEvent::PullRequest { number: None, .. } => Some("a pull request".to_owned()),
        CiEvent::Other => None,
    };
    let proves_identity = match ci.system {
        CiSystem::GitHub | CiSystem::Gitea | CiSystem::Forgejo => {
            Some(variables.text(IDENTITY_URL).is_some_and(|url| !url.is_empty()))
        }
        CiSystem::GitLab | CiSystem::Unknown => None,
    };
    JobInfo { system, event, from_fork: ci.is_from_fork(), proves_identity }
}
