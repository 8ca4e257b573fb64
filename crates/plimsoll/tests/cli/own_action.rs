//! Our own action is run as a runner does it: inputs and their defaults put in, conditions asked, one step after the other.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::scene::Scene;

/// A job with a repository, and a place to download Plimsoll from.
struct Job {
    scene: Scene,
    temp: PathBuf,
    downloads: PathBuf,
    digest: String,
}

/// What came of a use of the action.
struct Ran {
    code: Option<i32>,
    said: String,
    steps: usize,
    /// What the action hands on, by name.
    outputs: BTreeMap<String, String>,
}

impl Job {
    fn new() -> Job {
        let scene = Scene::tagged();
        let downloads = scene.environment().folder("downloads");
        let release = downloads.join(concat!("v", env!("CARGO_PKG_VERSION")));
        fs::create_dir_all(&release).unwrap();
        for name in ["plimsoll-linux-amd64", "plimsoll-linux-arm64"] {
            fs::copy(env!("CARGO_BIN_EXE_plimsoll"), release.join(name)).unwrap();
        }
        let sum = scene.environment().command("sha256sum").arg(release.join("plimsoll-linux-amd64"));
        let digest = sum.run().expect_success().stdout().split(' ').next().unwrap().to_owned();
        let temp = scene.environment().folder("temp");
        Job { scene, temp, downloads, digest }
    }

    /// Uses the action, with these inputs beside those that say where Plimsoll is.
    fn uses(&self, more: &[(&str, &str)]) -> Ran {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let action: Value =
            yaml_serde::from_str(&fs::read_to_string(root.join("action.yml")).unwrap()).unwrap();
        let downloads = format!("file://{}", self.downloads.display());
        let given = [
            ("version", env!("CARGO_PKG_VERSION")),
            ("sha256-linux-amd64", self.digest.as_str()),
            ("sha256-linux-arm64", self.digest.as_str()),
            ("downloads", downloads.as_str()),
        ];
        let given: BTreeMap<&str, &str> = given.into_iter().chain(more.iter().copied()).collect();
        let declared = action["inputs"].as_object().unwrap();
        for name in given.keys() {
            assert!(declared.contains_key(*name), "there is no input {name}");
        }
        let input = |name: &str| -> String {
            let default = || match declared[name]["default"].as_str() {
                Some("${{ github.token }}") => "a token of the job",
                Some(text) => text,
                None => panic!("{name} is required"),
            };
            given.get(name).copied().unwrap_or_else(default).to_owned()
        };
        let added = self.temp.join("path");
        fs::write(&added, "").unwrap();
        let mut ran = Ran { code: Some(0), said: String::new(), steps: 0, outputs: BTreeMap::new() };
        let left = self.temp.join("left");
        for step in action["runs"]["steps"].as_array().unwrap() {
            if let Some(condition) = step["if"].as_str() {
                let name =
                    condition.strip_prefix("inputs.").and_then(|rest| rest.strip_suffix(" != ''")).unwrap();
                if input(name).is_empty() {
                    continue;
                }
            }
            assert_eq!(step["shell"], "bash");
            let machine = std::env::var("PATH").unwrap();
            let found = fs::read_to_string(&added).unwrap();
            let path: Vec<&str> = found.lines().rev().chain([machine.as_str()]).collect();
            let mut command = self.scene.environment().command("bash").in_folder(self.scene.repo.path());
            // As composite actions' steps with `shell: bash` are run.
            command = command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c"]);
            command = command.arg(step["run"].as_str().unwrap()).set("PATH", path.join(":"));
            command = command.set("RUNNER_TEMP", &self.temp).set("GITHUB_PATH", &added);
            for (name, value) in step["env"].as_object().into_iter().flatten() {
                let mut value = value.as_str().unwrap().to_owned();
                for name in declared.keys() {
                    value = value.replace(&format!("${{{{ inputs.{name} }}}}"), &input(name));
                }
                assert!(!value.contains("${{"), "{name} is {value}");
                command = command.set(name, value);
            }
            fs::write(&left, "").unwrap();
            let ended = command.set("GITHUB_ACTIONS", "true").set("GITHUB_OUTPUT", &left).run();
            let written = fs::read_to_string(&left).unwrap();
            for (name, output) in action["outputs"].as_object().into_iter().flatten() {
                let value = output["value"].as_str().unwrap();
                let taken = step["id"]
                    .as_str()
                    .is_some_and(|id| value == format!("${{{{ steps.{id}.outputs.{name} }}}}"));
                if let (true, Some(value)) = (taken, find_output(&written, name)) {
                    ran.outputs.insert(name.clone(), value);
                }
            }
            ran.steps += 1;
            ran.code = ended.code();
            ran.said.push_str(ended.stdout());
            ran.said.push_str(ended.stderr());
            if ran.code != Some(0) {
                break;
            }
        }
        ran
    }
}

/// An output of a step, from the file that it left.
fn find_output(written: &str, name: &str) -> Option<String> {
    let (_, after) = written.split_once(&format!("{name}<<"))?;
    let (delimiter, rest) = after.split_once('\n')?;
    rest.split(&format!("\n{delimiter}\n")).next().map(str::to_owned)
}

/// The names that a table of the guide has in its first column.
fn documented_outputs() -> Vec<String> {
    let guide = include_str!("../../../../docs/guide/continuous-integration.md");
    let table = guide.split("| output | is |\n|---|---|\n").nth(1).unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let names = rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2));
    names.map(str::to_owned).collect()
}

#[test]
fn the_action_hands_on_what_a_release_leaves() {
    let job = Job::new();
    let released = job.uses(&[("command", "release --local"), ("tag", "v1.0.0")]);
    assert_eq!(released.code, Some(0), "{}", released.said);
    let documented = documented_outputs();
    assert!(documented.len() > 8, "{documented:?}");
    for name in &documented {
        assert!(released.outputs.get(name).is_some_and(|value| !value.is_empty()), "{name}");
    }
    assert_eq!(released.outputs["status"], "released");
}

#[test]
fn the_action_installs_and_runs_commands_of_one_word_and_more() {
    let job = Job::new();
    let installed = job.uses(&[]);
    assert_eq!((installed.code, installed.steps), (Some(0), 1), "{}", installed.said);
    let checked = job.uses(&[("command", "check"), ("tag", "v1.0.0")]);
    assert_eq!(checked.code, Some(0), "{}", checked.said);
    let released = job.uses(&[("command", "release --local\n  --no-progress"), ("tag", "v1.0.0")]);
    assert_eq!(released.code, Some(0), "{}", released.said);
    let listed = job.uses(&[("command", "list --local -o json")]);
    assert!(listed.said.contains("\"1.0.0\""), "{}", listed.said);
    assert_eq!(job.uses(&[("command", "release --local"), ("tag", "v9.0.0")]).code, Some(5));
}

/// Neither a command nor a tag is read by a shell.
#[test]
fn inputs_are_words_and_not_scripts() {
    let job = Job::new();
    let shown = job.uses(&[("command", "check $(touch gotcha) ; touch gotcha")]);
    assert_ne!(shown.code, Some(0));
    assert_ne!(job.uses(&[("command", "check"), ("tag", "$(touch gotcha)")]).code, Some(0));
    assert!(!job.scene.has("gotcha"));
}

#[test]
fn another_program_than_the_one_that_is_named_is_not_run() {
    let job = Job::new();
    let release = job.downloads.join(concat!("v", env!("CARGO_PKG_VERSION")));
    for name in ["plimsoll-linux-amd64", "plimsoll-linux-arm64"] {
        fs::write(release.join(name), "#!/bin/sh\necho gotcha\n").unwrap();
    }
    let ran = job.uses(&[("command", "check")]);
    assert!(ran.code != Some(0) && ran.steps == 1 && !ran.said.contains("gotcha\n"), "{}", ran.said);
}
