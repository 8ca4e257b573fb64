//! `copy`: between registries, layouts, archives and the local registry.

use insta::assert_snapshot;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{Access, Flavor, Registry};

use crate::scene::Scene;

#[test]
fn an_image_goes_round_and_is_the_same() {
    let scene = Scene::released();
    let registry = Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous).unwrap();
    let there = registry.repository("acme/app");
    let began = scene.json("copy local:registry.example/app:1.0.0 oci:one");
    assert_eq!(began["schema"], "plimsoll.copied/v1");
    let digest = began["digests"][0].clone();
    for (line, tag) in [
        ("copy oci:one:1.0.0 oci-archive:two.tar".to_owned(), "1.0.0"),
        (format!("copy oci-archive:two.tar:1.0.0 {there}"), "1.0.0"),
        (format!("copy {there}:1.0.0 {there}-two:v1"), "v1"),
        (format!("copy {there}-two@{} oci:three:again", digest.as_str().unwrap()), "again"),
        ("copy oci:three:again local:registry.example/other:1.0.0".to_owned(), "1.0.0"),
    ] {
        let done = scene.json(&line);
        assert_eq!(done["digests"], serde_json::json!([digest]), "{line}");
        assert_eq!(
            done["tags"],
            serde_json::json!([{ "tag": tag, "digest": digest, "was": null }]),
            "{line}"
        );
        assert_ne!(done["sent"]["blobs"], 0, "{line}");
        if !line.contains("archive:two.tar\"") && !line.ends_with("two.tar") {
            let again = scene.json(&line);
            assert_eq!(
                (&again["sent"]["blobs"], &again["sent"]["manifests"]),
                (&0.into(), &0.into()),
                "{line}"
            );
            assert_eq!(again["tags"][0]["was"], digest, "{line}");
        }
    }
    let first = std::fs::read(scene.repo.path().join("two.tar")).unwrap();
    scene.run("copy oci:one:1.0.0 oci-archive:three.tar").expect_success();
    assert!(
        first == std::fs::read(scene.repo.path().join("three.tar")).unwrap(),
        "the same content, the same bytes"
    );
    let told = scene.run("copy oci:one:1.0.0 oci:four:1.0.0").expect_success();
    let closing = "oci:four:1.0.0 has, byte for byte, what was asked for of oci:one:1.0.0; running the same command again changes nothing";
    assert!(told.stderr().contains(closing), "{}", told.stderr());
    let all = scene.json(&format!("copy --all-tags local:registry.example/app {there}-all"));
    assert!(all["tags"].as_array().unwrap().len() > 2, "{all}");
}

#[test]
fn what_is_meant_must_be_clear() {
    let scene = Scene::released();
    assert_snapshot!(scene.show("copy local:registry.example/app oci:there"), @r"
    exit 2
    --- stderr
    error[usage]: `local:registry.example/app` does not say which image
     |
     = help: name a tag or a digest, or copy everything that is tagged with `--all-tags`

    nothing was written there; mend this, then run again
    ");
    assert_snapshot!(scene.show("copy local:registry.example/app:2.0.0 oci:there"), @r"
    exit 2
    --- stderr
    error[usage]: there is no local:registry.example/app:2.0.0
     |
     = help: `crane ls` and `plimsoll copy --all-tags` know which tags there are

    nothing was written there; mend this, then run again
    ");
    assert!(!scene.has("there"), "no empty layout is left behind");
    assert_snapshot!(scene.show("copy oci:nowhere:v1 oci:there"), @r"
    exit 2
    --- stderr
    error[layout-invalid]: nowhere: it holds no `oci-layout`, so it is no image layout
    --> nowhere

    nothing was written there; mend this, then run again
    ");
    assert_eq!(scene.error("copy oci-archive:nowhere.tar:v1 oci:there"), ("layout-invalid".into(), Some(2)));
    assert_eq!(scene.error("copy registry.example/A:v1 oci:there").1, Some(2));
    let skopeo = scene.run("copy docker://registry.example/app:v1 oci:there");
    let stderr = skopeo.expect_code(2).stderr().to_owned();
    assert!(stderr.contains("write `registry.example/app:v1`"), "{stderr}");
}
