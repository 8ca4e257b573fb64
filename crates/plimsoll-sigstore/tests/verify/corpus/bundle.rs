//! What is no bundle.

use plimsoll_sigstore::bundle::{Bundle, LIMIT};
use serde_json::{Value, json};

use super::{Case, case, of};
use crate::authority::*;

fn of_text(text: &[u8]) -> Vec<&'static str> {
    match Bundle::parse(text) {
        Ok(bundle) => of(&bundle),
        Err(why) => vec![why.word()],
    }
}

/// The reasons against a good bundle after a change of its JSON.
fn changed(bundle: &Bundle, change: impl FnOnce(&mut Value)) -> Vec<&'static str> {
    let mut json = serde_json::from_str(&bundle.render()).unwrap();
    change(&mut json);
    of_text(json.to_string().as_bytes())
}

/// The first of a list is in there as often as the largest bundle has place for.
fn repeat(list: &mut Value) {
    let first = list[0].clone();
    let most = LIMIT / first.to_string().len() * 9 / 10;
    *list = Value::Array(vec![first; most]);
}

const OLD: &str = "application/vnd.dev.sigstore.bundle+json;version=0.1";

pub(super) fn cases() -> Vec<Case> {
    let (message, attestation) = (INSTANCE.message(), INSTANCE.attestation());
    let message = |change: &dyn Fn(&mut Value)| changed(&message, change);
    let attestation = |change: &dyn Fn(&mut Value)| changed(&attestation, change);
    let whole = INSTANCE.message().render();
    let first = "\"mediaType\":";
    let twice = whole.replacen(first, &format!("\"mediaType\":\"\",{first}"), 1);
    let deep = |depth: usize| {
        let nested = "[".repeat(depth) + &"]".repeat(depth);
        whole.replacen(
            "\"verificationMaterial\":{",
            &format!("\"verificationMaterial\":{{\"x\":{nested},"),
            1,
        )
    };
    let material = "verificationMaterial";
    let one = |name: &'static str| move |json: &mut Value| json[material]["tlogEntries"][0][name].take();
    vec![
        case("one byte more than may be", "bundle-too-large", of_text(&vec![b' '; LIMIT + 1])),
        case("no json", "bundle-malformed", of_text(b"")),
        case("a cut one", "bundle-malformed", of_text(&whole.as_bytes()[..whole.len() - 1])),
        case("something after it", "bundle-malformed", of_text(format!("{whole}{{}}").as_bytes())),
        case("two in one file", "bundle-malformed", of_text(format!("{whole}\n{whole}").as_bytes())),
        case("one key twice", "bundle-malformed", of_text(twice.as_bytes())),
        case("nested a little", "bundle-malformed", of_text(deep(100).as_bytes())),
        case("nested deeper than any stack", "bundle-malformed", of_text(deep(1_000_000).as_bytes())),
        case("no utf-8", "bundle-malformed", of_text(b"{\"mediaType\":\"\xff\"}")),
        case(
            "no base64",
            "bundle-malformed",
            message(&|json| json["messageSignature"]["signature"] = json!("!")),
        ),
        case(
            "a number that is none",
            "bundle-malformed",
            message(&|json| {
                json[material]["tlogEntries"][0]["logIndex"] = json!("9223372036854775808");
            }),
        ),
        case(
            "no entry's body",
            "bundle-malformed",
            message(&|json| {
                one("canonicalizedBody")(json);
            }),
        ),
        case("an unknown field", "bundle-malformed", message(&|json| json[material]["more"] = json!(1))),
        case(
            "another media type",
            "bundle-media-type",
            message(&|json| json["mediaType"] = json!("text/plain")),
        ),
        case(
            "a media type with a space",
            "bundle-media-type",
            message(&|json| {
                json["mediaType"] = json!("application/vnd.dev.sigstore.bundle.v0.3+json ");
            }),
        ),
        case(
            "a media type of the future",
            "bundle-media-type",
            message(&|json| {
                json["mediaType"] = json!("application/vnd.dev.sigstore.bundle.v0.4+json");
            }),
        ),
        case(
            "nobody who signed",
            "bundle-signers",
            message(&|json| json[material]["certificate"] = Value::Null),
        ),
        case(
            "a key and a certificate",
            "bundle-signers",
            message(&|json| {
                json[material]["publicKey"] = json!({"hint": ""});
            }),
        ),
        case(
            "an empty chain",
            "bundle-signers",
            message(&|json| {
                json["mediaType"] = json!(OLD);
                json[material]["certificate"] = Value::Null;
                json[material]["x509CertificateChain"] = json!({"certificates": []});
            }),
        ),
        case(
            "a chain where it has no place",
            "bundle-certificate-chain",
            message(&|json| {
                let leaf = json[material]["certificate"].take();
                json[material]["x509CertificateChain"] = json!({"certificates": [leaf]});
            }),
        ),
        case("nothing signed", "bundle-contents", message(&|json| json["messageSignature"] = Value::Null)),
        case(
            "two things signed",
            "bundle-contents",
            attestation(&|json| {
                json["messageSignature"] = json!({"signature": "AAAA"});
            }),
        ),
        case(
            "two signatures",
            "bundle-signatures",
            attestation(&|json| {
                let signatures = json["dsseEnvelope"]["signatures"].as_array_mut().unwrap();
                signatures.push(signatures[0].clone());
            }),
        ),
        case(
            "no signature",
            "bundle-signatures",
            attestation(&|json| {
                json["dsseEnvelope"]["signatures"] = json!([]);
            }),
        ),
        case(
            "an empty signature",
            "bundle-without-signature",
            attestation(&|json| {
                json["dsseEnvelope"]["signatures"][0]["sig"] = json!("");
            }),
        ),
        case(
            "an entry before the first",
            "bundle-negative-number",
            message(&|json| {
                json[material]["tlogEntries"][0]["logIndex"] = json!("-1");
            }),
        ),
        case(
            "a proof for an entry before the first",
            "bundle-negative-number",
            message(&|json| {
                json[material]["tlogEntries"][0]["inclusionProof"]["logIndex"] = json!(-1);
            }),
        ),
        case(
            "a tree of less than nothing",
            "bundle-negative-number",
            message(&|json| {
                json[material]["tlogEntries"][0]["inclusionProof"]["treeSize"] = json!("-1");
            }),
        ),
        case(
            "a broken digest algorithm",
            "bundle-digest-algorithm",
            message(&|json| {
                json["messageSignature"]["messageDigest"]["algorithm"] = json!("SHA1");
            }),
        ),
        case(
            "a digest of another length",
            "bundle-digest-algorithm",
            message(&|json| {
                json["messageSignature"]["messageDigest"]["digest"] = json!("AAAA");
            }),
        ),
        case(
            "more entries than anybody writes",
            "bundle-too-many",
            message(&|json| repeat(&mut json[material]["tlogEntries"])),
        ),
        case(
            "more timestamps than anybody writes",
            "bundle-too-many",
            message(&|json| {
                repeat(&mut json[material]["timestampVerificationData"]["rfc3161Timestamps"]);
            }),
        ),
        case(
            "no inclusion proof",
            "bundle-log-entry-incomplete",
            message(&|json| {
                one("inclusionProof")(json);
            }),
        ),
        case(
            "no promise where one must be",
            "bundle-log-entry-incomplete",
            message(&|json| json["mediaType"] = json!(OLD)),
        ),
    ]
}
