//! Signatures that are in no log.

use jiff::{SignedDuration, Timestamp};
use plimsoll_sigstore::bundle::{Bundle, InclusionProof, LogEntry, Signer, Version};
use plimsoll_sigstore::dsse::IN_TOTO;
use plimsoll_sigstore::key::PrivateKey;
use plimsoll_sigstore::trust::ValidFor;
use serde_json::{Value, json};

use super::{Case, case, of, of_root};
use crate::authority::log::Form;
use crate::authority::*;

/// The good signature with another entry.
fn with(change: impl FnOnce(&mut LogEntry)) -> Vec<&'static str> {
    let mut bundle = INSTANCE.message();
    change(&mut bundle.entries[0]);
    of(&bundle)
}

/// The same with another proof.
fn proven(change: impl FnOnce(&mut InclusionProof)) -> Vec<&'static str> {
    with(|entry| change(entry.proof.as_mut().unwrap()))
}

/// The same with another checkpoint.
fn stated(change: impl FnOnce(&str) -> String) -> Vec<&'static str> {
    proven(|proof| proof.checkpoint = change(&proof.checkpoint))
}

/// A good signature that the log has taken in with another body.
fn logged(form: Form, change: impl FnOnce(&mut Value)) -> Vec<&'static str> {
    let mut bundle = match form {
        Form::HashV1 | Form::HashV2 => INSTANCE.message(),
        Form::EnvelopeV1 | Form::StatementV1 | Form::EnvelopeV2 => INSTANCE.attestation(),
    };
    let Signer::Certificate(certificate) = &bundle.signer else { panic!("it has a certificate") };
    let mut body = form.body(&bundle.content, BYTES, certificate);
    change(&mut body);
    bundle.entries = vec![INSTANCE.log.prove(form, &body)];
    of(&bundle)
}

/// A signature with a promise of the log, which is about something else by now.
fn promised(change: impl FnOnce(&mut LogEntry)) -> Bundle {
    let mut bundle = INSTANCE.promised(Version::V0_2, Form::HashV1, sign_bytes(&INSTANCE.holder, BYTES));
    change(&mut bundle.entries[0]);
    bundle
}

/// A broken promise, beside a timestamp, so that the time is known.
fn stamped(change: impl FnOnce(&mut LogEntry)) -> Vec<&'static str> {
    let mut bundle = promised(change);
    bundle.timestamps = INSTANCE.bundle(bundle.content.clone(), Vec::new()).timestamps;
    of(&bundle)
}

fn bodies() -> Vec<Case> {
    const V2: &str = "/spec/hashedRekordV002";
    let set = |form: Form, place: String, value: Value| {
        logged(form, move |body| *body.pointer_mut(&place).unwrap() = value)
    };
    let second = |form: Form, place: &'static str| {
        logged(form, move |body| {
            let all = body.pointer_mut(place).unwrap().as_array_mut().unwrap();
            all.push(all[0].clone());
        })
    };
    let raw = |place: &str| format!("{V2}/signature/verifier{place}");
    let nested = "[".repeat(10_000);
    vec![
        case("no json", "log-entry-malformed", with(|entry| entry.body = b"{".to_vec())),
        case("a nested one", "log-entry-malformed", with(|entry| entry.body = nested.into_bytes())),
        case("an unknown kind", "log-entry-malformed", with(|entry| entry.kind = "rpm".to_owned())),
        case(
            "another kind than it says",
            "log-entry-malformed",
            with(|entry| entry.kind = "dsse".to_owned()),
        ),
        case(
            "a digest of an unknown algorithm",
            "log-entry-malformed",
            set(Form::HashV2, format!("{V2}/data/algorithm"), json!("SHA1")),
        ),
        case(
            "a digest of another length",
            "log-entry-malformed",
            set(Form::HashV1, "/spec/data/hash/value".to_owned(), json!("00")),
        ),
        case(
            "nobody who signed",
            "log-entry-malformed",
            set(Form::HashV2, raw("/x509Certificate"), Value::Null),
        ),
        case(
            "two who signed",
            "log-entry-malformed",
            set(
                Form::HashV2,
                raw(""),
                json!({
                    "publicKey": {"rawBytes": ""}, "x509Certificate": {"rawBytes": ""},
                }),
            ),
        ),
        case(
            "something else than a certificate",
            "log-entry-malformed",
            set(Form::HashV1, "/spec/signature/publicKey/content".to_owned(), json!("AAAA")),
        ),
        case("two signatures", "log-entry-malformed", second(Form::EnvelopeV1, "/spec/signatures")),
        case(
            "two signatures in version 2",
            "log-entry-malformed",
            second(Form::EnvelopeV2, "/spec/dsseV002/signatures"),
        ),
        case(
            "two signatures of a statement",
            "log-entry-malformed",
            second(Form::StatementV1, "/spec/content/envelope/signatures"),
        ),
        case(
            "a signature that is base64 once",
            "log-entry-malformed",
            set(Form::StatementV1, "/spec/content/envelope/signatures/0/sig".to_owned(), json!("AAAA/w==")),
        ),
        case(
            "another signature",
            "log-other-signature",
            set(Form::HashV2, format!("{V2}/signature/content"), json!("AAAA")),
        ),
        case(
            "another signer",
            "log-other-signature",
            set(Form::HashV2, raw("/x509Certificate/rawBytes"), json!("AAAA")),
        ),
        case(
            "another digest",
            "log-other-signature",
            set(
                Form::HashV2,
                format!("{V2}/data/digest"),
                json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            ),
        ),
        case(
            "another payload",
            "log-other-signature",
            set(Form::EnvelopeV1, "/spec/payloadHash/value".to_owned(), json!("0".repeat(64))),
        ),
        case("the digest of a payload for that of bytes", "log-other-signature", {
            let content = sign_envelope(&INSTANCE.holder, IN_TOTO, BYTES);
            let envelope = Form::EnvelopeV2.body(&content, BYTES, b"");
            let mut bundle = INSTANCE.message();
            let digest = envelope["spec"]["dsseV002"]["payloadHash"].clone();
            let Signer::Certificate(certificate) = &bundle.signer else { panic!("it has a certificate") };
            let mut body = Form::HashV2.body(&bundle.content, BYTES, certificate);
            let signature = body["spec"]["hashedRekordV002"]["signature"].take();
            body = json!({"apiVersion": "0.0.2", "kind": "dsse", "spec": {"dsseV002": {
                "payloadHash": digest, "signatures": [signature],
            }}});
            bundle.entries = vec![INSTANCE.log.prove(Form::EnvelopeV2, &body)];
            of(&bundle)
        }),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    let message = INSTANCE.message();
    let past = ValidFor { start: None, end: Some(Timestamp::UNIX_EPOCH) };
    let other = PrivateKey::generate().unwrap();
    let mut missing = INSTANCE.message();
    missing.entries.clear();
    let mut alone = message.entries[0].clone();
    alone.proof = None;
    let mut bare = INSTANCE.message();
    bare.entries = vec![alone];
    let mut mixed = INSTANCE.message();
    mixed.entries.push(INSTANCE.message().entries[0].clone());
    let again = |change: &dyn Fn(&mut LogEntry)| {
        stamped(|entry| {
            change(entry);
            INSTANCE.log.promise_again(entry);
        })
    };
    let mut all = bodies();
    all.extend([
        case("no entry", "log-entry-missing", of(&missing)),
        case("another log", "log-unknown", with(|entry| entry.log_id[0] ^= 1)),
        case("a log without a name", "log-unknown", with(|entry| entry.log_id.clear())),
        case("neither proof nor promise", "log-without-proof", of(&bare)),
        case(
            "a promise by another",
            "log-promise",
            stamped(|entry| {
                entry.promise = Some(other.sign(b"any").unwrap());
            }),
        ),
        case(
            "a promise of another time",
            "log-promise",
            stamped(|entry| {
                entry.integrated_time = entry.integrated_time.map(|time| time + 1);
            }),
        ),
        case("a promise of another place", "log-promise", stamped(|entry| entry.log_index += 1)),
        case("a promise of no time", "log-promise", again(&|entry| entry.integrated_time = None)),
        case(
            "a promise of a time that is none",
            "log-promise",
            again(&|entry| entry.integrated_time = Some(i64::MAX)),
        ),
        case("a promise, and a time outside of the certificate's", "certificate-expired", {
            let mut bundle = promised(|entry| {
                entry.integrated_time = Some((NOW + SignedDuration::from_hours(1)).as_second());
                INSTANCE.log.promise_again(entry);
            });
            bundle.timestamps = INSTANCE.bundle(bundle.content.clone(), Vec::new()).timestamps;
            of(&bundle)
        }),
        case(
            "a log of former times",
            "log-not-valid",
            of_root(&message, |root| root.logs[0].valid_for = past),
        ),
        case("a promise by a log of former times", "log-not-valid", {
            of_root(&promised(|_| {}), |root| root.logs[0].valid_for = past)
        }),
        case("no checkpoint", "log-checkpoint", stated(|_| String::new())),
        case("a checkpoint without its end", "log-checkpoint", stated(|text| text.trim_end().to_owned())),
        case(
            "a checkpoint by another log",
            "log-checkpoint",
            stated(|text| text.replace("— log.test", "— other.test")),
        ),
        case(
            "a checkpoint of another state",
            "log-checkpoint",
            stated(|text| text.replacen("\n5\n", "\n6\n", 1)),
        ),
        case(
            "a large checkpoint",
            "log-checkpoint",
            stated(|text| text.to_owned() + &"— witness.test AAAAAAAA\n".repeat(10_000)),
        ),
        case(
            "many witnesses",
            "log-checkpoint",
            stated(|text| text.to_owned() + &"— witness.test AAAAAAAA\n".repeat(64)),
        ),
        case(
            "another root than the checkpoint's",
            "log-other-state",
            proven(|proof| proof.root_hash[0] ^= 1),
        ),
        case("another size than the checkpoint's", "log-other-state", proven(|proof| proof.tree_size += 1)),
        case("another place than the proof's", "log-other-index", with(|entry| entry.log_index += 1)),
        case("another path", "log-inclusion", proven(|proof| proof.hashes[0][0] ^= 1)),
        case(
            "a path that is too short",
            "log-inclusion",
            proven(|proof| {
                proof.hashes.pop();
            }),
        ),
        case("a path that is too long", "log-inclusion", proven(|proof| proof.hashes.push(vec![0; 32]))),
        case("a path of something else", "log-inclusion", proven(|proof| proof.hashes[0] = Vec::new())),
        case("another body", "log-inclusion", with(|entry| entry.body.push(b' '))),
        case(
            "another place in the tree",
            "log-inclusion",
            with(|entry| {
                entry.log_index = 3;
                entry.proof.as_mut().unwrap().log_index = 3;
            }),
        ),
        case(
            "a place outside of the tree",
            "log-inclusion",
            with(|entry| {
                entry.log_index = u64::MAX;
                entry.proof.as_mut().unwrap().log_index = u64::MAX;
            }),
        ),
        case("a second entry, of another signature", "log-other-signature", of(&mixed)),
    ]);
    all
}
