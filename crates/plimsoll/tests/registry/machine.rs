//! One machine: a home, a clone, and the binary.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::repo::Repo;
use serde_json::Value;

use crate::project::inputs;

/// A machine with a clone of a project.
#[derive(Debug)]
pub(crate) struct Machine {
    /// Its home and variables.
    pub(crate) environment: Environment,
    /// Its clone.
    pub(crate) clone: Repo,
}

impl Machine {
    /// A new machine with a fresh clone of `remote`.
    pub(crate) fn new(remote: &str) -> Self {
        let environment = Environment::new();
        let clone = Repo::clone_of(&environment, remote, "clone", []);
        Self { environment, clone }
    }

    /// Makes what the images are made of, as a build would: the bytes hold `word`.
    pub(crate) fn build(&self, word: &str) {
        for (file, contents) in inputs(word) {
            self.clone.write(file, contents);
        }
    }

    /// The binary in the clone.
    pub(crate) fn plimsoll<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Invocation {
        let program = env!("CARGO_BIN_EXE_plimsoll");
        self.environment.command(program).in_folder(self.clone.path()).args(arguments)
    }

    /// The binary with an answer in JSON.
    pub(crate) fn ask<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Invocation {
        self.plimsoll(arguments).args(["-o", "json"])
    }

    /// The release of a version, not yet started.
    pub(crate) fn releasing(&self, version: &str) -> Invocation {
        self.ask(["release", &format!("v{version}")])
    }

    /// Releases a version to whatever end.
    #[track_caller]
    pub(crate) fn release(&self, version: &str) -> Output {
        self.releasing(version).run()
    }

    /// Answers of `images` for a version.
    #[track_caller]
    pub(crate) fn images(&self, version: &str) -> Value {
        json(&self.ask(["images", &format!("v{version}")]).run().expect_success())
    }
}

/// The one JSON object that a command wrote.
#[track_caller]
pub(crate) fn json(output: &Output) -> Value {
    match serde_json::from_str(output.stdout()) {
        Ok(value) => value,
        Err(error) => panic!("no JSON ({error}):\n{}\n---\n{}", output.stdout(), output.stderr()),
    }
}

/// The code of the error that a command ended with.
#[track_caller]
pub(crate) fn error_code(output: &Output) -> String {
    let json = json(output);
    assert_eq!(json["schema"], "plimsoll.error/v1", "{json:#}");
    json["error"]["code"].as_str().unwrap_or_default().to_owned()
}

/// Ends the test unless a command failed with this exit code and this error.
#[track_caller]
pub(crate) fn expect_error(output: Output, exit: i32, code: &str) -> Output {
    let output = output.expect_code(exit);
    let found = error_code(&output);
    assert_eq!(found, code, "{}", output.stderr());
    output
}
