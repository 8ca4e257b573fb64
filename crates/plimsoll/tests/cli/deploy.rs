//! Compose files in releases: what is refused before anything is made, what is recorded, and what is deployed.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;
use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits};
use plimsoll_testkit::process::Output;
use serde_json::json;

use crate::scene::Scene;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

const CONFIG: &str = r#"[project]
name = "app"

[[image]]
repository = "registry.example/app"
platforms = ["linux/amd64"]
[image.assemble]
files = [{ from = "app", to = "/app", mode = "0755" }]

[compose]
file = "docker-compose.yml"
"#;

/// A project with a compose file, and a registry with an image of somebody else's.
struct Yard {
    scene: Scene,
    registry: FaultRegistry,
    digest: String,
}

impl Yard {
    /// `HOST` stands for the registry in the compose file; `tables` are further tables of the configuration.
    fn new(compose: &str, tables: &str) -> Yard {
        let registry = FaultRegistry::start(Habits::default());
        let digest = push(&registry, "1");
        let scene = Scene::empty();
        let compose = compose.replace("HOST", &registry.address());
        scene.repo.write("plimsoll.toml", format!("{CONFIG}{tables}")).write("app", "#!/bin/sh\necho app\n");
        scene.repo.write("docker-compose.yml", &compose).commit("first");
        scene.repo.annotated_tag("v1.0.0");
        Yard { scene, registry, digest }
    }

    /// Puts programs in front of all others; the only ones are the named and those of the system that git needs.
    fn run_with(&self, line: &str, programs: &[(&str, &str)]) -> Output {
        let folder = self.scene.environment().folder("programs");
        for (name, text) in programs {
            let path = folder.join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let git = folder.join("git");
        if !git.exists() {
            let found = std::env::split_paths(&std::env::var_os("PATH").unwrap())
                .map(|folder| folder.join("git"))
                .find(|path| path.is_file());
            std::os::unix::fs::symlink(found.unwrap(), git).unwrap();
        }
        self.scene.plimsoll(line).arg("--no-progress").set("PATH", &folder).run()
    }
}

fn push(registry: &FaultRegistry, word: &str) -> String {
    let index =
        json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [], "annotations": { "word": word } });
    registry.put_manifest("acme/db", "16", INDEX, index.to_string().as_bytes())
}

const THEIRS: &str = "name: app\nservices:\n  db:\n    image: HOST/acme/db:16\n";
const BOTH: &str = "\
# Ours and theirs.
name: app
services:
  app:
    image: ${DOCKER_IMAGE:-registry.example/app:latest}  # ours
    build: .
  db: {image: 'HOST/acme/db:16'}
";

/// `registry = "local"`, before the tables: `compose generate` has no `--local`.
fn keep_local(scene: &Scene) {
    let config = scene.read("plimsoll.toml");
    scene.repo.write("plimsoll.toml", format!("registry = \"local\"\n{config}")).commit("local");
    scene.repo.git(["tag", "--force", "--annotate", "--message=v1.0.0", "v1.0.0"]);
}

#[test]
fn what_is_generated_is_what_a_release_has() {
    let yard = Yard::new(BOTH, "[app-compose]\nallowed-envs = [\"TOKEN\"]\n");
    let scene = &yard.scene;
    keep_local(scene);
    let early = scene.error("compose generate 1.0.0");
    assert_eq!(early, ("compose-unpinned".to_owned(), Some(5)), "there is no image of that version yet");
    scene.run("release v1.0.0").expect_success();
    let made = scene.json("compose generate v1.0.0");
    for file in ["v1.0.0-docker-compose.yml", "v1.0.0-app-compose.json"] {
        let released = scene.read(&format!(".plimsoll/releases/{file}"));
        assert_eq!(scene.read(&format!("releases/{file}")), released, "{file}");
    }
    let hash = scene.run("app-compose hash releases/v1.0.0-app-compose.json").expect_success();
    assert_eq!(made["app_compose"]["hash"].as_str(), Some(hash.stdout().trim()));
    // Elsewhere in the project, paths are those of where one stands.
    scene.repo.write("deploy/notes", "");
    scene.plimsoll("compose generate 1.0.0 --into try").arg("-C").arg("deploy").run().expect_success();
    assert!(scene.has("deploy/try/v1.0.0-docker-compose.yml"));
    let chosen =
        format!("compose generate 1.0.0 --image app={}/acme/db:16 --into try", yard.registry.address());
    scene.run(&chosen).expect_success();
    assert!(scene.read("try/v1.0.0-docker-compose.yml").contains("/acme/db:16@sha256:"));
}

#[test]
fn a_release_has_its_compose_file_and_its_manifest() {
    let yard = Yard::new(BOTH, "[app-compose]\nallowed-envs = [\"TOKEN\"]\n");
    let scene = &yard.scene;
    scene.run("release v1.0.0 --local").expect_success();
    let record: serde_json::Value =
        serde_json::from_str(&scene.read(".plimsoll/releases/v1.0.0-release-info.json")).unwrap();
    let digest = record["docker_images"]["app"]["digest"].as_str().unwrap();
    let text = scene.read(".plimsoll/releases/v1.0.0-docker-compose.yml");
    let want = format!(
        "# Ours and theirs.\nname: app\nservices:\n  app:\n    image: registry.example/app:1.0.0@{digest}  # ours\n  db: {{image: '{}/acme/db:16@{}'}}\n",
        yard.registry.address(),
        yard.digest
    );
    assert_eq!(text, want);

    let manifest: serde_json::Value =
        serde_json::from_str(&scene.read(".plimsoll/releases/v1.0.0-app-compose.json")).unwrap();
    assert_eq!(manifest["docker_compose_file"], text.as_str());
    assert_eq!((&manifest["name"], &manifest["allowed_envs"]), (&json!("app"), &json!(["TOKEN"])));

    for (command, key, file) in [
        ("compose", "docker_compose", "v1.0.0-docker-compose.yml"),
        ("app-compose", "app_compose", "v1.0.0-app-compose.json"),
    ] {
        let answer = scene.json(&format!("{command} v1.0.0 --local"));
        assert_eq!((&answer["verified"], &answer["file"]), (&json!(true), &json!(file)));
        assert_eq!(record[key]["hash"], answer["hash"]);
        assert_eq!(record["files"][file], format!("sha256:{}", answer["hash"].as_str().unwrap()));
    }
    let hash = scene.run("app-compose hash .plimsoll/releases/v1.0.0-app-compose.json").expect_success();
    assert_eq!(hash.stdout().trim(), record["app_compose"]["hash"].as_str().unwrap());

    // The tag of the other image moves on; the release does not, nor does its ledger when it is written again.
    push(&yard.registry, "2");
    scene.run("release v1.0.0 --local").expect_success();
    std::fs::remove_file(scene.repo.path().join(".plimsoll/releases/v1.0.0-docker-compose.yml")).unwrap();
    scene.run("ledger rebuild --local").expect_success();
    assert_eq!(scene.read(".plimsoll/releases/v1.0.0-docker-compose.yml"), text);
    scene.run("verify v1.0.0 --local").expect_success();
    scene.repo.write(".plimsoll/releases/v1.0.0-docker-compose.yml", text.replace("ours", "theirs"));
    assert_eq!(scene.run("verify v1.0.0 --local").code(), Some(6));
    assert_eq!(scene.error("deploy v1.0.0 --local"), ("content-lies".to_owned(), Some(6)));
}

#[test]
fn a_plan_names_the_files_that_are_made() {
    let yard = Yard::new(BOTH, "[app-compose]\n");
    let plan = yard.scene.run("plan v1.0.0 --local").expect_success();
    assert!(plan.stdout().contains("v1.0.0-docker-compose.yml"), "{}", plan.stdout());
    assert!(plan.stdout().contains("v1.0.0-app-compose.json"), "{}", plan.stdout());
}

#[test]
fn what_can_not_be_released_is_said_by_check_and_nothing_is_made() {
    let compose = "\
services:
  app:
    image: registry.example/app
    env_file: app.env
    volumes: [\"../../outside:/x\"]
  worker:
    image: acme/worker:1
    build: .
  tool: {build: tool}
  open: {image: \"acme/open:${TAG}\"}
";
    let yard = Yard::new(compose, "");
    assert_snapshot!(yard.scene.show("check v1.0.0"), @r#"
    exit 5
    --- stderr
    error[compose-unpinned]: service `worker` can't be pinned: it is built, and no image of this release goes to `acme/worker:1`
     --> docker-compose.yml:7:5
      |
    7 |     image: acme/worker:1
      |     ^^^^^^^^^^^^^^^^^^^^
      |
      = help: release it with an [[image]] of its own, say under `[compose.services]` what `worker` runs, or leave it alone: `leave = ["worker"]`

    error[compose-unpinned]: service `tool` can't be pinned: it is built, and no released image is named for it
     --> docker-compose.yml:9:3
      |
    9 |   tool: {build: tool}
      |   ^^^^^^^^^^^^^^^^^^^
      |
      = help: say what it shall run: `tool = "REPOSITORY:TAG"` under `[compose.services]`

    error[compose-unpinned]: service `open` can't be pinned: `acme/open:${TAG}` hangs on `TAG`, which has no default
      --> docker-compose.yml:10:3
       |
    10 |   open: {image: "acme/open:${TAG}"}
       |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: say what it shall run: `open = "REPOSITORY:TAG"` under `[compose.services]`

    3 errors
    "#);
    let (code, exit) = yard.scene.error("release v1.0.0 --local");
    assert_eq!((code.as_str(), exit), ("compose-unpinned", Some(5)));
    assert!(!yard.scene.has(".plimsoll/registry"), "nothing was made");
}

#[test]
fn what_leads_elsewhere_in_another_folder_is_a_warning_of_check() {
    let compose = "services:\n  app:\n    image: registry.example/app\n    env_file: app.env\n    volumes: [\"../outside:/x\"]\n";
    let yard = Yard::new(compose, "");
    assert_snapshot!(yard.scene.show("check"), @r#"
    exit 0
    --- stdout
    everything that can be known without the network is right
    --- stderr
    warning[compose-path]: it has no `name`: in another folder, Compose calls the project `releases`
    --> docker-compose.yml
     = help: write `name: …` at its top, or pass `--project-name` to Compose

    warning[compose-path]: `app.env` under `env_file` is relative to the file, which moves to `releases`
     --> docker-compose.yml:4:15
      |
    4 |     env_file: app.env
      |               ^^^^^^^
      |
      = help: let it be rewritten (`rebase = true` under `[compose]`), or pass `--project-directory` to Compose

    warning[path-escape]: `../outside` under `volumes` leads out of the project
     --> docker-compose.yml:5:16
      |
    5 |     volumes: ["../outside:/x"]
      |                ^^^^^^^^^^^^^

    warning[no-remote]: there is no git remote `origin`, and none is named by `project.source`
     |
     = help: add one: `git remote add origin URL`
     = help: or keep everything on this machine: `plimsoll release TAG --local`
     = help: or hold no claim: claim = "none" in plimsoll.toml

    4 warnings
    "#);
    let rebased =
        Yard::new(&format!("name: app\n{compose}").replace("../outside", "./data"), "rebase = true\n");
    let check = rebased.scene.json("check");
    let codes: Vec<&str> =
        check["problems"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["no-remote"]);
    rebased.scene.run("release v1.0.0 --local").expect_success();
    let text = rebased.scene.read(".plimsoll/releases/v1.0.0-docker-compose.yml");
    assert!(text.contains("env_file: ../../app.env") && text.contains("\"../../data:/x"), "{text}");
}

#[test]
fn a_guest_has_nothing_but_the_file() {
    let compose = "name: app\nservices:\n  app:\n    image: registry.example/app\n    env_file: app.env\n";
    let yard = Yard::new(compose, "rebase = true\n[app-compose]\n");
    assert_snapshot!(yard.scene.show("check v1.0.0"), @r"
    exit 2
    --- stderr
    error[app-compose-invalid]: `../app.env` under `env_file` of the compose file is not in the guest: only the file itself is
     |
     = help: put it into an image, or write it into the compose file: `configs` may have `content`
    ");
}

#[test]
fn broken_compose_files_stop_a_release_before_it_begins() {
    for (text, code) in [
        ("services:\n\tapp: {}\n", "compose-invalid"),
        ("services:\n  a: {image: b:1}\n  a: {image: c:1}\n", "compose-invalid"),
        ("volumes: {}\n", "compose-invalid"),
        (
            "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\nservices: {}\n",
            "compose-invalid",
        ),
        ("services:\n  a: {image: \"x:${A:-${B:-1}}\", build: .}\n", "compose-unpinned"),
        ("include: [b.yml]\nservices:\n  a: {image: b:1}\n", "compose-unpinned"),
    ] {
        let yard = Yard::new(text, "");
        assert_eq!(yard.scene.error("release v1.0.0 --local").0, code, "{text}");
        assert_eq!(yard.scene.json("check v1.0.0")["problems"][0]["code"], code, "{text}");
        assert!(!yard.scene.has(".plimsoll/registry"), "{text}");
    }
    let yard = Yard::new("services:\n  db: {image: HOST/acme/db:17}\n", "");
    assert_snapshot!(yard.scene.show("release v1.0.0 --local"), @r"
    exit 5
    --- stderr
    warning[compose-path]: it has no `name`: in another folder, Compose calls the project `releases`
    --> docker-compose.yml
     = help: write `name: …` at its top, or pass `--project-name` to Compose
    error[compose-unpinned]: service `db` can't be pinned: `127.0.0.1:[PORT]/acme/db:17` is not there
     --> docker-compose.yml:2:3
      |
    2 |   db: {image: 127.0.0.1:[PORT]/acme/db:17}
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: look at its name and tag; what needs a login may be hidden: `docker login 127.0.0.1:[PORT]`

    nothing has left this machine; mend this, then run again
    ");
    let missing = Yard::new("services: {}", "services.web = \"app\"\n");
    assert_eq!(missing.scene.error("release v1.0.0 --local").0, "invalid-value");
    missing.scene.repo.remove("docker-compose.yml");
    assert_eq!(missing.scene.json("check")["problems"][0]["code"], "file-missing");
}

#[test]
fn compose_runs_the_file_that_was_released() {
    let yard = Yard::new(THEIRS, "");
    yard.scene.run("release v1.0.0 --local").expect_success();
    let (plugin, program) =
        (("docker", "echo docker \"$@\" \"$TAG\" >&2"), ("docker-compose", "echo compose \"$@\""));
    let path = yard.scene.repo.path().join(".plimsoll/releases/v1.0.0-docker-compose.yml");
    let path = path.display();

    let printed = yard.run_with("deploy v1.0.0 --local --print", &[]).expect_success();
    assert_eq!(printed.stdout(), format!("docker compose -f {path} up -d\n"), "with nothing installed");
    let missing = yard.run_with("deploy v1.0.0 --local", &[]).expect_code(8);
    assert!(missing.stderr().starts_with("error[tool-missing]"), "{}", missing.stderr());

    let ran = yard.run_with("deploy v1.0.0 --local", &[program]).expect_success();
    assert!(ran.stderr().contains(&format!("compose -f {path} up -d")), "{}", ran.stderr());
    let down = yard.run_with("deploy v1.0.0 --local --down -o json", &[plugin]).expect_success();
    assert!(down.stderr().contains(&format!("docker compose -f {path} down")), "{}", down.stderr());
    let answer: serde_json::Value = serde_json::from_str(down.stdout()).unwrap();
    assert_eq!(
        (&answer["schema"], &answer["act"], &answer["ran"]),
        (&json!("plimsoll.deployed/v1"), &json!("down"), &json!(true))
    );
    let image = format!("{}/acme/db:16@{}", yard.registry.address(), yard.digest);
    assert_eq!(answer["services"]["db"], image.as_str());

    yard.scene.run("yank v1.0.0 --reason breaks --local").expect_success();
    let yanked = yard.run_with("deploy v1.0.0 --local", &[program]).expect_success();
    let warned = "warning[passed-over]: v1.0.0 was yanked, and must not be used: breaks";
    assert!(yanked.stderr().contains(warned), "{}", yanked.stderr());

    let refused = ("docker", "[ \"$2\" = version ] && exit 0; exit 3");
    let failed = yard.run_with("deploy v1.0.0 --local", &[refused]).expect_code(9);
    assert!(failed.stderr().starts_with("error[deploy-failed]"), "{}", failed.stderr());
}

#[test]
fn compose_gets_the_variables_of_the_project() {
    let yard = Yard::new(THEIRS, "");
    yard.scene.run("release v1.0.0 --local").expect_success();
    let root = yard.scene.repo.path();
    let program = ("docker-compose", "echo compose \"$@\"");
    yard.scene.repo.write(".env", "TAG=1\n");
    let file = root.join(".plimsoll/releases/v1.0.0-docker-compose.yml");
    let (file, env_file) = (file.display(), root.join(".env"));
    let env_file = env_file.display();
    let print = |line: &str| yard.run_with(line, &[]).expect_success().stdout().to_owned();
    let with = format!("docker compose --env-file {env_file} -f {file} up -d\n");
    assert_eq!(print("deploy v1.0.0 --local --print"), with);
    let ran = yard.run_with("deploy v1.0.0 --local --down", &[program]).expect_success();
    assert!(
        ran.stderr().contains(&format!("compose --env-file {env_file} -f {file} down")),
        "{}",
        ran.stderr()
    );
    // Who says otherwise is heard: by a variable, or by a file where Compose looks.
    for (name, value, is_given) in [
        ("COMPOSE_ENV_FILES", "other.env", false),
        ("COMPOSE_DISABLE_ENV_FILE", "true", false),
        ("COMPOSE_DISABLE_ENV_FILE", "false", true),
    ] {
        let said = yard.scene.plimsoll("deploy v1.0.0 --local --print").set(name, value).run();
        let words = said.expect_success().stdout().to_owned();
        assert_eq!(words.contains("--env-file"), is_given, "{name}={value}");
    }
    yard.scene.repo.write(".plimsoll/releases/.env", "TAG=2\n");
    let beside = print("deploy v1.0.0 --local --print");
    assert!(!beside.contains("--env-file"), "{beside}");
}

/// Two images in one repository, and a compose file whose `IMAGE` is one of them.
fn two_in_one_repository(image: &str, tables: &str) -> Scene {
    let config = r#"registry = "local"
[[image]]
name = "web"
repository = "registry.example/shop"
platforms = ["linux/amd64"]
tags.release = ["{version}", "latest"]
[image.assemble]
files = [{ from = "app", to = "/app", mode = "0755" }]
[[image]]
name = "worker"
repository = "registry.example/shop"
platforms = ["linux/amd64"]
tags.release = ["{version}-worker", "{major}-worker"]
[image.assemble]
files = [{ from = "app", to = "/worker", mode = "0755" }]
[compose]
file = "docker-compose.yml"
"#;
    let scene = Scene::empty();
    scene.repo.write("plimsoll.toml", format!("{config}{tables}")).write("app", "#!/bin/sh\necho app\n");
    let compose = format!("name: shop\nservices:\n  app:\n    image: registry.example/shop{image}\n");
    scene.repo.write("docker-compose.yml", compose).commit("first");
    scene.repo.annotated_tag("v1.0.0");
    scene
}

#[test]
fn of_images_in_one_repository_a_service_runs_the_one_that_its_tag_names() {
    for (image, tables, want) in [
        ("", "", "web"),
        (":1.0.0-worker", "", "worker"),
        (":1-worker", "", "worker"),
        (":dev", "services.app = \"worker\"\n", "worker"),
    ] {
        let scene = two_in_one_repository(image, tables);
        scene.run("check v1.0.0").expect_success();
        scene.run("release v1.0.0").expect_success();
        let record: serde_json::Value =
            serde_json::from_str(&scene.read(".plimsoll/releases/v1.0.0-release-info.json")).unwrap();
        let digest = record["docker_images"][want]["digest"].as_str().unwrap();
        let text = scene.read(".plimsoll/releases/v1.0.0-docker-compose.yml");
        assert!(text.trim_end().ends_with(&format!("@{digest}")), "{image}: {text}");
        scene.run("compose generate 1.0.0").expect_success();
        assert_eq!(scene.read("releases/v1.0.0-docker-compose.yml"), text, "{image}");
    }
    let scene = two_in_one_repository(":0.9.0-worker", "");
    assert_snapshot!(scene.show("check v1.0.0"), @r#"
    exit 5
    --- stderr
    error[compose-unpinned]: service `app` can't be pinned: `registry.example/shop:0.9.0-worker` may be `web` or `worker` of this release: all of them go to that repository, and none alone has that tag
     --> docker-compose.yml:4:5
      |
    4 |     image: registry.example/shop:0.9.0-worker
      |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: say it under `[compose.services]`: `app = "web"`, or another of them
    "#);
    assert_eq!(scene.error("release v1.0.0"), ("compose-unpinned".to_owned(), Some(5)));
    assert_eq!(scene.error("compose generate 1.0.0"), ("compose-unpinned".to_owned(), Some(5)));
    // Without a version, the tag may be that of the one that comes.
    let without = scene.run("check").expect_success();
    assert!(without.stderr().contains("warning[compose-unpinned]"), "{}", without.stderr());
}

#[test]
fn variables_that_stay_behind_are_a_warning_of_check() {
    let compose =
        "name: app\nservices:\n  app:\n    image: registry.example/app\n    ports: [\"${PORT}:80\"]\n";
    let yard = Yard::new(compose, "");
    let warned =
        "it takes `PORT` from `.env`, and Compose looks for that beside the file, which moves to `releases`";
    let says = || yard.scene.run("check").expect_success().stderr().contains(warned);
    assert!(!says(), "nobody knows of a file");
    yard.scene.repo.write(".env", "OTHER=1\n").commit("env");
    assert!(!says(), "it does not give the variable");
    yard.scene.repo.write(".env", "OTHER=1\nexport PORT = 80\n").commit("env");
    assert!(says());
    yard.scene.repo.write("releases/.env", "PORT=80\n").commit("env");
    assert!(!says(), "there is one where the file goes");
}

#[test]
fn what_is_not_there_any_more_is_not_deployed() {
    let yard = Yard::new(THEIRS, "");
    yard.scene.run("release v1.0.0 --local").expect_success();
    for method in ["GET", "HEAD"] {
        yard.registry.fault(method, "/manifests/", 0, 1000, Effect::Instead(Answer::status(404)));
    }
    assert_snapshot!(yard.scene.show("deploy v1.0.0 --local"), @r"
    exit 9
    --- stderr
    error[content-gone]: `127.0.0.1:[PORT]/acme/db:16@sha256:[1]` is not there any more
    --> .plimsoll/releases/v1.0.0-docker-compose.yml
     = help: it was released into the local registry; Docker looks where names say: release it there, or serve it
    ");
    assert_eq!(yard.scene.error("deploy v2.0.0 --local").0, "unknown-release");
    yard.run_with("deploy v1.0.0 --local --down --print", &[]).expect_success();
}

#[test]
fn of_a_yank_and_a_rollback_the_yank_is_told() {
    let yard = Yard::new(THEIRS, "");
    yard.scene.run("release v1.0.0 --local").expect_success();
    yard.scene.repo.write("app", "two").commit("two");
    yard.scene.repo.annotated_tag("v1.1.0");
    for line in ["release v1.1.0", "rollback v1.0.0", "yank v1.1.0 --reason breaks"] {
        yard.scene.run(&format!("{line} --local")).expect_success();
    }
    let program = ("docker-compose", "exit 0");
    let deploy = || yard.run_with("deploy v1.1.0 --local", &[program]).expect_success().stderr().to_owned();
    let (yanked, held) =
        ("v1.1.0 was yanked, and must not be used: breaks", "passed over by a rollback to 1.0.0");
    let both = deploy();
    assert!(both.contains(yanked) && !both.contains(held), "{both}");
    // Each is taken back by itself.
    yard.scene.run("unyank v1.1.0 --local").expect_success();
    let rolled_back = deploy();
    assert!(rolled_back.contains(held) && !rolled_back.contains("yanked"), "{rolled_back}");
    yard.scene.run("yank v1.1.0 --reason breaks --local").expect_success();
    yard.scene.run("unhold v1.1.0 --local").expect_success();
    let still = deploy();
    assert!(still.contains(yanked) && !still.contains(held), "{still}");
}

#[test]
fn a_compose_that_knows_no_short_version_has_one() {
    let yard = Yard::new(THEIRS, "");
    let docker = r#"case "$*" in
"compose version") echo Docker Compose version v2.1.0;;
*--short*) echo unknown flag: --short >&2; exit 125;;
*) exit 1;;
esac"#;
    let doctor = yard.run_with("doctor --local", &[("docker", docker)]);
    assert!(doctor.stdout().contains("docker compose    2.1.0"), "{}", doctor.stdout());
}
