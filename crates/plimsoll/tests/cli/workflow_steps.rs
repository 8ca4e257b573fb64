//! The workflows that `init` writes are run: each step of the job that releases, in order, on a machine with nothing on it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::github::{GitHub, TOKEN};
use plimsoll_testkit::repo::Repo;
use serde_json::Value;

use crate::scene::{CONFIG, Scene};

/// A forge with a repository on it, a registry, and a place to download Plimsoll from.
struct Forge {
    scene: Scene,
    registry: FaultRegistry,
    github: GitHub,
    server: PathBuf,
}

impl Forge {
    fn new() -> Forge {
        let (registry, github) = (FaultRegistry::start(Habits::default()), GitHub::start());
        let config = CONFIG.replace("registry.example/app", &format!("{}/acme/app", registry.address()));
        let page =
            format!("[forge]\nkind = \"github\"\nurl = \"{}\"\ntoken = \"env:PAGE_TOKEN\"\n", github.url());
        let scene = Scene::with_config(&format!("{config}{page}"));
        let server = scene.environment().folder("server");
        // The forge's own name for it, as the steps spell it.
        std::fs::create_dir_all(server.join("acme")).unwrap();
        let remote = Repo::bare(scene.environment(), "server/acme/app");
        scene.repo.remote("origin", &remote.url());
        let downloads = scene.environment().folder("downloads");
        let release = downloads.join(format!("v{}", env!("CARGO_PKG_VERSION")));
        std::fs::create_dir_all(&release).unwrap();
        let program = release.join("plimsoll-linux-amd64");
        std::fs::copy(env!("CARGO_BIN_EXE_plimsoll"), &program).unwrap();
        std::fs::copy(&program, release.join("plimsoll-linux-arm64")).unwrap();
        let sums = scene.environment().command("sha256sum").in_folder(&release);
        let sums = sums.args(["plimsoll-linux-amd64", "plimsoll-linux-arm64"]).run().expect_success();
        let file = release.join("plimsoll-SHA256SUMS");
        std::fs::write(&file, sums.stdout()).unwrap();
        let line =
            format!("init --workflows github --actions none --downloads file://{}", downloads.display());
        scene.plimsoll(&line).args(["--checksums", &file.display().to_string()]).run().expect_success();
        scene.repo.commit("ci: release with Plimsoll");
        scene.repo.annotated_tag("v1.0.0");
        scene.repo.push("origin", ["main", "v1.0.0"]);
        Forge { scene, registry, github, server }
    }

    /// Runs the steps of a job in order, with these inputs; ends with the first that fails, and says what it said.
    fn run(&self, file: &str, job: &str, inputs: &[(&str, &str)]) -> Result<(), String> {
        let text = self.scene.read(&format!(".github/workflows/{file}.yml"));
        let workflow: Value = yaml_serde::from_str(&text).unwrap();
        let machine = Environment::new();
        let (work, temp) = (machine.folder("work"), machine.folder("runner"));
        let found = temp.join("path");
        std::fs::write(&found, "").unwrap();
        for step in workflow["jobs"][job]["steps"].as_array().unwrap() {
            let script = step["run"].as_str().unwrap_or_else(|| panic!("no script: {step:#}"));
            let mut command = machine.command("bash").in_folder(&work);
            command = command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]);
            for (name, value) in self.variables(&temp, &found) {
                command = command.set(name, value);
            }
            let env = step["env"].as_object().into_iter().flatten();
            for (name, value) in env {
                command = command.set(name, evaluate(value.as_str().unwrap(), inputs));
            }
            let ended = command.run();
            if ended.code() != Some(0) {
                return Err(format!("{}: {}{}", step["name"], ended.stdout(), ended.stderr()));
            }
        }
        Ok(())
    }

    /// What a runner sets.
    fn variables(&self, temp: &Path, found: &Path) -> BTreeMap<&'static str, String> {
        let added = std::fs::read_to_string(found).unwrap();
        let machine = std::env::var("PATH").unwrap();
        let path: Vec<&str> = added.lines().rev().chain([machine.as_str()]).collect();
        let set = [
            ("CI", "true".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_SERVER_URL", format!("file://{}", self.server.display())),
            ("GITHUB_REPOSITORY", "acme/app".to_owned()),
            ("GITHUB_REF", "refs/tags/v1.0.0".to_owned()),
            ("GITHUB_REF_NAME", "v1.0.0".to_owned()),
            ("GITHUB_EVENT_NAME", "push".to_owned()),
            ("GITHUB_SHA", self.scene.repo.resolve("v1.0.0^{commit}")),
            ("GITHUB_RUN_ID", "7".to_owned()),
            ("GITHUB_RUN_NUMBER", "1".to_owned()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_PATH", found.display().to_string()),
            ("GITHUB_OUTPUT", temp.join("output").display().to_string()),
            ("GITHUB_STEP_SUMMARY", temp.join("summary").display().to_string()),
            ("RUNNER_TEMP", temp.display().to_string()),
            ("PATH", path.join(":")),
        ];
        set.into()
    }
}

/// The value of a variable of a step.
fn evaluate(text: &str, inputs: &[(&str, &str)]) -> String {
    let Some(inside) = text.strip_prefix("${{ ").and_then(|text| text.strip_suffix(" }}")) else {
        return text.to_owned();
    };
    match inside {
        "github.token" => "a token of the job".to_owned(),
        "secrets.PAGE_TOKEN" => TOKEN.to_owned(),
        _ => {
            let name = inside.strip_prefix("inputs.").unwrap_or_else(|| panic!("what is {inside}?"));
            inputs
                .iter()
                .find(|(input, _)| *input == name)
                .map_or(String::new(), |(_, value)| (*value).to_owned())
        }
    }
}

#[test]
fn the_steps_end_in_a_release_and_operate_on_it() {
    let forge = Forge::new();
    forge.run("plimsoll-release", "release", &[]).unwrap();
    assert!(forge.registry.manifest("acme/app", "1.0.0").is_some());
    // By hand, which is how a release that stopped is finished.
    forge.run("plimsoll-release", "release", &[("tag", "v1.0.0")]).unwrap();
    let no_tag = forge.run("plimsoll-release", "release", &[("tag", "v1.0")]).unwrap_err();
    assert!(no_tag.contains("tag-invalid"), "{no_tag}");
    assert_eq!(forge.github.releases().len(), 1);
    let asked = |act| [("act", act), ("tag", "v1.0.0"), ("reason", "it sinks")];
    forge.run("plimsoll-operate", "preview", &asked("verify")).unwrap();
    forge.run("plimsoll-operate", "preview", &asked("yank")).unwrap();
    let state = || forge.scene.plimsoll("list -o json").run().stdout().to_owned();
    assert!(!state().contains("it sinks"), "{}", state());
    forge.run("plimsoll-operate", "act", &asked("yank")).unwrap();
    assert!(state().contains("yanked"), "{}", state());
    forge.run("plimsoll-audit", "audit", &[]).unwrap();
    forge.run("plimsoll-pull-request", "rehearse", &[]).unwrap();
}

#[test]
fn another_program_than_the_one_that_is_pinned_is_not_run() {
    let forge = Forge::new();
    let release = format!("downloads/v{}", env!("CARGO_PKG_VERSION"));
    for name in ["plimsoll-linux-amd64", "plimsoll-linux-arm64"] {
        std::fs::write(
            forge.scene.environment().root().join(&release).join(name),
            "#!/bin/sh\necho gotcha\n",
        )
        .unwrap();
    }
    let said = forge.run("plimsoll-release", "release", &[]).unwrap_err();
    assert!(said.starts_with("\"Install Plimsoll") && !said.contains("gotcha"), "{said}");
    assert!(forge.registry.manifest("acme/app", "1.0.0").is_none());
}
