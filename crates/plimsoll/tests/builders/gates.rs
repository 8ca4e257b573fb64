//! Gates and the environment of programs.

use serde_json::json;

use crate::yard::{Kind, Sea, Yard};

const DOCKERFILE: &str = "FROM scratch\nCOPY app /app\n";

#[test]
fn a_source_gate_comes_before_the_build_and_sees_no_token() {
    let Some(yard) = Yard::new(Kind::Buildah, Sea::Local) else { return };
    let gates = "[gates]\nsource = [\"env; test -f app; test ! -e stray; exit ${NAMED:-3}\"]\nenvironment = [\"NAMED\"]";
    yard.commit(&yard.config(&["linux/amd64"], "", gates), DOCKERFILE);
    yard.repo.write("stray", "not committed");
    let mut tokens = yard.plimsoll("release v1.0.0 -o json");
    for name in [
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
        "REGISTRY_PASSWORD",
    ] {
        tokens = tokens.set(name, "hunter2-hunter2");
    }
    let failed = tokens.run().expect_code(5);
    let answer: serde_json::Value = serde_json::from_str(failed.stdout()).unwrap();
    assert_eq!(answer["error"]["code"], "gate-failed", "{answer:#}");
    let log = yard.log("gate-source-1.log");
    assert!(log.contains("PATH=") && !log.contains("TOKEN") && !log.contains("hunter2"), "{log}");
    assert!(!yard.repo.path().join(".plimsoll/logs/build-linux-amd64-app.log").exists(), "nothing was built");
    yard.plimsoll("release v1.0.0").set("NAMED", "0").run().expect_success();
    let built = yard.log("build-linux-amd64-app.log");
    assert!(!built.contains("hunter2"), "{built}");
}

#[test]
fn a_smoke_command_without_docker_says_what_is_missing() {
    let Some(mut yard) = Yard::new(Kind::Buildah, Sea::Local) else { return };
    yard.commit(&yard.config(&["linux/amd64"], "smoke = [\"/app\"]", ""), DOCKERFILE);
    yard.environment.set("DOCKER_HOST", "unix:///nowhere");
    let (error, exit) = yard.error("release v1.0.0");
    assert_eq!((&error["code"], exit), (&json!("tool-missing"), Some(8)), "{error:#}");
    assert_eq!(error["reach"], json!("nothing"));
}
