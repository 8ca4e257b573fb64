//! `verify`: the entries of deployments, observed again.

use super::check::{Check, ENVIRONMENT, Outcome, Place, describe, describe_stop};
use crate::domain::deployment::{DeployOn, Deployment, DeploymentState};
use crate::domain::project::Project;
use crate::ledger::release::Release;
use crate::run::deployment::{Deploying, find_usurper};
use crate::run::survey::Survey;
use crate::world::Eyes;

/// The entries that follow one occasion: the release of a version, or its promotion.
pub(super) async fn check_deployments(eyes: Eyes<'_>, deploying: &Deploying<'_>, on: DeployOn) -> Vec<Check> {
    let mut checks = Vec::new();
    for deployment in deploying.planned.iter().filter(|deployment| deployment.on == on) {
        let subject = format!("forge-deployment {} of {}", deployment.environment, deploying.tag);
        let found = eyes.forge().find_deployments(&deploying.entry(deployment)).await;
        let states: Vec<DeploymentState> = match found {
            Ok(found) => found.iter().map(|standing| standing.state).collect(),
            Err(error) => {
                checks.push(Check::required(Place::Forge, subject, describe(&error)));
                continue;
            }
        };
        // Of one that stood another one took the place; and the job that asks may be under way in this environment itself.
        let stood = states.iter().find(|state| state.has_reached(DeploymentState::Success));
        let outcome = match stood.or(states.first()) {
            Some(DeploymentState::Success | DeploymentState::Inactive) => Outcome::Ok,
            found => match deploying.outranking(eyes, deployment.on).await {
                Ok(Some(by)) => Outcome::Superseded(by),
                Ok(None) => Outcome::Drift {
                    want: DeploymentState::Success.to_string(),
                    found: found.map(|state| state.to_string()),
                },
                Err(stop) => describe_stop(&stop),
            },
        };
        checks.push(Check::required(Place::Forge, subject, outcome));
    }
    checks
}

/// Environments that are to be at this release: one where a version stands that was yanked or rolled back since is told.
pub(super) async fn check_environments(
    eyes: Eyes<'_>,
    project: &Project,
    release: &Release,
    known: &Survey,
) -> Vec<Check> {
    let version = release.record.version.as_str();
    let mut checks = Vec::new();
    for deployment in follows(project) {
        let outcome = match find_usurper(eyes, project, &deployment, (version, known)).await {
            Ok(None) => continue,
            Ok(Some(found)) => Outcome::Drift { want: version.to_owned(), found: Some(found) },
            Err(stop) => describe_stop(&stop),
        };
        let subject = format!("{ENVIRONMENT}{}", deployment.environment);
        checks.push(Check::required(Place::Forge, subject, outcome));
    }
    checks
}

/// Whether environments are to be at any version.
pub(super) fn do_environments_follow(project: &Project) -> bool {
    !follows(project).is_empty()
}

fn follows(project: &Project) -> Vec<Deployment> {
    project.deployments.kept().into_iter().filter(|kept| kept.on != DeployOn::Prerelease).collect()
}
