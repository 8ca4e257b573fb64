//! Entries of deployments on the sea's forge.

use plimsoll_engine::domain::deployment::{DeploymentId, DeploymentState, NewDeployment};
use plimsoll_engine::world::Work;
use plimsoll_engine::world::deployments::{Deployments, DeploymentsView, StandingDeployment};
use plimsoll_engine::world::gate::Subject;

use super::act::Act;
use super::forge::SeaForge;
use super::history::{Author, Change};
use super::sea::{Sea, Waters};

/// An entry as the sea has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeaDeployment {
    /// Its number: lower ones are older.
    pub number: u64,
    /// What it is.
    pub entry: NewDeployment,
    /// How far it is.
    pub state: DeploymentState,
    /// How far it was before.
    shown: DeploymentState,
    /// How many looks do not show what was done last.
    lag: u32,
}

impl Sea {
    /// All entries, oldest first.
    pub fn deployments(&self) -> Vec<SeaDeployment> {
        self.waters().deployments.clone()
    }
}

impl DeploymentsView for SeaForge {
    fn find_deployments<'a>(&'a self, deployment: &'a NewDeployment) -> Work<'a, Vec<StandingDeployment>> {
        Box::pin(async move {
            self.0.turn(Act::ReadDeployments(deployment.environment.clone())).await;
            let mut waters = self.0.waters();
            let mut found = Vec::new();
            for standing in waters.deployments.iter_mut().filter(|standing| standing.entry == *deployment) {
                let is_late = standing.lag > 0;
                standing.lag = standing.lag.saturating_sub(1);
                let state = if is_late { standing.shown } else { standing.state };
                // One that is slow to show is not there.
                if !is_late || standing.state != DeploymentState::Pending {
                    found.push(StandingDeployment { id: DeploymentId(standing.number.to_string()), state });
                }
            }
            Ok(found)
        })
    }
}

impl Deployments for SeaForge {
    fn begin_deployment<'a>(&'a self, deployment: &'a NewDeployment) -> Work<'a, ()> {
        Box::pin(async move {
            let environment = &deployment.environment;
            self.0.turn(Act::WriteDeployment(environment.clone())).await;
            let state = DeploymentState::Pending;
            let lag = self.take_lag(&Subject::Deployment(environment.clone(), state));
            let mut waters = self.0.waters();
            let number = waters.deployments.len() as u64 + 1;
            let entry = deployment.clone();
            waters.deployments.push(SeaDeployment { number, entry, state, shown: state, lag });
            Ok(())
        })
    }

    fn report_deployment<'a>(
        &'a self,
        id: &'a DeploymentId,
        deployment: &'a NewDeployment,
        state: DeploymentState,
    ) -> Work<'a, ()> {
        Box::pin(async move {
            let environment = &deployment.environment;
            self.0.turn(Act::WriteDeployment(environment.clone())).await;
            let lag = self.take_lag(&Subject::Deployment(environment.clone(), state));
            let author = self.0.author();
            let mut waters = self.0.waters();
            let Some(at) = waters.deployments.iter().position(|it| it.number.to_string() == id.0) else {
                return Err(SeaForge::refuse("report", "there is no such deployment"));
            };
            for (place, standing) in waters.deployments.iter_mut().enumerate() {
                let same = standing.entry.environment == *environment;
                match (place == at, state, standing.state) {
                    (true, ..) => {
                        (standing.shown, standing.state, standing.lag) = (standing.state, state, lag);
                    }
                    // Where one stands the one before stands no more.
                    (false, DeploymentState::Success, DeploymentState::Success) if same => {
                        standing.state = DeploymentState::Inactive;
                    }
                    (false, ..) => {}
                }
            }
            let tag = deployment.tag.clone();
            waters.note(author, Change::Deployment(environment.clone(), tag, state));
            Ok(())
        })
    }
}

/// What must hold of entries that runs of ours write.
pub(super) fn check_deployment(
    waters: &Waters,
    author: &Author,
    tag: &plimsoll_engine::domain::git::GitTag,
    state: DeploymentState,
) -> Result<(), String> {
    use plimsoll_engine::domain::claim::State;
    if *author == Author::Stranger || state != DeploymentState::Success {
        return Ok(());
    }
    let mut claims = waters.claims.values().map(|standing| &standing.claim);
    match claims.any(|claim| claim.tag.name == *tag && claim.state == State::Published) {
        true => Ok(()),
        false => Err(format!("{tag} was said to be deployed before its release was published")),
    }
}
