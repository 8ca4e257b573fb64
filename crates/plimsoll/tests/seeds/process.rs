//! The five release processes, start to finish: every step of each document in its order, and what it says must fail.
//!
//! Registries, forge and remote are on this machine. Where a process builds from a Dockerfile its image is assembled here;
//! building has tests of its own.

mod gomenhashai;
mod gpt4shell;
mod llm_proxy;
mod release_tracking;
mod rustchat;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::github::{GitHub, TOKEN};
use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::repo::Repo;
use serde_json::Value;

/// Everything that a process goes to.
pub(crate) struct Process {
    pub(crate) repo: Repo,
    pub(crate) remote: Repo,
    pub(crate) registry: FaultRegistry,
    pub(crate) github: GitHub,
}

impl Process {
    /// A repository with a configuration, in which `REGISTRY` and `GITHUB` stand for the servers, and these files, pushed.
    pub(crate) fn new(configuration: &str, files: &[(&str, &str)]) -> Process {
        Process::with(Habits::default(), configuration, files)
    }

    pub(crate) fn with(habits: Habits, configuration: &str, files: &[(&str, &str)]) -> Process {
        let (registry, github) = (FaultRegistry::start(habits), GitHub::start());
        let environment = Environment::new();
        let repo = Repo::init(&environment, "repo");
        let configuration =
            configuration.replace("REGISTRY", &registry.address()).replace("GITHUB", &github.url());
        repo.write("plimsoll.toml", configuration);
        for (path, text) in files {
            repo.write(path, text);
        }
        repo.commit("feat: the beginning");
        let remote = Repo::bare(&environment, "origin.git");
        repo.remote("origin", &remote.url()).push("origin", ["main"]);
        Process { repo, remote, registry, github }
    }

    /// Makes an annotated tag on HEAD and pushes it.
    pub(crate) fn tag(&self, tag: &str) {
        self.repo.annotated_tag(tag);
        self.push_tag(tag);
    }

    /// Pushes a tag; the forge knows its commit then.
    pub(crate) fn push_tag(&self, tag: &str) {
        self.repo.push("origin", [tag]);
        self.github.point(tag, &self.repo.resolve(&format!("{tag}^{{}}")));
    }

    /// A command with the forge's token.
    pub(crate) fn plimsoll(&self, line: &str) -> Invocation {
        let program = env!("CARGO_BIN_EXE_plimsoll");
        let command = self.repo.environment().command(program).in_folder(self.repo.path());
        command.set("GH_ENTERPRISE_TOKEN", TOKEN).args(line.split_whitespace()).arg("--no-progress")
    }

    #[track_caller]
    pub(crate) fn run(&self, line: &str) -> Output {
        self.plimsoll(line).run()
    }

    /// A command in the job of GitHub Actions that a ref set off.
    #[track_caller]
    pub(crate) fn job(&self, event: &str, reference: &str, sha: &str, line: &str) -> Output {
        let payload = self.repo.environment().root().join("event.json");
        std::fs::write(&payload, "{}").expect("a file can be written");
        let server = self.github.url().trim_end_matches("/acme/app").to_owned();
        let job = self.plimsoll(line).set("CI", "true").set("GITHUB_ACTIONS", "true");
        let job = job.set("GITHUB_EVENT_NAME", event).set("GITHUB_EVENT_PATH", payload);
        let job = job.set("GITHUB_REF", reference).set("GITHUB_SHA", sha).set("GITHUB_RUN_ID", "7");
        job.set("GITHUB_SERVER_URL", server).set("GITHUB_REPOSITORY", "acme/app").run()
    }

    /// The job of a pushed tag.
    #[track_caller]
    pub(crate) fn tag_job(&self, tag: &str, line: &str) -> Output {
        let sha = self.repo.resolve(&format!("{tag}^{{}}"));
        self.job("push", &format!("refs/tags/{tag}"), &sha, line)
    }

    /// The JSON that a command writes.
    #[track_caller]
    pub(crate) fn json(&self, line: &str) -> Value {
        let output = self.plimsoll(line).args(["-o", "json"]).run();
        let json = serde_json::from_str(output.stdout());
        json.unwrap_or_else(|error| panic!("{line}: {error}: {}\n{}", output.stdout(), output.stderr()))
    }

    /// The error code of a command that must fail, and its exit code.
    #[track_caller]
    pub(crate) fn refusal(&self, line: &str) -> (String, i64) {
        let json = self.json(line);
        let code = json["error"]["code"].as_str().unwrap_or_else(|| panic!("{line}: {json:#}")).to_owned();
        (code, json["exit"].as_i64().expect("an exit code"))
    }

    /// The manifest under an image tag.
    pub(crate) fn image(&self, repository: &str, tag: &str) -> Option<Value> {
        let bytes = self.registry.manifest(repository, tag)?;
        Some(serde_json::from_slice(&bytes).expect("a manifest is JSON"))
    }

    /// The text of a file on the remote's main branch.
    pub(crate) fn published_file(&self, path: &str) -> Option<String> {
        let shown = self.remote.try_git(["show", &format!("main:{path}")]);
        (shown.code() == Some(0)).then(|| shown.stdout().to_owned())
    }

    /// The names of a page's files.
    pub(crate) fn assets(&self, tag: &str) -> Vec<String> {
        let releases = self.github.releases().into_iter();
        let mut page = releases.filter(|release| release.tag == tag && !release.draft);
        let page = page.next().unwrap_or_else(|| panic!("{tag} has no page"));
        page.assets.into_iter().map(|asset| asset.name).collect()
    }
}

/// The platforms of an index.
pub(crate) fn platforms(index: &Value) -> Vec<String> {
    let manifests = index["manifests"].as_array().cloned().unwrap_or_default();
    let name = |it: &Value| {
        let part = |key: &str| it["platform"][key].as_str().unwrap_or_default().to_owned();
        format!("{}/{}", part("os"), part("architecture"))
    };
    manifests.iter().map(name).collect()
}
