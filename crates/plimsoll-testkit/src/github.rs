//! A GitHub that keeps releases: real HTTP on loopback, state kept across calls, wrong on request.
//!
//! It stands at the address of a GitHub Enterprise server: interface below `/api/v3`, files below `/api/uploads`. What is
//! said to it and what it says is kept, so that a test can hold both against GitHub's own description.

mod attestations;
mod deployments;
mod releases;

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::fault_registry::wire::{Answer, Delivery, Head, Service, WireServer};
pub use crate::scripted::Exchange;
use crate::scripted::{Script, lock};

use attestations::{Attestations, BUNDLES};
use deployments::Deployments;
pub use deployments::{GitHubDeployment, GitHubStatus};
use releases::Releases;
pub use releases::{GitHubAsset, GitHubRelease};

/// The token that it knows.
pub const TOKEN: &str = "github_pat_of_a_test";

/// What goes wrong with a request.
#[derive(Clone)]
pub enum GitHubFault {
    /// It is not handled; this is the answer.
    Instead(Answer),
    /// It is handled, and its reply is lost.
    ReplyLost,
    /// A file arrives in part: its name is taken, in state `starter`, and the answer is 502.
    UploadBreaks,
    /// Somebody else is sending the same file: its name is taken, in state `starter`, the answer is 422, and the file is there when
    /// its release was looked at this often.
    SomebodyUploads(usize),
    /// Just before it a person publishes a release of this tag.
    PersonPublishes(&'static str),
}

/// The forge; it ends when the value is dropped.
pub struct GitHub {
    server: WireServer,
    state: Arc<State>,
}

struct State {
    repository: String,
    releases: Mutex<Releases>,
    attestations: Mutex<Attestations>,
    deployments: Mutex<Deployments>,
    script: Script<GitHubFault>,
}

impl GitHub {
    /// Starts it with one repository, `acme/app`.
    pub fn start() -> GitHub {
        let state = Arc::new(State {
            repository: "acme/app".to_owned(),
            releases: Mutex::default(),
            attestations: Mutex::default(),
            deployments: Mutex::default(),
            script: Script::default(),
        });
        let server = WireServer::start(Serving(Arc::clone(&state)));
        lock(&state.releases).root = server.url("");
        lock(&state.deployments).root = server.url("");
        lock(&state.attestations).root = server.url("");
        GitHub { server, state }
    }

    /// The web address of the repository.
    pub fn url(&self) -> String {
        self.server.url(&format!("/{}", self.state.repository))
    }

    /// All releases, oldest first.
    pub fn releases(&self) -> Vec<GitHubRelease> {
        lock(&self.state.releases).all.clone()
    }

    /// All deployments, oldest first.
    pub fn deployments(&self) -> Vec<GitHubDeployment> {
        lock(&self.state.deployments).all.clone()
    }

    /// The commit of a ref: deployments of any other ref are refused.
    pub fn point(&self, reference: &str, sha: &str) {
        lock(&self.state.deployments).refs.insert(reference.to_owned(), sha.to_owned());
    }

    /// A job with an environment begins in a run.
    pub fn begin_job(&self, environment: &str, sha: &str, run: u64) {
        lock(&self.state.deployments).begin_job(environment, sha, run);
    }

    /// From now on the token may not write deployments.
    pub fn forbid_deployments(&self) {
        lock(&self.state.deployments).forbidden = true;
    }

    /// The bundles of all attestations, oldest first.
    pub fn attestations(&self) -> Vec<Value> {
        lock(&self.state.attestations).all.clone()
    }

    /// From now on lists of attestations say where the bundles lie, and do not have them.
    pub fn keep_bundles_outside(&self) {
        lock(&self.state.attestations).outside = true;
    }

    /// The tag of the latest release.
    pub fn latest(&self) -> Option<String> {
        lock(&self.state.releases).latest_tag()
    }

    /// From now on releases become immutable when they are published.
    pub fn make_immutable(&self) {
        lock(&self.state.releases).immutable = true;
    }

    /// From now on digests of files are not told, as by older servers.
    pub fn hide_digests(&self) {
        lock(&self.state.releases).digests_hidden = true;
    }

    /// The next `reads` lists do not show drafts that are new.
    pub fn show_drafts_late(&self, reads: usize) {
        lock(&self.state.releases).late_reads = reads;
    }

    /// A person makes a release.
    pub fn make_release(&self, tag: &str, title: &str, draft: bool) {
        lock(&self.state.releases).make(tag, title, draft);
    }

    /// A person deletes a release.
    pub fn delete_release(&self, id: u64) {
        lock(&self.state.releases).all.retain(|release| release.id != id);
    }

    /// A person takes a file off the newest release.
    pub fn delete_asset(&self, name: &str) {
        let mut releases = lock(&self.state.releases);
        let newest = releases.all.last_mut().expect("there is a release");
        newest.assets.retain(|asset| asset.name != name);
    }

    /// A person deletes every deployment.
    pub fn delete_deployments(&self) {
        lock(&self.state.deployments).all.clear();
    }

    /// A person adds a file to the newest release.
    pub fn add_asset(&self, name: &str, bytes: &[u8]) {
        let mut releases = lock(&self.state.releases);
        let newest = releases.all.len().checked_sub(1).expect("there is a release");
        releases.attach(newest, name, bytes, "uploaded");
    }

    /// From now on the next `times` requests with this method, whose path contains `path`, go wrong; before them `skip`
    /// go well.
    pub fn fault(&self, method: &'static str, path: &str, skip: usize, times: usize, fault: GitHubFault) {
        self.state.script.plan(method, path, skip, times, fault);
    }

    /// From now on nothing goes wrong.
    pub fn end_faults(&self) {
        self.state.script.end_faults();
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
    fn handle(&self, head: &Head, path: &str, body: &[u8], upload: &'static str) -> Answer {
        let token = head.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let may_write = token == Some(TOKEN);
        if token.is_some() && !may_write {
            return refuse(401, "Bad credentials");
        }
        let prefix = format!("/repos/{}", self.0.repository);
        let Some(below) = path.strip_prefix(&prefix) else { return refuse(404, "Not Found") };
        let parts: Vec<&str> = below.split('/').filter(|part| !part.is_empty()).collect();
        match parts.split_first() {
            Some((&"deployments", rest)) => lock(&self.0.deployments).answer(head, rest, body, may_write),
            Some((&"attestations", _)) => lock(&self.0.attestations).answer(head, below, body, may_write),
            _ => lock(&self.0.releases).answer(head, below, body, may_write, upload),
        }
    }
}

impl Service for Serving {
    fn answer(&self, head: &Head, body: &[u8]) -> Answer {
        if let Some(file) = head.path.strip_prefix(&format!("/{}/releases/download/", self.0.repository)) {
            return match self.0.script.due(head) {
                Some(GitHubFault::Instead(answer)) => answer,
                _ => lock(&self.0.releases).download_public(file),
            };
        }
        if let Some(number) = head.path.strip_prefix(BUNDLES) {
            return match head.header("authorization") {
                None => lock(&self.0.attestations).download(number),
                Some(_) => refuse(400, "Authentication information is not given in the correct format"),
            };
        }
        let path = ["/api/v3", "/api/uploads"].iter().find_map(|root| head.path.strip_prefix(root));
        let Some(path) = path else { return refuse(404, "Not Found") };
        let answer = match self.0.script.due(head) {
            Some(GitHubFault::Instead(answer)) => answer,
            Some(GitHubFault::ReplyLost) => {
                self.handle(head, path, body, "uploaded").delivered(Delivery::Lost)
            }
            Some(GitHubFault::SomebodyUploads(looks)) => {
                self.handle(head, path, body, "starter");
                lock(&self.0.releases).arrives_after(looks);
                self.handle(head, path, body, "starter")
            }
            Some(GitHubFault::UploadBreaks) => {
                self.handle(head, path, &[], "starter");
                refuse(502, "Server Error")
            }
            Some(GitHubFault::PersonPublishes(tag)) => {
                lock(&self.0.releases).make(tag, "By hand", false);
                self.handle(head, path, body, "uploaded")
            }
            None => self.handle(head, path, body, "uploaded"),
        };
        self.0.script.note(Exchange::of(head, path, body, &answer));
        answer
    }
}

/// A refusal as GitHub words it.
pub(crate) fn refuse(status: u16, message: &str) -> Answer {
    let body = json!({ "message": message, "documentation_url": "https://docs.github.com/rest" });
    Answer::status(status).header("Content-Type", "application/json").body(body.to_string())
}
