//! A project with a git remote, a registry and a forge.

use std::ops::Deref;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::github::{GitHub, TOKEN};
use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::repo::Repo;
use serde_json::Value;

const PASSWORD: &str = "sesame";

/// A project, and everything that a release goes to but the forge.
pub(crate) struct Project {
    pub(crate) repo: Repo,
    pub(crate) registry: FaultRegistry,
    /// The variable with the forge's token, and the token.
    token: (&'static str, &'static str),
    _remote: Repo,
}

/// A project whose forge is GitHub.
pub(crate) struct Port {
    project: Project,
    pub(crate) github: GitHub,
}

impl Deref for Port {
    type Target = Project;

    fn deref(&self) -> &Project {
        &self.project
    }
}

impl Port {
    /// The project with v1.0.0 on its remote.
    pub(crate) fn new() -> Port {
        Port::with("")
    }

    /// The same, with more in `[forge]`.
    pub(crate) fn with(more: &str) -> Port {
        let github = GitHub::start();
        let forge = format!("kind = \"github\"\nurl = \"{}\"\n{more}", github.url());
        Port { project: Project::new(&forge, ("GH_ENTERPRISE_TOKEN", TOKEN)), github }
    }

    /// A project whose releases are signed by key, and whose forge keeps what is attested; and the key.
    pub(crate) fn attesting() -> (Port, String) {
        let port = Port::with("attestations = true\n\n[signing]\nkey = \"env:RELEASE_KEY\"\n");
        let prefix = port.repo.environment().root().join("release");
        let line = format!("key generate --output-key-prefix {}", prefix.display());
        port.plimsoll(&line).set("COSIGN_PASSWORD", PASSWORD).run().expect_success();
        let key = std::fs::read_to_string(prefix.with_extension("key")).expect("it was just made");
        (port, key)
    }
}

impl Project {
    /// A project with this `[forge]`, with v1.0.0 on its remote. `token` is a variable and its value.
    pub(crate) fn new(forge: &str, token: (&'static str, &'static str)) -> Project {
        let registry = FaultRegistry::start(Habits::default());
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
{forge}
"#,
            registry.address(),
        );
        repo.write("plimsoll.toml", config).write("app", "#!/bin/sh\necho app\n");
        repo.commit("feat: the first thing");
        repo.annotated_tag("v1.0.0");
        let remote = Repo::bare(&environment, "origin.git");
        repo.remote("origin", &remote.url()).push("origin", ["main", "v1.0.0"]);
        Project { repo, registry, token, _remote: remote }
    }

    /// Runs a command on the machine that has a key.
    #[track_caller]
    pub(crate) fn signing(&self, key: &str, line: &str) -> Output {
        self.plimsoll(line).set("RELEASE_KEY", key).set("COSIGN_PASSWORD", PASSWORD).run()
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
        command.set(self.token.0, self.token.1).args(line.split_whitespace()).arg("--no-progress")
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
