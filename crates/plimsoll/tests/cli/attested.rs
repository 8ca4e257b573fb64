//! `attest image` and `attest file`, alone and with cosign, and what `verify` makes of statements.

use insta::assert_snapshot;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::sigstore::{PERSON, Sigstore};
use plimsoll_testkit::tools;
use serde_json::{Value, json};

use crate::keyed::{self, LOCAL, cosign, json, registries, run, write_nobody};
use crate::scene::Scene;

const SPDX: &str = r#"{"spdxVersion":"SPDX-2.3","name":"app","packages":[]}"#;
const PROVENANCE: &str = r#"{"buildDefinition":{"buildType":"https://acme.test/b"},"runDetails":{"builder":{"id":"https://acme.test"}}}"#;

/// The same with things to state.
fn scene() -> Scene {
    let scene = keyed::scene();
    scene
        .repo
        .write("sbom.json", SPDX)
        .write("provenance.json", PROVENANCE)
        .write("note.txt", "seen by us\n");
    scene
}

#[test]
fn the_same_is_stated_once_by_each() {
    let scene = scene();
    let line = |key: &str| format!("attest image {LOCAL} --type spdx --predicate sbom.json --key {key}.key");
    let (_, stated) = json(&scene, &line("one"));
    assert_eq!((&stated["schema"], &stated["outcome"]), (&"plimsoll.signed/v1".into(), &"signed".into()));
    // Spelled otherwise it says the same.
    scene.repo.write("sbom.json", r#"{ "packages": [], "name": "app", "spdxVersion": "SPDX-2.3" }"#);
    let (_, again) = json(&scene, &line("one"));
    assert_eq!((&again["outcome"], &again["bundle"]), (&"already-signed".into(), &stated["bundle"]));
    assert_eq!(json(&scene, &line("two")).1["outcome"], "signed");
    scene.repo.write("sbom.json", r#"{"spdxVersion":"SPDX-2.3","name":"app","packages":[1]}"#);
    assert_eq!(json(&scene, &line("one")).1["outcome"], "signed");
    // A text is the same whenever it is stated.
    let text = format!("attest image {LOCAL} --type custom --predicate note.txt --key one.key");
    assert_eq!(json(&scene, &text).1["outcome"], "signed");
    assert_eq!(json(&scene, &text).1["outcome"], "already-signed");
    let count = |kind: &str| {
        let (code, found) = json(&scene, &format!("verify image {LOCAL} --key one.pub --type {kind}"));
        let verified = |one: &&Value| one["verdict"] == "verified";
        (code, found["signatures"].as_array().unwrap().iter().filter(verified).count())
    };
    assert_eq!(count("spdx"), (0, 2));
    assert_eq!(count("https://spdx.dev/Document"), (0, 2));
    assert_eq!(count("custom"), (0, 1));
    assert_eq!(count("cyclonedx"), (6, 0));
    // What is stated is no signature.
    assert_eq!(json(&scene, &format!("verify image {LOCAL} --key one.pub")).0, 6);
}

#[test]
fn what_was_verified_can_be_read() {
    let scene = scene();
    let line = format!("attest image {LOCAL} --type spdx --predicate sbom.json");
    run(&scene, &format!("{line} --key one.key")).expect_success();
    let (_, found) = json(&scene, &format!("verify image {LOCAL} --key one.pub --type spdx"));
    let statement = &found["signatures"][0]["statement"];
    assert_eq!(statement["predicate"]["spdxVersion"], "SPDX-2.3", "{found:#}");
    assert_eq!(statement["subject"][0]["name"], "registry.example/app");
    // What nobody vouches for is not shown.
    let (_, found) = json(&scene, &format!("verify image {LOCAL} --key two.pub --type spdx"));
    assert_eq!(found["signatures"][0]["statement"], Value::Null, "{found:#}");
}

#[test]
fn a_file_must_be_what_the_statement_is_about() {
    let scene = scene();
    scene.repo.write("app.txt", "hello\n").write("other.txt", "hullo\n");
    let line =
        "attest file app.txt --type slsaprovenance1 --predicate provenance.json --bundle app.sigstore.json";
    run(&scene, &format!("{line} --key one.key")).expect_success();
    assert_snapshot!(scene.show("verify file app.txt --bundle app.sigstore.json --key one.pub --type slsaprovenance1"), @r"
    exit 0
    --- stdout
    ok        bundle       version 0.3
    -         digest       the statement names what it is about
    ok        signature    the envelope is signed by the given key
    -         certificate  the bundle is signed with a key
    -         sct          the bundle is signed with a key
    -         log          no trusted root is given; the key vouches by itself
    -         timestamp    the bundle has no timestamp
    ok        identity     the holder of the key sha256:[hex]
    ok        predicate    https://slsa.dev/provenance/v1
    ok        subject      app.txt sha256:[hex]

    app.txt is signed as it must be
    ");
    let refused = |line: &str| {
        let (code, found) = json(&scene, &format!("verify file {line} --bundle app.sigstore.json"));
        (code, found["reason"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(refused("other.txt --key one.pub"), (6, "subject-missing".into()));
    assert_eq!(refused("app.txt --key one.pub --type spdx"), (6, "predicate-other-type".into()));
    assert_eq!(refused("app.txt --key two.pub").0, 6);
    // A digest is as good as the file.
    let (_, found) = json(&scene, "verify file app.txt --bundle app.sigstore.json --key one.pub");
    let digest = found["checks"][9]["detail"].as_str().unwrap().split(' ').next_back().unwrap().to_owned();
    assert_eq!(refused(&format!("{digest} --key one.pub")), (0, String::new()));
    let line = line.replace("app.txt", &digest).replace("app.sigstore.json", "digest.json");
    run(&scene, &format!("{line} --key one.key")).expect_success();
    run(&scene, "verify file app.txt --bundle digest.json --key one.pub").expect_success();
}

#[test]
fn what_is_no_such_thing_is_not_signed() {
    let scene = scene();
    scene.repo.write("broken.json", "{").write("list.json", "[]");
    let whole =
        json!({ "_type": "https://in-toto.io/Statement/v1", "predicateType": "x:y", "predicate": {} });
    scene.repo.write("whole.json", whole.to_string());
    let attest = |rest: &str| format!("attest image {LOCAL} --key one.key {rest}");
    for rest in [
        "--type cyclonedx --predicate sbom.json",
        "--type spdx --predicate note.txt",
        "--type https://acme.test/x --predicate broken.json",
        "--type https://acme.test/x --predicate list.json",
        "--type x:y --predicate whole.json",
    ] {
        let (code, found) = json(&scene, &attest(rest));
        assert_eq!((code, &found["error"]["code"]), (2, &"predicate-invalid".into()), "{rest}: {found:#}");
    }
    let (code, found) = json(&scene, &attest("--type sbom --predicate sbom.json"));
    assert_eq!((code, &found["error"]["code"]), (2, &"usage".into()), "{found:#}");
    let (code, found) = json(&scene, &attest("--type spdx --predicate missing.json"));
    assert_eq!((code, &found["error"]["code"]), (2, &"file-missing".into()), "{found:#}");
    let large = std::fs::File::create(scene.repo.path().join("large.json")).unwrap();
    large.set_len(100 * 1024 * 1024).unwrap();
    assert_snapshot!(scene.show(&attest("--type spdx --predicate large.json")), @r"
    exit 2
    --- stderr
    error[predicate-invalid]: large.json can't be stated as https://spdx.dev/Document
    --> large.json
     = cause: it has 104857600 bytes, and may have 5242880
     = help: state a digest of it, and publish the file itself
    ");
    let (code, found) = json(&scene, &format!("verify image {LOCAL} --key one.pub --type sbom"));
    assert_eq!((code, &found["error"]["code"]), (2, &"usage".into()), "{found:#}");
    // Nothing was attached.
    assert_eq!(
        json(&scene, &format!("verify image {LOCAL} --key one.pub --type spdx")).1["signatures"],
        json!([])
    );
}

/// cosign with the words of a line, beside the keys.
#[test]
fn cosign_and_plimsoll_verify_what_the_other_stated_of_images() {
    let Some(tool) = tools::require("cosign") else { return };
    let scene = scene();
    write_nobody(&scene);
    let theirs = "--signing-config none.json --trusted-root root.json";
    let kinds = [("spdxjson", "sbom.json"), ("slsaprovenance1", "provenance.json"), ("custom", "note.txt")];
    let own = ("https://acme.test/reviewed", "sbom.json");
    for registry in registries() {
        let there = registry.repository("acme/app");
        let copied = scene.json(&format!("copy {LOCAL} {there}"));
        let image = format!("{there}@{}", copied["digests"][0].as_str().unwrap());
        for (kind, file) in kinds.into_iter().chain([own]) {
            let stated = format!("--type {kind} --predicate {file}");
            run(&scene, &format!("attest image {image} --key one.key {stated}")).expect_success();
            cosign(&tool, &scene, &format!("attest --yes --key two.key {theirs} {stated} {image}"))
                .expect_success();
            for key in ["one", "two"] {
                let by = format!("--key {key}.pub --insecure-ignore-tlog --trusted-root root.json");
                let line = format!("verify-attestation {by} --type {kind} {image}");
                cosign(&tool, &scene, &line).expect_success();
                run(&scene, &format!("verify image {image} --key {key}.pub --type {kind}")).expect_success();
            }
            // What cosign has stated with our key is what we would state.
            let (_, again) = json(&scene, &format!("attest image {image} --key two.key {stated}"));
            assert_eq!(again["outcome"], "already-signed", "{kind} in {registry:?}");
        }
        let by = "--key one.pub --insecure-ignore-tlog --trusted-root root.json";
        let other = cosign(&tool, &scene, &format!("verify-attestation {by} --type cyclonedx {image}"));
        assert_ne!(other.code(), Some(0));
    }
}

#[test]
fn cosign_and_plimsoll_verify_what_the_other_stated_of_files() {
    let Some(tool) = tools::require("cosign") else { return };
    let scene = scene();
    write_nobody(&scene);
    scene.repo.write("app.txt", "hello\n");
    let stated = "app.txt --type spdxjson --predicate sbom.json";
    run(&scene, &format!("attest file {stated} --bundle one.json --key one.key")).expect_success();
    let theirs = "--signing-config none.json --trusted-root root.json";
    let line = format!(
        "attest-blob --yes --key two.key {theirs} --bundle two.json --type spdxjson --predicate sbom.json app.txt"
    );
    cosign(&tool, &scene, &line).expect_success();
    for key in ["one", "two"] {
        let line = format!(
            "verify-blob-attestation --key {key}.pub --bundle {key}.json --insecure-ignore-tlog --trusted-root root.json --type spdxjson app.txt"
        );
        cosign(&tool, &scene, &line).expect_success();
        run(&scene, &format!("verify file app.txt --bundle {key}.json --key {key}.pub --type spdx"))
            .expect_success();
    }
}

#[test]
fn the_older_form_of_statements_is_read_and_written_as_by_older_cosigns() {
    let Some(tool) = tools::require("cosign2") else { return };
    let scene = scene();
    write_nobody(&scene);
    for registry in registries() {
        let there = registry.repository("acme/older");
        let copied = scene.json(&format!("copy {LOCAL} {there}"));
        let image = format!("{there}@{}", copied["digests"][0].as_str().unwrap());
        for (kind, file) in [("spdxjson", "sbom.json"), ("slsaprovenance1", "provenance.json")] {
            let stated = format!("--type {kind} --predicate {file}");
            let line = format!("attest image {image} --key one.key --format legacy {stated}");
            let (_, done) = json(&scene, &line);
            assert_eq!(done["signatures"][0]["form"], "legacy", "{done:#}");
            assert_eq!(json(&scene, &line).1["outcome"], "already-signed", "{registry:?}");
            // Theirs goes beside ours, under the same tag.
            let line = format!("attest --yes --key two.key --tlog-upload=false {stated} {image}");
            cosign(&tool, &scene, &line).expect_success();
            for key in ["one", "two"] {
                let by = format!("--key {key}.pub --insecure-ignore-tlog");
                let line = format!("verify-attestation {by} --type {kind} {image}");
                cosign(&tool, &scene, &line).expect_success();
                run(&scene, &format!("verify image {image} --key {key}.pub --type {kind}")).expect_success();
            }
        }
        let line =
            format!("verify-attestation --key one.pub --insecure-ignore-tlog --type cyclonedx {image}");
        assert_ne!(cosign(&tool, &scene, &line).code(), Some(0));
        assert_eq!(json(&scene, &format!("verify image {image} --key one.pub --type cyclonedx")).0, 6);
    }
}

#[test]
fn an_identity_states_something_and_cosign_agrees() {
    let scene = scene();
    let Some(stack) = Sigstore::start(scene.environment()) else { return };
    let Some(tool) = tools::require("cosign") else { return };
    let Some(registry) = Registry::start(&Environment::new(), Flavor::Distribution3, Access::Anonymous)
    else {
        return;
    };
    let there = format!("{}:1.0.0", registry.repository("acme/app"));
    run(&scene, &format!("copy {LOCAL} {there}")).expect_success();
    scene.repo.write("token", stack.token());
    let trusting = format!("--trusted-root {}", stack.trusted_root().display());
    let services =
        format!("--identity-token token {trusting} --signing-config {}", stack.signing_config().display());
    let stated = "--type slsaprovenance1 --predicate provenance.json";
    let line = format!("attest image {there} {stated} {services}");
    assert_eq!(json(&scene, &line).1["outcome"], "signed");
    assert_eq!(json(&scene, &line).1["outcome"], "already-signed");
    let who = format!("--certificate-identity {PERSON} --certificate-oidc-issuer {}", stack.issuer());
    let verify = format!("verify image {there} {trusting} {who} --type slsaprovenance1");
    run(&scene, &verify).expect_success();
    let theirs = format!("verify-attestation {trusting} {who} --type slsaprovenance1 {there}");
    cosign(&tool, &scene, &theirs).expect_success();
    cosign(&tool, &scene, &format!("attest --yes {services} {stated} {there}")).expect_success();
    let (_, found) = json(&scene, &verify);
    let verified = found["signatures"].as_array().unwrap().iter().filter(|one| one["verdict"] == "verified");
    assert_eq!(verified.count(), 2, "{found}");
}
