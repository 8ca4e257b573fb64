//! Entries of deployments on GitHub.
//!
//! Ours carry their cause in the payload. Actions makes one for each job with an `environment:`, without a payload; the pages
//! of its statuses tell which run's it is.

use plimsoll_engine::domain::deployment::{Cause, DeploymentId, DeploymentState, NewDeployment};
use plimsoll_engine::world::Work;
use plimsoll_engine::world::deployments::{Deployments, DeploymentsView, StandingDeployment};
use plimsoll_engine::world::forge_error::ForgeError;
use plimsoll_http::retry::Repeat;
use plimsoll_http::{Method, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{GitHub, MOST_PAGES, PER_PAGE};
use crate::adapters::forge::client::{Call, find_next};

/// Who makes the entries of jobs.
const ACTIONS: &str = "github-actions[bot]";
/// The payload's key for the cause.
const CAUSE: &str = "plimsoll";

#[derive(Debug, Deserialize)]
struct Deployment {
    id: u64,
    #[serde(default)]
    payload: Value,
    creator: Option<Creator>,
}

#[derive(Debug, Deserialize)]
struct Creator {
    login: String,
}

#[derive(Debug, Deserialize)]
struct Status {
    state: String,
    #[serde(default)]
    log_url: Option<String>,
    #[serde(default)]
    target_url: Option<String>,
}

impl Deployment {
    /// The cause in the payload; GitHub gives it as it was sent, or as text.
    fn cause(&self) -> Option<String> {
        let parsed = self.payload.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        parsed.as_ref().unwrap_or(&self.payload).get(CAUSE)?.as_str().map(str::to_owned)
    }

    /// True if a job's environment made it.
    fn is_of_a_job(&self) -> bool {
        self.cause().is_none() && self.creator.as_ref().is_some_and(|creator| creator.login == ACTIONS)
    }
}

impl Status {
    fn state(&self) -> DeploymentState {
        match self.state.as_str() {
            "success" => DeploymentState::Success,
            "failure" | "error" => DeploymentState::Failure,
            "inactive" => DeploymentState::Inactive,
            "in_progress" => DeploymentState::InProgress,
            _ => DeploymentState::Pending,
        }
    }

    /// True if it was said by a run with this page.
    fn is_of_run(&self, page: &str) -> bool {
        let pages = [&self.log_url, &self.target_url].into_iter().flatten();
        let rest = |url: &String| url.strip_prefix(page).map(str::to_owned);
        pages.filter_map(rest).any(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl GitHub {
    fn deployments_url(&self, query: &[(&str, &str)]) -> Url {
        let mut url = self.url(&["deployments"]);
        url.query_pairs_mut().extend_pairs(query);
        url
    }

    /// The entries of a commit in an environment, newest first.
    async fn list_deployments(&self, wanted: &NewDeployment) -> Result<Vec<Deployment>, ForgeError> {
        let query =
            [("sha", wanted.commit.as_str()), ("environment", &wanted.environment), ("per_page", PER_PAGE)];
        let mut url = self.deployments_url(&query);
        let mut found = Vec::new();
        for _ in 0..MOST_PAGES {
            let call = Call::get(url.clone(), list_act(wanted));
            let (listed, headers): (Vec<Deployment>, _) = self.client.read(call).await?;
            found.extend(listed);
            match find_next(&headers, &url) {
                Some(next) => url = next,
                None => break,
            }
        }
        Ok(found)
    }

    /// What was said of an entry, newest first.
    async fn read_statuses(
        &self,
        wanted: &NewDeployment,
        deployment: &Deployment,
    ) -> Result<Vec<Status>, ForgeError> {
        let url = self.url(&["deployments", &deployment.id.to_string(), "statuses"]);
        self.client.read(Call::get(url, list_act(wanted))).await.map(|(statuses, _)| statuses)
    }

    async fn standing(
        &self,
        wanted: &NewDeployment,
        deployment: &Deployment,
    ) -> Result<StandingDeployment, ForgeError> {
        let statuses = self.read_statuses(wanted, deployment).await?;
        let state = statuses.first().map_or(DeploymentState::Pending, Status::state);
        Ok(StandingDeployment { id: DeploymentId(deployment.id.to_string()), state })
    }

    /// The entry that was made for the job that we are in, among those of the commit: a job that began on another commit
    /// shows that one in its environment, whatever it deploys.
    async fn find_own_job(
        &self,
        wanted: &NewDeployment,
        listed: &[Deployment],
    ) -> Result<Option<StandingDeployment>, ForgeError> {
        let Some(page) = &self.run_page else { return Ok(None) };
        for deployment in listed.iter().filter(|deployment| deployment.is_of_a_job()) {
            let statuses = self.read_statuses(wanted, deployment).await?;
            if statuses.iter().any(|status| status.is_of_run(page)) {
                let state = statuses.first().map_or(DeploymentState::Pending, Status::state);
                return Ok(Some(StandingDeployment { id: DeploymentId(deployment.id.to_string()), state }));
            }
        }
        Ok(None)
    }

    async fn find_standing(&self, wanted: &NewDeployment) -> Result<Vec<StandingDeployment>, ForgeError> {
        let mut listed = self.list_deployments(wanted).await?;
        let own_job = self.find_own_job(wanted, &listed).await?;
        let mut found: Vec<StandingDeployment> = own_job.into_iter().collect();
        listed.sort_by_key(|deployment| deployment.id);
        let cause = wanted.cause.to_string();
        for deployment in listed.iter().filter(|deployment| deployment.cause().as_ref() == Some(&cause)) {
            found.push(self.standing(wanted, deployment).await?);
        }
        if found.is_empty() && matches!(wanted.cause, Cause::Tag(_)) {
            for deployment in listed.iter().filter(|deployment| deployment.is_of_a_job()) {
                let standing = self.standing(wanted, deployment).await?;
                // One that failed, or that another job is at, is none of ours.
                if matches!(standing.state, DeploymentState::Success | DeploymentState::Inactive) {
                    found.push(standing);
                }
            }
        }
        Ok(found)
    }
}

fn list_act(wanted: &NewDeployment) -> String {
    format!("read the deployments to {}", wanted.environment)
}

impl DeploymentsView for GitHub {
    fn find_deployments<'a>(&'a self, deployment: &'a NewDeployment) -> Work<'a, Vec<StandingDeployment>> {
        Box::pin(async move { Ok(self.find_standing(deployment).await?) })
    }
}

impl Deployments for GitHub {
    fn begin_deployment<'a>(&'a self, deployment: &'a NewDeployment) -> Work<'a, ()> {
        Box::pin(async move {
            let NewDeployment { environment, tag, cause, .. } = deployment;
            // By default GitHub merges the default branch first, and refuses what has no successful checks.
            let entry = json!({
                "ref": tag.0,
                "task": "deploy",
                "auto_merge": false,
                "required_contexts": [],
                "environment": environment,
                "payload": { CAUSE: cause.to_string() },
                "description": tag.0,
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
            let NewDeployment { environment, tag, url, .. } = deployment;
            let word = match state {
                DeploymentState::Pending => "pending",
                DeploymentState::InProgress => "in_progress",
                DeploymentState::Success => "success",
                DeploymentState::Failure => "failure",
                DeploymentState::Inactive => "inactive",
            };
            let mut status = json!({ "state": word, "description": tag.0 });
            if let Some(url) = url {
                status["environment_url"] = json!(url);
            }
            if let Some(page) = &self.run_page {
                status["log_url"] = json!(page);
            }
            let act = format!("say that the deployment of {tag} to {environment} is {state}");
            let target = self.url(&["deployments", &id.0, "statuses"]);
            let call = Call::new(Method::POST, target, Repeat::OnlyIfNotHandled, act);
            Ok(self.client.act(call.json(&status)).await?)
        })
    }
}
