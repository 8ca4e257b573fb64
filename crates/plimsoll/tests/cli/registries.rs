//! What registries answer when something is wrong: each has its own code, and nothing is left visible.

use insta::assert_snapshot;
use plimsoll_testkit::fault_registry::wire::{Answer, Delivery};
use plimsoll_testkit::fault_registry::{Door, Effect, FaultRegistry, Habits, PASSWORD, USER};
use plimsoll_testkit::repo::Repo;

use crate::scene::{CONFIG, Scene};

/// A project that is released to a registry, with its claims on a bare repository.
struct Sea {
    scene: Scene,
    registry: FaultRegistry,
}

impl Sea {
    fn new(habits: Habits) -> Sea {
        Sea::with(habits, |config| config)
    }

    fn with(habits: Habits, change: impl Fn(String) -> String) -> Sea {
        let registry = FaultRegistry::start(habits);
        let repository = format!("{}/acme/app", registry.address());
        let scene = Scene::with_config(&change(CONFIG.replace("registry.example/app", &repository)));
        scene.repo.annotated_tag("v1.0.0");
        let remote = Repo::bare(scene.environment(), "origin.git");
        scene.repo.remote("origin", &remote.url()).push("origin", ["main", "v1.0.0"]);
        Sea { scene, registry }
    }

    /// No tag that people see was written.
    #[track_caller]
    fn nothing_is_visible(&self) {
        for tag in ["1.0.0", "1.0", "latest"] {
            assert_eq!(self.registry.manifest("acme/app", tag), None, "{tag}");
        }
    }

    #[track_caller]
    fn show(&self) -> String {
        let shown = self.scene.show("release v1.0.0");
        self.nothing_is_visible();
        shown
    }
}

/// A configuration that names the variables with the registry's credentials.
fn named_credentials(config: String) -> String {
    let host =
        config.split("repository = \"").nth(1).and_then(|rest| rest.split('/').next()).unwrap().to_owned();
    let variables = "username = \"env:APP_USER\"\npassword = \"env:APP_PASSWORD\"";
    format!("{config}\n[registries.\"{host}\"]\n{variables}\n")
}

fn html() -> Answer {
    Answer::status(200).header("Content-Type", "text/html").body("<html><title>Welcome</title></html>")
}

#[test]
fn a_release_over_http_needs_no_flag_on_loopback() {
    let sea = Sea::new(Habits::default());
    sea.scene.run("release v1.0.0").expect_success();
    sea.scene.run("verify v1.0.0").expect_success();
    assert!(sea.registry.manifest("acme/app", "1.0.0").is_some());
    assert_eq!(sea.scene.json("release v1.0.0")["status"], "already-released");
}

#[test]
fn a_release_can_be_run_again_where_its_ledger_is_committed() {
    let sea = Sea::new(Habits::default());
    sea.scene.run("release v1.0.0").expect_success();
    sea.scene.repo.commit("the ledger");
    sea.scene.repo.annotated_tag("v1.0.1");
    sea.scene.repo.push("origin", ["v1.0.1"]);
    sea.scene.run("release v1.0.1").expect_success();
    assert_eq!(sea.scene.json("release v1.0.1")["status"], "already-released");
    let record = "releases/v1.0.0-release-info.json";
    sea.scene.repo.write(record, sea.scene.read(record).replace("acme", "evil"));
    assert_eq!(sea.scene.run("verify v1.0.0").code(), Some(6));
}

#[test]
fn a_web_page_instead_of_a_registry() {
    let sea = Sea::new(Habits::default());
    for method in ["GET", "HEAD", "POST"] {
        sea.registry.fault(method, "", 0, 1000, Effect::Instead(html()));
    }
    assert_snapshot!(sea.show(), @r"
    exit 8
    --- stderr
    error[not-a-registry]: 127.0.0.1:[PORT] does not answer like a registry: text/html
     |
     = help: look at the repository's name in plimsoll.toml: is the registry really at 127.0.0.1:[PORT]?

    nothing has left this machine; mend this, then run again
    ");
}

#[test]
fn credentials_that_are_missing() {
    let sea = Sea::new(Habits { door: Door::Basic, ..Habits::default() });
    assert_snapshot!(sea.show(), @r#"
    exit 4
    --- stderr
    error[registry-unauthorized]: 127.0.0.1:[PORT] wants credentials, and there are none for it
     |
     = credentials: none were found
     = help: run `docker login 127.0.0.1:[PORT]`
     = help: or name the variables that hold them: [registries."127.0.0.1:[PORT]"] username = "env:…", password = "env:…"

    nothing has left this machine; mend this, then run again
    "#);
}

#[test]
fn credentials_that_are_wrong_or_not_set_are_named() {
    let sea = Sea::with(Habits { door: Door::Basic, ..Habits::default() }, named_credentials);
    assert_snapshot!(sea.show(), @r#"
    exit 4
    --- stderr
    error[registry-unauthorized]: 127.0.0.1:[PORT] refused the credentials
     |
     = credentials: env:APP_USER, which is not set
     = help: run `docker login 127.0.0.1:[PORT]`
     = help: or name the variables that hold them: [registries."127.0.0.1:[PORT]"] username = "env:…", password = "env:…"

    nothing has left this machine; mend this, then run again
    "#);
    let with = |password: &str| {
        let release = sea.scene.plimsoll("release v1.0.0").arg("--no-progress");
        release.set("APP_USER", USER).set("APP_PASSWORD", password).run()
    };
    let refused = with("hunter2-hunter2");
    assert_snapshot!(sea.scene.shown(&refused), @r#"
    exit 4
    --- stderr
    error[registry-unauthorized]: 127.0.0.1:[PORT] refused the credentials
     |
     = credentials: env:APP_PASSWORD
     = help: run `docker login 127.0.0.1:[PORT]`
     = help: or name the variables that hold them: [registries."127.0.0.1:[PORT]"] username = "env:…", password = "env:…"

    nothing has left this machine; mend this, then run again
    "#);
    assert!(!format!("{}{}", refused.stdout(), refused.stderr()).contains("hunter2"));
    with(PASSWORD).expect_success();
}

#[test]
fn an_account_without_the_right() {
    let sea = Sea::with(Habits { door: Door::Basic, ..Habits::default() }, named_credentials);
    let body = r#"{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}"#;
    let denied = Answer::status(403).header("Content-Type", "application/json").body(body);
    sea.registry.fault("POST", "/blobs/uploads/", 0, 1000, Effect::Instead(denied));
    let release = sea.scene.plimsoll("release v1.0.0").arg("--no-progress");
    let output = release.set("APP_USER", USER).set("APP_PASSWORD", PASSWORD).run();
    assert_snapshot!(sea.scene.shown(&output), @r"
    exit 4
    --- stderr
    error[registry-denied]: 127.0.0.1:[PORT]/acme/app does not allow push: DENIED: requested access to the resource is denied
     |
     = help: give the account that is used the right to push at 127.0.0.1:[PORT]/acme/app

    nothing has left this machine; mend this, then run again
    ");
    sea.nothing_is_visible();
}

#[test]
fn a_registry_that_is_busy() {
    let sea = Sea::new(Habits::default());
    let busy = Answer::status(429).header("Retry-After", "3600");
    sea.registry.fault("POST", "/blobs/uploads/", 0, 1000, Effect::Instead(busy));
    assert_snapshot!(sea.show(), @r"
    exit 8
    --- stderr
    error[registry-busy]: 127.0.0.1:[PORT] asks for fewer requests
     |
     = help: run again in 3600 s

    nothing has left this machine; run the same command again
    ");
}

#[test]
fn a_registry_without_room() {
    let sea = Sea::new(Habits::default());
    sea.registry.fault("PUT", "/blobs/uploads/", 0, 1000, Effect::Instead(Answer::status(507)));
    sea.registry.fault("PATCH", "/blobs/uploads/", 0, 1000, Effect::Instead(Answer::status(507)));
    let shown = sea.show();
    for word in ["exit 9", "error[registry-full]", "has no room", "make room at", "nothing is visible yet"] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
}

#[test]
fn a_registry_that_rejects() {
    let sea = Sea::new(Habits::default());
    let body = r#"{"errors":[{"code":"MANIFEST_INVALID","message":"we take no images on Fridays"}]}"#;
    let rejected = Answer::status(400).header("Content-Type", "application/json").body(body);
    sea.registry.fault("PUT", "/manifests/", 0, 1000, Effect::Instead(rejected));
    assert_snapshot!(sea.show(), @r"
    exit 9
    --- stderr
    error[registry-rejected]: 127.0.0.1:[PORT]/acme/app answered 400 to push: MANIFEST_INVALID: we take no images on Fridays
     |
     = status: 400

    nothing is visible yet; mend this, then running again is safe
    ");
}

#[test]
fn a_registry_that_is_gone() {
    let sea = Sea::new(Habits::default());
    let Sea { scene, registry } = sea;
    let _closed = registry.close();
    let output = scene.run("release v1.0.0");
    assert_eq!(output.code(), Some(8), "{}", output.stderr());
    assert!(output.stderr().contains("error[registry-unreachable]"), "{}", output.stderr());
    assert!(output.stderr().ends_with("nothing has left this machine; run the same command again\n"));
}

#[test]
fn a_registry_that_lies_about_digests() {
    let sea = Sea::new(Habits::default());
    sea.scene.run("release v1.0.0").expect_success();
    let lie = |answer: Answer| {
        let body: Vec<u8> = answer.body.iter().map(|byte| if *byte == b'a' { b'b' } else { *byte }).collect();
        Answer { body, ..answer }
    };
    sea.registry.fault("GET", "/manifests/sha256:", 0, 1000, Effect::rewrite(lie));
    let output = sea.scene.run("verify v1.0.0");
    assert_eq!(output.code(), Some(6), "{}{}", output.stdout(), output.stderr());
    assert!(output.stderr().contains("error[verification-failed]"), "{}", output.stderr());
}

#[test]
fn a_registry_that_goes_away_in_the_middle() {
    let sea = Sea::new(Habits::default());
    let lost = Answer::status(200).delivered(Delivery::Lost);
    sea.registry.fault("PUT", "/manifests/", 0, 1000, Effect::Instead(lost));
    let output = sea.scene.run("release v1.0.0");
    assert_eq!(output.code(), Some(9), "{}", output.stderr());
    assert!(output.stderr().contains("nothing is visible yet"), "{}", output.stderr());
    sea.nothing_is_visible();
}

#[test]
fn an_optional_mirror_that_is_gone_is_reported_and_repaired() {
    let mirror = FaultRegistry::start(Habits::default());
    let unavailable = Answer::status(403);
    mirror.fault("POST", "", 0, 1000, Effect::Instead(unavailable));
    let address = mirror.address();
    let sea = Sea::with(Habits::default(), |config| {
        let mirrors =
            format!("mirrors = [{{ repository = \"{address}/copy/app\", optional = true }}]\nplatforms");
        config.replacen("platforms", &mirrors, 1)
    });
    let output = sea.scene.run("release v1.0.0");
    assert_eq!(output.code(), Some(9), "{}", output.stderr());
    assert_snapshot!(sea.scene.shown(&output), @"
    exit 9
    --- stdout
    released app v1.0.0 from commit [commit]

    app  127.0.0.1:[PORT]/acme/app
      tags       1.0.0, 1.0, latest
      platforms  linux/amd64
      sha256:[1]
    --- stderr
    error[mirror-incomplete]: the release is done, but not in every optional mirror
     |
     = mirror: 127.0.0.1:[PORT]/copy/app: 127.0.0.1:[PORT] wants credentials, and there are none for it
     = help: bring them in line: `plimsoll release v1.0.0`

    the release is out; running the same command again is safe and does what is left
    ");
    assert!(sea.registry.manifest("acme/app", "1.0.0").is_some(), "it holds nobody up");
}

#[test]
fn a_version_tag_on_something_that_nobody_understands_is_taken() {
    let sea = Sea::new(Habits::default());
    let strange = br#"{"schemaVersion":1,"name":"acme/app","fsLayers":[]}"#;
    let signed = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    sea.registry.put_manifest("acme/app", "1.0.0", signed, strange);
    assert_eq!(sea.scene.error("release v1.0.0"), ("tag-taken".to_owned(), Some(5)));
    assert_eq!(sea.registry.manifest("acme/app", "1.0.0").as_deref(), Some(strange.as_slice()));
}

#[test]
fn certificates_of_registries_that_are_not_asked_need_not_be_there() {
    let table = "[registries.\"registry.example\"]\ncertificate-authority = \"ca.pem\"\n";
    let scene = Scene::with_config(&format!("{CONFIG}\n{table}"));
    scene.repo.annotated_tag("v1.0.0");
    scene.run("release v1.0.0 --local").expect_success();
    scene.run("rehearse").expect_success();
}
