//! Deployments: what a forge says stands in which environment.
//!
//! An entry is found again by commit, environment and cause. Where a forge keeps none there are none, and none are asked
//! for: the configuration knows.

use super::Work;
use super::forge_error::ForgeError;
use crate::domain::deployment::{DeploymentId, DeploymentState, NewDeployment};

/// An entry as the forge has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingDeployment {
    /// How the forge names it.
    pub id: DeploymentId,
    /// How far it is.
    pub state: DeploymentState,
}

/// Entries of deployments, looked at.
pub trait DeploymentsView: Send + Sync {
    /// The entries that are this one, the one that counts first: that of the CI job that we are in, which the forge made
    /// for the job's own environment; else the oldest of ours; for a tag also one that another job's forge made and that
    /// stood.
    fn find_deployments<'a>(&'a self, _deployment: &'a NewDeployment) -> Work<'a, Vec<StandingDeployment>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// Entries of deployments, changed. One method is one effect; an error means only that the caller must look.
pub trait Deployments: DeploymentsView {
    /// Makes an entry; nothing is merged for it, and no check of the forge's is waited for.
    fn begin_deployment<'a>(&'a self, _deployment: &'a NewDeployment) -> Work<'a, ()> {
        Box::pin(async { Err(none_are_kept().into()) })
    }

    /// Says how far an entry is.
    fn report_deployment<'a>(
        &'a self,
        _id: &'a DeploymentId,
        _deployment: &'a NewDeployment,
        _state: DeploymentState,
    ) -> Work<'a, ()> {
        Box::pin(async { Err(none_are_kept().into()) })
    }
}

fn none_are_kept() -> ForgeError {
    let (forge, act, why) = ("the forge".into(), "note a deployment".into(), "it keeps none".into());
    ForgeError::Rejected { forge, act, why }
}
