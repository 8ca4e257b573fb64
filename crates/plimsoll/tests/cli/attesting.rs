//! What a signed release states of its images: provenance, and `[[attestation]]`.

use serde_json::Value;

use crate::scene::Scene;
use crate::signing::{SIGNING, json, run, tagged, verify};

const TRUST: &str = "\n[[trust]]\nkey = \"release.pub\"\n";
const IMAGE: &str = "local:registry.example/app:1.0.0";

/// A project that attests a file of image `app`, of which `text` is what it says.
fn attesting(kind: &str, text: Option<&str>) -> Scene {
    let tables =
        format!("{SIGNING}{TRUST}[[attestation]]\ntype = \"{kind}\"\npath = \"dist/{{name}}.json\"\n");
    let scene = tagged(&tables);
    if let Some(text) = text {
        scene.repo.write("dist/app.json", text);
    }
    scene
}

fn record(scene: &Scene) -> Value {
    let path = scene.repo.path().join(".plimsoll/releases/v1.0.0-release-info.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_release_has_provenance_and_what_it_attests() {
    let scene = attesting("cyclonedx", Some(r#"{"bomFormat":"CycloneDX","specVersion":"1.6"}"#));
    run(&scene, "release v1.0.0 --local").expect_success();
    let record = record(&scene);
    let kinds: Vec<&str> = record["attestations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stated| stated["predicate_type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["https://slsa.dev/provenance/v1", "https://cyclonedx.org/bom"]);
    for kind in kinds {
        let line = format!("verify image {IMAGE} --key release.pub --type {kind}");
        scene.run(&line).expect_success();
    }
    let (code, found) = verify(&scene, "");
    assert_eq!((code, &found["verdict"]), (0, &"ok".into()), "{found:#}");
    let subjects: Vec<&str> =
        found["checks"].as_array().unwrap().iter().filter_map(|check| check["subject"].as_str()).collect();
    for wanted in
        ["provenance registry.example/app@", "attestation https://cyclonedx.org/bom of registry.example/app@"]
    {
        assert!(subjects.iter().any(|subject| subject.starts_with(wanted)), "{wanted}: {subjects:?}");
    }
    // What is stated of the next one is another thing.
    let config = std::fs::read_to_string(scene.repo.path().join("plimsoll.toml")).unwrap();
    scene.repo.write("plimsoll.toml", config.replace("\"cyclonedx\"", "\"https://example.test/scan/v1\""));
    scene.repo.commit("scanned");
    scene.repo.annotated_tag("v1.1.0");
    run(&scene, "release v1.1.0 --local").expect_success();
    let difference = scene.run("diff v1.0.0 v1.1.0 --local").expect_success();
    let said = "attestations of app\n  - https://cyclonedx.org/bom\n  + https://example.test/scan/v1\n";
    assert!(difference.stdout().contains(said), "{}", difference.stdout());
    // Again there is nothing to do, and nothing to sign.
    let (_, again) = json(run(&scene, "release v1.0.0 --local -o json"));
    assert_eq!(again["changed"], false, "{again:#}");
    // A plan tells each of them.
    let plan = scene.json("plan v1.0.0 --local --online");
    assert_eq!(plan["changes"], false, "{plan:#}");
}

#[test]
fn what_can_not_be_attested_stops_a_release_before_anything_leaves() {
    for (text, code, said) in [
        (None, "file-missing", "`dist/app.json`, which is to be attested of `app`, is not there"),
        (Some("{}"), "predicate-invalid", "has no `bomFormat`"),
        (Some("bom"), "predicate-invalid", "is not JSON"),
    ] {
        let scene = attesting("cyclonedx", text);
        let (exit, found) = json(run(&scene, "release v1.0.0 --local -o json"));
        assert_eq!((exit, &found["error"]["code"]), (2, &code.into()), "{found:#}");
        assert!(found["error"]["message"].as_str().unwrap().contains(said), "{found:#}");
        assert!(!scene.has(".plimsoll/releases/v1.0.0-release-info.json"));
    }
}

#[test]
fn provenance_must_be_of_this_project() {
    let scene = tagged(&format!("{SIGNING}{TRUST}"));
    let config = std::fs::read_to_string(scene.repo.path().join("plimsoll.toml")).unwrap();
    let from = |source: &str| {
        let source = format!("[project]\nsource = \"{source}\"");
        scene.repo.write("plimsoll.toml", config.replacen("[project]", &source, 1));
    };
    from("https://git.example/acme/app");
    scene.repo.commit("sourced");
    scene.repo.annotated_tag("v1.1.0");
    run(&scene, "release v1.1.0 --local").expect_success();
    let verify = || json(scene.run("verify v1.1.0 --local -o json"));
    from("https://git.example/Acme/app.git");
    assert_eq!(verify().0, 0, "it is the same repository");
    from("https://git.example/mallory/app");
    let (code, found) = verify();
    let check = found["checks"].as_array().unwrap().iter().find(|check| check["outcome"] != "ok").unwrap();
    assert_eq!(code, 6, "{found:#}");
    assert!(check["subject"].as_str().unwrap().starts_with("provenance registry.example/app@"), "{check:#}");
    let said = "git+https://git.example/acme/app@refs/tags/v1.1.0, not git+https://git.example/mallory/app@";
    assert!(check.to_string().contains(said), "{check:#}");
}
