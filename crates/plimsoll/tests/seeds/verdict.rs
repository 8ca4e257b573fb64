//! What `check` says of a tag.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Output;
use plimsoll_testkit::repo::Repo;
use serde_json::Value;

/// A repository that has never heard of Plimsoll: its configuration comes with the command line.
pub(crate) struct Seed {
    environment: Environment,
    /// The repository.
    pub(crate) repo: Repo,
}

/// What `check` said of one tag.
pub(crate) struct Verdict {
    output: Output,
    json: Value,
}

impl Seed {
    /// An empty repository with a configuration beside it.
    pub(crate) fn new(configuration: &str) -> Self {
        let environment = Environment::new();
        std::fs::write(environment.root().join("plimsoll.toml"), configuration)
            .expect("a file can be written");
        let repo = Repo::init(&environment, "repo");
        Self { environment, repo }
    }

    /// Asks about a tag.
    #[track_caller]
    pub(crate) fn check(&self, tag: &str) -> Verdict {
        let program = env!("CARGO_BIN_EXE_plimsoll");
        let command = self.environment.command(program).in_folder(self.repo.path());
        let configuration = self.environment.root().join("plimsoll.toml");
        let output = command.args(["check", tag, "-o", "json", "--config"]).arg(configuration).run();
        let json = serde_json::from_str(output.stdout());
        let json =
            json.unwrap_or_else(|error| panic!("{tag}: {error}: {} {}", output.stdout(), output.stderr()));
        Verdict { output, json }
    }

    /// Asks for the image tags of a ref, as a step of GitHub Actions that it set off.
    #[track_caller]
    pub(crate) fn tags(&self, event: &str, reference: &str, commit: &str, payload: &str) -> Output {
        let (root, program) = (self.environment.root(), env!("CARGO_BIN_EXE_plimsoll"));
        std::fs::write(root.join("event.json"), payload).expect("a file can be written");
        let command = self.environment.command(program).in_folder(self.repo.path());
        command
            .args(["tags", "--config"])
            .arg(root.join("plimsoll.toml"))
            .set("CI", "true")
            .set("GITHUB_ACTIONS", "true")
            .set("GITHUB_EVENT_NAME", event)
            .set("GITHUB_EVENT_PATH", root.join("event.json"))
            .set("GITHUB_REF", reference)
            .set("GITHUB_SHA", commit)
            .run()
    }
}

impl Verdict {
    /// It would be released, or promoted, as this version.
    #[track_caller]
    pub(crate) fn expect_ok(self, occasion: &str, version: &str) {
        let said = format!("{:#}\n{}", self.json, self.output.stderr());
        assert_eq!(self.output.code(), Some(0), "{said}");
        assert_eq!(self.json["verdict"], "ok", "{said}");
        assert_eq!(
            (&self.json["occasion"], &self.json["version"]),
            (&occasion.into(), &version.into()),
            "{said}"
        );
    }

    /// It is refused for this reason, and each of these words is said.
    #[track_caller]
    pub(crate) fn expect_refusal(self, code: &str, words: &[&str]) {
        let said = format!("{:#}\n{}", self.json, self.output.stderr());
        assert_eq!(self.output.code(), Some(5), "{said}");
        let problems = self.json["problems"].as_array().or(Some(&Vec::new())).cloned().unwrap_or_default();
        let codes: Vec<&str> = problems
            .iter()
            .filter(|problem| problem["severity"] == "error")
            .filter_map(|problem| problem["code"].as_str())
            .collect();
        assert_eq!(codes, [code], "{said}");
        for word in words {
            assert!(self.output.stderr().contains(word), "`{word}` is not said: {said}");
        }
    }
}
