//! The same workflows run by a runner that is not ours: act, from which the runners of Forgejo and Gitea are made.
//!
//! It reads expressions, conditions, outputs and what jobs need of each other by its own lights. Its machine is this one, where
//! containers would be, and the actions that workflows use are those that were fetched, if any.

use std::collections::BTreeSet;
use std::fs;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::tools::Tool;
use serde_json::{Value, json};

use super::actions::{Event, Ran};
use super::forge::{Forge, Host, WRITING_TOKEN};

impl Forge {
    /// Runs one workflow for an event, by act.
    pub(super) fn run_by_act(&self, act: &Tool, name: &str, workflow: &Value, event: &Event, ran: &mut Ran) {
        let mut machine = Environment::new();
        for (name, value) in &self.machine {
            machine.set(name, value);
        }
        let work = machine.folder("work");
        for line in [
            format!("clone --quiet --no-checkout {} .", self.remote.url()),
            format!("fetch --quiet --update-head-ok origin +{0}:{0}", event.reference),
            format!("checkout --quiet --detach {}", event.reference),
        ] {
            machine.command("git").in_folder(&work).args(line.split(' ')).run().expect_success();
        }
        let file = machine.root().join(format!("{name}.yml"));
        let mut workflow = workflow.clone();
        let mut labels = Vec::new();
        for job in workflow["jobs"].as_object_mut().unwrap().values_mut() {
            // The machine is what would be in the container.
            job.as_object_mut().unwrap().remove("container");
            labels.push(format!("{}=-self-hosted", job["runs-on"].as_str().unwrap()));
        }
        fs::write(&file, workflow.to_string()).unwrap();
        let payload = machine.root().join("payload.json");
        fs::write(&payload, self.payload(event).to_string()).unwrap();
        let path = format!("{}:{}", self.programs.display(), std::env::var("PATH").unwrap());
        let mut command = act.command(&machine).in_folder(&work).set("PATH", path);
        command = command.set("COMMENTS", &self.comments);
        if self.host == Host::Forgejo {
            command = command.set("FORGEJO_ACTIONS", "true");
        }
        command = command.arg(event.name).args([
            "--json",
            "--strict",
            "--action-offline-mode",
            "--no-cache-server",
        ]);
        command = command.arg("--workflows").arg(&file).arg("--eventpath").arg(&payload);
        for label in &labels {
            command = command.args(["--platform", label]);
        }
        if let Some(folder) = &self.actions {
            command = command.args(["--no-skip-checkout", "--use-new-action-cache"]);
            let steps =
                workflow["jobs"].as_object().unwrap().values().flat_map(|job| job["steps"].as_array());
            let named: BTreeSet<&str> = steps.flatten().filter_map(|step| step["uses"].as_str()).collect();
            for action in named {
                let (name, commit) = action.split_once('@').unwrap();
                let place = folder.join(name);
                let found = machine.command("git").in_folder(&place).args(["rev-parse", "HEAD"]).run();
                assert_eq!(found.expect_success().stdout().trim(), commit, "{name}");
                command = command.arg("--local-repository").arg(format!("{action}={}", place.display()));
            }
        }
        for (name, value) in [
            ("GITHUB_SERVER_URL", self.git.url()),
            ("GITHUB_REPOSITORY", self.host.project().to_owned()),
            ("GITHUB_REF", event.reference.clone()),
            ("GITHUB_RUN_ID", "7".to_owned()),
            ("SHA_REF", self.remote.resolve(&format!("{}^{{commit}}", event.reference))),
        ] {
            command = command.arg("--env").arg(format!("{name}={value}"));
        }
        let token = [("GITHUB_TOKEN".to_owned(), WRITING_TOKEN.to_owned())];
        for (name, value) in self.secrets.clone().into_iter().chain(token) {
            command = command.arg("--secret").arg(format!("{name}={value}"));
        }
        let ended = command.run();
        // A line of JSON each; what says how a job ended names it.
        let lines = ended.stdout().lines().chain(ended.stderr().lines());
        let said: Vec<Value> = lines.filter_map(|line| serde_json::from_str(line).ok()).collect();
        let jobs = said.iter().filter(|line| line.get("jobResult").is_some());
        ran.jobs.extend(jobs.map(|line| format!("{name}/{}", line["jobID"].as_str().unwrap())));
        if ended.code() != Some(0) {
            ran.failure = Some(said.iter().filter_map(|line| line["msg"].as_str()).collect());
        }
    }

    /// What the forge says of an event.
    fn payload(&self, event: &Event) -> Value {
        let mut payload = event.payload.clone();
        payload["ref"] = json!(event.reference);
        payload["inputs"] = event.inputs.clone();
        payload["repository"] = json!({ "full_name": self.host.project(), "default_branch": "main" });
        payload
    }
}
