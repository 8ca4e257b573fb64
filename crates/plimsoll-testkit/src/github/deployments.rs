//! The deployments of one repository, as GitHub's REST interface has them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::refuse;
use super::releases::{TIME, json_answer, user};
use crate::fault_registry::wire::{Answer, Head};

/// Who makes the entries of jobs.
const ACTIONS: &str = "github-actions[bot]";

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHubDeployment {
    /// Its number.
    pub id: u64,
    /// What was asked to be deployed.
    pub reference: String,
    /// The commit.
    pub sha: String,
    /// The environment.
    pub environment: String,
    /// What its maker wrote into it.
    pub payload: Value,
    /// Who made it.
    pub creator: String,
    /// What was said of it, oldest first.
    pub statuses: Vec<GitHubStatus>,
}

/// What was said of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHubStatus {
    /// Its number.
    pub id: u64,
    /// The state.
    pub state: String,
    /// Where people find what is deployed.
    pub environment_url: String,
    /// The page of who said it.
    pub log_url: String,
}

impl GitHubDeployment {
    /// How far it is.
    pub fn state(&self) -> &str {
        self.statuses.last().map_or("pending", |status| &status.state)
    }
}

/// All of them.
#[derive(Default)]
pub(super) struct Deployments {
    pub(super) root: String,
    pub(super) all: Vec<GitHubDeployment>,
    /// The commits of refs.
    pub(super) refs: BTreeMap<String, String>,
    /// Whether entries may be written.
    pub(super) forbidden: bool,
    last: u64,
}

impl Deployments {
    /// A job with an environment begins: Actions makes an entry for it.
    pub(super) fn begin_job(&mut self, environment: &str, sha: &str, run: u64) {
        let id = self.next();
        let page = format!("{}/acme/app/actions/runs/{run}/job/{id}", self.root);
        let status = GitHubStatus {
            id: self.next(),
            state: "in_progress".to_owned(),
            environment_url: String::new(),
            log_url: page,
        };
        self.all.push(GitHubDeployment {
            id,
            reference: "v1.0.0".to_owned(),
            sha: sha.to_owned(),
            environment: environment.to_owned(),
            payload: json!({}),
            creator: ACTIONS.to_owned(),
            statuses: vec![status],
        });
    }

    pub(super) fn answer(&mut self, head: &Head, path: &[&str], body: &[u8], may_write: bool) -> Answer {
        let sent = serde_json::from_slice::<Value>(body).unwrap_or(Value::Null);
        if head.method != "GET" && (!may_write || self.forbidden) {
            return refuse(403, "Resource not accessible by integration");
        }
        match (head.method.as_str(), path) {
            ("GET", []) => self.list(head),
            ("POST", []) => self.create(&sent),
            ("GET", [id, "statuses"]) => match self.find(id) {
                Some(at) => {
                    let deployment = &self.all[at];
                    let statuses: Vec<Value> = deployment
                        .statuses
                        .iter()
                        .rev()
                        .map(|status| self.render_status(deployment, status))
                        .collect();
                    json_answer(200, &json!(statuses))
                }
                None => refuse(404, "Not Found"),
            },
            ("POST", [id, "statuses"]) => match self.find(id) {
                Some(at) => self.report(at, &sent),
                None => refuse(404, "Not Found"),
            },
            _ => refuse(404, "Not Found"),
        }
    }

    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn find(&self, id: &str) -> Option<usize> {
        self.all.iter().position(|deployment| deployment.id.to_string() == id)
    }

    /// Newest first.
    fn list(&self, head: &Head) -> Answer {
        let wanted = |key: &str, value: &str| head.query_value(key).is_none_or(|wanted| wanted == value);
        let fits = |it: &&GitHubDeployment| wanted("sha", &it.sha) && wanted("environment", &it.environment);
        let listed: Vec<Value> = self.all.iter().rev().filter(fits).map(|it| self.render(it)).collect();
        json_answer(200, &json!(listed))
    }

    fn create(&mut self, sent: &Value) -> Answer {
        let text = |key: &str| sent.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let reference = text("ref");
        let Some(sha) = self.refs.get(&reference).cloned() else {
            return refuse(422, &format!("No ref found for: {reference}"));
        };
        if sent.get("auto_merge").and_then(Value::as_bool) != Some(false) {
            // The default branch is ahead of every tag.
            return json_answer(202, &json!({ "message": "Auto-merged main into the ref on deployment." }));
        }
        if sent.get("required_contexts") != Some(&json!([])) {
            return refuse(409, &format!("Conflict: Commit status checks failed for {reference}."));
        }
        let id = self.next();
        let deployment = GitHubDeployment {
            id,
            reference,
            sha,
            environment: text("environment"),
            payload: sent.get("payload").cloned().unwrap_or(json!({})),
            creator: "octocat".to_owned(),
            statuses: Vec::new(),
        };
        self.all.push(deployment.clone());
        json_answer(201, &self.render(&deployment))
    }

    fn report(&mut self, at: usize, sent: &Value) -> Answer {
        let text = |key: &str| sent.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let status = GitHubStatus {
            id: self.next(),
            state: text("state"),
            environment_url: text("environment_url"),
            log_url: text("log_url"),
        };
        let environment = self.all[at].environment.clone();
        if status.state == "success" {
            for place in (0..self.all.len()).filter(|place| *place != at) {
                let other = &self.all[place];
                if other.environment == environment && other.state() == "success" {
                    let id = self.next();
                    let inactive = GitHubStatus { id, state: "inactive".to_owned(), ..status.clone() };
                    self.all[place].statuses.push(inactive);
                }
            }
        }
        self.all[at].statuses.push(status.clone());
        json_answer(201, &self.render_status(&self.all[at], &status))
    }

    fn api(&self, path: &str) -> String {
        format!("{}/api/v3/repos/acme/app/{path}", self.root)
    }

    fn render(&self, deployment: &GitHubDeployment) -> Value {
        let id = deployment.id;
        json!({
            "url": self.api(&format!("deployments/{id}")),
            "id": id,
            "node_id": format!("DE_{id}"),
            "sha": deployment.sha,
            "ref": deployment.reference,
            "task": "deploy",
            "payload": deployment.payload,
            "original_environment": deployment.environment,
            "environment": deployment.environment,
            "description": "",
            "creator": user(&self.root, &deployment.creator),
            "created_at": TIME,
            "updated_at": TIME,
            "statuses_url": self.api(&format!("deployments/{id}/statuses")),
            "repository_url": self.api(""),
            "transient_environment": false,
            "production_environment": deployment.environment == "production",
        })
    }

    fn render_status(&self, deployment: &GitHubDeployment, status: &GitHubStatus) -> Value {
        let id = deployment.id;
        json!({
            "url": self.api(&format!("deployments/{id}/statuses/{}", status.id)),
            "id": status.id,
            "node_id": format!("DS_{}", status.id),
            "state": status.state,
            "creator": user(&self.root, &deployment.creator),
            "description": "",
            "environment": deployment.environment,
            "target_url": status.log_url,
            "created_at": TIME,
            "updated_at": TIME,
            "deployment_url": self.api(&format!("deployments/{id}")),
            "repository_url": self.api(""),
            "environment_url": status.environment_url,
            "log_url": status.log_url,
        })
    }
}
