//! What is published, against what the configuration would release.

use insta::assert_snapshot;
use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits};
use plimsoll_testkit::repo::Repo;
use serde_json::json;

use crate::scene::{CONFIG, Scene};

/// A project that published v1.0.0 and v1.2.3 under these tags, for these platforms.
fn published(rules: &str, platforms: &str) -> (Scene, FaultRegistry) {
    let registry = FaultRegistry::start(Habits::default());
    let scene = Scene::with_config(&config(&registry, rules, platforms));
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main"]);
    for tag in ["v1.0.0", "v1.2.3"] {
        scene.repo.annotated_tag(tag);
        scene.repo.push("origin", [tag]);
        scene.run(&format!("release {tag}")).expect_success();
    }
    (scene, registry)
}

fn config(registry: &FaultRegistry, rules: &str, platforms: &str) -> String {
    let config = CONFIG.replace("registry.example/app", &format!("{}/acme/app", registry.address()));
    let config = config.replace("[\"linux/amd64\"]", &format!("[{platforms}]"));
    format!("{config}\n[image.tags]\nrelease = [{rules}]\n")
}

/// What `check --published` says of a configuration, the registry's address aside.
fn said(scene: &Scene, registry: &FaultRegistry, config: &str) -> String {
    scene.repo.write("plimsoll.toml", config);
    scene.show("check --published").replace(&registry.address(), "[REGISTRY]")
}

const TAGS: &str = "\"v{version}\", \"latest\"";
const BOTH: &str = "\"linux/amd64\", \"linux/arm64\"";

#[test]
fn what_is_published_so_is_right() {
    let (scene, registry) = published(TAGS, BOTH);
    assert_snapshot!(said(&scene, &registry, &config(&registry, TAGS, BOTH)), @"
    exit 0
    --- stdout
    v1.2.3 is published as this configuration would release it: 2 tags in 1 repository
    ");
    let published = &scene.json("check --published")["published"];
    assert_eq!((&published["tag"], &published["repositories"][0]["same"]), (&json!("v1.2.3"), &json!(2)));
}

#[test]
fn what_was_published_otherwise_is_told() {
    let (scene, registry) = published(TAGS, BOTH);
    let other = config(&registry, "\"{version}\", \"{major}\"", "\"linux/amd64\"");
    assert_snapshot!(said(&scene, &registry, &other), @"
    exit 0
    --- stdout
    v1.2.3 is published otherwise than this configuration would release it (the same: 0 tags in 1 repository)
    --- stderr
    warning[published-otherwise]: 1.2.3 is not in 127.0.0.1:[PORT]/acme/app under any tag that would be written
     |
     = of: app
     = would be new: 1.2.3, 1
     = help: nobody asks for these today; rules under [image.tags] say which there are

    warning[published-otherwise]: 1.2.3 is in 127.0.0.1:[PORT]/acme/app under tags that would not be written
     |
     = of: app
     = would be missing: latest, v1.2.3
     = help: who asks for these gets nothing new: add rules under [image.tags], or the [[image]] that they are of

    warning[published-otherwise]: 127.0.0.1:[PORT]/acme/app:v1.2.3 is for other platforms than `app` would be
     |
     = of: app
     = published for: linux/amd64, linux/arm64
     = would be for: linux/amd64
     = help: `platforms` says what an image is made for

    3 warnings
    ");
    // One platform more, and one tag less.
    let other = config(&registry, "\"v{version}\"", "\"linux/amd64\", \"linux/arm64\", \"linux/arm/v7\"");
    assert_snapshot!(said(&scene, &registry, &other), @"
    exit 0
    --- stdout
    v1.2.3 is published otherwise than this configuration would release it (the same: 1 tag in 1 repository)
    --- stderr
    warning[published-otherwise]: 1.2.3 is in 127.0.0.1:[PORT]/acme/app under tags that would not be written
     |
     = of: app
     = would be missing: latest
     = help: who asks for these gets nothing new: add rules under [image.tags], or the [[image]] that they are of

    warning[published-otherwise]: 127.0.0.1:[PORT]/acme/app:v1.2.3 is for other platforms than `app` would be
     |
     = of: app
     = published for: linux/amd64, linux/arm64
     = would be for: linux/amd64, linux/arm/v7, linux/arm64
     = help: `platforms` says what an image is made for

    2 warnings
    ");
}

#[test]
fn a_place_where_nothing_is_is_told() {
    let (scene, registry) = published(TAGS, BOTH);
    let elsewhere = config(&registry, TAGS, BOTH).replace("/acme/app", "/acme/ap");
    assert_snapshot!(said(&scene, &registry, &elsewhere), @"
    exit 0
    --- stdout
    v1.2.3 is published otherwise than this configuration would release it (the same: 0 tags in 1 repository)
    --- stderr
    warning[published-otherwise]: nothing is published in 127.0.0.1:[PORT]/acme/ap
     |
     = of: app
     = help: is that where the project publishes? Compare `repository` (or `oci`)
    ");
}

#[test]
fn a_place_that_cant_be_read_is_compared_with_nothing() {
    let (scene, registry) = published(TAGS, BOTH);
    registry.fault("GET", "/v2/acme/app/tags/list", 0, 9, Effect::Instead(Answer::status(403)));
    assert_snapshot!(said(&scene, &registry, &config(&registry, TAGS, BOTH)), @r#"
    exit 4
    --- stdout
    nothing could be compared: whether v1.2.3 is published as this configuration would release it is not known (1 repository could not be read)
    --- stderr
    error[registry-unauthorized]: 127.0.0.1:[PORT] wants credentials, and there are none for it
     |
     = credentials: none were found
     = of: app
     = not compared: 127.0.0.1:[PORT]/acme/app
     = help: run `docker login 127.0.0.1:[PORT]`
     = help: or name the variables that hold them: [registries."127.0.0.1:[PORT]"] username = "env:…", password = "env:…"
     = help: or, if that is not where the project publishes, mend `repository` (or `oci`) in plimsoll.toml
    "#);
    let checked = scene.json("check --published");
    let verdicts = (&checked["verdict"], &checked["published"]["verdict"], &checked["exit"]);
    assert_eq!(verdicts, (&json!("unknown"), &json!("unknown"), &json!(4)), "{checked:#}");
    // Beside one that is read it is a warning.
    let other = "[[image.mirrors]]\nrepository = \"HOST/acme/app\"\n".replace("HOST", &registry.address());
    let config = self::config(&registry, TAGS, BOTH);
    let mirrored = config
        .replace("/acme/app", "/acme/ap")
        .replace("\n[image.tags]", &format!("\n{other}\n[image.tags]"));
    let mixed = said(&scene, &registry, &mirrored);
    assert!(mixed.starts_with("exit 0\n"), "{mixed}");
    assert!(mixed.contains("warning[registry-unauthorized]"), "{mixed}");
    scene.repo.write("plimsoll.toml", config.replace(&registry.address(), "127.0.0.1:1"));
    let unresolved = scene.show("check --published");
    assert!(unresolved.starts_with("exit 8\n--- stdout\nnothing could be compared: "), "{unresolved}");
    assert!(unresolved.contains("= help: look whether the registry is up"), "{unresolved}");
}

#[test]
fn a_project_that_never_released_has_nothing_to_be_held_against() {
    let scene = Scene::with_config(CONFIG);
    assert_eq!(scene.error("check --published").0, "usage");
}
