//! The deployments of one project, as GitLab's REST interface has them.

use serde_json::{Value, json};

use super::{json_answer, refuse};
use crate::fault_registry::wire::{Answer, Head};

const TIME: &str = "2026-01-02T03:04:05.678Z";
/// The number of the first entry.
const FIRST: u64 = 41;
/// What an entry may be said to be.
const STATUSES: [&str; 4] = ["running", "success", "failed", "canceled"];

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitLabDeployment {
    /// Its number.
    pub id: u64,
    /// The environment.
    pub environment: String,
    /// The tag or branch.
    pub reference: String,
    /// The commit.
    pub sha: String,
    /// Everything that it was said to be, oldest first.
    pub statuses: Vec<String>,
}

impl GitLabDeployment {
    fn status(&self) -> &str {
        self.statuses.last().map_or("created", String::as_str)
    }
}

/// All of them.
#[derive(Default)]
pub(super) struct Deployments {
    pub(super) root: String,
    pub(super) all: Vec<GitLabDeployment>,
}

impl Deployments {
    /// Jobs deploy other things.
    pub(super) fn deploy_others(&mut self, environment: &str, count: usize) {
        for _ in 0..count {
            let id = self.next();
            let (reference, sha) = ("main".to_owned(), "0".repeat(40));
            let (environment, statuses) = (environment.to_owned(), vec!["success".to_owned()]);
            self.all.push(GitLabDeployment { id, environment, reference, sha, statuses });
        }
    }

    fn next(&self) -> u64 {
        self.all.len() as u64 + FIRST
    }

    /// One page of a list, and where the next one is.
    fn list(&self, head: &Head) -> Answer {
        let environment = head.query_value("environment");
        let fits = |one: &&GitLabDeployment| environment.as_ref().is_none_or(|name| one.environment == *name);
        let mut listed: Vec<Value> = self.all.iter().filter(fits).map(render).collect();
        // Oldest first is its default.
        if head.query_value("sort").as_deref() == Some("desc") {
            listed.reverse();
        }
        let number = |key: &str, default: usize| {
            head.query_value(key).and_then(|value| value.parse().ok()).unwrap_or(default)
        };
        let (page, per_page) = (number("page", 1), number("per_page", 20).min(100));
        let shown: Vec<&Value> = listed.iter().skip((page - 1) * per_page).take(per_page).collect();
        let answer = json_answer(200, &json!(shown));
        if page * per_page >= listed.len() {
            return answer;
        }
        let kept = head.query.split('&').filter(|pair| !pair.starts_with("page="));
        let query: Vec<&str> = kept.collect();
        let next =
            format!("<{}{}?{}&page={}>; rel=\"next\"", self.root, head.path, query.join("&"), page + 1);
        answer.header("Link", next)
    }

    pub(super) fn answer(&mut self, head: &Head, path: &[&str], body: &[u8]) -> Answer {
        let sent = serde_json::from_slice::<Value>(body).unwrap_or(Value::Null);
        match (head.method.as_str(), path) {
            ("GET", []) => self.list(head),
            ("POST", []) => self.create(&sent),
            ("PUT", [id]) => self.update(id, &sent),
            _ => refuse(404, "404 Not Found"),
        }
    }

    fn create(&mut self, sent: &Value) -> Answer {
        let text = |key: &str| sent.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let status = text("status");
        let lacks =
            ["environment", "sha", "ref", "tag", "status"].iter().find(|key| sent.get(**key).is_none());
        if let Some(lacks) = lacks {
            return json_answer(400, &json!({ "error": format!("{lacks} is missing") }));
        }
        if !STATUSES.contains(&status.as_str()) {
            return json_answer(400, &json!({ "error": "status does not have a valid value" }));
        }
        let deployment = GitLabDeployment {
            id: self.next(),
            environment: text("environment"),
            reference: text("ref"),
            sha: text("sha"),
            statuses: vec![status],
        };
        self.all.push(deployment.clone());
        json_answer(201, &render(&deployment))
    }

    fn update(&mut self, id: &str, sent: &Value) -> Answer {
        let Some(deployment) = self.all.iter_mut().find(|one| one.id.to_string() == id) else {
            return refuse(404, "404 Not found");
        };
        let status = sent.get("status").and_then(Value::as_str).unwrap_or_default();
        // What has come to an end does not run again, and nothing becomes what it is.
        let possible = match status {
            "running" => deployment.status() == "created",
            _ => STATUSES.contains(&status) && deployment.status() != status,
        };
        if !possible {
            return json_answer(400, &json!({ "message": { "status": ["cannot transition"] } }));
        }
        deployment.statuses.push(status.to_owned());
        json_answer(200, &render(deployment))
    }
}

fn render(deployment: &GitLabDeployment) -> Value {
    let GitLabDeployment { id, environment, reference, sha, .. } = deployment;
    json!({
        "id": id,
        "iid": id - FIRST + 1,
        "ref": reference,
        "sha": sha,
        "created_at": TIME,
        "updated_at": TIME,
        "status": deployment.status(),
        "user": { "id": 1, "name": "Bot", "username": "bot", "state": "active" },
        "environment": { "id": 9, "name": environment, "external_url": null },
        "deployable": null,
    })
}
