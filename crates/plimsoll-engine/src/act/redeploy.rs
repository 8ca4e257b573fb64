//! After `rollback` and `unhold`: environments follow to the version that counts now.

use super::speak::Spoke;
use crate::domain::deployment::{Cause, DeployOn, Deployment, DeploymentState, NewDeployment};
use crate::domain::project::Project;
use crate::ledger::doubt::Doubt;
use crate::ledger::release::{Answer, Comparing, LedgerError, Release, Scope, find_release};
use crate::ledger::sources::Sources;
use crate::run::deployment::{Deployed, DeploymentDone, ensure_entry, find_head, give_way};
use crate::run::stop::Stop;
use crate::ship::Ensured;
use crate::world::{Eyes, World};

/// Why environments did not follow.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RedeployError {
    /// The forge did not do it, or what counts can't be read.
    #[error(transparent)]
    Stop(#[from] Stop),
    /// What was released can't be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The record of the version that counts now is not believed: nobody knows which commit it was made from.
    #[error("nothing confirms the record of {}", .0.version)]
    Doubted(Box<Doubt>),
    /// The version that counts now has no record, so that nobody knows which commit it was made from.
    #[error("{version} has no record")]
    Unrecorded {
        /// Which version.
        version: String,
    },
}

/// Makes an entry for the version that each environment is at, now that something was said. The statement is its name:
/// saying it again finds the same entry.
///
/// # Errors
/// The forge did not do it, what counts can't be read, or it has no record that is believed.
pub async fn redeploy(
    world: &World,
    project: &Project,
    deployments: &[Deployment],
    spoke: &Spoke,
) -> Result<Vec<DeploymentDone>, RedeployError> {
    let Some(statement) = spoke.statements.first() else { return Ok(Vec::new()) };
    let mut done = Vec::new();
    for deployment in deployments.iter().filter(|deployment| deployment.on != DeployOn::Prerelease) {
        let Some(release) = find_deployed(world.eyes(), project, deployment.on).await? else { continue };
        let (tag, version) = (release.tag, release.record.version);
        let (environment, url) = (deployment.environment.clone(), deployment.url_of(&version));
        let entry = NewDeployment {
            environment: environment.clone(),
            url: url.clone(),
            tag: tag.name,
            commit: tag.commit,
            cause: Cause::Statement(statement.clone()),
        };
        let ensured = ensure_entry(world, &entry, DeploymentState::Success).await?;
        // Another version may have come to count between the look and what was said.
        let rival = match ensured {
            Ensured::Made => find_head(world.eyes(), project, deployment.on).await?,
            Ensured::Already | Ensured::Superseded(_) => None,
        };
        let outcome = match rival.filter(|head| head.version.to_string() != version) {
            Some(head) => {
                give_way(world, project, deployment, &head, &entry.cause).await?;
                Deployed::Outranked { by: head.version.to_string() }
            }
            None => Deployed::Stands(ensured),
        };
        done.push(DeploymentDone { environment, url, outcome });
    }
    Ok(done)
}

/// The release that an environment is at.
async fn find_deployed(
    eyes: Eyes<'_>,
    project: &Project,
    on: DeployOn,
) -> Result<Option<Release>, RedeployError> {
    let Some(head) = find_head(eyes, project, on).await? else { return Ok(None) };
    let scope = Scope::of_project(project);
    let version = head.version.to_string();
    match find_release(Sources::of(eyes), scope, &version, Comparing::Later).await? {
        Answer::Release(release) => Ok(Some(*release)),
        Answer::Doubt(doubt) => Err(RedeployError::Doubted(doubt)),
        Answer::Unknown => Err(RedeployError::Unrecorded { version }),
    }
}
