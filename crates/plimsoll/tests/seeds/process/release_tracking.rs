//! A service whose images, compose file and dstack manifest are tracked release by release in its own repository.

use super::Process;

const CONFIGURATION: &str = r#"
[project]
name = "crossmint-ts-tee"
[version]
files = []
[image-defaults]
platforms = ["linux/amd64"]
tags.release = ["{version}", "latest"]
[[image]]
name = "tee"
repository = "REGISTRY/xmregistry/crossmint-ts-tee"
assemble.files = [{ from = "server", to = "/server" }]
[[image]]
name = "nginx"
repository = "REGISTRY/xmregistry/crossmint-ts-tee-nginx"
assemble.files = [{ from = "nginx.conf", to = "/etc/nginx/nginx.conf" }]
[compose]
file = "docker-compose.yml"
[app-compose]
name = "crossmint-ts-tee"
[gates]
source = ["test -s server"]
[records]
commit = "main"
[forge]
kind = "github"
url = "GITHUB"
"#;

const COMPOSE: &str = "\
services:
  app:
    image: REGISTRY/xmregistry/crossmint-ts-tee:latest
  nginx:
    image: REGISTRY/xmregistry/crossmint-ts-tee-nginx:latest
    ports: [\"443:443\"]
";

fn process() -> Process {
    let process = Process::new(CONFIGURATION, &[("server", "one\n"), ("nginx.conf", "events {}\n")]);
    process.repo.write("docker-compose.yml", COMPOSE.replace("REGISTRY", &process.registry.address()));
    process.repo.commit("feat: how it is deployed");
    process.repo.push("origin", ["main"]);
    process
}

const FILES: [&str; 3] = ["v1.0.0-release-info.json", "v1.0.0-app-compose.json", "v1.0.0-docker-compose.yml"];

#[test]
fn a_release_is_tracked_in_files_that_are_committed_attached_and_queried() {
    let process = process();
    // 1. Create a release tag.
    process.tag("v1.0.0");
    // 2. Tests, images, artifacts, page, commit.
    process.tag_job("v1.0.0", "release").expect_success();
    let assets = process.assets("v1.0.0");
    for name in FILES {
        assert!(assets.iter().any(|asset| asset == name), "{name}: {assets:?}");
        let text = process.published_file(&format!("releases/{name}"));
        let page = process.github.releases().remove(0);
        let asset = page.assets.iter().find(|asset| asset.name == name).map(|asset| asset.bytes.clone());
        assert_eq!(text.map(String::into_bytes), asset, "{name} is the same in both places");
    }
    assert!(process.published_file("releases/README.md").is_some());
    // What the files say.
    let info = process.published_file("releases/v1.0.0-release-info.json").expect("it is committed");
    let info: serde_json::Value = serde_json::from_str(&info).expect("it is JSON");
    let compose = process.published_file("releases/v1.0.0-docker-compose.yml").expect("it is committed");
    assert!(!compose.contains(":latest@") && compose.matches("@sha256:").count() == 2, "{compose}");
    let app: serde_json::Value = serde_json::from_str(
        &process.published_file("releases/v1.0.0-app-compose.json").expect("it is committed"),
    )
    .expect("it is JSON");
    assert_eq!(app["docker_compose_file"].as_str(), Some(compose.as_str()));
    assert!(info.to_string().contains(&process.repo.resolve("v1.0.0^{}")), "{info:#}");
    // Querying.
    assert_eq!(process.json("list")["releases"][0]["version"], "1.0.0");
    assert_eq!(process.json("info v1.0.0")["version"], "1.0.0");
    assert_eq!(process.json("images v1.0.0")["images"].as_array().map(Vec::len), Some(2));
    let hash = process.json("app-compose v1.0.0")["hash"].clone();
    process.repo.git(["pull", "--quiet", "origin", "main"]);
    let sum = process.repo.environment().command("sha256sum").in_folder(process.repo.path());
    let sum = sum.arg("releases/v1.0.0-app-compose.json").run();
    assert_eq!(hash.as_str(), sum.stdout().split(' ').next());
    process.run("compose v1.0.0").expect_success();
    assert_eq!(process.json("latest")["version"], "1.0.0");
    // The next one, and the way back to the first.
    process.repo.write("server", "two\n").commit("feat: more");
    process.repo.push("origin", ["main"]);
    process.tag("v1.1.0");
    process.tag_job("v1.1.0", "release").expect_success();
    assert_eq!(process.json("latest")["version"], "1.1.0");
    assert!(process.json("diff v1.0.0 v1.1.0").to_string().contains("crossmint-ts-tee"));
    let back = process.json("rollback v1.0.0");
    assert_eq!(back["compose"]["text"].as_str(), Some(compose.as_str()), "{back:#}");
    process.run("audit").expect_success();
}

#[test]
fn a_recorded_file_that_was_changed_does_not_verify() {
    let process = process();
    process.tag("v1.0.0");
    process.run("release v1.0.0").expect_success();
    process.repo.git(["pull", "--quiet", "origin", "main"]);
    let path = "releases/v1.0.0-app-compose.json";
    let text = std::fs::read_to_string(process.repo.path().join(path)).expect("it was committed");
    process.repo.write(path, text.replace("crossmint", "crosswind")).commit("chore: tidy up");
    process.repo.push("origin", ["main"]);
    assert_eq!(process.run("app-compose v1.0.0").code(), Some(6));
    assert_ne!(process.run("verify v1.0.0").code(), Some(0));
}

#[test]
fn a_failing_test_stops_the_release_before_anything_is_there() {
    let process = process();
    process.repo.write("server", "").commit("fix: nothing");
    process.tag("v1.0.0");
    assert_eq!(process.tag_job("v1.0.0", "release").code(), Some(5));
    assert_eq!(process.image("xmregistry/crossmint-ts-tee", "1.0.0"), None);
    assert_eq!(process.github.releases(), []);
}
