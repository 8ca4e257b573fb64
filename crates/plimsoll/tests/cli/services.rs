//! Services that sign, as they answer in rare moments: GitHub's tokens for a job, and a log that has an entry already.

use std::sync::{Arc, Mutex};

use plimsoll_testkit::fault_registry::wire::{Answer, Head, WireServer};
use plimsoll_testkit::sigstore::{PERSON, Sigstore};
use serde_json::{Value, json};

use crate::scene::{CONFIG, Scene};

const REQUEST: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const BEARER: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
/// `{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{}}` and `promise`, in base64.
const BODY: &str = "eyJhcGlWZXJzaW9uIjoiMC4wLjEiLCJraW5kIjoiaGFzaGVkcmVrb3JkIiwic3BlYyI6e319";
const PROMISE: &str = "cHJvbWlzZQ==";
const ENTRY: &str = "/api/v1/log/entries/24296fb24b8ad77a";

/// GitHub's service of tokens: gives `token` to whoever has the bearer, and keeps what it was asked.
fn issuer(token: Option<String>) -> (WireServer, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let server = WireServer::start(move |head: &Head, _: &[u8]| {
        seen.lock().unwrap().push(format!("{} {}?{}", head.method, head.path, head.query));
        match (&token, head.header("authorization")) {
            (Some(token), Some("Bearer of-the-job")) => {
                Answer::status(200).body(json!({ "value": token }).to_string())
            }
            (None, Some("Bearer of-the-job")) => Answer::status(200).body("<html>"),
            _ => Answer::status(401),
        }
    });
    (server, asked)
}

#[test]
fn a_job_of_github_signs_with_the_token_that_it_asks_for() {
    let scene = Scene::empty();
    let Some(stack) = Sigstore::start(scene.environment()) else { return };
    for file in [stack.signing_config(), stack.trusted_root()] {
        let name = file.file_name().unwrap().to_str().unwrap();
        scene.repo.write(name, std::fs::read_to_string(&file).unwrap());
    }
    let tables = format!(
        "\n[signing]\nkeyless = true\nsigning-config = \"signing_config.json\"\ntrusted-root = \"trusted_root.json\"\n\
         [[trust]]\nissuer = \"{}\"\nidentity = \"{PERSON}\"\n",
        stack.issuer()
    );
    scene.repo.write("plimsoll.toml", format!("{CONFIG}{tables}")).write("app", "app\n").commit("first");
    scene.repo.annotated_tag("v1.0.0");
    let release = |server: &WireServer, bearer: &str| {
        let command = scene.plimsoll("release v1.0.0 --local -o json");
        let output = command.set(REQUEST, server.url("/token?api-version=2.0")).set(BEARER, bearer).run();
        assert!(!output.stderr().contains("of-the-job"), "{}", output.stderr());
        let answer: Value = serde_json::from_str(output.stdout()).unwrap();
        (output.code(), answer)
    };
    // Somebody who may not ask, and an answer without a token: nothing was made.
    let (broken, _) = issuer(None);
    for bearer in ["of-another-job", "of-the-job"] {
        let (code, answer) = release(&broken, bearer);
        assert!(matches!(code, Some(4 | 8)), "{answer:#}");
        assert!(!scene.has(".plimsoll/releases"));
    }
    let (server, asked) = issuer(Some(stack.token()));
    let (code, answer) = release(&server, "of-the-job");
    assert_eq!((code, &answer["changed"]), (Some(0), &true.into()), "{answer:#}");
    let asked = asked.lock().unwrap();
    assert!(asked.iter().all(|one| one == "GET /token?api-version=2.0&audience=sigstore"), "{asked:?}");
    let verified = scene.json("verify v1.0.0 --local");
    assert_eq!(verified["authorship"], "vouched-for", "{verified:#}");
}

/// A log of version 1 that says of everything that it has it already, perhaps where; and its entry.
fn log(says_where: bool) -> WireServer {
    let proof = json!({ "checkpoint": "log\n1\nAAAA\n", "hashes": [], "logIndex": 6, "rootHash": "00".repeat(32), "treeSize": 7 });
    let entry = json!({
        "body": BODY,
        "integratedTime": 1_795_216_475,
        "logID": "c0d2".repeat(16),
        "logIndex": 77,
        "verification": { "inclusionProof": proof, "signedEntryTimestamp": PROMISE },
    });
    let entry = json!({ "24296fb24b8ad77a": entry }).to_string();
    WireServer::start(move |head: &Head, _: &[u8]| match (head.method.as_str(), head.path.as_str()) {
        ("POST", "/api/v1/log/entries") if says_where => Answer::status(409).header("Location", ENTRY),
        ("POST", "/api/v1/log/entries") => Answer::status(409),
        ("GET", ENTRY) => Answer::status(200).body(entry.clone()),
        _ => Answer::status(404),
    })
}

#[test]
fn an_entry_that_a_log_has_already_is_fetched_with_its_proof() {
    let scene = Scene::empty();
    scene.repo.write("app.txt", "hello\n");
    scene.plimsoll("key generate").set("COSIGN_PASSWORD", "sesame").run().expect_success();
    let sign = |server: &WireServer| {
        let config = json!({
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "rekorTlogUrls": [{ "url": server.url(""), "majorApiVersion": 1, "validFor": { "start": "2020-01-01T00:00:00Z" } }],
            "rekorTlogConfig": { "selector": "ANY" },
            "tsaConfig": {},
        });
        scene.repo.write("config.json", config.to_string());
        let line =
            "sign file app.txt --bundle app.json --key plimsoll.key --signing-config config.json -o json";
        let output = scene.plimsoll(line).set("COSIGN_PASSWORD", "sesame").run();
        (output.code(), serde_json::from_str::<Value>(output.stdout()).unwrap())
    };
    // It does not say where: nothing is written that lacks its proof.
    let (code, answer) = sign(&log(false));
    assert_eq!((code, &answer["error"]["code"]), (Some(8), &"signing-service".into()), "{answer:#}");
    assert!(!scene.has("app.json"));
    let (code, answer) = sign(&log(true));
    assert_eq!(code, Some(0), "{answer:#}");
    let bundle = std::fs::read_to_string(scene.repo.path().join("app.json")).unwrap();
    let bundle: Value = serde_json::from_str(&bundle).unwrap();
    let entry = &bundle["verificationMaterial"]["tlogEntries"][0];
    assert_eq!(
        (&entry["logIndex"], &entry["inclusionProof"]["treeSize"]),
        (&"77".into(), &"7".into()),
        "{entry:#}"
    );
    scene.run("verify file app.txt --bundle app.json --key plimsoll.pub").expect_success();
}
