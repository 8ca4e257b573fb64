//! `tags`: what images get for a ref.

use insta::assert_snapshot;
use plimsoll_testkit::process::Output;
use serde_json::Value;

use crate::scene::{CONFIG, Scene};

/// The same project with rules of docker/metadata-action.
fn config() -> String {
    CONFIG.replace(
        "platforms",
        r#"tags = [
  "type=ref,event=branch",
  "type=ref,event=pr",
  "type=semver,pattern={{version}}",
  "type=semver,pattern={{major}}.{{minor}}",
  "type=sha",
  "type=schedule",
]
platforms"#,
    )
}

fn scene() -> Scene {
    Scene::with_config(&config())
}

#[test]
fn a_branch_without_a_rule_is_said_to_have_none() {
    let scene = Scene::with_config(CONFIG);
    assert_snapshot!(scene.show("tags"), @r"
    exit 0
    --- stderr
    app: no rule gives a tag for `refs/heads/main`
    ");
}

#[test]
fn git_alone_is_enough() {
    let scene = scene();
    assert_snapshot!(scene.redacted(&scene.show("tags")), @r"
    exit 0
    --- stdout
    registry.example/app:main
    registry.example/app:sha-[commit]
    ");
    scene.repo.annotated_tag("v1.2.3");
    assert_snapshot!(scene.redacted(&scene.show("tags --ref v1.2.3")), @r"
    exit 0
    --- stdout
    registry.example/app:1.2.3
    registry.example/app:1.2
    registry.example/app:sha-[commit]
    registry.example/app:latest
    ");
    assert_snapshot!(scene.redacted(&scene.show("tags --ref v1.3.0-rc.1")), @r"
    exit 5
    --- stderr
    error[prerelease-refused]: git tag `v1.3.0-rc.1` is refused
     |
     = cause: 1.3.0-rc.1 is a prerelease, and prereleases are not allowed
     = patterns: v{version}
     = nearest: v1.3.0
     = help: did you mean `v1.3.0`?
     = help: to release prereleases, write `prerelease = true` under `[tags]`
    ");
    scene.repo.git(["switch", "--quiet", "--detach"]);
    assert_eq!(scene.run("tags").stdout(), scene.run("tags --ref v1.2.3").stdout());
}

#[test]
fn a_moving_tag_is_held_back_where_a_newer_version_is_tagged() {
    let scene = scene();
    for tag in ["v1.2.4", "v2.0.0"] {
        scene.repo.annotated_tag(tag);
    }
    assert_snapshot!(scene.redacted(&scene.show("tags --ref v1.2.3")), @r"
    exit 0
    --- stdout
    registry.example/app:1.2.3
    registry.example/app:sha-[commit]
    --- stderr
    app: `1.2` stays with version 1.2.4, which is newer
    app: `latest` stays with version 2.0.0, which is newer
    ");
    let json = scene.json("tags --ref v1.2.5");
    let image = &json["images"][0];
    assert_eq!(image["tags"][1]["tag"], "1.2");
    assert_eq!(image["tags"][1]["line"], "version");
    assert_eq!(image["skipped"][0]["tag"], "latest");
    assert_eq!(json["occasion"], "version");
    // What a release would do, as far as this clone knows, is said in the same way.
    let id = scene.json("plan v1.2.5")["id"].clone();
    assert_ne!(id, Value::Null);
    for (tag, held) in [("v1.2.3", &["1.2", "latest"][..]), ("v1.2.5", &["latest"]), ("v3.0.0", &[])] {
        let plan = scene.json(&format!("plan {tag}"));
        let moving = plan["targets"][0]["moving"].as_array().map_or(0, Vec::len);
        assert_eq!(moving, 2 - held.len(), "{plan:#}");
        let rehearsal = scene.run(&format!("rehearse {tag}"));
        for held in held {
            let told = format!("image app: `{held}` stays with version ");
            assert!(plan["skipped"].to_string().contains(&told), "{plan:#}");
            assert!(!plan["steps"].to_string().contains(&format!(":{held}\"")), "{plan:#}");
            assert!(rehearsal.stderr().contains(&told), "{}", rehearsal.stderr());
            let line = rehearsal.stdout().lines().find_map(|line| line.trim().strip_prefix("tags "));
            let given: Vec<&str> = line.unwrap_or_default().split(", ").map(str::trim).collect();
            assert!(!given.is_empty() && !given.contains(held), "{}", rehearsal.stdout());
        }
    }
}

#[test]
fn a_tag_that_is_refused_says_why() {
    let scene = scene();
    assert_eq!(scene.error("tags --ref v1.2").1, Some(5));
    assert_eq!(scene.error("tags --ref refs/notes/x").1, Some(2));
    assert_eq!(scene.error("tags --image other").1, Some(2));
    assert_eq!(scene.error("check -o github").1, Some(2));
}

/// Runs in a step of GitHub Actions.
fn in_actions(scene: &Scene, line: &str, variables: &[(&str, &str)], event: &str) -> Output {
    let root = scene.environment().root();
    std::fs::write(root.join("event.json"), event).unwrap();
    let mut invocation = scene.plimsoll(line).set("CI", "true").set("GITHUB_ACTIONS", "true");
    for (file, name) in
        [("event.json", "GITHUB_EVENT_PATH"), ("output", "GITHUB_OUTPUT"), ("env", "GITHUB_ENV")]
    {
        invocation = invocation.set(name, root.join(file));
    }
    invocation = invocation.set("RUNNER_TEMP", root);
    variables.iter().fold(invocation, |invocation, (name, value)| invocation.set(*name, *value)).run()
}

/// An output of the step by its name.
fn output(scene: &Scene, name: &str) -> String {
    let text = std::fs::read_to_string(scene.environment().root().join("output")).unwrap();
    let (_, after) = text.split_once(&format!("{name}<<")).unwrap_or_else(|| panic!("no {name} in {text}"));
    let (delimiter, rest) = after.split_once('\n').unwrap();
    rest.split(&format!("\n{delimiter}\n")).next().unwrap().to_owned()
}

#[test]
fn a_step_gets_the_outputs_of_the_action() {
    let scene = scene();
    let event = r#"{"repository":{"default_branch":"main","description":"An\napp","html_url":"https://github.com/acme/app"}}"#;
    let push = [
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_REF", "refs/heads/feature/x"),
        ("GITHUB_SHA", "860c1904a1ce19322e91ac35af1ab07466440c37"),
    ];
    in_actions(&scene, "tags -o github", &push, event).expect_success();
    assert_eq!(output(&scene, "version"), "feature-x");
    assert_eq!(output(&scene, "tags"), "registry.example/app:feature-x\nregistry.example/app:sha-860c190");
    assert_eq!(output(&scene, "tag-names"), "feature-x\nsha-860c190");
    let labels = output(&scene, "labels");
    assert!(labels.contains("\norg.opencontainers.image.description=An app\n"), "{labels}");
    assert!(labels.contains("\norg.opencontainers.image.source=https://github.com/acme/app\n"), "{labels}");
    assert!(output(&scene, "annotations").starts_with("manifest:org.opencontainers.image."));
    let json: Value = serde_json::from_str(&output(&scene, "json")).unwrap();
    assert_eq!(json["tag-names"][0], "feature-x");
    for name in ["bake-file", "bake-file-tags", "bake-file-labels", "bake-file-annotations"] {
        let bake = std::fs::read_to_string(output(&scene, name)).unwrap();
        let bake: Value = serde_json::from_str(&bake).unwrap();
        assert!(bake["target"]["docker-metadata-action"].is_object(), "{name}");
    }
    let variables = std::fs::read_to_string(scene.environment().root().join("env")).unwrap();
    assert!(variables.contains("DOCKER_METADATA_OUTPUT_BAKE_FILE_TAGS<<"), "{variables}");
}

#[test]
fn every_system_says_what_it_is_about() {
    let scene = scene();
    let tags = |variables: &[(&str, &str)], event: &str| {
        in_actions(&scene, "tags", variables, event)
            .expect_success()
            .stdout()
            .replace("registry.example/app:", "")
    };
    let pull = [("GITHUB_EVENT_NAME", "pull_request_target"), ("GITHUB_REF", "refs/heads/main")];
    assert!(tags(&pull, r#"{"number":15}"#).starts_with("pr-15\n"));
    let schedule = [("GITHUB_EVENT_NAME", "schedule"), ("GITHUB_REF", "refs/heads/main")];
    assert!(tags(&schedule, "{}").starts_with("nightly\nmain\n"));
    let foreign = [("GITHUB_EVENT_NAME", "push"), ("GITHUB_REF", "refs/tags/chart-1.0.0")];
    assert_eq!(tags(&foreign, "{}"), "");
    let gitlab = scene
        .plimsoll("tags")
        .set("CI", "true")
        .set("GITLAB_CI", "true")
        .set("CI_COMMIT_TAG", "v1.2.3")
        .set("CI_COMMIT_SHA", "860c1904a1ce19322e91ac35af1ab07466440c37")
        .run();
    assert_eq!(
        gitlab.expect_success().stdout().replace("registry.example/app:", ""),
        "1.2.3\n1.2\nsha-860c190\nlatest\n"
    );
}

#[test]
fn labels_have_the_expressions_of_the_action() {
    let labels = r#"labels = { built = "{{commit_date 'YYYY-MM-DD' tz='Asia/Tokyo'}}", from = "{{branch}}{{tag}}@{{sha}}" }
annotations = { on = "{{is_default_branch}}" }
platforms"#;
    let scene = Scene::with_config(&CONFIG.replace("platforms", labels));
    scene.repo.annotated_tag("v1.0.0");
    let commit = scene.repo.git(["rev-parse", "--short=7", "HEAD"]);
    let image = |line: &str| scene.json(line)["images"][0].clone();
    let of = |pairs: &Value, key: &str| pairs[key].as_str().unwrap().to_owned();
    let branch = image("tags");
    assert_eq!(of(&branch["labels"], "from"), format!("main@{}", commit.trim()));
    let tagged = image("tags --ref v1.0.0");
    assert_eq!(of(&tagged["labels"], "from"), format!("v1.0.0@{}", commit.trim()));
    assert_eq!(of(&tagged["annotations"], "on"), "false");
    // A release writes what was announced.
    scene.run("release v1.0.0 --local").expect_success();
    let released = image("images v1.0.0 --local");
    for key in ["built", "from"] {
        assert_eq!(released["labels"][key], of(&tagged["labels"], key), "{key}");
    }
    // A build of the working directory is about no ref.
    let built = image("build");
    assert_eq!(built["labels"]["from"], format!("@{}", commit.trim()));
}

#[test]
fn bake_takes_the_files() {
    let Some(buildx) = plimsoll_testkit::tools::require("buildx") else { return };
    let odd = r#"labels = { odd = '${HOME} %{ if true } "quoted" \ ü', "a.b" = "1" }
annotations = { odd = '${HOME}' }
platforms"#;
    let scene = Scene::with_config(&CONFIG.replace("platforms", odd));
    let push = [("GITHUB_EVENT_NAME", "push"), ("GITHUB_REF", "refs/tags/v1.2.3")];
    in_actions(&scene, "tags -o github", &push, "{}").expect_success();
    let own = r#"target "docker-metadata-action" {}
target "default" { inherits = ["docker-metadata-action"] }
"#;
    scene.repo.write("docker-bake.hcl", own);
    let bake = |names: &[&str]| -> Value {
        let files = names.iter().flat_map(|name| ["-f".to_owned(), output(&scene, name)]);
        let print = buildx.command(scene.environment()).in_folder(scene.repo.path());
        let printed = print.args(["bake", "--print", "-f", "docker-bake.hcl"]).args(files).run();
        let printed: Value = serde_json::from_str(printed.expect_success().stdout()).unwrap();
        printed["target"]["default"].clone()
    };
    let parts = bake(&["bake-file-tags", "bake-file-labels", "bake-file-annotations"]);
    let tags = ["1.2.3", "1.2", "latest"].map(|tag| format!("registry.example/app:{tag}"));
    assert_eq!(parts["tags"], serde_json::json!(tags));
    assert_eq!(parts["args"]["DOCKER_META_VERSION"], "1.2.3");
    // What bake prints can be read by bake again, so it doubles these signs as the file does.
    assert_eq!(parts["labels"]["odd"], r#"$${HOME} %%{ if true } "quoted" \ ü"#);
    assert_eq!(parts["labels"]["a.b"], "1");
    let annotations = parts["annotations"].as_array().unwrap();
    assert!(annotations.contains(&"manifest:odd=$${HOME}".into()), "{annotations:?}");
    let whole = bake(&["bake-file"]);
    assert_eq!((&whole["tags"], &whole["labels"]), (&parts["tags"], &parts["labels"]));
}
