//! Signatures of the older form, made by a key and verified.

use super::payload::Payload;
use super::*;
use crate::artifact::{ArtifactDigest, HashAlgorithm};
use crate::key::PrivateKey;
use crate::policy::RequiredSigner;
use crate::sign::{bundle_of_key, sign_artifact, sign_statement};

fn digest(of: &[u8]) -> ArtifactDigest {
    HashAlgorithm::Sha256.digest(of)
}

fn policy(key: &PrivateKey) -> Policy {
    Policy { signer: RequiredSigner::Key(key.public().clone()), predicate_type: None }
}

fn signature(key: &PrivateKey, payload: &str) -> Layer {
    let content = sign_artifact(key, &Artifact::of_bytes(payload.as_bytes().to_vec())).unwrap();
    Layer::of_bundle(&bundle_of_key(key, content), payload.as_bytes()).unwrap()
}

/// As cosign writes it.
fn payload(of: &[u8]) -> String {
    format!(
        r#"{{"critical":{{"identity":{{"docker-reference":"registry.example/app"}},"image":{{"docker-manifest-digest":"{}"}},"type":"cosign container image signature"}},"optional":null}}"#,
        digest(of)
    )
}

fn word(report: &Report) -> &'static str {
    report.refusal().map_or("verified", Refusal::word)
}

#[test]
fn a_payload_may_have_what_the_signer_added() {
    let added = payload(b"image").replace("null", r#"{"creator":"cosign"}"#);
    let read = Payload::parse(added.as_bytes()).unwrap();
    assert_eq!((read.digest, read.reference.as_str()), (digest(b"image"), "registry.example/app"));
}

#[test]
fn what_a_key_signs_verifies_and_nothing_else_does() {
    let (key, other) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
    let image = Artifact::known_by(digest(b"image"));
    let layer = signature(&key, &payload(b"image"));
    let report = verify_layer(&layer, &image, &policy(&key), None);
    assert!(report.is_verified(), "{report:#?}");
    assert_eq!(word(&verify_layer(&layer, &image, &policy(&other), None)), "signature-wrong");
    let another = Artifact::known_by(digest(b"another"));
    assert_eq!(word(&verify_layer(&layer, &another, &policy(&key), None)), "subject-other-image");
    let unstated = Policy { signer: RequiredSigner::Unstated, predicate_type: None };
    assert!(!verify_layer(&layer, &image, &unstated, None).is_verified());
}

#[test]
fn each_bad_layer_is_refused_for_its_own_reason() {
    let key = PrivateKey::generate().unwrap();
    let image = Artifact::known_by(digest(b"image"));
    let good = signature(&key, &payload(b"image"));
    let with = |name: &str, text: &str| {
        let mut layer = good.clone();
        layer.annotations.insert(name.to_owned(), text.to_owned());
        layer
    };
    let signed = |payload: &str| signature(&key, payload);
    let entry = r#"{"SignedEntryTimestamp":"AAAA","Payload":{"body":"e30=","integratedTime":1,"logIndex":1,"logID":"00"}}"#;
    let table = [
        (with("dev.cosignproject.cosign/signature", ""), "legacy-without-signature"),
        (with("dev.cosignproject.cosign/signature", "!"), "legacy-annotation-malformed"),
        (with("dev.cosignproject.cosign/signature", "AAAA"), "signature-wrong"),
        (with("dev.sigstore.cosign/certificate", "no certificate"), "legacy-annotation-malformed"),
        (with("dev.sigstore.cosign/bundle", "{}"), "legacy-annotation-malformed"),
        (with("dev.sigstore.cosign/bundle", entry), "legacy-annotation-malformed"),
        (with("dev.sigstore.cosign/rfc3161timestamp", "{}"), "legacy-annotation-malformed"),
        (signed("{}"), "legacy-payload-malformed"),
        (signed(&payload(b"image").replace("cosign container", "another")), "legacy-payload-kind"),
        (signed(&payload(b"image").replace("sha256:", "sha257:")), "legacy-payload-digest"),
        (signed(&payload(b"image").replace("\"optional\"", "\"unknown\"")), "legacy-payload-malformed"),
        (signed(&payload(b"another")), "subject-other-image"),
        (Layer { kind: Kind::Attestation, ..good.clone() }, "legacy-envelope-malformed"),
        (Layer { bytes: vec![b' '; LIMIT + 1], ..good.clone() }, "legacy-too-large"),
    ];
    for (layer, want) in table {
        let report = verify_layer(&layer, &image, &policy(&key), None);
        assert!(!report.is_verified());
        assert_eq!(word(&report), want, "{:?}", layer.annotations);
    }
}

#[test]
fn every_change_of_one_byte_is_refused() {
    let key = PrivateKey::generate().unwrap();
    let image = Artifact::known_by(digest(b"image"));
    let good = signature(&key, &payload(b"image"));
    for at in 0..good.bytes.len() {
        for other in (0..8).map(|bit| good.bytes[at] ^ (1 << bit)) {
            let mut layer = good.clone();
            layer.bytes[at] = other;
            assert!(!verify_layer(&layer, &image, &policy(&key), None).is_verified(), "byte {at}: {other}");
        }
    }
    let name = "dev.cosignproject.cosign/signature";
    let (text, whole) = (good.annotations[name].clone(), good.bundle().unwrap());
    for at in 0..text.len() {
        for other in (0..7).map(|bit| text.as_bytes()[at] ^ (1 << bit)) {
            let mut changed = text.clone().into_bytes();
            changed[at] = other;
            let mut layer = good.clone();
            layer.annotations.insert(name.to_owned(), String::from_utf8(changed).unwrap());
            // Two alphabets of base64 spell one signature.
            let same = layer.bundle().is_ok_and(|bundle| bundle == whole);
            let accepted = verify_layer(&layer, &image, &policy(&key), None).is_verified();
            assert_eq!(accepted, same, "{at}: {other}");
        }
    }
}

#[test]
fn an_attestation_goes_there_and_back() {
    let key = PrivateKey::generate().unwrap();
    let image = Artifact::known_by(digest(b"image"));
    let statement = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"digest":{{"sha256":"{}"}}}}],"predicateType":"https://slsa.dev/provenance/v1","predicate":{{}}}}"#,
        digest(b"image").hex()
    );
    let content = sign_statement(&key, statement.as_bytes()).unwrap();
    let bundle = bundle_of_key(&key, content);
    let layer = Layer::of_bundle(&bundle, b"").unwrap();
    assert_eq!(layer.kind, Kind::Attestation);
    assert_eq!(layer.annotations["dev.cosignproject.cosign/signature"], "");
    let of_type = |kind: &str| Policy { predicate_type: Some(kind.to_owned()), ..policy(&key) };
    let report = verify_layer(&layer, &image, &of_type("https://slsa.dev/provenance/v1"), None);
    assert!(report.is_verified(), "{report:#?}");
    let report = verify_layer(&layer, &image, &of_type("https://spdx.dev/Document"), None);
    assert_eq!(word(&report), "predicate-other-type");
}

#[test]
fn what_the_older_form_has_no_place_for_is_said() {
    let key = PrivateKey::generate().unwrap();
    let content = sign_artifact(&key, &Artifact::of_bytes(b"payload".to_vec())).unwrap();
    let mut bundle = bundle_of_key(&key, content);
    bundle.timestamps = vec![vec![1], vec![2]];
    let refused = Layer::of_bundle(&bundle, b"payload").unwrap_err();
    assert_eq!(refused, LegacyError::NoPlace("several timestamps"));
}
