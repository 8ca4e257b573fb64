//! Services that sign, as they answer in rare moments: GitHub's tokens for a job, and logs that have an entry already,
//! give another one, or go down.

use std::sync::{Arc, Mutex};

use plimsoll_testkit::fault_registry::wire::{Answer, Head, WireServer};
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::signing_log::{Reply, SigningLog};
use plimsoll_testkit::sigstore::{PERSON, Sigstore};
use serde_json::{Value, json};

use crate::scene::{CONFIG, Scene};

const REQUEST: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const BEARER: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

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

/// A file, a key, and what `sign file` says and ends with where the log does this.
fn sign_by_log(version: u32, replies: &[Reply]) -> (Scene, SigningLog, (Option<i32>, Value)) {
    let scene = Scene::empty();
    scene.repo.write("app.txt", "hello\n");
    scene.plimsoll("key generate").set("COSIGN_PASSWORD", "sesame").run().expect_success();
    let services = SigningLog::start();
    scene.repo.write("config.json", services.config(version));
    services.reply(replies.iter().copied());
    let line = "sign file app.txt --bundle app.json --key plimsoll.key --signing-config config.json -o json";
    let output = scene.plimsoll(line).set("COSIGN_PASSWORD", "sesame").run();
    let answer = serde_json::from_str(output.stdout()).unwrap();
    (scene, services, (output.code(), answer))
}

#[test]
fn an_entry_that_a_log_has_already_is_fetched_with_its_proof() {
    let (scene, services, (code, answer)) = sign_by_log(1, &[Reply::TakenThere]);
    assert_eq!((code, services.posted().len()), (Some(0), 1), "{answer:#}");
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

#[test]
fn where_a_log_does_not_give_what_it_has_it_gets_another_signature() {
    for version in [1, 2] {
        let (scene, services, (code, answer)) = sign_by_log(version, &[Reply::Taken]);
        assert_eq!(code, Some(0), "version {version}: {answer:#}");
        let posted = services.posted();
        assert!(posted.len() == 2 && posted[0] != posted[1], "version {version}: {posted:#?}");
        scene.run("verify file app.txt --bundle app.json --key plimsoll.pub").expect_success();
        // Once: whoever says so of everything has nothing.
        let (scene, services, (code, answer)) = sign_by_log(version, &[Reply::Taken, Reply::Taken]);
        assert_eq!((code, &answer["error"]["code"]), (Some(8), &"signing-service".into()), "{answer:#}");
        assert_eq!((services.posted().len(), scene.has("app.json")), (2, false), "version {version}");
    }
}

#[test]
fn an_entry_of_another_signature_is_no_entry() {
    for version in [1, 2] {
        let (scene, services, (code, _)) = sign_by_log(version, &[]);
        assert_eq!(code, Some(0));
        std::fs::remove_file(scene.repo.path().join("app.json")).unwrap();
        services.reply([Reply::Another]);
        let line =
            "sign file app.txt --bundle app.json --key plimsoll.key --signing-config config.json -o json";
        let output = scene.plimsoll(line).set("COSIGN_PASSWORD", "sesame").run();
        let answer: Value = serde_json::from_str(output.stdout()).unwrap();
        assert_eq!(
            (output.code(), &answer["error"]["code"]),
            (Some(8), &"signing-service".into()),
            "{answer:#}"
        );
        assert!(output.stderr().contains("that of another signature"), "{}", output.stderr());
        assert!(!scene.has("app.json"), "version {version}: nothing is written");
    }
}

#[test]
fn what_has_no_place_in_its_form_is_refused_before_anything_is_signed() {
    let scene = Scene::released();
    scene.plimsoll("key generate").set("COSIGN_PASSWORD", "sesame").run().expect_success();
    scene.repo.write("reviewed.json", "{}");
    let services = SigningLog::start();
    let image = "local:registry.example/app:1.0.0";
    let run = |line: &str| {
        let output = scene.plimsoll(line).set("COSIGN_PASSWORD", "sesame").run();
        (output.code(), output)
    };
    for what in ["sign image", "attest image --type https://acme.test/x --predicate reviewed.json"] {
        let line = |form: &str| {
            format!("{what} {image} --key plimsoll.key --signing-config config.json --format {form}")
        };
        scene.repo.write("config.json", services.config(2));
        for form in ["legacy", "both"] {
            let (code, output) = run(&line(form));
            assert_eq!(code, Some(2), "{what} {form}: {}", output.stderr());
            assert!(output.stderr().contains("one entry of a log of version 1"), "{}", output.stderr());
        }
        assert_eq!(services.posted().len(), 0, "{what}: nothing was logged");
        let found = scene.json(&format!("verify image {image} --key plimsoll.pub"));
        assert_eq!(found["signatures"].as_array().map(Vec::len), Some(0), "nothing was attached: {found:#}");
    }
    scene.repo.write("config.json", services.config(1));
    let (code, output) =
        run(&format!("sign image {image} --key plimsoll.key --signing-config config.json --format both"));
    assert_eq!((code, services.posted().len()), (Some(0), 2), "{}", output.stderr());
}

#[test]
fn of_several_images_it_is_said_which_are_signed_when_a_service_fails() {
    let scene = Scene::released();
    scene.plimsoll("key generate").set("COSIGN_PASSWORD", "sesame").run().expect_success();
    let registry = Registry::start(scene.environment(), Flavor::Plimsoll, Access::Anonymous)
        .expect("our own registry is always there");
    let there: Vec<String> = ["a", "b", "c"]
        .map(|name| format!("{}:1.0.0", registry.repository(name)))
        .into_iter()
        .inspect(|image| {
            scene.run(&format!("copy local:registry.example/app:1.0.0 {image}")).expect_success();
        })
        .collect();
    let services = SigningLog::start();
    scene.repo.write("config.json", services.config(1));
    let sign = |images: &str| {
        let line = format!("sign image {images} --key plimsoll.key --signing-config config.json");
        let output = scene.plimsoll(&line).set("COSIGN_PASSWORD", "sesame").run();
        let line = format!("{line} -o json");
        (output, line)
    };
    // Nothing has left this machine.
    services.reply([Reply::Down; 30]);
    let (output, _) = sign(&there[0]);
    assert_eq!((output.code(), output.stdout()), (Some(8), ""), "{}", output.stderr());
    // Two of three are signed before the log goes down.
    services.reply([]);
    let (output, _) = sign(&there[..1].join(" "));
    assert_eq!(output.code(), Some(0), "{}", output.stderr());
    services.reply([Reply::Entry].into_iter().chain([Reply::Down; 30]));
    let (output, line) = sign(&there.join(" "));
    assert_eq!(output.code(), Some(9), "{}\n{}", output.stdout(), output.stderr());
    let (signed, not) =
        (output.stdout().matches("\nsigned by").count(), output.stdout().matches("NOT signed").count());
    assert_eq!((signed, not), (1, 1), "{}", output.stdout());
    assert!(output.stdout().contains("was signed before"), "{}", output.stdout());
    assert!(output.stdout().contains("running the same command again is safe"), "{}", output.stdout());
    // The same again, as programs read it: what was signed is told, and why the rest is not. Nothing left the machine this time.
    services.reply([Reply::Down; 30]);
    let output = scene.plimsoll(&line).set("COSIGN_PASSWORD", "sesame").run();
    let answer: Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!((output.code(), answer["images"].as_array().map(Vec::len)), (Some(8), Some(2)), "{answer:#}");
    let unsigned = &answer["unsigned"][0];
    assert_eq!(unsigned["problems"][0]["code"], "signing-service", "{answer:#}");
    // The service is back: only the third is signed.
    services.reply([]);
    let before = services.posted().len();
    let output = scene.plimsoll(&line).set("COSIGN_PASSWORD", "sesame").run();
    assert_eq!((output.code(), services.posted().len() - before), (Some(0), 1), "{}", output.stdout());
}
