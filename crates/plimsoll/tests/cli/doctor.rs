//! `doctor`: what is on a machine, and what registries do, as far as that can be known.

use insta::assert_snapshot;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Door, Effect, FaultRegistry, Habits, PASSWORD, USER};
use plimsoll_testkit::github::{GitHub, GitHubFault, TOKEN};
use plimsoll_testkit::process::Output;
use plimsoll_testkit::repo::Repo;
use plimsoll_testkit::static_files::StaticFiles;
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
    let _closed = registry.close();
    let output = scene.run("doctor");
    assert_eq!(output.code(), Some(8), "{}", output.stderr());
    assert!(output.stdout().contains("  may push          unknown\n"), "{}", output.stdout());
    assert!(output.stderr().contains("error[registry-unreachable]"), "{}", output.stderr());
}

/// A `PATH` that leads to git and to nothing else.
fn path_with_git_alone(scene: &Scene) -> String {
    let folder = scene.environment().folder("no-programs");
    let git =
        std::env::split_paths(&std::env::var_os("PATH").unwrap()).find(|path| path.join("git").is_file());
    std::os::unix::fs::symlink(git.unwrap().join("git"), folder.join("git")).unwrap();
    folder.display().to_string()
}

#[test]
fn charts_are_asked_after_too() {
    let registry = FaultRegistry::start(Habits::default());
    let chart =
        format!("\n[[chart]]\npath = \"chart\"\noci = \"oci://{}/acme/charts\"\n", registry.address());
    let scene = Scene::with_config(&config(&registry, &chart));
    let path = path_with_git_alone(&scene);
    let (code, json, talk) = doctor(&scene, &[("PATH", &path)]);
    assert_eq!(code, Some(8), "{talk}");
    assert!(
        talk.contains("error[tool-missing]: chart `chart` can't be rendered: helm is not installed"),
        "{talk}"
    );
    let asked = asked_repositories(&json);
    let own = |path: &str| format!("{}/{path}", registry.address());
    assert_eq!(asked, [own("acme/app"), own("acme/charts/chart")]);
    scene.repo.write("plimsoll.toml", config(&registry, &format!("{chart}render = \"if-present\"\n")));
    let (_, _, talk) = doctor(&scene, &[("PATH", &path)]);
    assert!(!talk.contains("tool-missing"), "{talk}");
}

#[test]
fn a_smoke_command_that_nothing_runs_is_told() {
    let registry = FaultRegistry::start(Habits::default());
    let config =
        config(&registry, "").replace("[image.assemble]", "smoke = [\"/app\", \"-V\"]\n[image.assemble]");
    let scene = Scene::with_config(&config);
    let path = path_with_git_alone(&scene);
    let want = "error[tool-missing]: the smoke command of image `app`, `/app -V`, needs docker or podman";
    for line in ["doctor", "rehearse"] {
        let ended = scene.plimsoll(line).arg("--no-progress").set("PATH", &path).run();
        assert_eq!(ended.code(), Some(8), "{line}: {}", ended.stderr());
        assert!(ended.stderr().contains(want), "{line}: {}", ended.stderr());
        assert!(ended.stderr().contains("take `smoke` out of the [[image]]"), "{line}: {}", ended.stderr());
    }
}

#[test]
fn what_builds_is_said_for_each_platform() {
    let scene = Scene::with_config(
        "registry = \"local\"\n[project]\nname = \"app\"\n[build]\nwith = \"podman\"\n[[image]]\nrepository = \"registry.example/app\"\n\
         platforms = [\"linux/amd64\"]\ndockerfile = \"Dockerfile\"\n",
    );
    scene.repo.write("Dockerfile", "FROM scratch\nCOPY app /app\n");
    let output = scene.plimsoll("doctor").set("PATH", path_with_git_alone(&scene)).run();
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
      syft              no: `syft` is not installed (listing what is in images)

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

/// A project with a remote that takes pushes, whose image goes to a registry without doors.
fn with_remote(tables: &str) -> (FaultRegistry, Scene) {
    let registry = FaultRegistry::start(Habits::default());
    let scene = Scene::with_config(&config(&registry, tables));
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main"]);
    (registry, scene)
}

#[track_caller]
fn doctor(scene: &Scene, variables: &[(&str, &str)]) -> (Option<i32>, Value, String) {
    let variables = variables
        .iter()
        .fold(scene.plimsoll("doctor -o json"), |call, (name, value)| call.set(*name, *value));
    let output = variables.run();
    let json =
        serde_json::from_str(output.stdout()).unwrap_or_else(|error| panic!("{error}: {}", output.stderr()));
    (output.code(), json, output.stderr().to_owned())
}

/// The repositories that were asked, in their order.
fn asked_repositories(json: &Value) -> Vec<&str> {
    let asked = json["repositories"].as_array().expect("doctor says which repositories it asked");
    asked.iter().filter_map(|one| one["repository"].as_str()).collect()
}

#[test]
fn who_may_read_is_asked_as_a_stranger() {
    let table = |registry: &FaultRegistry| {
        format!(
            "\n[registries.\"{}\"]\nusername = \"{USER}\"\npassword = \"env:APP_PASSWORD\"\n",
            registry.address()
        )
    };
    let ask = |door: Door, is_there: bool| {
        let registry = FaultRegistry::start(Habits { door, ..Habits::default() });
        if is_there {
            let manifest =
                r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
            let kind = "application/vnd.oci.image.index.v1+json";
            registry.put_manifest("acme/app", "latest", kind, manifest.as_bytes());
        }
        let scene = Scene::with_config(&config(&registry, &table(&registry)));
        let (_, json, _) = doctor(&scene, &[("APP_PASSWORD", PASSWORD)]);
        assert_eq!(json["repositories"][0]["push"], "yes", "{json:#}");
        json["repositories"][0]["public"].clone()
    };
    assert_eq!(ask(Door::Basic, true), "no");
    assert_eq!(ask(Door::Token { lifetime: None, oauth: Default::default() }, true), "yes");
    assert_eq!(ask(Door::Open, true), "yes");
    // What is not there is refused to strangers too.
    assert_eq!(ask(Door::Basic, false), "unknown");
}

#[test]
fn tags_that_move_are_named() {
    let registry = FaultRegistry::start(Habits::default());
    let config = config(&registry, "").replace(
        "[image.assemble]",
        "tags.release = [\"v{version}\", \"{major}.{minor}\", \"latest\"]\ntags.\"branch:main\" = [\"edge\", \"sha-{sha}\"]\n[image.assemble]",
    );
    let scene = Scene::with_config(&config);
    let (_, json, _) = doctor(&scene, &[]);
    assert_eq!(
        json["repositories"][0]["moving_tags"],
        serde_json::json!(["{major}.{minor}", "latest", "edge"]),
        "{json:#}"
    );
}

#[test]
fn a_clock_that_is_wrong_is_a_warning() {
    let (registry, scene) = with_remote("");
    let (_, json, said) = doctor(&scene, &[]);
    assert!(!said.contains("clock-wrong"), "{said}");
    assert!(json["clock"]["ahead"].as_i64().is_none_or(|ahead| ahead.abs() < 60), "{json:#}");
    let later = Effect::rewrite(|answer| answer.header("Date", "Fri, 01 Jan 2100 00:00:00 GMT"));
    registry.fault("GET", "/v2/", 0, 100, later);
    let (code, json, said) = doctor(&scene, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(json["clock"]["ahead"].as_i64().unwrap() < -60, "{json:#}");
    assert!(
        json["findings"].to_string().contains("clock-wrong") || said.contains("clock-wrong"),
        "{json:#}\n{said}"
    );
    let said = scene.run("doctor");
    assert!(said.stdout().contains(&format!("s behind {}", registry.address())), "{}", said.stdout());
}

#[test]
fn the_git_remote_is_asked_whether_it_takes_claims_and_records() {
    let (_registry, scene) = with_remote("");
    let (code, json, said) = doctor(&scene, &[]);
    assert_eq!(
        (code, &json["remote"]["claims"], &json["remote"]["records"]),
        (Some(0), &"yes".into(), &"not-asked".into()),
        "{json:#}\n{said}"
    );
    let (_registry, scene) = with_remote("[records]\ncommit = \"push\"\n");
    let (_, json, said) = doctor(&scene, &[]);
    assert_eq!(json["remote"]["records"], "yes", "{json:#}\n{said}");
    // Whoever may not log in may not push.
    let folder = scene.environment().folder("ssh");
    let ssh = folder.join("ssh");
    std::fs::write(&ssh, "#!/bin/sh\necho 'git@h: Permission denied (publickey).' >&2\nexit 255\n").unwrap();
    std::fs::set_permissions(&ssh, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    scene.repo.git(["remote", "set-url", "origin", "ssh://git@h.example/acme/app.git"]);
    let (code, json, said) = doctor(&scene, &[("GIT_SSH_COMMAND", &ssh.display().to_string())]);
    assert_eq!((code, &json["remote"]["claims"]), (Some(4), &"no".into()), "{json:#}\n{said}");
    scene.repo.git(["remote", "set-url", "origin", "/nowhere/app.git"]);
    let (code, json, said) = doctor(&scene, &[]);
    assert_eq!((code, &json["remote"]["claims"]), (Some(8), &"unknown".into()), "{json:#}\n{said}");
}

#[test]
fn without_a_remote_claims_have_no_place_and_that_is_said() {
    let registry = FaultRegistry::start(Habits::default());
    let scene = Scene::with_config(&config(&registry, ""));
    let (code, json, _) = doctor(&scene, &[]);
    assert_eq!((code, &json["remote"]), (Some(0), &Value::Null), "{json:#}");
    assert!(scene.run("doctor").stderr().contains("warning[no-remote]"));
}

#[test]
fn the_forge_is_asked_whether_pages_may_be_made() {
    let github = GitHub::start();
    let (_registry, scene) =
        with_remote(&format!("[forge]\nkind = \"github\"\nurl = \"{}\"\n", github.url()));
    let ask = |token: &str| {
        let (code, json, said) = doctor(&scene, &[("GH_ENTERPRISE_TOKEN", token)]);
        assert!(!json.to_string().contains(TOKEN) && !said.contains(TOKEN));
        (code, json["forge"]["token"].clone(), json["forge"]["pages"].clone())
    };
    assert_eq!(ask(TOKEN), (Some(0), true.into(), "yes".into()));
    assert_eq!(ask("wrong"), (Some(4), true.into(), "no".into()));
    assert_eq!(ask(""), (Some(4), false.into(), "no".into()));
    github.fault("GET", "/repos/acme/app", 0, 100, GitHubFault::Instead(Answer::status(200).body("<html>")));
    assert_eq!(ask(TOKEN), (Some(8), true.into(), "unknown".into()));
    assert_eq!(github.changes(), [""; 0]);
}

#[test]
fn the_forge_is_asked_for_deployments_without_pages_too() {
    let github = GitHub::start();
    let forge = format!("[forge]\nrelease = \"never\"\nkind = \"github\"\nurl = \"{}\"\n", github.url());
    let (_registry, scene) = with_remote(&format!("{forge}[[deployment]]\nenvironment = \"production\"\n"));
    let ask = |token: &str| {
        let (code, json, _) = doctor(&scene, &[("GH_ENTERPRISE_TOKEN", token)]);
        let of = |what: &str| json["forge"][what].as_str().unwrap_or_default().to_owned();
        (code, of("pages"), of("deployments"), of("attestations"))
    };
    let answer = |deployments: &str| ("not-asked".to_owned(), deployments.to_owned(), "not-asked".to_owned());
    let (code, pages, deployments, attestations) = ask(TOKEN);
    assert_eq!((code, (pages, deployments, attestations)), (Some(0), answer("unknown")));
    let (code, pages, deployments, attestations) = ask("wrong");
    assert_eq!((code, (pages, deployments, attestations)), (Some(4), answer("no")));
    assert_eq!(github.changes(), [""; 0]);
}

#[test]
fn branches_that_list_charts_are_asked_after() {
    let environment = Environment::new();
    let folder = environment.folder("pages");
    let pages = StaticFiles::serve(&folder);
    let chart = format!(
        "[[chart]]\npath = \"charts/app\"\noci = \"oci://127.0.0.1:9/charts\"\nrender = \"if-present\"\nhttp = {{ branch = \"gh-pages\", url = \"{}\" }}\n",
        pages.url()
    );
    let (_registry, scene) = with_remote(&chart);
    let ask = || {
        let (_, json, _) = doctor(&scene, &[]);
        let of = |what: &str| json["chart_repositories"][0][what].as_str().unwrap_or_default().to_owned();
        [of("branch"), of("exists"), of("push"), of("served")]
    };
    assert_eq!(ask(), ["gh-pages", "no", "yes", "no"]);
    scene.repo.git(["push", "origin", "main:refs/heads/gh-pages"]);
    std::fs::write(folder.join("index.yaml"), "apiVersion: v1\nentries: {}\n").unwrap();
    assert_eq!(ask(), ["gh-pages", "yes", "yes", "yes"]);
    let human = scene.run("doctor");
    assert!(human.stdout().contains("charts on branch"), "{}", human.stdout());
}

#[test]
fn whoever_signs_is_ready_or_not() {
    let (_registry, scene) = with_remote("\n[signing]\nkey = \"env:RELEASE_KEY\"\n");
    let (code, json, _) = doctor(&scene, &[]);
    assert_eq!(
        (&json["signing"]["with"], &json["signing"]["ready"]),
        (&"key".into(), &false.into()),
        "{json:#}"
    );
    assert_ne!(code, Some(0));
    scene.plimsoll("key generate --output-key-prefix k").set("COSIGN_PASSWORD", "").run().expect_success();
    let key = scene.read("k.key");
    let (code, json, said) = doctor(&scene, &[("RELEASE_KEY", &key), ("COSIGN_PASSWORD", "")]);
    assert_eq!((code, &json["signing"]["ready"]), (Some(0), &true.into()), "{json:#}\n{said}");
    assert!(!json.to_string().contains("PRIVATE KEY"));
}

#[test]
fn a_job_says_what_set_it_off_and_whether_it_can_prove_who_it_is() {
    let scene = Scene::with_config(&CONFIG.replace("[project]", "registry = \"local\"\n[project]"));
    let job = |more: &[(&str, &str)]| {
        let common =
            [("GITHUB_ACTIONS", "true"), ("GITHUB_REF", "refs/heads/main"), ("GITHUB_EVENT_NAME", "push")];
        let (_, json, _) = doctor(&scene, &[&common[..], more].concat());
        json["job"].clone()
    };
    let plain = job(&[]);
    assert_eq!((&plain["system"], &plain["event"]), (&"GitHub Actions".into(), &"branch main".into()));
    assert_eq!((&plain["proves_identity"], &plain["from_fork"]), (&false.into(), &false.into()));
    assert_eq!(job(&[("ACTIONS_ID_TOKEN_REQUEST_URL", "https://t.example")])["proves_identity"], true);
    assert_eq!(doctor(&scene, &[]).1["job"], Value::Null);
}

#[test]
fn workflows_are_looked_at_too() {
    let (_registry, scene) = with_remote("");
    scene.repo.write(
        ".github/workflows/release.yml",
        "on: { push: { tags: ['v*'] } }\njobs:\n  out:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n        with: { fetch-depth: 0 }\n      - run: plimsoll release\n",
    );
    let output = scene.run("doctor");
    assert_eq!(output.code(), Some(0), "{}", output.stderr());
    assert!(output.stderr().contains("warning[workflow-permissions]"), "{}", output.stderr());
}
