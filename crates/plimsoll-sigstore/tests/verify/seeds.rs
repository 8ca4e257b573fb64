//! Seeds for the fuzzers, made anew by `UPDATE_SEEDS=1 cargo test -p plimsoll-sigstore --test verify seeds`.

use std::fs;
use std::path::Path;

use plimsoll_sigstore::bundle::{Signer, Version};
use plimsoll_sigstore::dsse::IN_TOTO;
use plimsoll_sigstore::legacy::Layer;
use plimsoll_sigstore::sign::{bundle_of_key, sign_artifact};
use serde_json::Value;

use crate::authority::log::Form;
use crate::authority::stamps::Answer;
use crate::authority::*;
use crate::corpus::{attested, payload, signed};

/// A layer, as the fuzzer takes it.
fn flat(layer: &Layer) -> Vec<u8> {
    let annotations = serde_json::to_string(&layer.annotations).unwrap();
    [annotations.as_bytes(), b"\n", &layer.bytes].concat()
}

#[test]
fn are_there() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let path = fuzz.join(target).join(name);
        if std::env::var_os("UPDATE_SEEDS").is_some() {
            fs::write(&path, bytes).unwrap();
        }
        assert!(path.exists(), "{} is missing: UPDATE_SEEDS=1 makes it", path.display());
    };
    let (message, attestation) = (INSTANCE.message(), INSTANCE.attestation());
    let promised = INSTANCE.promised(Version::V0_2, Form::HashV1, sign_bytes(&INSTANCE.holder, BYTES));
    let by_key = bundle_of_key(&INSTANCE.holder, sign_artifact(&INSTANCE.holder, &artifact()).unwrap());
    for (name, bundle) in
        [("message", &message), ("attestation", &attestation), ("promised", &promised), ("by_key", &by_key)]
    {
        write("bundle", name, bundle.render().as_bytes());
    }
    let entry = |text: &str| {
        let json: Value = serde_json::from_str(text).unwrap();
        json["verificationMaterial"]["tlogEntries"][0].to_string()
    };
    write("log_entry", "proven", entry(&message.render()).as_bytes());
    write("log_entry", "promised", entry(&promised.render()).as_bytes());
    for (name, form) in [
        ("envelope_v1", Form::EnvelopeV1),
        ("statement_v1", Form::StatementV1),
        ("envelope_v2", Form::EnvelopeV2),
    ] {
        let content = sign_envelope(&INSTANCE.holder, IN_TOTO, statement().as_bytes());
        let bundle = INSTANCE.promised(Version::V0_2, form, content);
        write("log_entry", name, entry(&bundle.render()).as_bytes());
    }
    let proof = message.entries[0].proof.as_ref().unwrap();
    write("checkpoint", "plain", proof.checkpoint.as_bytes());
    write("checkpoint", "witnessed", format!("{}— witness.test AAAAAAAA\n", proof.checkpoint).as_bytes());
    let Signer::Certificate(der) = &message.signer else { panic!("it has a certificate") };
    write("certificate", "holder", der);
    let trusted = INSTANCE.root();
    write("certificate", "root", trusted.certificate_authorities[0].certificates[1].der());
    write("certificate", "intermediate", trusted.certificate_authorities[0].certificates[0].der());
    write("certificate", "stamps", INSTANCE.stamps.certificate());
    write("timestamp", "plain", &message.timestamps[0]);
    let whole =
        Answer { nonce: Some(7), brought: INSTANCE.stamps.certificate().to_vec(), ..Answer::of(b"abc") };
    write("timestamp", "with_certificate", &INSTANCE.stamps.sign(&whole));
    write("timestamp", "refused", &INSTANCE.stamps.sign(&Answer { status: 2, ..Answer::of(b"abc") }));
    write("layer", "signature", &flat(&signed(&payload())));
    write("layer", "attestation", &flat(&attested()));
    write("key_file", "public", INSTANCE.holder.public().render().as_bytes());
}
