//! A whole release, read back with tools that are not ours; the next run makes nothing.

use std::collections::BTreeSet;

use plimsoll_oci::name::Digest;
use plimsoll_testkit::proxy::{Exchange, Proxy};
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::tools::{self, Tool};
use serde_json::Value;

use crate::claim::{entries, text_of, texts_of};
use crate::machine::{Machine, json};
use crate::project::{Fleet, NAME, Project};

#[test]
fn distribution_2_holds_what_was_released() {
    whole_release(Flavor::Distribution2);
}

#[test]
fn distribution_3_holds_what_was_released() {
    whole_release(Flavor::Distribution3);
}

#[test]
fn go_containerregistry_holds_what_was_released() {
    whole_release(Flavor::Refreg);
}

#[test]
fn go_containerregistry_without_referrers_holds_what_was_released() {
    whole_release(Flavor::Crane);
}

#[test]
fn our_own_registry_holds_what_was_released() {
    whole_release(Flavor::Plimsoll);
}

/// Everything that a test of one release needs.
struct Scene {
    project: Project,
    machine: Machine,
    first: Proxy,
    second: Proxy,
    crane: Tool,
    skopeo: Tool,
    _registries: [Registry; 2],
}

fn scene(flavor: Flavor) -> Option<Scene> {
    let [crane, skopeo] = tools::require_all(["crane", "skopeo"])?;
    let project_environment = plimsoll_testkit::env::Environment::new();
    let start = || Registry::start(&project_environment, flavor, Access::Anonymous);
    let registries = [start()?, start()?];
    let [first, second] = [&registries[0], &registries[1]].map(|registry| Proxy::start(&registry.address()));
    let fleet = Fleet::at(&first.address()).mirrored_to(&format!("{}/mirror/app", second.address()));
    let project = Project::tagged(&fleet);
    let machine = project.machine();
    Some(Scene { project, machine, first, second, crane, skopeo, _registries: registries })
}

fn whole_release(flavor: Flavor) {
    let Some(scene) = scene(flavor) else { return };
    let done = json(&scene.machine.release("1.0.0").expect_success());
    assert_eq!(
        (&done["status"], &done["changed"]),
        (&Value::from("released"), &Value::from(true)),
        "{done:#}"
    );
    let images = scene.machine.images("1.0.0");
    assert_eq!(images["schema"], "plimsoll.images/v1");
    assert_eq!(images["images"], done["images"]);
    let images = images["images"].as_array().expect("images are a list").clone();
    assert_eq!(images.iter().map(|image| text_of(&image["name"])).collect::<Vec<_>>(), ["app", "tool"]);
    for image in &images {
        reads_back(&scene, image, &text_of(&image["repository"]));
        for mirror in image["mirrors"].as_array().into_iter().flatten() {
            reads_back(&scene, image, &text_of(&mirror["repository"]));
        }
    }
    assert_eq!(images[0]["mirrors"].as_array().map(Vec::len), Some(1));
    the_record_says_the_same(&scene, &images);
    the_next_run_makes_nothing(&scene);
    the_ledger_answers(&scene.machine, &images);
}

/// One image in one of its repositories, as crane and skopeo see it.
fn reads_back(scene: &Scene, image: &Value, repository: &str) {
    let Scene { machine, crane, skopeo, project, .. } = scene;
    let digest = text_of(&image["digest"]);
    let crane =
        |arguments: &[&str]| crane.command(&machine.environment).args(arguments).run().expect_success();
    let sha = format!("sha-{}", &project.author().head()[..7]);
    let tags = texts_of(&image["tags"]);
    assert_eq!(tags, ["1.0.0", "1.0", "latest"]);
    for tag in tags.iter().chain([&sha]) {
        assert_eq!(
            crane(&["digest", &format!("{repository}:{tag}")]).stdout().trim(),
            digest,
            "{repository}:{tag}"
        );
    }
    crane(&["validate", "--remote", &format!("{repository}:1.0.0")]);
    let by_crane = crane(&["manifest", &format!("{repository}@{digest}")]).stdout_bytes().to_vec();
    let inspect = ["inspect", "--raw", "--tls-verify=false"];
    let raw = skopeo.command(&machine.environment).args(inspect).arg(format!("docker://{repository}:1.0.0"));
    let raw = raw.run().expect_success().stdout_bytes().to_vec();
    assert_eq!(Digest::of(&raw).to_string(), digest);
    assert_eq!(by_crane.trim_ascii_end(), raw.trim_ascii_end());
    let index: Value = serde_json::from_slice(&raw).expect("an index is JSON");
    let platforms: BTreeSet<(String, String)> = index["manifests"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|child| {
            let platform = &child["platform"];
            let name = format!("{}/{}", text_of(&platform["os"]), text_of(&platform["architecture"]));
            (name, text_of(&child["digest"]))
        })
        .collect();
    let said: BTreeSet<(String, String)> =
        entries(&image["platforms"]).map(|(name, digest)| (name.to_owned(), digest.to_owned())).collect();
    assert_eq!(platforms, said);
    for (platform, _) in &platforms {
        one_platform_reads_back(scene, image, &format!("{repository}@{digest}"), platform);
    }
}

fn one_platform_reads_back(scene: &Scene, image: &Value, reference: &str, platform: &str) {
    let crane = |verb: &str| {
        let command =
            scene.crane.command(&scene.machine.environment).args([verb, "--platform", platform, reference]);
        if verb == "export" { command.arg("-") } else { command }.run().expect_success()
    };
    let config: Value = serde_json::from_str(crane("config").stdout()).expect("a config is JSON");
    let (os, architecture) = platform.split_once('/').expect("a platform has two parts");
    assert_eq!((&config["os"], &config["architecture"]), (&Value::from(os), &Value::from(architecture)));
    let labels = &config["config"]["Labels"];
    assert_eq!(labels, &image["labels"]);
    assert_eq!(labels["org.opencontainers.image.version"], "1.0.0");
    assert_eq!(labels["org.opencontainers.image.revision"], scene.project.author().head());
    assert_eq!(labels["org.opencontainers.image.licenses"], "MIT");
    let word = match text_of(&image["name"]).as_str() {
        "app" => format!("echo app for {architecture} 1.0.0"),
        name => format!("echo {name} 1.0.0"),
    };
    let files = crane("export").stdout_bytes().to_vec();
    assert!(
        files.windows(word.len()).any(|part| part == word.as_bytes()),
        "{reference} {platform} has its file"
    );
}

/// The record is in every repository, byte for byte the file of the ledger.
fn the_record_says_the_same(scene: &Scene, images: &[Value]) {
    let info = json(&scene.machine.ask(["info", "v1.0.0"]).run().expect_success());
    let record = text_of(&info["record"]);
    let read = |name: &str| {
        let file = scene.machine.clone.path().join("releases").join(name);
        std::fs::read(file).expect("the file lies in the ledger")
    };
    let statement = read("v1.0.0-release.intoto.json");
    let file = read("v1.0.0-release-info.json");
    assert_eq!(Digest::of(&statement).to_string(), record);
    let repositories = images.iter().flat_map(|image| {
        let mirrors = image["mirrors"].as_array().into_iter().flatten().map(|mirror| &mirror["repository"]);
        [&image["repository"]].into_iter().chain(mirrors)
    });
    for repository in repositories.map(text_of) {
        let tag = format!("{repository}:plimsoll-1.0.0-{}", &record["sha256:".len()..][..12]);
        let crane = |arguments: &[&str]| {
            scene.crane.command(&scene.machine.environment).args(arguments).run().expect_success()
        };
        let manifest: Value = serde_json::from_str(crane(&["manifest", &tag]).stdout()).expect("it is JSON");
        assert_eq!(manifest["artifactType"], "application/vnd.plimsoll.release.v2+json");
        assert_eq!(manifest["layers"][0]["digest"], record.as_str());
        assert_eq!(manifest["layers"][1]["digest"], Digest::of(&file).to_string());
        assert_eq!(crane(&["blob", &format!("{repository}@{record}")]).stdout_bytes(), statement);
    }
    let file: Value = serde_json::from_slice(&file).expect("a record is JSON");
    for image in images {
        let recorded = &file["docker_images"][text_of(&image["name"])];
        assert_eq!((&recorded["digest"], &recorded["all_tags"]), (&image["digest"], &image["tags"]));
        assert_eq!(
            (&recorded["primary_tag"], &recorded["platforms"]),
            (&image["primary_tag"], &image["platforms"])
        );
    }
}

fn the_next_run_makes_nothing(scene: &Scene) {
    let another = scene.project.machine();
    for machine in [&scene.machine, &another] {
        scene.first.reset();
        scene.second.reset();
        let again = json(&machine.release("1.0.0").expect_success());
        assert_eq!(again["changed"], Value::from(std::ptr::eq(machine, &another)), "{again:#}");
        for proxy in [&scene.first, &scene.second] {
            assert_eq!(writes(proxy), [], "the second run only looks");
            assert!(!proxy.requests().is_empty(), "the second run does look");
        }
    }
    let again = another.plimsoll(["release", "v1.0.0"]).run().expect_success();
    assert!(again.stdout().contains("released already"), "{}", again.stdout());
    assert!(again.stderr().contains("changes nothing"), "{}", again.stderr());
}

fn the_ledger_answers(machine: &Machine, images: &[Value]) {
    let verified = json(&machine.ask(["verify", "v1.0.0"]).run().expect_success());
    assert_eq!(verified["verdict"], "ok", "{verified:#}");
    let checks = verified["checks"].as_array().expect("checks are a list");
    assert!(checks.iter().all(|check| check["outcome"] == "ok"), "{verified:#}");
    let list = json(&machine.ask(["list"]).run().expect_success());
    assert_eq!((&list["component"], &list["latest"]), (&Value::from(NAME), &Value::from("1.0.0")));
    assert_eq!(
        (&list["releases"][0]["tag"], &list["releases"][0]["state"]),
        (&"v1.0.0".into(), &"published".into())
    );
    for question in [vec!["info", "v1.0.0"], vec!["latest"]] {
        let answer = json(&machine.ask(question).run().expect_success());
        assert_eq!(
            (&answer["version"], &answer["state"]),
            (&Value::from("1.0.0"), &Value::from("published"))
        );
        assert_eq!(answer["images"].as_array().map(Vec::as_slice), Some(images));
    }
}

/// The requests that were not mere looks.
pub(crate) fn writes(proxy: &Proxy) -> Vec<Exchange> {
    let mut requests = proxy.requests();
    requests.retain(|request| !matches!(request.method.as_str(), "GET" | "HEAD"));
    requests
}
