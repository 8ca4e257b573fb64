//! A GitLab that keeps releases: real HTTP on loopback, state kept across calls, wrong on request.
//!
//! It knows what GitLab's documentation says of releases, their links, generic packages and deployments. What is said to
//! it and what it says is kept, so that a test can hold both against that documentation.

mod deployments;
mod releases;

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::fault_registry::wire::{Answer, Delivery, Head, Service, WireServer};
pub use crate::scripted::Exchange;
use crate::scripted::{Script, lock};

use deployments::Deployments;
pub use deployments::GitLabDeployment;
use releases::Releases;
pub use releases::{GitLabLink, GitLabRelease};

/// The token of its user.
pub const TOKEN: &str = "glpat-of-a-test";
/// The token of its job.
pub const JOB_TOKEN: &str = "glcbt-of-a-test";
/// Its one project, which is in a group of a group.
pub const PROJECT: &str = "acme/tools/app";
/// The access level of a developer.
const DEVELOPER: u64 = 30;

/// What goes wrong with a request.
#[derive(Clone)]
pub enum GitLabFault {
    /// It is not handled; this is the answer.
    Instead(Answer),
    /// It is handled, and its reply is lost.
    ReplyLost,
}

/// The forge; it ends when the value is dropped.
pub struct GitLab {
    server: WireServer,
    state: Arc<State>,
}

struct State {
    releases: Mutex<Releases>,
    deployments: Mutex<Deployments>,
    rights: Mutex<Rights>,
    script: Script<GitLabFault>,
}

/// What the user of the token may do.
#[derive(Clone)]
struct Rights {
    level: u64,
    scopes: Vec<&'static str>,
    archived: bool,
}

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asker {
    Nobody,
    User,
    Job,
}

impl GitLab {
    /// Starts it with one project.
    pub fn start() -> GitLab {
        let state = Arc::new(State {
            releases: Mutex::default(),
            deployments: Mutex::default(),
            rights: Mutex::new(Rights { level: DEVELOPER, scopes: vec!["api"], archived: false }),
            script: Script::default(),
        });
        let server = WireServer::start(Serving(Arc::clone(&state)));
        lock(&state.releases).root = server.url("");
        lock(&state.deployments).root = server.url("");
        GitLab { server, state }
    }

    /// The web address of the project.
    pub fn url(&self) -> String {
        self.server.url(&format!("/{PROJECT}"))
    }

    /// The web address of the forge.
    pub fn server_url(&self) -> String {
        self.server.url("")
    }

    /// All releases, oldest first.
    pub fn releases(&self) -> Vec<GitLabRelease> {
        lock(&self.state.releases).all.clone()
    }

    /// The bytes of a file of a package.
    pub fn package_file(&self, version: &str, name: &str) -> Option<Vec<u8>> {
        lock(&self.state.releases).file("release-assets", version, name).map(<[u8]>::to_vec)
    }

    /// Somebody puts a file into the packages.
    pub fn put_package_file(&self, version: &str, name: &str, bytes: &[u8]) {
        lock(&self.state.releases).put_file("release-assets", version, name, bytes);
    }

    /// All deployments, oldest first.
    pub fn deployments(&self) -> Vec<GitLabDeployment> {
        lock(&self.state.deployments).all.clone()
    }

    /// Jobs deploy other things to an environment, so many times.
    pub fn deploy_others(&self, environment: &str, count: usize) {
        lock(&self.state.deployments).deploy_others(environment, count);
    }

    /// A git tag is there: releases of no other tag can be made.
    pub fn push_tag(&self, tag: &str) {
        lock(&self.state.releases).tags.insert(tag.to_owned());
    }

    /// A person makes a release.
    pub fn make_release(&self, tag: &str, title: &str) {
        self.push_tag(tag);
        let wish = json!({ "tag_name": tag, "name": title, "description": "by hand" });
        lock(&self.state.releases).create(&wish);
    }

    /// A person adds a link to a release.
    pub fn add_link(&self, tag: &str, name: &str, url: &str) {
        lock(&self.state.releases).link(tag, &json!({ "name": name, "url": url }));
    }

    /// A person deletes a release.
    pub fn delete_release(&self, tag: &str) {
        lock(&self.state.releases).all.retain(|release| release.tag != tag);
    }

    /// From now on the token has these scopes, and its user this access level.
    pub fn restrict(&self, scopes: &[&'static str], level: u64) {
        let mut rights = lock(&self.state.rights);
        (rights.scopes, rights.level) = (scopes.to_vec(), level);
    }

    /// From now on the project is archived.
    pub fn archive(&self) {
        lock(&self.state.rights).archived = true;
    }

    /// From now on packages take no file twice.
    pub fn refuse_duplicate_files(&self) {
        lock(&self.state.releases).duplicates_refused = true;
    }

    /// From now on the next `times` requests with this method, whose path contains `path`, go wrong; before them `skip`
    /// go well.
    pub fn fault(&self, method: &'static str, path: &str, skip: usize, times: usize, fault: GitLabFault) {
        self.state.script.plan(method, path, skip, times, fault);
    }

    /// Everything that was asked and answered.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.state.script.exchanges()
    }

    /// Every request that changes something, as `METHOD path`.
    pub fn changes(&self) -> Vec<String> {
        self.state.script.changes()
    }
}

struct Serving(Arc<State>);

impl Serving {
    fn handle(&self, head: &Head, path: &str, body: &[u8]) -> Answer {
        let asker = match (head.header("private-token"), head.header("job-token")) {
            (None, None) => Asker::Nobody,
            (Some(TOKEN), None) => Asker::User,
            (None, Some(JOB_TOKEN)) => Asker::Job,
            _ => return refuse(401, "401 Unauthorized"),
        };
        if path == "/personal_access_tokens/self" {
            return self.own_token(asker);
        }
        let prefix = format!("/projects/{}", PROJECT.replace('/', "%2F"));
        let Some(below) = path.strip_prefix(&prefix) else { return refuse(404, "404 Project Not Found") };
        let parts: Vec<String> = below.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if let Some(refused) = self.refuse_writing(head, asker) {
            return refused;
        }
        match parts.as_slice() {
            [] => self.project(asker),
            ["deployments", rest @ ..] => match asker {
                // A job's token does not reach them.
                Asker::Job | Asker::Nobody => refuse(401, "401 Unauthorized"),
                Asker::User => lock(&self.0.deployments).answer(head, rest, body),
            },
            parts => lock(&self.0.releases).answer(head, parts, body),
        }
    }

    fn refuse_writing(&self, head: &Head, asker: Asker) -> Option<Answer> {
        let rights = lock(&self.0.rights).clone();
        match (head.method.as_str(), asker) {
            ("GET" | "HEAD", _) => None,
            (_, Asker::Nobody) => Some(refuse(401, "401 Unauthorized")),
            (_, Asker::User) if !rights.scopes.contains(&"api") => {
                let body = json!({
                    "error": "insufficient_scope",
                    "error_description": "The request requires higher privileges than provided by the access token.",
                    "scope": "api",
                });
                Some(json_answer(403, &body))
            }
            (_, Asker::User) if rights.level < DEVELOPER || rights.archived => {
                Some(refuse(403, "403 Forbidden"))
            }
            (_, Asker::User | Asker::Job) => None,
        }
    }

    fn own_token(&self, asker: Asker) -> Answer {
        match asker {
            Asker::User => {
                let scopes = lock(&self.0.rights).scopes.clone();
                json_answer(
                    200,
                    &json!({ "id": 4, "name": "test", "revoked": false, "active": true, "scopes": scopes }),
                )
            }
            Asker::Job | Asker::Nobody => refuse(401, "401 Unauthorized"),
        }
    }

    fn project(&self, asker: Asker) -> Answer {
        let rights = lock(&self.0.rights).clone();
        let permissions = json!({
            "project_access": null,
            "group_access": { "access_level": rights.level, "notification_level": 3 },
        });
        let mut project = json!({ "id": 24, "path_with_namespace": PROJECT, "archived": rights.archived });
        match asker {
            Asker::User => project["permissions"] = permissions,
            Asker::Nobody => {}
            // "The project can't be fetched with the token."
            Asker::Job => return refuse(404, "404 Project Not Found"),
        }
        json_answer(200, &project)
    }
}

impl Service for Serving {
    fn answer(&self, head: &Head, body: &[u8]) -> Answer {
        if let Some(target) = lock(&self.0.releases).permanent_link(&head.path) {
            return Answer::status(302).header("Location", target);
        }
        let Some(path) = head.path.strip_prefix("/api/v4") else { return refuse(404, "404 Not Found") };
        let answer = match self.0.script.due(head) {
            Some(GitLabFault::Instead(answer)) => answer,
            Some(GitLabFault::ReplyLost) => self.handle(head, path, body).delivered(Delivery::Lost),
            None => self.handle(head, path, body),
        };
        self.0.script.note(Exchange::of(head, path, body, &answer));
        answer
    }
}

fn decoded(part: &str) -> String {
    part.replace("%2F", "/").replace("%20", " ").replace("%25", "%")
}

/// A refusal as GitLab words it.
fn refuse(status: u16, message: &str) -> Answer {
    json_answer(status, &json!({ "message": message }))
}

fn json_answer(status: u16, value: &Value) -> Answer {
    Answer::status(status).header("Content-Type", "application/json").body(value.to_string())
}
