//! `verify`: the entries of deployments, observed again.

use super::verify::{Check, Outcome, describe, describe_stop};
use crate::domain::deployment::{DeployOn, DeploymentState};
use crate::domain::project::Project;
use crate::domain::target::Necessity;
use crate::ledger::release::Release;
use crate::run::deployment::Deploying;
use crate::world::Eyes;

/// The entries that a version has by itself; those of promotions are checked by nobody, since a record knows of none.
pub(super) async fn check_deployments(eyes: Eyes<'_>, project: &Project, release: &Release) -> Vec<Check> {
    let mut checks = Vec::new();
    let deploying = Deploying {
        project,
        planned: &project.deployments.kept(),
        tag: &release.tag,
        version: &release.record.version,
    };
    for deployment in deploying.planned.iter().filter(|deployment| deployment.on == DeployOn::Version) {
        let subject = format!("forge-deployment {} of {}", deployment.environment, release.tag.name);
        let found = eyes.forge().find_deployments(&deploying.entry(deployment)).await;
        let state = match found {
            Ok(found) => found.first().map(|standing| standing.state),
            Err(error) => {
                checks.push(check(subject, describe(&error)));
                continue;
            }
        };
        let outcome = match state {
            // Of one that stood another one took the place.
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
        checks.push(check(subject, outcome));
    }
    checks
}

fn check(subject: String, outcome: Outcome) -> Check {
    Check { subject, necessity: Necessity::Required, outcome }
}
