//! After `rollback` and `unhold`: environments follow to the version that counts now.

use plimsoll_oci::name::Digest;

use super::speak::Spoke;
use crate::domain::deployment::{Cause, DeployOn, Deployment, DeploymentState, NewDeployment};
use crate::domain::project::Project;
use crate::ledger::doubt::Doubt;
use crate::ledger::release::{Answer, Comparing, LedgerError, Release, Scope, find_release};
use crate::ledger::sources::Sources;
use crate::run::deployment::{Deployed, DeploymentDone, Head, ensure_entry, find_head, give_way};
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
/// saying it again finds the same entry. Where nothing had to be said as a yank has said it before, that is its name: a yank alone
/// deploys nothing.
///
/// # Errors
/// The forge did not do it, what counts can't be read, or it has no record that is believed.
pub async fn redeploy(
    world: &World,
    project: &Project,
    deployments: &[Deployment],
    spoke: &Spoke,
) -> Result<Vec<DeploymentDone>, RedeployError> {
    let mut done = Vec::new();
    for deployment in deployments.iter().filter(|deployment| deployment.on != DeployOn::Prerelease) {
        let Some(head) = find_head(world.eyes(), project, deployment.on).await? else { continue };
        let said = spoke.statements.first();
        if said.is_none()
            && (head.find_word().is_none() || head.stands(world.eyes(), project, deployment).await?)
        {
            continue;
        }
        let release = find_deployed(world.eyes(), project, &head).await?;
        let (tag, version) = (release.tag, release.record.version);
        let (environment, url) = (deployment.environment.clone(), deployment.url_of(&version));
        let entry = |statement: &Digest| NewDeployment {
            environment: environment.clone(),
            url: url.clone(),
            tag: tag.name.clone(),
            commit: tag.commit.clone(),
            cause: Cause::Statement(statement.clone()),
        };
        let Some(entry) =
            choose(world.eyes(), said.map(&entry), head.find_word().as_ref().map(&entry)).await?
        else {
            continue;
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

/// The entry of what was said, unless that was said long ago and another version has stood there since, which was yanked.
async fn choose(
    eyes: Eyes<'_>,
    said: Option<NewDeployment>,
    yanked: Option<NewDeployment>,
) -> Result<Option<NewDeployment>, RedeployError> {
    Ok(match (said, yanked) {
        (Some(said), Some(yanked)) => {
            let found = eyes.forge().find_deployments(&said).await.map_err(Stop::from)?;
            let is_over = found.first().is_some_and(|first| first.state == DeploymentState::Inactive);
            Some(if is_over { yanked } else { said })
        }
        (said, yanked) => said.or(yanked),
    })
}

/// The release that an environment is at.
async fn find_deployed(eyes: Eyes<'_>, project: &Project, head: &Head) -> Result<Release, RedeployError> {
    let scope = Scope::of_project(project);
    let version = head.version.to_string();
    match find_release(Sources::of(eyes), scope, &version, Comparing::Later).await? {
        Answer::Release(release) => Ok(*release),
        Answer::Doubt(doubt) => Err(RedeployError::Doubted(doubt)),
        Answer::Unknown => Err(RedeployError::Unrecorded { version }),
    }
}
