//! Files that are signed with version 1 of Rekor, which the public-good instance runs: between Plimsoll and both cosigns, in every
//! version of the bundle, and where something is wrong with what the log has said.

use plimsoll_testkit::proxy::{Fault, Lasting, Proxy, When};
use plimsoll_testkit::sigstore::{Log, PERSON};
use plimsoll_testkit::tools;
use serde_json::{Value, json};

use crate::other_sigstores::{STRANGER, Stand};

const STATED: &str = "--type slsaprovenance1 --predicate provenance.json";

/// A bundle that lies there.
fn bundle(stand: &Stand, name: &str) -> Value {
    serde_json::from_str(&stand.scene.read(name)).unwrap()
}

/// What its one entry is.
fn kind(stand: &Stand, name: &str) -> String {
    let bundle = bundle(stand, name);
    let kind = &bundle["verificationMaterial"]["tlogEntries"][0]["kindVersion"];
    format!("{} {}", kind["kind"].as_str().unwrap(), kind["version"].as_str().unwrap())
}

/// Who must have signed, in words of either cosign.
fn trusting(stand: &Stand, person: &str) -> String {
    let (root, issuer) = (stand.stack.trusted_root(), stand.stack.issuer());
    format!(
        "--trusted-root {} --certificate-identity {person} --certificate-oidc-issuer {issuer}",
        root.display()
    )
}

#[test]
fn both_cosigns_and_plimsoll_verify_what_a_log_has_promised() {
    let Some([three, two]) = tools::require_all(["cosign", "cosign2"]) else { return };
    let Some(stand) = Stand::with(Log::V1) else { return };
    stand.sign();
    assert_eq!(kind(&stand, "ours.json"), "hashedrekord 0.0.1");
    assert_eq!(kind(&stand, "ours.att.json"), "dsse 0.0.1");
    for (tool, form) in [(&three, ""), (&two, "--new-bundle-format ")] {
        let verify = |what: &str, person: &str, file: &str| {
            stand.witness(tool, &format!("{what} {form}{} {file}", trusting(&stand, person))).code()
        };
        let blob = "verify-blob --bundle ours.json";
        let stated = "verify-blob-attestation --type slsaprovenance1 --bundle ours.att.json";
        for what in [blob, stated] {
            assert_eq!(verify(what, PERSON, "app.txt"), Some(0), "{form}{what}");
            assert_ne!(verify(what, STRANGER, "app.txt"), Some(0), "{form}{what}");
            assert_ne!(verify(what, PERSON, "other.txt"), Some(0), "{form}{what}");
        }
    }
    let services = format!(
        "--yes --identity-token token --trusted-root {} --signing-config {}",
        stand.stack.trusted_root().display(),
        stand.stack.signing_config().display()
    );
    stand.witness(&three, &format!("sign-blob {services} --bundle 3.json app.txt")).expect_success();
    stand.check_signed("3.json");
    stand
        .witness(&three, &format!("attest-blob {services} {STATED} --bundle 3.json app.txt"))
        .expect_success();
    stand.check_stated("3.json");
    let older = |line: &str| {
        let command = two.command(stand.scene.environment()).in_folder(stand.scene.repo.path());
        let services = stand.stack.older_services();
        let line = format!("{line} {services} --new-bundle-format --bundle 2.json app.txt");
        stand.stack.trusted_by(command).args(line.split_whitespace()).run().expect_success();
    };
    // It has no timestamp: the promise says when.
    older("sign-blob");
    stand.check_signed("2.json");
    older(&format!("sign-blob --timestamp-server-url {}", stand.stack.timestamp_url()));
    stand.check_signed("2.json");
    older(&format!("attest-blob {STATED}"));
    stand.check_stated("2.json");
    // Such an entry says of which text of the envelope it is, and a bundle does not have it: no cosign takes that either.
    older(&format!("attest-blob {STATED} --rekor-entry-type intoto"));
    assert_eq!(kind(&stand, "2.json"), "intoto 0.0.1");
    assert_eq!(stand.verify("2.json", "app.txt", PERSON).1, "log-entry-malformed");
    let line = format!("verify-blob-attestation --type slsaprovenance1 {}", trusting(&stand, PERSON));
    assert_ne!(stand.witness(&three, &format!("{line} --bundle 2.json app.txt")).code(), Some(0));
}

/// A change of a bundle, and the reason for which it is refused then, if it is.
type Change = (&'static str, fn(&mut Value, &Value), &'static str);

fn entry(bundle: &mut Value) -> &mut Value {
    &mut bundle["verificationMaterial"]["tlogEntries"][0]
}

fn remove(of: &mut Value, field: &str) {
    of.as_object_mut().unwrap().remove(field).unwrap();
}

/// Gives a bundle the form of an older version, in which the certificate is the only one of a chain.
fn grow_old(bundle: &mut Value, version: &str) {
    let material = &mut bundle["verificationMaterial"];
    material["x509CertificateChain"] = json!({ "certificates": [material["certificate"]] });
    remove(material, "certificate");
    bundle["mediaType"] = format!("application/vnd.dev.sigstore.bundle+json;version={version}").into();
}

/// Changes a promise, a signature in base64, where it is a number.
pub(crate) fn break_promise(promise: &mut Value) {
    let text = promise.as_str().unwrap();
    let (before, after) = text.split_at(20);
    let other = if after.starts_with('A') { 'B' } else { 'A' };
    *promise = format!("{before}{other}{}", &after[1..]).into();
}

fn promise(bundle: &mut Value) -> &mut Value {
    &mut entry(bundle)["inclusionPromise"]["signedEntryTimestamp"]
}

fn add(number: &mut Value, amount: i64) {
    *number = (number.as_str().unwrap().parse::<i64>().unwrap() + amount).to_string().into();
}

const CHANGES: [Change; 17] = [
    ("version 0.1 with promise and proof", |bundle, _| grow_old(bundle, "0.1"), ""),
    (
        "version 0.1 with the promise alone",
        |bundle, _| {
            grow_old(bundle, "0.1");
            remove(entry(bundle), "inclusionProof");
            remove(&mut bundle["verificationMaterial"], "timestampVerificationData");
        },
        "",
    ),
    ("version 0.2", |bundle, _| grow_old(bundle, "0.2"), ""),
    (
        "no timestamp: the promise says when",
        |bundle, _| remove(&mut bundle["verificationMaterial"], "timestampVerificationData"),
        "",
    ),
    (
        "version 0.3 without a proof",
        |bundle, _| remove(entry(bundle), "inclusionProof"),
        "bundle-log-entry-incomplete",
    ),
    (
        "a time that nobody promised",
        |bundle, _| {
            remove(entry(bundle), "inclusionPromise");
            let inside = entry(bundle)["inclusionProof"]["logIndex"].clone();
            entry(bundle)["logIndex"] = inside;
            remove(&mut bundle["verificationMaterial"], "timestampVerificationData");
        },
        "certificate-without-time",
    ),
    (
        "the number in the whole log, and no promise",
        |bundle, _| remove(entry(bundle), "inclusionPromise"),
        "log-other-index",
    ),
    ("a broken promise", |bundle, _| break_promise(promise(bundle)), "log-promise"),
    (
        "a broken promise and nothing else",
        |bundle, _| {
            grow_old(bundle, "0.1");
            remove(entry(bundle), "inclusionProof");
            break_promise(promise(bundle));
        },
        "log-promise",
    ),
    (
        "the promise of another entry",
        |bundle, other| {
            let theirs = other["verificationMaterial"]["tlogEntries"][0]["inclusionPromise"].clone();
            entry(bundle)["inclusionPromise"] = theirs;
        },
        "log-promise",
    ),
    ("a later time", |bundle, _| add(&mut entry(bundle)["integratedTime"], 60), "log-promise"),
    ("another number", |bundle, _| add(&mut entry(bundle)["logIndex"], 1), "log-promise"),
    (
        "another entry",
        |bundle, other| *entry(bundle) = other["verificationMaterial"]["tlogEntries"][0].clone(),
        "log-other-signature",
    ),
    (
        "the proof of another entry",
        |bundle, other| {
            let theirs = other["verificationMaterial"]["tlogEntries"][0]["inclusionProof"].clone();
            entry(bundle)["inclusionProof"] = theirs;
        },
        "log-inclusion",
    ),
    (
        "the proof of another entry beside a promise that would do",
        |bundle, other| {
            grow_old(bundle, "0.1");
            let theirs = other["verificationMaterial"]["tlogEntries"][0]["inclusionProof"].clone();
            entry(bundle)["inclusionProof"] = theirs;
        },
        "log-inclusion",
    ),
    (
        "a checkpoint of another tree",
        |bundle, _| {
            let note = &mut entry(bundle)["inclusionProof"]["checkpoint"]["envelope"];
            *note = note.as_str().unwrap().replacen(" - 1", " - 2", 1).into();
        },
        "log-checkpoint",
    ),
    ("no entry", |bundle, _| bundle["verificationMaterial"]["tlogEntries"] = json!([]), "log-entry-missing"),
];

#[test]
fn of_every_version_and_every_fault_others_think_the_same() {
    let Some([cosign, javascript]) = tools::require_all(["cosign", "sigstore-js"]) else { return };
    let Some(stand) = Stand::with(Log::V1) else { return };
    stand.sign();
    let other = bundle(&stand, "ours.json");
    for name in ["ours.json", "ours.att.json"] {
        std::fs::remove_file(stand.scene.repo.path().join(name)).unwrap();
    }
    stand.sign();
    let ours = bundle(&stand, "ours.json");
    for (what, change, reason) in CHANGES {
        let mut changed = ours.clone();
        change(&mut changed, &other);
        stand.scene.repo.write("changed.json", changed.to_string());
        assert_eq!(stand.verify("changed.json", "app.txt", PERSON).1, reason, "{what}");
        let line = format!("verify-blob --bundle changed.json {} app.txt", trusting(&stand, PERSON));
        let theirs = stand.witness(&cosign, &line);
        assert_eq!(theirs.code() == Some(0), reason.is_empty(), "{what}: {}", theirs.stderr());
        if reason.is_empty() {
            let (root, issuer) = (stand.stack.trusted_root(), stand.stack.issuer());
            let line = format!("verify {} changed.json {PERSON} {issuer} app.txt", root.display());
            stand.witness(&javascript, &line).expect_success();
        }
    }
    // npm's statements of provenance have a chain and an entry of this kind.
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "app.txt", "digest": { "sha256": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" } }],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {},
    });
    stand.scene.repo.write("statement.json", statement.to_string());
    let config = stand.stack.signing_config();
    for name in ["npm.json", "other.npm.json"] {
        let line = format!("attest {} token statement.json", config.display());
        let output = stand.witness(&javascript, &line);
        stand.scene.repo.write(name, output.expect_success().stdout());
    }
    let npm = bundle(&stand, "npm.json");
    assert_eq!(kind(&stand, "npm.json"), "intoto 0.0.2");
    assert_eq!(npm["mediaType"], "application/vnd.dev.sigstore.bundle+json;version=0.2");
    assert_eq!(stand.verify("npm.json", "app.txt", PERSON), (Some(0), String::new()));
    let mut changed = npm.clone();
    *entry(&mut changed) = bundle(&stand, "other.npm.json")["verificationMaterial"]["tlogEntries"][0].clone();
    stand.scene.repo.write("changed.json", changed.to_string());
    assert_eq!(stand.verify("changed.json", "app.txt", PERSON).1, "log-other-signature");
}

#[test]
fn what_another_log_promises_or_one_that_has_ended_is_refused() {
    let Some(stand) = Stand::with(Log::V1) else { return };
    stand.sign();
    let root: Value =
        serde_json::from_str(&std::fs::read_to_string(stand.stack.trusted_root()).unwrap()).unwrap();
    let mut other_key = root.clone();
    other_key["tlogs"][0]["publicKey"]["rawBytes"] = root["ctlogs"][0]["publicKey"]["rawBytes"].clone();
    let mut ended = root.clone();
    ended["tlogs"][0]["publicKey"]["validFor"]["end"] = "2021-01-01T00:00:00Z".into();
    let mut unknown = root;
    unknown["tlogs"] = json!([]);
    for (root, reason) in [(other_key, "log-promise"), (ended, "log-not-valid"), (unknown, "log-unknown")] {
        stand.scene.repo.write("root.json", root.to_string());
        for bundle in ["ours.json", "ours.att.json"] {
            let line = format!(
                "verify file app.txt --bundle {bundle} --trusted-root root.json --certificate-identity {PERSON} --certificate-oidc-issuer {}",
                stand.stack.issuer()
            );
            assert_eq!(stand.scene.json(&line)["reason"], reason, "{bundle}");
        }
    }
}

#[test]
fn an_entry_whose_answer_was_lost_is_fetched() {
    let Some(stand) = Stand::with(Log::V1) else { return };
    let (log, config) =
        (stand.stack.log_url(), std::fs::read_to_string(stand.stack.signing_config()).unwrap());
    let proxy = Proxy::start(log.strip_prefix("http://").unwrap());
    stand.scene.repo.write("config.json", config.replace(&log, &format!("http://{}", proxy.address())));
    let lines = [
        ("ours.json", "sign file app.txt".to_owned()),
        ("ours.att.json", format!("attest file app.txt {STATED}")),
    ];
    for (number, (bundle, line)) in lines.into_iter().enumerate() {
        proxy.reset();
        proxy.fail(When::first("POST", "/api/v1/log/entries"), Fault::LoseReply, Lasting::Once);
        let services = "--identity-token token --signing-config config.json";
        stand.scene.run(&format!("{line} --bundle {bundle} {services}")).expect_success();
        let seen: Vec<(String, Option<u16>)> =
            proxy.requests().into_iter().map(|one| (one.method, one.status)).collect();
        let of = |method: &str, status| (method.to_owned(), status);
        assert_eq!(seen, [of("POST", None), of("POST", Some(409)), of("GET", Some(200))], "{bundle}");
        assert_eq!(stand.verify(bundle, "app.txt", PERSON), (Some(0), String::new()), "{bundle}");
        let text = stand.scene.read(bundle);
        let read: Value = serde_json::from_str(&text).unwrap();
        let size = &read["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["treeSize"];
        assert_eq!(*size, (number + 1).to_string(), "the log has it once");
    }
}
