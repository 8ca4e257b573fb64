//! `verify`: the entries of deployments, observed again.

use super::check::{Check, Outcome, Place, describe, describe_stop};
use crate::domain::deployment::{DeployOn, DeploymentState};
use crate::run::deployment::Deploying;
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
