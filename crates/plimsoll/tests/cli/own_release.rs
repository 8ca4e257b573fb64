//! What our own release workflow publishes is never replaced: its steps are run, with a page that is a folder.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Output;
use serde_json::Value;

/// GitHub's program; the page is the folder `$PAGE`, and nothing on it is ever replaced.
const GH: &str = r#"#!/bin/sh
set -eu
case "$1 $2 $3" in
  "release view v1.0.0")
    [ -d "$PAGE" ] || { echo "${TROUBLE:-release not found}" >&2; exit 1; }
    ls "$PAGE" ;;
  "release download v1.0.0") cp "$PAGE/$5" "$7" ;;
  "release upload v1.0.0")
    shift 3
    for file; do
      [ ! -e "$PAGE/${file##*/}" ] || { echo "asset under the same name already exists" >&2; exit 1; }
      cp "$file" "$PAGE/"
    done ;;
  *) echo "what is $*?" >&2; exit 9 ;;
esac
"#;

const PROGRAMS: [&str; 2] = ["plimsoll-linux-amd64", "plimsoll-SHA256SUMS"];

/// A job with programs that it built, and a page.
struct Job {
    machine: Environment,
    work: PathBuf,
    temp: PathBuf,
    page: PathBuf,
    steps: Vec<Value>,
}

impl Job {
    fn new() -> Job {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let text = fs::read_to_string(root.join(".github/workflows/release.yml")).unwrap();
        let workflow: Value = yaml_serde::from_str(&text).unwrap();
        let machine = Environment::new();
        let (work, temp, programs) = (machine.folder("work"), machine.folder("temp"), machine.folder("bin"));
        fs::write(programs.join("gh"), GH).unwrap();
        fs::set_permissions(programs.join("gh"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(work.join("programs")).unwrap();
        for name in PROGRAMS {
            fs::write(work.join("programs").join(name), "of this run").unwrap();
        }
        let page = machine.root().join("page");
        let steps = workflow["jobs"]["release"]["steps"].as_array().unwrap().clone();
        Job { machine, work, temp, page, steps }
    }

    /// What stands on the page before.
    fn published(self, name: &str, text: &str) -> Job {
        fs::create_dir_all(&self.page).unwrap();
        fs::write(self.page.join(name), text).unwrap();
        self
    }

    fn run(&self, step: &str, trouble: Option<&str>) -> Output {
        let found = self.steps.iter().find(|found| found["name"] == step);
        let script = found.unwrap_or_else(|| panic!("there is no step {step}"))["run"].as_str().unwrap();
        let path =
            format!("{}:{}", self.machine.root().join("bin").display(), std::env::var("PATH").unwrap());
        let mut command = self.machine.command("bash").in_folder(&self.work);
        command = command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]);
        for (name, value) in [("TAG", "v1.0.0"), ("PATH", &path)] {
            command = command.set(name, value);
        }
        if let Some(trouble) = trouble {
            command = command.set("TROUBLE", trouble);
        }
        command.set("RUNNER_TEMP", &self.temp).set("PAGE", &self.page).run()
    }

    fn hold(&self) -> Output {
        self.run("Hold the programs against those that are published", None)
    }

    fn attach(&self) -> Output {
        self.run("Attach the programs to the release page", None)
    }

    fn page(&self) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = fs::read_dir(&self.page)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        found.sort();
        found
    }
}

#[test]
fn programs_are_attached_once() {
    let job = Job::new();
    job.hold().expect_success();
    fs::create_dir(&job.page).unwrap();
    job.attach().expect_success();
    let whole = PROGRAMS.map(|name| (name.to_owned(), "of this run".to_owned()));
    let mut whole = whole.to_vec();
    whole.sort();
    assert_eq!(job.page(), whole);
    // Again: what is there and the same is left.
    fs::remove_dir_all(job.temp.join("published")).unwrap();
    job.hold().expect_success();
    job.attach().expect_success();
    assert_eq!(job.page(), whole);
}

#[test]
fn what_is_published_is_not_replaced() {
    for name in PROGRAMS {
        let job = Job::new().published(name, "of the first run");
        let held = job.hold();
        assert_ne!(held.code(), Some(0));
        assert!(held.stderr().contains(&format!("{name} is published")), "{}", held.stderr());
        // Even where nobody looked before.
        job.attach().expect_success();
        assert!(job.page().contains(&(name.to_owned(), "of the first run".to_owned())), "{:?}", job.page());
    }
}

#[test]
fn a_run_that_stopped_is_finished() {
    let job = Job::new().published(PROGRAMS[0], "of this run");
    job.hold().expect_success();
    job.attach().expect_success();
    assert_eq!(job.page().len(), PROGRAMS.len());
}

#[test]
fn a_page_that_cannot_be_read_is_no_missing_page() {
    let held = Job::new().run("Hold the programs against those that are published", Some("HTTP 502"));
    assert_ne!(held.code(), Some(0));
    assert!(held.stderr().contains("HTTP 502"), "{}", held.stderr());
}

/// What is looked at comes before anything is released.
#[test]
fn programs_are_held_against_the_page_before_the_release() {
    let job = Job::new();
    let at = |name: &str| job.steps.iter().position(|step| step["name"] == name).unwrap();
    assert!(at("Hold the programs against those that are published") < at("Release"));
    assert!(at("Release") < at("Attach the programs to the release page"));
}

/// SECURITY.md counts signatures of runs that began on a git tag, and a branch may be called as a tag is.
#[test]
fn a_run_begins_on_the_tag_that_it_releases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let text = fs::read_to_string(root.join(".github/workflows/release.yml")).unwrap();
    let workflow: Value = yaml_serde::from_str(&text).unwrap();
    let condition = "github.event_name == 'push' || github.ref == format('refs/tags/{0}', inputs.tag)";
    assert_eq!(workflow["jobs"]["build"]["if"], condition);
    assert_eq!(workflow["jobs"]["release"]["needs"], "build");
    let told = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    assert!(told.contains(r"\.github/workflows/release\.yml@refs/tags/v"), "{told}");
    for job in ["build", "release"] {
        let steps = workflow["jobs"][job]["steps"].as_array().unwrap();
        let is_checkout =
            |step: &&Value| step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/checkout@"));
        let checkout = steps.iter().find(is_checkout).unwrap();
        let reference = "${{ inputs.tag && format('refs/tags/{0}', inputs.tag) || github.ref }}";
        assert_eq!(checkout["with"]["ref"], reference, "{job}");
    }
}
