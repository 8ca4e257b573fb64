//! `doctor`: what is on a machine, and what registries do, as far as that can be known.

use insta::assert_snapshot;
use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Door, Effect, FaultRegistry, Habits};
use plimsoll_testkit::process::Output;
use serde_json::Value;

use crate::scene::{CONFIG, Scene};

/// The repositories that `doctor` names for a project whose image goes to this registry.
fn asked(registry: &FaultRegistry, tables: &str) -> (Output, Value) {
    let scene = Scene::with_config(&config(registry, tables));
    let output = scene.plimsoll("doctor -o json").set("APP_PASSWORD", "hunter2").run();
    assert!(!output.stdout().contains("hunter2"), "{}", output.stdout());
    let json: Value = serde_json::from_str(output.stdout()).unwrap();
    let repository = json["repositories"][0].clone();
    (output, repository)
}

fn config(registry: &FaultRegistry, tables: &str) -> String {
    let repository = format!("{}/acme/app", registry.address());
    format!("{}{tables}", CONFIG.replace("registry.example/app", &repository))
}

#[test]
fn a_registry_is_asked_what_it_does_and_nothing_is_written() {
    let registry = FaultRegistry::start(Habits::default());
    let (output, found) = asked(&registry, "");
    assert_eq!(output.code(), Some(0), "{}", output.stderr());
    assert_eq!(found["repository"], format!("{}/acme/app", registry.address()));
    assert_eq!((&found["push"], &found["credentials"]), (&"yes".into(), &Value::Null), "{found:#}");
    assert_eq!((&found["hold_tags"], &found["required"]), (&true.into(), &true.into()));
    assert_eq!(registry.manifest("acme/app", "latest"), None);
}

#[test]
fn how_referrers_are_listed_is_yes_no_or_unknown() {
    for (answer, want) in [
        (Answer::status(404).body(r#"{"errors":[{"code":"NOT_FOUND"}]}"#), "no"),
        (Answer::status(404).body(r#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#), "unknown"),
        (Answer::status(303).header("Location", "https://registry.example/ui"), "no"),
    ] {
        let registry = FaultRegistry::start(Habits::default());
        registry.fault("GET", "/referrers/", 0, 10, Effect::Instead(answer));
        let (_, found) = asked(&registry, "");
        assert_eq!(found["referrers"], want, "{found:#}");
    }
}

#[test]
fn a_login_is_named_by_its_place_and_never_shown() {
    let registry = FaultRegistry::start(Habits { door: Door::Basic, ..Habits::default() });
    let (output, found) = asked(&registry, "");
    assert_eq!((output.code(), &found["push"]), (Some(4), &"no".into()), "{found:#}");
    assert_eq!(found["credentials"], Value::Null);
    let table = format!(
        "\n[registries.\"{}\"]\nusername = \"eve\"\npassword = \"env:APP_PASSWORD\"\n",
        registry.address()
    );
    let (output, found) = asked(&registry, &table);
    assert_eq!((output.code(), &found["push"]), (Some(4), &"no".into()), "{found:#}");
    assert_eq!(found["credentials"], "env:APP_PASSWORD");
    let (_, found) = asked(&registry, &table.replace("APP_PASSWORD", "NOT_SET"));
    assert_eq!(
        (&found["credentials"], &found["amiss"]),
        (&Value::Null, &"env:NOT_SET, which is not set".into())
    );
}

#[test]
fn a_registry_that_is_down_is_unknown_and_an_optional_one_only_warns() {
    let registry = FaultRegistry::start(Habits::default());
    let scene = Scene::with_config(&config(&registry, ""));
    drop(registry);
    let output = scene.run("doctor");
    assert_eq!(output.code(), Some(8), "{}", output.stderr());
    assert!(output.stdout().contains("  may push          unknown\n"), "{}", output.stdout());
    assert!(output.stderr().contains("error[registry-unreachable]"), "{}", output.stderr());
}

#[test]
fn what_builds_is_said_for_each_platform() {
    let scene = Scene::with_config(
        "registry = \"local\"\n[project]\nname = \"app\"\n[build]\nwith = \"podman\"\n[[image]]\nrepository = \"registry.example/app\"\n\
         platforms = [\"linux/amd64\"]\ndockerfile = \"Dockerfile\"\n",
    );
    scene.repo.write("Dockerfile", "FROM scratch\nCOPY app /app\n");
    let folder = scene.environment().folder("no-programs");
    let git =
        std::env::split_paths(&std::env::var_os("PATH").unwrap()).find(|path| path.join("git").is_file());
    std::os::unix::fs::symlink(git.unwrap().join("git"), folder.join("git")).unwrap();
    let output = scene.plimsoll("doctor").set("PATH", folder.display().to_string()).run();
    assert_eq!(output.code(), Some(8), "{}", output.stderr());
    let shown = scene.shown(&output);
    let shown: Vec<&str> = shown.lines().filter(|line| !line.starts_with("  git ")).collect();
    assert_snapshot!(shown.join("\n"), @r"
    exit 8
    --- stdout
    tools
      docker            no: `docker` is not installed (smoke commands, sealed gates,
                        build --load)
      podman            no: `podman` is not installed (the same, without docker)
      docker compose    no: `docker` is not installed (deploy)
      docker-compose    no: `docker-compose` is not installed (the same, as a
                        program)
      helm              no: `helm` is not installed (looking at what charts install)

    builders
      docker buildx     no: `docker` is not installed
      buildctl          no: `buildctl` is not installed
      buildah           no: `buildah` is not installed
      podman            no: `podman` is not installed

    platforms
      linux/amd64       unknown
    --- stderr
    error[builder-missing]: there is no builder
     |
     = podman: `podman` is not installed
     = help: install docker with buildx, buildctl with buildkitd, buildah, or podman
     = help: an image of files that exist already needs none of them: `[image.assemble]`
    ");
}

#[test]
fn it_works_outside_of_projects() {
    let scene = Scene::empty();
    let output = scene.plimsoll("doctor -o json").run();
    assert_eq!(output.code(), Some(0), "{}", output.stderr());
    let json: Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!((&json["schema"], &json["component"]), (&"plimsoll.doctor/v1".into(), &Value::Null));
    assert!(
        json["tools"]
            .as_array()
            .unwrap()
            .iter()
            .any(|tool| tool["name"] == "git" && tool["version"].is_string())
    );
}
