//! Signatures of the older form.

use plimsoll_sigstore::artifact::{Artifact, HashAlgorithm};
use plimsoll_sigstore::bundle::{Bundle, Version};
use plimsoll_sigstore::dsse::IN_TOTO;
use plimsoll_sigstore::legacy::{LIMIT, Layer, verify_layer};

use super::{Case, case, reasons};
use crate::authority::log::Form;
use crate::authority::stamps::Answer;
use crate::authority::*;

const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
const LOGGED: &str = "dev.sigstore.cosign/bundle";
const STAMPED: &str = "dev.sigstore.cosign/rfc3161timestamp";

/// What cosign signs of an image that is [`BYTES`].
pub(crate) fn payload() -> String {
    let digest = HashAlgorithm::Sha256.digest(BYTES);
    format!(
        r#"{{"critical":{{"identity":{{"docker-reference":"r.test/a"}},"image":{{"docker-manifest-digest":"{digest}"}},"type":"cosign container image signature"}},"optional":null}}"#
    )
}

/// The signature of a payload, logged and stamped.
pub(crate) fn signed(payload: &str) -> Layer {
    let bytes = payload.as_bytes();
    let content = sign_bytes(&INSTANCE.holder, bytes);
    let certificate = INSTANCE.certificate(|_| {});
    let body = Form::HashV1.body(&content, bytes, &certificate);
    let bundle = Bundle {
        entries: vec![INSTANCE.log.promise(Form::HashV1, &body)],
        ..INSTANCE.bundle(content, certificate)
    };
    Layer::of_bundle(&bundle, bytes).unwrap()
}

/// The attestation of the older form: its timestamp is of the whole envelope.
pub(crate) fn attested() -> Layer {
    let content = sign_envelope(&INSTANCE.holder, IN_TOTO, statement().as_bytes());
    let mut bundle = INSTANCE.promised(Version::V0_1, Form::StatementV1, content);
    let whole = Layer::of_bundle(&bundle, b"").unwrap().bytes;
    bundle.timestamps = vec![INSTANCE.stamps.sign(&Answer::of(&whole))];
    Layer::of_bundle(&bundle, b"").unwrap()
}

fn of_layer(layer: &Layer) -> Vec<&'static str> {
    let image = Artifact::known_by(HashAlgorithm::Sha256.digest(BYTES));
    reasons(&verify_layer(layer, &image, &signer(), Some(&INSTANCE.root())))
}

fn of(change: impl FnOnce(&mut Layer)) -> Vec<&'static str> {
    let mut layer = signed(&payload());
    change(&mut layer);
    of_layer(&layer)
}

/// With another text beside it.
fn beside(name: &str, change: impl FnOnce(&str) -> String) -> Vec<&'static str> {
    of(|layer| {
        let text = change(&layer.annotations[name]);
        layer.annotations.insert(name.to_owned(), text);
    })
}

/// With another payload, signed.
fn stated(old: &str, new: &str) -> Vec<&'static str> {
    of_layer(&signed(&payload().replacen(old, new, 1)))
}

pub(super) fn cases() -> Vec<Case> {
    let no_place = Layer::of_bundle(&INSTANCE.message(), BYTES).unwrap_err().word();
    let attestation = |change: &dyn Fn(&mut Layer)| {
        let mut layer = attested();
        change(&mut layer);
        of_layer(&layer)
    };
    let nested = "[".repeat(100_000);
    vec![
        case("a large layer", "legacy-too-large", of(|layer| layer.bytes.resize(LIMIT + 1, b' '))),
        case(
            "no signature",
            "legacy-without-signature",
            of(|layer| {
                layer.annotations.remove(SIGNATURE);
            }),
        ),
        case(
            "a signature that is no base64",
            "legacy-annotation-malformed",
            beside(SIGNATURE, |text| format!("{text} ")),
        ),
        case(
            "a certificate that is none",
            "legacy-annotation-malformed",
            beside(CERTIFICATE, |text| text.replace("BEGIN", "BEGAN")),
        ),
        case(
            "a certificate with another label",
            "legacy-annotation-malformed",
            beside(CERTIFICATE, |text| text.replace("CERTIFICATE", "PUBLIC KEY")),
        ),
        case("an entry that is none", "legacy-annotation-malformed", beside(LOGGED, |_| "{}".to_owned())),
        case("a nested entry", "legacy-annotation-malformed", beside(LOGGED, |_| nested.clone())),
        case(
            "an entry with more",
            "legacy-annotation-malformed",
            beside(LOGGED, |text| text.replacen("\"body\"", "\"more\":1,\"body\"", 1)),
        ),
        case("a timestamp that is none", "legacy-annotation-malformed", beside(STAMPED, |_| "{}".to_owned())),
        case(
            "a payload with more",
            "legacy-payload-malformed",
            stated("\"critical\"", "\"more\":1,\"critical\""),
        ),
        case("a payload of another kind", "legacy-payload-kind", stated("container image", "container")),
        case("a payload with a digest that is none", "legacy-payload-digest", stated("sha256:", "sha256-")),
        case("another image", "subject-other-image", {
            let another = HashAlgorithm::Sha256.digest(b"another").to_string();
            stated(&HashAlgorithm::Sha256.digest(BYTES).to_string(), &another)
        }),
        case("an entry without a promise", "legacy-no-place", vec![no_place]),
        case(
            "an envelope that is none",
            "legacy-envelope-malformed",
            attestation(&|layer| layer.bytes = payload().into_bytes()),
        ),
        case(
            "an envelope with two signatures",
            "legacy-envelope-malformed",
            attestation(&|layer| {
                let text = String::from_utf8(layer.bytes.clone()).unwrap();
                layer.bytes =
                    text.replacen("\"signatures\":[", "\"signatures\":[{\"sig\":\"AAAA\"},", 1).into_bytes();
            }),
        ),
        case(
            "a timestamp of another spelling of the envelope",
            "timestamp-other-signature",
            attestation(&|layer| {
                layer.bytes.push(b'\n');
            }),
        ),
        case(
            "another time in the entry",
            "log-promise",
            beside(LOGGED, |text| {
                text.replacen(&NOW.as_second().to_string(), &(NOW.as_second() + 1).to_string(), 1)
            }),
        ),
    ]
}

#[test]
fn what_is_good_verifies() {
    let image = Artifact::known_by(HashAlgorithm::Sha256.digest(BYTES));
    for layer in [signed(&payload()), attested()] {
        let report = verify_layer(&layer, &image, &signer(), Some(&INSTANCE.root()));
        assert!(report.is_verified(), "{report:#?}");
    }
}
