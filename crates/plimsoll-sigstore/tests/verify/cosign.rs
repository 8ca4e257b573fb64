//! What cosign signed verifies.

use plimsoll_sigstore::artifact::{Artifact, HashAlgorithm};
use plimsoll_sigstore::bundle::Bundle;
use plimsoll_sigstore::certificate::Certificate;
use plimsoll_sigstore::policy::{Identity, Matcher, Policy, RequiredSigner};
use plimsoll_sigstore::trust::SigningConfig;
use plimsoll_sigstore::verify::{Check, Outcome, verify};

use crate::fixtures::*;

#[test]
fn every_keyless_bundle_verifies_by_its_identity() {
    let blob = blob();
    let table = [
        ("blob.sigstore.json", Some(&blob), workflow()),
        ("attest-blob.sigstore.json", Some(&blob), workflow()),
        ("image-signature.bundle.json", None, identity(PERSON, PERSON_ISSUER)),
        ("image-signature-gha.bundle.json", None, workflow()),
    ];
    for (name, artifact, policy) in table {
        let bundle = bundle(name);
        let image = || image(&bundle);
        let artifact = artifact.cloned().unwrap_or_else(image);
        let report = verify(&bundle, &artifact, &policy, Some(&root()));
        assert!(report.is_verified(), "{name}: {report:#?}");
        assert_eq!((report.logged.len(), report.timestamped.len()), (1, 1), "{name}");
    }
}

#[test]
fn a_keyless_signature_passes_every_check_by_name() {
    let report = verify(&bundle("blob.sigstore.json"), &blob(), &workflow(), Some(&root()));
    let passed = |check| {
        let finding = report.findings.iter().find(|finding| finding.check == check).unwrap();
        matches!(finding.outcome, Outcome::Passed(_))
    };
    let names: Vec<&str> = report.findings.iter().map(|finding| finding.check.name()).collect();
    let order = [
        "bundle",
        "digest",
        "signature",
        "certificate",
        "sct",
        "log",
        "timestamp",
        "identity",
        "predicate",
        "subject",
    ];
    assert_eq!(names, order);
    for check in [
        Check::Digest,
        Check::Signature,
        Check::Certificate,
        Check::Sct,
        Check::Log,
        Check::Timestamp,
        Check::Identity,
    ] {
        assert!(passed(check), "{check}");
    }
}

#[test]
fn a_signature_by_key_verifies_with_and_without_a_trusted_root() {
    let bundle = bundle("key-blob.sigstore.json");
    assert!(verify(&bundle, &blob(), &key(), None).is_verified());
    assert!(verify(&bundle, &blob(), &key(), Some(&root())).is_verified());
    let digest = HashAlgorithm::Sha256.digest(&read("blob.bin"));
    assert!(verify(&bundle, &Artifact::known_by(digest), &key(), None).is_verified());
}

#[test]
fn an_identity_may_be_a_pattern_and_a_statement_of_a_type() {
    let pattern = |name: &str, issuer: &str| Identity {
        name: Matcher::pattern(name).unwrap(),
        issuer: Matcher::pattern(issuer).unwrap(),
        source: None,
    };
    let policy = |identity, predicate_type: &str| Policy {
        signer: RequiredSigner::Identity(identity),
        predicate_type: Some(predicate_type.to_owned()),
    };
    let bundle = bundle("attest-blob.sigstore.json");
    let verified = |policy: &Policy| verify(&bundle, &blob(), policy, Some(&root())).is_verified();
    let slsa = "https://slsa.dev/provenance/v1";
    assert!(verified(&policy(pattern("^https://github[.]example[.]test/acme/", "gha$"), slsa)));
    assert!(!verified(&policy(pattern("^https://github[.]example[.]test/acme/$", "gha$"), slsa)));
    assert!(!verified(&policy(pattern("acme", "gha$"), "https://spdx.dev/Document")));
}

#[test]
fn what_cosign_wrote_is_written_again_as_it_was() {
    for name in [
        "blob.sigstore.json",
        "attest-blob.sigstore.json",
        "image-signature.bundle.json",
        "image-signature-gha.bundle.json",
        "key-blob.sigstore.json",
    ] {
        let once = bundle(name);
        assert_eq!(Bundle::parse(once.render().as_bytes()).unwrap(), once, "{name}");
        let json = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap();
        assert_eq!(json(once.render().as_bytes()), json(&read(name)), "{name}");
    }
}

#[test]
fn certificates_say_who_they_are_for() {
    let certificate = Certificate::parse_pem(&text("gha.crt")).unwrap();
    assert_eq!(certificate.find_subject_name().unwrap().unwrap().to_string(), WORKFLOW);
    assert_eq!(certificate.find_issuer().unwrap().as_deref(), Some(WORKFLOW_ISSUER));
    let source = certificate.find_source_repository().unwrap();
    assert_eq!(source.as_deref(), Some("https://github.example.test/acme/widget"));
    assert_eq!(Certificate::parse_pem(&certificate.render()).unwrap().der(), certificate.der());
}

#[test]
fn the_services_of_a_stack_are_read() {
    let config = SigningConfig::parse(&read("signing_config.json")).unwrap();
    let urls = |services: &[plimsoll_sigstore::trust::Service]| {
        services.iter().map(|service| (service.url.to_string(), service.api_version)).collect::<Vec<_>>()
    };
    assert_eq!(urls(&config.certificate_authorities), [("http://127.0.0.1:6110/".to_owned(), 1)]);
    assert_eq!(urls(&config.logs), [("http://127.0.0.1:6130/".to_owned(), 2)]);
    assert!(SigningConfig::parse(&read("signing_config.none.json")).unwrap().logs.is_empty());
}
