//! What runs pipelines of GitLab: each job whose rules hold, in order, on a machine with nothing on it.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::fault_registry::{PASSWORD, USER};
use plimsoll_testkit::gitlab::JOB_TOKEN;
use serde_json::Value;

use super::actions::Ran;
use super::forge::Forge;

/// A pipeline that something set off.
#[derive(Clone)]
pub(super) struct Pipeline {
    reference: String,
    pub(super) variables: BTreeMap<&'static str, String>,
    /// Manual jobs that a person starts.
    pub(super) asked: Vec<&'static str>,
}

impl Pipeline {
    /// Of a tag.
    pub(super) fn tag(tag: &str) -> Pipeline {
        Pipeline::of(&format!("refs/tags/{tag}"), [("CI_COMMIT_TAG", tag), ("CI_PIPELINE_SOURCE", "push")])
    }

    /// Of a branch.
    pub(super) fn branch(branch: &str) -> Pipeline {
        let variables = [("CI_COMMIT_BRANCH", branch), ("CI_PIPELINE_SOURCE", "push")];
        Pipeline::of(&format!("refs/heads/{branch}"), variables)
    }

    /// Of a merge request.
    pub(super) fn merge_request() -> Pipeline {
        let variables = [("CI_MERGE_REQUEST_IID", "5"), ("CI_PIPELINE_SOURCE", "merge_request_event")];
        Pipeline::of("refs/heads/main", variables)
    }

    /// Of a schedule.
    pub(super) fn schedule() -> Pipeline {
        Pipeline::branch("main").with("CI_PIPELINE_SOURCE", "schedule").without("CI_COMMIT_BRANCH")
    }

    /// Of a person who wants something to be done.
    pub(super) fn act(act: &str, tag: &str) -> Pipeline {
        let web = Pipeline::branch("main").with("CI_PIPELINE_SOURCE", "web").without("CI_COMMIT_BRANCH");
        web.with("PLIMSOLL_ACT", act).with("PLIMSOLL_TAG", tag)
    }

    /// The same where somebody starts a manual job.
    pub(super) fn starting(mut self, job: &'static str) -> Pipeline {
        self.asked.push(job);
        self
    }

    fn of<const N: usize>(reference: &str, variables: [(&'static str, &str); N]) -> Pipeline {
        let variables = variables.map(|(name, value)| (name, value.to_owned())).into();
        Pipeline { reference: reference.to_owned(), variables, asked: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Pipeline {
        self.variables.insert(name, value.to_owned());
        self
    }

    fn without(mut self, name: &str) -> Pipeline {
        self.variables.remove(name);
        self
    }

    /// What its jobs see: what told it apart, and what GitLab sets for each.
    pub(super) fn variables(&self, forge: &Forge, commit: &str) -> BTreeMap<&'static str, String> {
        let mut variables = self.variables.clone();
        for (name, value) in [
            ("CI", "true"),
            ("GITLAB_CI", "true"),
            ("CI_SERVER_URL", forge.git.url().as_str()),
            ("CI_JOB_TOKEN", JOB_TOKEN),
            ("CI_REGISTRY", &forge.registry.address()),
            ("CI_REGISTRY_USER", USER),
            ("CI_REGISTRY_PASSWORD", PASSWORD),
            ("GITLAB_TOKEN", forge.gitlab_token),
            ("CI_PROJECT_PATH", forge.host.project()),
            ("CI_PROJECT_URL", &format!("{}/{}", forge.git.url(), forge.host.project())),
            ("CI_COMMIT_SHA", commit),
            ("CI_DEFAULT_BRANCH", "main"),
            ("CI_PIPELINE_ID", "7"),
            ("CI_JOB_ID", "8"),
            ("CI_JOB_URL", "https://gitlab.example/acme/app/-/jobs/8"),
        ] {
            variables.insert(name, value.to_owned());
        }
        variables
    }

    /// Whether a condition of a rule holds.
    fn holds(&self, condition: &str) -> bool {
        condition.split(" || ").any(|any| any.split(" && ").all(|one| self.is_so(one)))
    }

    fn is_so(&self, condition: &str) -> bool {
        let value = |name: &str| self.variables.get(name.trim_start_matches('$')).cloned();
        if let Some((name, want)) = condition.split_once(" != ") {
            return value(name).is_none_or(|found| format!("\"{found}\"") != want);
        }
        if let Some(name) = condition.strip_suffix(" == null") {
            return value(name).is_none();
        }
        if let Some((name, want)) = condition.split_once(" == ") {
            return value(name).is_some_and(|found| format!("\"{found}\"") == want);
        }
        if let Some((name, expression)) = condition.split_once(" =~ ") {
            // Those of tags are a beginning, anything, and an end.
            let inside = expression.strip_prefix("/^").and_then(|rest| rest.strip_suffix("$/")).unwrap();
            let (before, after) = inside.split_once(".*").unwrap();
            let plain = |text: &str| text.replace('\\', "");
            return value(name)
                .is_some_and(|found| found.starts_with(&plain(before)) && found.ends_with(&plain(after)));
        }
        value(condition).is_some()
    }
}

impl Forge {
    /// Runs the jobs of a pipeline.
    pub(super) fn run_pipeline(&self, pipeline: &Pipeline) -> Ran {
        if let Some(runner) = &self.runner {
            return self.run_by_gitlab_ci_local(runner, pipeline);
        }
        let root: Value = yaml_serde::from_str(&self.scene.read(".gitlab-ci.yml")).unwrap();
        let file = root["include"][0]["local"].as_str().unwrap();
        let text = self.scene.read(file);
        let jobs: BTreeMap<String, Value> = yaml_serde::from_str(&text).unwrap();
        let mut ran = Ran { jobs: Vec::new(), failure: None };
        // What is shown comes before what is done.
        let shown = |name: &&String| !name.contains("preview");
        let mut names: Vec<&String> = jobs.keys().filter(|name| !name.starts_with('.')).collect();
        names.sort_by_key(shown);
        for name in names {
            let job = &jobs[name];
            let rules = job["rules"].as_array().unwrap();
            let is_on = rules.iter().any(|rule| pipeline.holds(rule["if"].as_str().unwrap()));
            let is_asked = job.get("when").is_none() || pipeline.asked.iter().any(|asked| asked == name);
            if !is_on || !is_asked {
                continue;
            }
            ran.jobs.push(name.clone());
            if let Err(said) = self.run_pipeline_job(name, job, &jobs, pipeline) {
                ran.failure = Some(said);
                break;
            }
        }
        ran
    }

    /// Clones as GitLab's runner does before anything else, with a token of its own in the address; gives the commit.
    pub(super) fn check_out(&self, machine: &Environment, work: &Path, pipeline: &Pipeline) -> String {
        let commit = self.remote.resolve(&format!("{}^{{commit}}", pipeline.reference));
        for line in [
            "init --quiet .",
            "remote add origin https://gitlab-ci-token:of-the-job@gitlab.example/acme/app.git",
            &format!("fetch --quiet --tags {} +refs/heads/*:refs/remotes/origin/*", self.remote.url()),
            &format!("checkout --quiet --detach {commit}"),
        ] {
            machine.command("git").in_folder(work).args(line.split(' ')).run().expect_success();
        }
        commit
    }

    fn run_pipeline_job(
        &self,
        name: &str,
        job: &Value,
        jobs: &BTreeMap<String, Value>,
        pipeline: &Pipeline,
    ) -> Result<(), String> {
        let machine = Environment::new();
        let (work, programs) = (machine.folder("work"), machine.folder("bin"));
        let commit = self.check_out(&machine, &work, pipeline);
        let template = &jobs[job["extends"].as_str().unwrap()];
        let lines = |script: &Value| {
            let lines = script.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned());
            lines.collect::<Vec<_>>().join("\n")
        };
        let script = format!("{}\n{}", lines(&template["before_script"]), lines(&job["script"]));
        // In a container everybody may write there.
        let script = script.replace("/usr/local/bin", &programs.display().to_string());
        let path = [programs.display().to_string(), self.programs.display().to_string()];
        let mut command = machine.command("bash").in_folder(&work);
        command = command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", &script]);
        for layer in [template, job] {
            for (name, value) in layer.get("variables").and_then(Value::as_object).into_iter().flatten() {
                command = command.set(name, value.as_str().unwrap());
            }
        }
        for (variable, value) in pipeline.variables(self, &commit) {
            command = command.set(variable, value);
        }
        let path = format!("{}:{}", path.join(":"), std::env::var("PATH").unwrap());
        command = command.set("CI_JOB_NAME", name).set("PATH", path);
        let ended = command.run();
        match ended.code() {
            Some(0) => Ok(()),
            _ => Err(format!("{}{}", ended.stdout(), ended.stderr())),
        }
    }
}
