//! Claims as git itself shows them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plimsoll_testkit::env::Environment;
use serde_json::Value;

use crate::project::NAME;

/// The claims of the project on its remote.
#[derive(Debug, Clone)]
pub(crate) struct Claims {
    environment: Environment,
    remote: PathBuf,
}

/// What a claim says, as far as a stranger cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    /// `reserved`, `sealed`, `committed`, `published` or `burnt`.
    pub(crate) state: String,
    /// The digest of the record's bytes; empty before `sealed`.
    pub(crate) record: String,
    /// What goes where.
    pub(crate) targets: Vec<Target>,
}

/// One image in one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The repository, with the registry's host.
    pub(crate) repository: String,
    /// The digest of the image.
    pub(crate) digest: String,
    /// Whether the release waits for it.
    pub(crate) is_required: bool,
    /// Tags with the whole version in them.
    pub(crate) version_tags: Vec<String>,
    /// Tags of the commit.
    pub(crate) first_wins: Vec<String>,
    /// Tags that follow a line.
    pub(crate) moving: Vec<String>,
}

impl Claims {
    /// The claims in a bare repository.
    pub(crate) fn of(environment: &Environment, remote: &Path) -> Self {
        Self { environment: environment.clone(), remote: remote.to_owned() }
    }

    /// The claim of a version.
    pub(crate) fn find(&self, version: &str) -> Option<Claim> {
        let name = format!("refs/plimsoll/claims/{NAME}/{version}");
        let git = self.environment.command("git").in_folder(&self.remote);
        let blob = git.args(["cat-file", "-p", &name]).run();
        (blob.code() == Some(0)).then(|| parse(blob.stdout()))
    }

    /// The state of a claim; `absent` without one.
    pub(crate) fn state(&self, version: &str) -> String {
        self.find(version).map_or_else(|| "absent".to_owned(), |claim| claim.state)
    }
}

fn parse(text: &str) -> Claim {
    let json: Value = serde_json::from_str(text).expect("a claim is JSON");
    let seal = &json["seal"];
    let artifacts: BTreeMap<&str, &str> = entries(&seal["artifacts"]).collect();
    let target = |target: &Value| Target {
        repository: text_of(&target["repository"]),
        digest: artifacts[target["artifact"].as_str().expect("an artifact has a name")].to_owned(),
        is_required: target["necessity"] == "required",
        version_tags: texts_of(&target["version_tags"]),
        first_wins: texts_of(&target["first_wins"]),
        moving: texts_of(&target["moving"]),
    };
    Claim {
        state: text_of(&json["state"]),
        record: text_of(&seal["record"]),
        targets: seal["targets"].as_array().into_iter().flatten().map(target).collect(),
    }
}

/// The texts of an object, by key.
pub(crate) fn entries(object: &Value) -> impl Iterator<Item = (&str, &str)> {
    let entries = object.as_object().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}

/// The texts of a list.
pub(crate) fn texts_of(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(text_of).collect()
}

/// A text; empty if it is none.
pub(crate) fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
