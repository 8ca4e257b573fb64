//! Every change of one byte of a valid bundle is refused, or means the same.

mod changes;
mod meaning;

use std::num::NonZero;
use std::thread;

use plimsoll_sigstore::artifact::{Artifact, HashAlgorithm};
use plimsoll_sigstore::bundle::{Bundle, Signer, Version};
use plimsoll_sigstore::dsse::IN_TOTO;
use plimsoll_sigstore::legacy::{Layer, verify_layer};
use plimsoll_sigstore::policy::{Policy, RequiredSigner};
use plimsoll_sigstore::sign::{bundle_of_key, sign_artifact, sign_statement};
use plimsoll_sigstore::timestamp;
use plimsoll_sigstore::trust::TrustedRoot;
use plimsoll_sigstore::verify::{Check, Finding, Report, verify};
use serde_json::{Value, json};

use crate::authority::log::Form;
use crate::authority::stamps::Answer;
use crate::authority::*;
use crate::corpus::{attested, payload, signed};
use crate::fixtures::*;
use changes::Changes;
use meaning::{meaning, meaning_of_timestamp};

/// What came of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    /// It is refused.
    Refused,
    /// It is another spelling of the same, or a change of what nobody relies on.
    Harmless,
}

/// How much came of what.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    refused: usize,
    harmless: usize,
}

/// Makes every change, on all processors, and says what came of them. `judge` panics where something is believed that is not the
/// same.
fn change_all(text: &[u8], changes: Changes, judge: impl Fn(&[u8]) -> Came + Sync) -> Sum {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let work = |first: usize| {
        let mut sum = Sum::default();
        let changed = (first..text.len()).step_by(workers).flat_map(|at| changes.at(text, at));
        for text in changed {
            match judge(&text) {
                Came::Refused => sum.refused += 1,
                Came::Harmless => sum.harmless += 1,
            }
        }
        sum
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|first| scope.spawn(move || work(first))).collect();
        workers.into_iter().fold(Sum::default(), |all, worker| {
            let one = worker.join().unwrap();
            Sum { refused: all.refused + one.refused, harmless: all.harmless + one.harmless }
        })
    })
}

/// What was found out, without how the bundle is spelled.
fn facts(report: &Report) -> (Vec<&Finding>, impl PartialEq + std::fmt::Debug) {
    let findings = report.findings.iter().filter(|finding| finding.check != Check::Bundle).collect();
    (findings, (&report.logged, &report.timestamped, &report.statement))
}

/// A good bundle, and who looks at it.
struct Good {
    text: String,
    artifact: Artifact,
    policy: Policy,
    root: Option<TrustedRoot>,
}

impl Good {
    /// One of the instance in memory.
    fn of(bundle: &Bundle) -> Good {
        Good { text: bundle.render(), artifact: artifact(), policy: signer(), root: Some(INSTANCE.root()) }
    }

    /// One that is by a key.
    fn by_key(text: String, artifact: Artifact, policy: Policy) -> Good {
        Good { text, artifact, policy, root: None }
    }

    fn holds(&self, changes: Changes) {
        let original = Bundle::parse(self.text.as_bytes()).unwrap();
        let verify = |bundle: &Bundle| verify(bundle, &self.artifact, &self.policy, self.root.as_ref());
        let right = verify(&original);
        assert!(right.is_verified(), "{right:#?}");
        let meant = meaning(original.clone());
        let sum = change_all(self.text.as_bytes(), changes, |text| {
            let bundle = match Bundle::parse(text) {
                Err(_) => return Came::Refused,
                Ok(bundle) if bundle == original => return Came::Harmless,
                Ok(bundle) => bundle,
            };
            let report = verify(&bundle);
            if !report.is_verified() {
                return Came::Refused;
            }
            let text = String::from_utf8_lossy(text);
            assert_eq!(meaning(bundle), meant, "believed, though it is not the same: {text}");
            assert_eq!(facts(&report), facts(&right), "{text}");
            Came::Harmless
        });
        assert!(sum.refused > 9 * sum.harmless, "{sum:?}");
    }
}

#[test]
fn of_a_signature_by_key() {
    Good::by_key(text("key-blob.sigstore.json"), blob(), key()).holds(Changes::All);
    let key = &INSTANCE.holder;
    let policy = || by(RequiredSigner::Key(key.public().clone()));
    let message = bundle_of_key(key, sign_artifact(key, &artifact()).unwrap());
    Good::by_key(message.render(), artifact(), policy()).holds(Changes::Complete);
    let attestation = bundle_of_key(key, sign_statement(key, statement().as_bytes()).unwrap());
    Good::by_key(attestation.render(), artifact(), policy()).holds(Changes::Complete);
}

#[test]
fn of_a_signature_by_certificate() {
    Good::of(&INSTANCE.message()).holds(Changes::Complete);
}

#[test]
fn of_a_statement_by_certificate() {
    Good::of(&INSTANCE.attestation()).holds(Changes::Sampled);
}

#[test]
fn of_what_cosign_signed() {
    let text = text("image-signature.bundle.json");
    let artifact = image(&Bundle::parse(text.as_bytes()).unwrap());
    let policy = identity(PERSON, PERSON_ISSUER);
    Good { text, artifact, policy, root: Some(root()) }.holds(Changes::Sampled);
}

/// A bundle as versions before 0.3 have it: with a chain in place of the certificate.
fn old(version: &str, bundle: &Bundle) -> String {
    let mut json: Value = serde_json::from_str(&bundle.render()).unwrap();
    json["mediaType"] = json!(format!("application/vnd.dev.sigstore.bundle+json;version={version}"));
    let material = json["verificationMaterial"].as_object_mut().unwrap();
    let leaf = material.remove("certificate").unwrap();
    material.insert("x509CertificateChain".to_owned(), json!({"certificates": [leaf, {"rawBytes": "AAAA"}]}));
    json.to_string()
}

#[test]
fn of_bundles_before_version_0_3() {
    let message = INSTANCE.promised(Version::V0_2, Form::HashV1, sign_bytes(&INSTANCE.holder, BYTES));
    Good { text: old("0.2", &message), ..Good::of(&message) }.holds(Changes::Sampled);
    let content = sign_envelope(&INSTANCE.holder, IN_TOTO, statement().as_bytes());
    let mut promised = INSTANCE.promised(Version::V0_1, Form::EnvelopeV1, content);
    promised.entries[0].proof = None;
    Good { text: old("0.1", &promised), ..Good::of(&promised) }.holds(Changes::Sampled);
}

#[test]
fn of_the_older_form() {
    let image = Artifact::known_by(HashAlgorithm::Sha256.digest(BYTES));
    let root = INSTANCE.root();
    for (good, of_the_layer) in [(signed(&payload()), Changes::Complete), (attested(), Changes::Sampled)] {
        let verify = |layer: &Layer| verify_layer(layer, &image, &signer(), Some(&root));
        let right = verify(&good);
        assert!(right.is_verified(), "{right:#?}");
        let meant = meaning(good.bundle().unwrap());
        let judge = |layer: &Layer| {
            let report = verify(layer);
            if !report.is_verified() {
                return Came::Refused;
            }
            assert_eq!(
                meaning(layer.bundle().unwrap()),
                meant,
                "believed, though it is not the same: {layer:?}"
            );
            assert_eq!(layer.bytes, good.bytes);
            assert_eq!(facts(&report), facts(&right));
            Came::Harmless
        };
        let whole = change_all(&good.bytes, of_the_layer, |bytes| {
            judge(&Layer { bytes: bytes.to_vec(), ..good.clone() })
        });
        assert_eq!(whole.harmless, 0, "what is signed has one spelling");
        for (name, text) in &good.annotations {
            change_all(text.as_bytes(), Changes::Sampled, |text| {
                let Ok(text) = String::from_utf8(text.to_vec()) else { return Came::Refused };
                let mut layer = good.clone();
                layer.annotations.insert(name.clone(), text);
                match layer.bundle() {
                    Ok(bundle) if bundle == good.bundle().unwrap() => Came::Harmless,
                    _ => judge(&layer),
                }
            });
        }
    }
}

#[test]
fn of_a_timestamp_that_brings_certificates_along() {
    let root = INSTANCE.root();
    let answer =
        Answer { brought: INSTANCE.stamps.certificate().to_vec(), nonce: Some(7), ..Answer::of(BYTES) };
    let good = INSTANCE.stamps.sign(&answer);
    let verify = |answer: &[u8]| timestamp::verify(answer, BYTES, &root.timestamp_authorities);
    let right = verify(&good).unwrap();
    let meant = meaning_of_timestamp(&good).unwrap();
    let sum = change_all(&good, Changes::Complete, |answer| match verify(answer) {
        Err(_) => Came::Refused,
        Ok(found) => {
            assert_eq!(found, right);
            assert_eq!(
                meaning_of_timestamp(answer).as_ref(),
                Some(&meant),
                "believed, though it is not the same"
            );
            Came::Harmless
        }
    });
    // What is brought along is not looked at, only read.
    assert!(sum.harmless > 100 && sum.refused > sum.harmless, "{sum:?}");
}

#[test]
fn of_a_certificate_in_der() {
    let good = INSTANCE.message();
    let Signer::Certificate(der) = &good.signer else { panic!("it has a certificate") };
    let root = INSTANCE.root();
    let sum = change_all(der, Changes::Complete, |der| {
        let bundle = Bundle { signer: Signer::Certificate(der.to_vec()), ..good.clone() };
        // With an entry of its own, since the log's check would refuse whatever is not the certificate.
        let bundle = Bundle { entries: vec![INSTANCE.entry(&bundle.content, der)], ..bundle };
        match verify(&bundle, &artifact(), &signer(), Some(&root)).is_verified() {
            true => Came::Harmless,
            false => Came::Refused,
        }
    });
    assert_eq!(sum.harmless, 0, "who holds which key has one spelling");
}
