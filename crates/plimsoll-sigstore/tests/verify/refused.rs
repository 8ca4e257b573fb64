//! Bad bundles: each is refused, for its own reason.

use plimsoll_sigstore::artifact::Artifact;
use plimsoll_sigstore::bundle::{Bundle, BundleError, LIMIT};
use plimsoll_sigstore::key::PrivateKey;
use plimsoll_sigstore::legacy::{Layer, verify_layer};
use plimsoll_sigstore::policy::{Matcher, Policy, RequiredSigner};
use plimsoll_sigstore::trust::TrustedRoot;
use plimsoll_sigstore::verify::{Check, Outcome, Report, verify};
use serde_json::{Value, json};

use crate::fixtures::*;

/// The reason of the first refusal, and its check.
fn reason(report: &Report) -> (&'static str, &'static str) {
    assert!(!report.is_verified(), "{report:#?}");
    report.refusal().map_or(("", ""), |refusal| (refusal.check().name(), refusal.word()))
}

fn json_of(name: &str) -> Value {
    serde_json::from_slice(&read(name)).unwrap()
}

/// The reason for which the keyless signature of the file is refused after a change.
fn changed(change: impl FnOnce(&mut Value)) -> (&'static str, &'static str) {
    changed_of("blob.sigstore.json", change)
}

fn changed_of(name: &str, change: impl FnOnce(&mut Value)) -> (&'static str, &'static str) {
    let mut json = json_of(name);
    change(&mut json);
    reason(&verify_text(&json.to_string(), &blob(), &workflow()))
}

/// A place in a bundle's JSON.
fn at<'a>(json: &'a mut Value, pointer: &str) -> &'a mut Value {
    json.pointer_mut(pointer).unwrap_or_else(|| panic!("there is no {pointer}"))
}

const MATERIAL: &str = "/verificationMaterial";
const ENTRY: &str = "/verificationMaterial/tlogEntries/0";
const PROOF: &str = "/verificationMaterial/tlogEntries/0/inclusionProof";
const STAMP: &str = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp";

#[test]
fn of_another_file() {
    let other = Artifact::of_bytes(b"something else".to_vec());
    let of = |name: &str, policy| reason(&verify(&bundle(name), &other, &policy, Some(&root())));
    assert_eq!(of("blob.sigstore.json", workflow()), ("digest", "digest-differs"));
    assert_eq!(of("key-blob.sigstore.json", key()), ("digest", "digest-differs"));
    assert_eq!(of("attest-blob.sigstore.json", workflow()), ("subject", "subject-missing"));
}

#[test]
fn of_another_file_also_where_no_digest_is_stated() {
    let mut json = json_of("key-blob.sigstore.json");
    at(&mut json, "/messageSignature").as_object_mut().unwrap().remove("messageDigest");
    let bundle = Bundle::parse(json.to_string().as_bytes()).unwrap();
    assert!(verify(&bundle, &blob(), &key(), None).is_verified());
    let other = Artifact::of_bytes(b"something else".to_vec());
    assert_eq!(reason(&verify(&bundle, &other, &key(), None)), ("signature", "signature-wrong"));
}

#[test]
fn of_another_signer() {
    let of = |policy| reason(&verify(&bundle("blob.sigstore.json"), &blob(), &policy, Some(&root())));
    assert_eq!(of(identity(PERSON, WORKFLOW_ISSUER)), ("identity", "identity-other-name"));
    assert_eq!(of(identity(WORKFLOW, PERSON_ISSUER)), ("identity", "identity-other-issuer"));
    assert_eq!(
        of(identity(&WORKFLOW[..WORKFLOW.len() - 1], WORKFLOW_ISSUER)),
        ("identity", "identity-other-name")
    );
    assert_eq!(of(key()), ("signature", "signature-by-certificate"));
}

#[test]
fn of_a_job_of_another_repository() {
    let of = |name: &str, policy: Policy| {
        let bundle = bundle(name);
        let artifact = if name == "blob.sigstore.json" { blob() } else { image(&bundle) };
        verify(&bundle, &artifact, &policy, Some(&root()))
    };
    let source = |source: &str| of("blob.sigstore.json", workflow_for(source));
    assert!(source("https://github.example.test/acme/widget").is_verified());
    for stranger in ["https://github.example.test/evil/widget", "https://github.example.test/acme"] {
        assert_eq!(reason(&source(stranger)), ("identity", "identity-other-source"), "{stranger}");
    }
    // Certificates of people say nothing of a repository.
    let mut person = identity(PERSON, PERSON_ISSUER);
    assert!(of("image-signature.bundle.json", person.clone()).is_verified());
    let RequiredSigner::Identity(identity) = &mut person.signer else { panic!("it is one") };
    identity.source = Some(Matcher::Exact("https://github.example.test/acme/widget".into()));
    assert_eq!(reason(&of("image-signature.bundle.json", person)), ("identity", "identity-without-source"));
}

#[test]
fn with_a_timestamp_of_the_signature_alone_in_the_older_form() {
    let mut bundle = bundle("attest-blob.sigstore.json");
    bundle.entries.clear();
    let layer = Layer::of_bundle(&bundle, b"").unwrap();
    let report = verify_layer(&layer, &blob(), &workflow(), Some(&root()));
    let stamped = report.findings.iter().find(|finding| finding.check == Check::Timestamp).unwrap();
    let Outcome::Refused(why) = &stamped.outcome else { panic!("{stamped:?}") };
    assert_eq!(why.word(), "timestamp-other-signature");
}

#[test]
fn of_another_key_or_of_nobody_in_particular() {
    let bundle = bundle("key-blob.sigstore.json");
    let other = by(RequiredSigner::Key(PrivateKey::generate().unwrap().public().clone()));
    assert_eq!(reason(&verify(&bundle, &blob(), &other, None)), ("signature", "signature-other-key"));
    assert_eq!(
        reason(&verify(&bundle, &blob(), &workflow(), Some(&root()))),
        ("identity", "identity-of-a-key")
    );
    let nobody = by(RequiredSigner::Unstated);
    assert_eq!(reason(&verify(&bundle, &blob(), &nobody, None)), ("identity", "identity-unstated"));
    let keyless = crate::fixtures::bundle("blob.sigstore.json");
    assert_eq!(reason(&verify(&keyless, &blob(), &nobody, Some(&root()))), ("identity", "identity-unstated"));
}

#[test]
fn without_a_trusted_root() {
    let report = verify(&bundle("blob.sigstore.json"), &blob(), &workflow(), None);
    assert!(!report.is_verified());
    assert_eq!(report.refusal(), None, "nothing is wrong, and nothing is known");
}

#[test]
fn by_authorities_that_are_not_trusted() {
    let root = |change: &dyn Fn(&mut Value)| {
        let mut json = json_of("trusted_root.json");
        change(&mut json);
        TrustedRoot::parse(json.to_string().as_bytes()).unwrap()
    };
    let of = |change: &dyn Fn(&mut Value)| {
        let report = verify(&bundle("blob.sigstore.json"), &blob(), &workflow(), Some(&root(change)));
        reason(&report)
    };
    let without = |kind: &'static str| move |json: &mut Value| *at(json, kind) = json!([]);
    assert_eq!(of(&without("/certificateAuthorities")), ("certificate", "certificate-untrusted"));
    assert_eq!(of(&without("/tlogs")), ("log", "log-unknown"));
    assert_eq!(of(&without("/timestampAuthorities")), ("timestamp", "timestamp-unknown-authority"));
    // Each was trusted once, and was not any more, or not yet.
    let past = json!({"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"});
    let until = |place: &'static str| {
        let past = past.clone();
        move |json: &mut Value| *at(json, place) = past.clone()
    };
    assert_eq!(of(&until("/certificateAuthorities/0/validFor")), ("certificate", "certificate-untrusted"));
    assert_eq!(of(&until("/timestampAuthorities/0/validFor")), ("timestamp", "timestamp-certificate"));
    assert_eq!(of(&until("/ctlogs/0/publicKey/validFor")), ("sct", "sct-log-not-valid"));
    assert_eq!(of(&until("/tlogs/0/publicKey/validFor")), ("log", "log-not-valid"));
    // The keys of others.
    let swap = |json: &mut Value| {
        let key = at(json, "/ctlogs/0/publicKey/rawBytes").clone();
        *at(json, "/tlogs/0/publicKey/rawBytes") = key;
    };
    assert_eq!(of(&swap), ("log", "log-checkpoint"));
    let swap = |json: &mut Value| {
        let key = at(json, "/tlogs/0/publicKey/rawBytes").clone();
        *at(json, "/ctlogs/0/publicKey/rawBytes") = key;
    };
    assert_eq!(of(&swap), ("sct", "sct-signature"));
}

#[test]
fn with_a_part_of_another_bundle() {
    let other = json_of("attest-blob.sigstore.json");
    let from = |pointer: &'static str| {
        let part = other.pointer(pointer).unwrap().clone();
        changed(move |json| *at(json, pointer) = part)
    };
    assert_eq!(from("/verificationMaterial/certificate"), ("signature", "signature-wrong"));
    assert_eq!(from("/verificationMaterial/tlogEntries"), ("log", "log-other-signature"));
    assert_eq!(from(STAMP), ("timestamp", "timestamp-other-signature"));
    assert_eq!(from(PROOF), ("log", "log-other-index"));
}

#[test]
fn with_a_part_missing() {
    let remove = |parent: &'static str, key: &'static str| {
        changed(move |json| {
            at(json, parent).as_object_mut().unwrap().remove(key).unwrap();
        })
    };
    assert_eq!(remove(MATERIAL, "tlogEntries"), ("log", "log-entry-missing"));
    assert_eq!(remove(MATERIAL, "timestampVerificationData"), ("certificate", "certificate-without-time"));
    assert_eq!(remove(ENTRY, "inclusionProof"), ("bundle", "bundle-log-entry-incomplete"));
    assert_eq!(remove(MATERIAL, "certificate"), ("bundle", "bundle-signers"));
    assert_eq!(remove("", "messageSignature"), ("bundle", "bundle-contents"));
    assert_eq!(remove("", "mediaType"), ("bundle", "bundle-malformed"));
}

#[test]
fn with_a_part_too_many() {
    let add = |parent: &'static str, key: &'static str, value: Value| {
        changed(move |json| {
            at(json, parent).as_object_mut().unwrap().insert(key.into(), value);
        })
    };
    assert_eq!(add(MATERIAL, "publicKey", json!({"hint": "x"})), ("bundle", "bundle-signers"));
    let envelope = json_of("attest-blob.sigstore.json")["dsseEnvelope"].clone();
    assert_eq!(add("", "dsseEnvelope", envelope), ("bundle", "bundle-contents"));
    assert_eq!(add("", "surprise", json!(1)), ("bundle", "bundle-malformed"));
    let two = changed_of("attest-blob.sigstore.json", |json| {
        let signatures = at(json, "/dsseEnvelope/signatures").as_array_mut().unwrap();
        let first = signatures[0].clone();
        signatures.push(first);
    });
    assert_eq!(two, ("bundle", "bundle-signatures"));
}

#[test]
fn with_a_part_changed() {
    let set = |pointer: &'static str, value: Value| changed(move |json| *at(json, pointer) = value);
    assert_eq!(set("/mediaType", json!("application/json")), ("bundle", "bundle-media-type"));
    let future = "application/vnd.dev.sigstore.bundle.v0.4+json";
    assert_eq!(set("/mediaType", json!(future)), ("bundle", "bundle-media-type"));
    let hashes = format!("{PROOF}/hashes").leak();
    assert_eq!(set(hashes, json!([])), ("log", "log-inclusion"));
    let root = format!("{PROOF}/rootHash").leak();
    assert_eq!(set(root, json!("AAAA")), ("log", "log-other-state"));
    let size = format!("{PROOF}/treeSize").leak();
    assert_eq!(set(size, json!("9")), ("log", "log-other-state"));
    let index = format!("{ENTRY}/logIndex").leak();
    assert_eq!(set(index, json!("8")), ("log", "log-other-index"));
    assert_eq!(set(index, json!("-1")), ("bundle", "bundle-negative-number"));
    let id = format!("{ENTRY}/logId/keyId").leak();
    assert_eq!(set(id, json!("AAAA")), ("log", "log-unknown"));
    let kind = format!("{ENTRY}/kindVersion/version").leak();
    assert_eq!(set(kind, json!("0.0.1")), ("log", "log-entry-malformed"));
    assert_eq!(set("/messageSignature/signature", json!("AAAA")), ("signature", "signature-wrong"));
    assert_eq!(set("/messageSignature/signature", json!("")), ("bundle", "bundle-without-signature"));
    assert_eq!(
        set("/messageSignature/messageDigest/algorithm", json!("MD5")),
        ("bundle", "bundle-digest-algorithm")
    );
    assert_eq!(set(STAMP, json!("AAAA")), ("timestamp", "timestamp-malformed"));
    assert_eq!(
        set("/verificationMaterial/certificate/rawBytes", json!("AAAA")),
        ("certificate", "certificate-malformed")
    );
}

#[test]
fn with_another_payload() {
    let payload = "eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEiLCJzdWJqZWN0IjpbXSwicHJlZGljYXRlVHlwZSI6IngifQ==";
    let of = |pointer: &'static str, value: &'static str| {
        changed_of("attest-blob.sigstore.json", move |json| *at(json, pointer) = json!(value))
    };
    assert_eq!(of("/dsseEnvelope/payload", payload), ("signature", "signature-wrong"));
    assert_eq!(of("/dsseEnvelope/payloadType", "text/plain"), ("signature", "signature-wrong"));
}

#[test]
fn without_being_a_bundle() {
    for text in ["", "{}", "[]", "null", "{\"mediaType\":1}", "\u{feff}{}"] {
        let report = verify_text(text, &blob(), &workflow());
        assert_eq!(reason(&report), ("bundle", "bundle-malformed"), "{text}");
    }
    assert_eq!(Bundle::parse(&vec![b' '; LIMIT + 1]), Err(BundleError::TooLarge { found: LIMIT + 1 }));
    let deep = "[".repeat(100_000);
    assert_eq!(reason(&verify_text(&deep, &blob(), &workflow())), ("bundle", "bundle-malformed"));
}
