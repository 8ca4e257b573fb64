//! Entries of deployments on GitLab ("Deployments API").
//!
//! An entry has no room for its cause. For a tag it is found by environment, commit and tag. A statement that goes back to
//! a version is carried out while the environment's newest entry is that version's. One that failed or was given up can't
//! begin again; another try gets an entry of its own.
//!
//! GitLab makes the entry of a job with an `environment:` itself, and says itself what became of it, by the job's end.

use plimsoll_engine::domain::deployment::{Cause, DeploymentId, DeploymentState, NewDeployment};
use plimsoll_engine::world::Work;
use plimsoll_engine::world::deployments::{Deployments, DeploymentsView, StandingDeployment};
use plimsoll_engine::world::forge_error::ForgeError;
use plimsoll_http::Method;
use plimsoll_http::retry::Repeat;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::GitLab;
use crate::adapters::forge::client::{Call, find_next};
use crate::adapters::forge::job::Job;
use crate::adapters::forge::token::TokenKind;

/// How many entries one page of a list has at most.
const PER_PAGE: &str = "100";
/// How many pages are read. An environment that was deployed to a thousand times since is at another version.
const MOST_PAGES: u32 = 10;

#[derive(Debug, Deserialize)]
struct Deployment {
    id: u64,
    #[serde(rename = "ref")]
    reference: String,
    sha: String,
    status: String,
    /// The job that it is of.
    deployable: Option<IgnoredAny>,
}

impl Deployment {
    /// How far it is; none if nothing can become of it any more.
    fn state(&self) -> Option<DeploymentState> {
        match self.status.as_str() {
            "success" => Some(DeploymentState::Success),
            "running" => Some(DeploymentState::InProgress),
            "created" | "blocked" => Some(DeploymentState::Pending),
            _ => None,
        }
    }

    /// True if something can become of it, or has.
    fn counts(&self) -> bool {
        self.state().is_some()
    }

    fn is_of(&self, wanted: &NewDeployment) -> bool {
        self.sha == wanted.commit.as_str() && self.reference == wanted.tag.0
    }

    fn standing(&self) -> Option<StandingDeployment> {
        let state = self.state()?;
        // Another job's counts once it stood.
        let counts = self.deployable.is_none() || state == DeploymentState::Success;
        counts.then(|| StandingDeployment { id: DeploymentId(self.id.to_string()), state })
    }
}

impl GitLab {
    /// Whether GitLab makes this very entry for the job that we are in.
    fn is_own_job(&self, wanted: &NewDeployment) -> bool {
        let Some(Job::GitLab { deploys: Some(own) }) = &self.job else { return false };
        own.environment == wanted.environment && own.commit == wanted.commit.as_str()
    }

    /// The entries of an environment that count, newest first, as far back as the page with one that `is_last`.
    async fn list_deployments(
        &self,
        environment: &str,
        is_last: impl Fn(&Deployment) -> bool,
    ) -> Result<Vec<Deployment>, ForgeError> {
        let act = format!("read the deployments to {environment}");
        if self.token == TokenKind::Job {
            let why = "a job's own token does not reach deployments";
            return Err(self.client.forbidden(&act, why));
        }
        let mut url = self.url(&["deployments"]);
        let query =
            [("environment", environment), ("order_by", "id"), ("sort", "desc"), ("per_page", PER_PAGE)];
        url.query_pairs_mut().extend_pairs(query);
        let mut found = Vec::new();
        for _ in 0..MOST_PAGES {
            let call = Call::get(url.clone(), act.clone());
            let (listed, headers): (Vec<Deployment>, _) = self.client.read(call).await?;
            found.extend(listed.into_iter().filter(Deployment::counts));
            match find_next(&headers, &url) {
                Some(next) if !found.iter().any(&is_last) => url = next,
                Some(_) | None => break,
            }
        }
        Ok(found)
    }

    async fn find_standing(&self, wanted: &NewDeployment) -> Result<Vec<StandingDeployment>, ForgeError> {
        if self.is_own_job(wanted) {
            // GitLab says what becomes of it; nothing is left to say for us.
            let id = DeploymentId(String::new());
            return Ok(vec![StandingDeployment { id, state: DeploymentState::Success }]);
        }
        let environment = &wanted.environment;
        Ok(match &wanted.cause {
            Cause::Tag(_) => {
                let listed = self.list_deployments(environment, |it| it.is_of(wanted)).await?;
                let own = listed.iter().rev().filter(|deployment| deployment.is_of(wanted));
                own.filter_map(Deployment::standing).collect()
            }
            Cause::Statement(_) | Cause::Again { .. } => {
                let listed = self.list_deployments(environment, |_| true).await?;
                let newest = listed.iter().take(1).filter(|deployment| deployment.is_of(wanted));
                newest.filter_map(Deployment::standing).collect()
            }
        })
    }
}

impl DeploymentsView for GitLab {
    fn find_deployments<'a>(&'a self, deployment: &'a NewDeployment) -> Work<'a, Vec<StandingDeployment>> {
        Box::pin(async move { Ok(self.find_standing(deployment).await?) })
    }
}

impl Deployments for GitLab {
    fn begin_deployment<'a>(&'a self, deployment: &'a NewDeployment) -> Work<'a, ()> {
        Box::pin(async move {
            let NewDeployment { environment, tag, commit, .. } = deployment;
            let entry = json!({
                "environment": environment,
                "sha": commit.as_str(),
                "ref": tag.0,
                "tag": true,
                "status": "running",
            });
            let act = format!("note the deployment of {tag} to {environment}");
            let call = Call::new(Method::POST, self.url(&["deployments"]), Repeat::OnlyIfNotHandled, act);
            Ok(self.client.act(call.json(&entry)).await?)
        })
    }

    fn report_deployment<'a>(
        &'a self,
        id: &'a DeploymentId,
        deployment: &'a NewDeployment,
        state: DeploymentState,
    ) -> Work<'a, ()> {
        Box::pin(async move {
            let NewDeployment { environment, tag, .. } = deployment;
            let word = match state {
                DeploymentState::Pending | DeploymentState::InProgress => "running",
                DeploymentState::Success => "success",
                DeploymentState::Failure => "failed",
                DeploymentState::Inactive => "canceled",
            };
            let act = format!("say that the deployment of {tag} to {environment} is {state}");
            let url = self.url(&["deployments", &id.0]);
            let call = Call::new(Method::PUT, url, Repeat::Harmless, act);
            Ok(self.client.act(call.json(&json!({ "status": word }))).await?)
        })
    }
}
