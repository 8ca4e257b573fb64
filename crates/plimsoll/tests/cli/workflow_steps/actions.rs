//! What runs workflows of GitHub and Forgejo: an event sets off those that wait for it, job by job, each on a machine with
//! nothing on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_testkit::env::Environment;
use serde_json::{Value, json};

use super::expressions::{fill, holds};
use super::forge::{Forge, Host, READING_TOKEN, WRITING_TOKEN};

/// Something that happens on the forge.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) name: &'static str,
    pub(super) reference: String,
    pub(super) inputs: Value,
    pub(super) payload: Value,
}

impl Event {
    /// A tag was pushed.
    pub(super) fn tag(tag: &str) -> Event {
        Event::of("push", &format!("refs/tags/{tag}"))
    }

    /// A branch was pushed.
    pub(super) fn branch(branch: &str) -> Event {
        Event::of("push", &format!("refs/heads/{branch}"))
    }

    /// A person published a release page.
    pub(super) fn page(tag: &str) -> Event {
        Event::of("release", &format!("refs/tags/{tag}"))
    }

    /// A person asks for a workflow, with these inputs.
    pub(super) fn by_hand(inputs: &[(&str, &str)]) -> Event {
        let inputs: BTreeMap<&str, &str> = inputs.iter().copied().collect();
        Event { inputs: json!(inputs), ..Event::of("workflow_dispatch", "refs/heads/main") }
    }

    /// The clock.
    pub(super) fn schedule() -> Event {
        Event::of("schedule", "refs/heads/main")
    }

    /// A pull request whose head lies in this repository.
    pub(super) fn pull_request(head: &str) -> Event {
        Event::pull_request_by(head, "ann")
    }

    /// The same, and who made it. Of Dependabot's, secrets are none.
    pub(super) fn pull_request_by(head: &str, author: &str) -> Event {
        let base = json!({ "repo": { "full_name": "acme/app" } });
        let user = json!({ "login": author });
        let head =
            json!({ "number": 5, "head": { "repo": { "full_name": head } }, "base": base, "user": user });
        Event { payload: json!({ "pull_request": head }), ..Event::of("pull_request", "refs/pull/5/merge") }
    }

    fn of(name: &'static str, reference: &str) -> Event {
        Event { name, reference: reference.to_owned(), inputs: json!({}), payload: json!({}) }
    }

    fn is_dependabots(&self) -> bool {
        self.payload.pointer("/pull_request/user/login").is_some_and(|login| login == "dependabot[bot]")
    }

    /// The tag or branch.
    fn name_of_ref(&self) -> &str {
        self.reference.splitn(3, '/').last().unwrap()
    }

    /// Whether it sets a workflow off.
    fn starts(&self, on: &Value) -> bool {
        let Some(wanted) = on.get(self.name) else { return false };
        let fits = |kind: &str, key: &str| {
            let name = self.reference.strip_prefix(kind)?;
            let patterns = wanted.get(key)?.as_array()?;
            Some(patterns.iter().any(|pattern| is_like(pattern.as_str().unwrap(), name)))
        };
        self.name != "push"
            || fits("refs/tags/", "tags").or_else(|| fits("refs/heads/", "branches")).unwrap_or(false)
    }
}

fn is_like(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.starts_with(before) && name.ends_with(after.trim_start_matches('*')),
    }
}

/// What became of an event: the jobs that ran, as `workflow/job`, up to the first that failed.
pub(super) struct Ran {
    pub(super) jobs: Vec<String>,
    pub(super) failure: Option<String>,
}

impl Ran {
    /// The jobs, none of which failed.
    #[track_caller]
    pub(super) fn well(self) -> Vec<String> {
        assert_eq!(self.failure, None, "{:?}", self.jobs);
        self.jobs
    }
}

/// The jobs that one needs.
pub(super) fn needed(job: &Value) -> Vec<String> {
    match job.get("needs") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn is_ready(job: &Value, done: &BTreeMap<&str, Done>) -> bool {
    needed(job).iter().all(|needed| done.contains_key(needed.as_str()))
}

/// What a job hands on.
struct Done {
    outputs: BTreeMap<String, String>,
}

impl Forge {
    /// Runs every workflow that an event sets off.
    pub(super) fn see(&self, event: &Event) -> Ran {
        let mut ran = Ran { jobs: Vec::new(), failure: None };
        for file in self.scene.files(self.host.folder()) {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&file).unwrap();
            let workflow: Value = yaml_serde::from_str(&text).unwrap();
            if ran.failure.is_none() && event.starts(&workflow["on"]) {
                self.run_workflow(&name, &workflow, event, &mut ran);
            }
        }
        ran
    }

    /// Runs one workflow for an event.
    pub(super) fn run(&self, name: &str, event: &Event) -> Ran {
        let workflow: Value =
            yaml_serde::from_str(&self.scene.read(&format!("{}/{name}.yml", self.host.folder()))).unwrap();
        assert!(event.starts(&workflow["on"]), "{} does not start {name}", event.name);
        let mut ran = Ran { jobs: Vec::new(), failure: None };
        self.run_workflow(name, &workflow, event, &mut ran);
        ran
    }

    fn run_workflow(&self, name: &str, workflow: &Value, event: &Event, ran: &mut Ran) {
        if let Some(act) = &self.runner {
            return self.run_by_act(act, name, workflow, event, ran);
        }
        let artifacts = self.scene.environment().folder("artifacts");
        fs::remove_dir_all(&artifacts).unwrap();
        let mut done: BTreeMap<&str, Done> = BTreeMap::new();
        let mut left: Vec<(&String, &Value)> = workflow["jobs"].as_object().unwrap().iter().collect();
        // A job runs behind the one that it needs.
        while let Some(place) = left.iter().position(|(_, job)| is_ready(job, &done)) {
            let (id, job) = left.remove(place);
            let mut contexts = self.contexts(event);
            contexts["needs"] =
                done.iter().map(|(id, job)| ((*id).to_owned(), json!({ "outputs": job.outputs }))).collect();
            if job.get("if").is_some_and(|condition| !holds(condition.as_str().unwrap(), &contexts)) {
                continue;
            }
            let matrix = job.pointer("/strategy/matrix/include").and_then(Value::as_array);
            for combination in matrix.cloned().unwrap_or_else(|| vec![json!({})]) {
                contexts["matrix"] = combination;
                ran.jobs.push(format!("{name}/{id}"));
                let env = workflow.get("env").unwrap_or(&Value::Null);
                match self.run_job(job, env, event, &contexts) {
                    Ok(outputs) => _ = done.insert(id, Done { outputs }),
                    Err(said) => {
                        ran.failure = Some(said);
                        return;
                    }
                }
            }
        }
    }

    fn contexts(&self, event: &Event) -> Value {
        json!({
            "github": { "repository": self.host.project(), "event": event.payload, "ref_name": event.name_of_ref(), "ref": event.reference },
            "secrets": if event.is_dependabots() { json!({}) } else { json!(self.secrets) },
            "vars": {},
            "env": {},
            "inputs": event.inputs,
        })
    }

    /// Runs the steps of a job in order; ends with the first that fails, and says what it said.
    fn run_job(
        &self,
        job: &Value,
        env: &Value,
        event: &Event,
        contexts: &Value,
    ) -> Result<BTreeMap<String, String>, String> {
        let mut machine = Environment::new();
        for (name, value) in &self.machine {
            machine.set(name, value);
        }
        let (work, temp) = (machine.folder("work"), machine.folder("runner"));
        let mut contexts = contexts.clone();
        // Forgejo reads no permissions.
        let may_write = self.host == Host::Forgejo || job["permissions"]["contents"] == "write";
        contexts["github"]["token"] = json!(if may_write { WRITING_TOKEN } else { READING_TOKEN });
        contexts["runner"] = json!({ "temp": temp });
        contexts["steps"] = json!({});
        let runner = Runner { forge: self, machine: &machine, work, temp, event };
        fs::write(runner.temp.join("path"), "").unwrap();
        fs::write(runner.temp.join("event.json"), event.payload.to_string()).unwrap();
        for step in job["steps"].as_array().unwrap() {
            if step.get("if").is_some_and(|condition| !holds(condition.as_str().unwrap(), &contexts)) {
                continue;
            }
            let outputs = match (step["uses"].as_str(), step["run"].as_str()) {
                (Some(action), None) => {
                    runner.act(action, &step["with"], &contexts);
                    BTreeMap::new()
                }
                (None, Some(script)) => runner.run_script(script, [env, &step["env"]], &contexts)?,
                _ => panic!("what is {step:#}?"),
            };
            if let Some(id) = step["id"].as_str() {
                contexts["steps"][id] = json!({ "outputs": outputs });
            }
        }
        let outputs = job.get("outputs").and_then(Value::as_object).into_iter().flatten();
        let filled = outputs.map(|(name, value)| (name.clone(), fill(value.as_str().unwrap(), &contexts)));
        // What has a secret's value in it is not handed on (docs.github.com, "Passing information between jobs").
        let is_handed_on = |(_, value): &(String, String)| {
            !self.secrets.values().any(|secret| value.contains(secret.as_str()))
        };
        Ok(filled.filter(is_handed_on).collect())
    }
}

/// A machine for one job.
struct Runner<'a> {
    forge: &'a Forge,
    machine: &'a Environment,
    work: PathBuf,
    temp: PathBuf,
    event: &'a Event,
}

impl Runner<'_> {
    /// Runs a script; gives the outputs that it set.
    fn run_script(
        &self,
        script: &str,
        env: [&Value; 2],
        contexts: &Value,
    ) -> Result<BTreeMap<String, String>, String> {
        let output = self.temp.join("output");
        fs::write(&output, "").unwrap();
        let mut command = self.machine.command("bash").in_folder(&self.work);
        command = command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]);
        for (name, value) in self.variables() {
            command = command.set(name, value);
        }
        for (name, value) in env.into_iter().filter_map(Value::as_object).flatten() {
            command = command.set(name, fill(value.as_str().unwrap(), contexts));
        }
        let ended = command.run();
        match ended.code() {
            Some(0) => Ok(parse_outputs(&fs::read_to_string(&output).unwrap())),
            _ => Err(format!("{}{}", ended.stdout(), ended.stderr())),
        }
    }

    /// Does what one of GitHub's own actions does.
    fn act(&self, action: &str, with: &Value, contexts: &Value) {
        let input = |name: &str| fill(with[name].as_str().unwrap_or_default(), contexts);
        let artifacts = self.forge.scene.environment().folder("artifacts");
        match action.split('@').next().unwrap() {
            "actions/checkout" => {
                assert_eq!((&with["fetch-depth"], &with["persist-credentials"]), (&json!(0), &json!(false)));
                let named = input("ref");
                let reference = if named.is_empty() { &self.event.reference } else { &named };
                // With a token of its own, which is not left behind.
                let remote = format!("file://{}/{}", self.forge.server.display(), self.forge.host.project());
                for line in [
                    "init --quiet .",
                    &format!("remote add origin {}/{}", self.forge.git.url(), self.forge.host.project()),
                    &format!("fetch --quiet --tags {remote} +refs/heads/*:refs/remotes/origin/*"),
                    &format!("fetch --quiet --update-head-ok {remote} +{reference}:{reference}"),
                    &format!("checkout --quiet --detach {reference}"),
                ] {
                    let git = self.machine.command("git").in_folder(&self.work);
                    git.args(line.split(' ')).run().expect_success();
                }
            }
            "actions/upload-artifact" => copy_all(Path::new(&input("path")), &artifacts.join(input("name"))),
            // Without a name all are taken, each into a folder of its own.
            "actions/download-artifact" => {
                copy_all(&artifacts.join(input("name")), Path::new(&input("path")))
            }
            _ => panic!("what is {action}?"),
        }
    }

    fn commit(&self) -> String {
        self.forge.remote.resolve(&format!("{}^{{commit}}", self.event.reference))
    }

    /// What a runner sets.
    fn variables(&self) -> BTreeMap<&'static str, String> {
        let shown = |file: &str| self.temp.join(file).display().to_string();
        let added = fs::read_to_string(self.temp.join("path")).unwrap();
        let programs = self.forge.programs.display().to_string();
        let machine = std::env::var("PATH").unwrap();
        let path: Vec<&str> = added.lines().rev().chain([programs.as_str(), machine.as_str()]).collect();
        let forgejo = (self.forge.host == Host::Forgejo).then_some(("FORGEJO_ACTIONS", "true".to_owned()));
        let set = [
            ("CI", "true".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_SERVER_URL", self.forge.git.url()),
            ("GITHUB_WORKSPACE", self.work.display().to_string()),
            ("GITHUB_REPOSITORY", self.forge.host.project().to_owned()),
            ("GITHUB_REF", self.event.reference.clone()),
            ("GITHUB_REF_NAME", self.event.name_of_ref().to_owned()),
            ("GITHUB_EVENT_NAME", self.event.name.to_owned()),
            ("GITHUB_EVENT_PATH", shown("event.json")),
            ("GITHUB_SHA", self.commit()),
            ("GITHUB_RUN_ID", "7".to_owned()),
            ("GITHUB_RUN_NUMBER", "1".to_owned()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_PATH", shown("path")),
            ("GITHUB_OUTPUT", shown("output")),
            ("GITHUB_STEP_SUMMARY", shown("summary")),
            ("RUNNER_TEMP", self.temp.display().to_string()),
            ("PATH", path.join(":")),
            ("COMMENTS", self.forge.comments.display().to_string()),
        ];
        set.into_iter().chain(forgejo).collect()
    }
}

/// `name=value`, or `name<<END` with the lines up to that word.
fn parse_outputs(text: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some((name, end)) = line.split_once("<<") {
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
            outputs.insert(name.to_owned(), value.join("\n"));
        } else if let Some((name, value)) = line.split_once('=') {
            outputs.insert(name.to_owned(), value.to_owned());
        }
    }
    outputs
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if from.is_dir() { copy_all(&from, &to) } else { _ = fs::copy(&from, &to).unwrap() }
    }
}
