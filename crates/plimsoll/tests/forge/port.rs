//! A project with a git remote, a registry and a forge.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::github::{GitHub, TOKEN};
use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::repo::Repo;
use serde_json::Value;

/// Everything that a release goes to.
pub(crate) struct Port {
    pub(crate) repo: Repo,
    pub(crate) registry: FaultRegistry,
    pub(crate) github: GitHub,
    _remote: Repo,
}

impl Port {
    /// The project with v1.0.0 on its remote.
    pub(crate) fn new() -> Port {
        Port::with("")
    }

    /// The same, with more in `[forge]`.
    pub(crate) fn with(more: &str) -> Port {
        let (registry, github) = (FaultRegistry::start(Habits::default()), GitHub::start());
        let environment = Environment::new();
        let repo = Repo::init(&environment, "app");
        let config = format!(
            r#"[project]
name = "app"

[[image]]
repository = "{}/acme/app"
platforms = ["linux/amd64"]
[image.assemble]
files = [{{ from = "app", to = "/app", mode = "0755" }}]
[image.tags]
release = ["{{version}}", "{{major}}.{{minor}}", "latest"]

[forge]
kind = "github"
url = "{}"
{more}
"#,
            registry.address(),
            github.url()
        );
        repo.write("plimsoll.toml", config).write("app", "#!/bin/sh\necho app\n");
        repo.commit("feat: the first thing");
        repo.annotated_tag("v1.0.0");
        let remote = Repo::bare(&environment, "origin.git");
        repo.remote("origin", &remote.url()).push("origin", ["main", "v1.0.0"]);
        Port { repo, registry, github, _remote: remote }
    }

    /// Makes a further version.
    pub(crate) fn tag(&self, message: &str, tag: &str) {
        self.repo.write("app", format!("#!/bin/sh\necho {tag}\n"));
        self.repo.commit(message);
        self.repo.annotated_tag(tag);
        self.repo.push("origin", ["main", tag]);
    }

    /// A command with the forge's token.
    pub(crate) fn plimsoll(&self, line: &str) -> Invocation {
        let program = env!("CARGO_BIN_EXE_plimsoll");
        let command = self.repo.environment().command(program).in_folder(self.repo.path());
        command.set("GH_ENTERPRISE_TOKEN", TOKEN).args(line.split_whitespace()).arg("--no-progress")
    }

    /// Runs a command.
    #[track_caller]
    pub(crate) fn run(&self, line: &str) -> Output {
        self.plimsoll(line).run()
    }

    /// The JSON that a command writes.
    #[track_caller]
    pub(crate) fn json(&self, line: &str) -> Value {
        let output = self.plimsoll(line).args(["-o", "json"]).run();
        let json = serde_json::from_str(output.stdout());
        json.unwrap_or_else(|error| panic!("no JSON ({error}): {}\n{}", output.stdout(), output.stderr()))
    }
}
