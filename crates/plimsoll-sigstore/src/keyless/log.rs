//! An entry in Rekor, of version 1 or 2.

use std::collections::BTreeMap;

use plimsoll_http::Transport;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::artifact::ArtifactDigest;
use crate::bundle::{Content, InclusionProof, LogEntry, Signer};
use crate::encoding::{Base64, parse_hex};
use crate::key::{KeyKind, PrivateKey};
use crate::keyless::service::{Answer, Asked};
use crate::keyless::{AnswerError, KeylessError, envelope, signer_in_pem};
use crate::log::Recorded;
use crate::trust::Service;
use crate::verify::Signature;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryV1 {
    body: Base64,
    integrated_time: i64,
    #[serde(rename = "logID")]
    log_id: String,
    log_index: u64,
    verification: VerificationV1,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerificationV1 {
    inclusion_proof: ProofV1,
    signed_entry_timestamp: Base64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProofV1 {
    checkpoint: String,
    hashes: Vec<String>,
    log_index: u64,
    root_hash: String,
    tree_size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BodyV1 {
    api_version: String,
    kind: String,
}

/// What came of having a signature logged.
pub(super) enum Added {
    /// It is: the entry of this very signature, with its proof.
    Entry(Box<LogEntry>),
    /// The log has it already and does not give it: an answer was lost, and only another signature gets an entry that can be had.
    Taken,
}

/// Has a signature logged.
pub(super) async fn add(
    transport: &Transport,
    service: &Service,
    key: &PrivateKey,
    signer: &Signer,
    content: &Content,
) -> Result<Added, KeylessError> {
    let asked = Asked { transport, service, kind: "log" };
    let entry = match service.api_version {
        1 => {
            let pem = signer_in_pem(key, signer).map_err(|why| asked.unusable(why))?;
            add_v1(&asked, &render_v1(key, &pem, content)).await?
        }
        _ => add_v2(&asked, &render_v2(key, signer, content)).await?,
    };
    let Some(entry) = entry else { return Ok(Added::Taken) };
    check(key, signer, content, &entry).map_err(|why| asked.unusable(why))?;
    Ok(Added::Entry(Box::new(entry)))
}

/// Whether an entry is that of this signature. Whether it is in the log is for a trusted root to say.
fn check(key: &PrivateKey, signer: &Signer, content: &Content, entry: &LogEntry) -> Result<(), AnswerError> {
    let recorded = Recorded::parse(entry)?;
    let digest = digest(key, content);
    let file = |algorithm| digest.as_ref().filter(|digest| digest.algorithm() == algorithm);
    let signature = Signature { signer, key: Some(key.public()), content, envelope: None, file };
    match signature.find_difference(&recorded) {
        None => Ok(()),
        Some(what) => Err(AnswerError::OtherSignature(what)),
    }
}

/// The digest of the bytes that are signed.
fn digest(key: &PrivateKey, content: &Content) -> Option<ArtifactDigest> {
    match content {
        Content::Message { digest, .. } => digest.clone(),
        Content::Envelope(envelope) => Some(key.hash().digest(&envelope.signed_bytes())),
    }
}

fn render_v2(key: &PrivateKey, signer: &Signer, content: &Content) -> Value {
    let key_details = match key.public().kind() {
        KeyKind::P384 => "PKIX_ECDSA_P384_SHA_384",
        KeyKind::P521 => "PKIX_ECDSA_P521_SHA_512",
        KeyKind::P256 | KeyKind::Rsa | KeyKind::Ed25519 => "PKIX_ECDSA_P256_SHA_256",
    };
    let verifier = match signer {
        Signer::Certificate(der) => {
            json!({ "x509Certificate": { "rawBytes": Base64::text(der) }, "keyDetails": key_details })
        }
        Signer::Key(_) => {
            json!({ "publicKey": { "rawBytes": Base64::text(key.public().der()) }, "keyDetails": key_details })
        }
    };
    let digest = digest(key, content);
    json!({ "hashedRekordRequestV002": {
        "digest": digest.map(|digest| Base64::text(digest.bytes())),
        "signature": { "content": Base64::text(content.signature()), "verifier": verifier },
    } })
}

fn render_v1(key: &PrivateKey, pem: &str, content: &Content) -> Value {
    let pem = Base64::text(pem.as_bytes());
    if let Some(envelope) = envelope(content) {
        // Byte for byte what is attached in the older form: the entry has a digest of it, with which cosign compares the layer.
        let proposed = json!({ "envelope": envelope.render(), "verifiers": [pem] });
        return json!({ "apiVersion": "0.0.1", "kind": "dsse", "spec": { "proposedContent": proposed } });
    }
    let hash = digest(key, content)
        .map(|digest| json!({ "algorithm": digest.algorithm().name(), "value": digest.hex() }));
    let signature = json!({ "content": Base64::text(content.signature()), "publicKey": { "content": pem } });
    let spec = json!({ "data": { "hash": hash }, "signature": signature });
    json!({ "apiVersion": "0.0.1", "kind": "hashedrekord", "spec": spec })
}

/// `None` if the log has it already and does not give it.
async fn add_v2(asked: &Asked<'_>, request: &Value) -> Result<Option<LogEntry>, KeylessError> {
    let url = asked.place("api/v2/log/entries");
    match asked.post(url, request.to_string().into_bytes(), "application/json").await? {
        Answer::Whole(answer) => LogEntry::parse(&answer).map(Some).map_err(|why| asked.unusable(why)),
        // Version 2 says so of what it was sent twice, and has no place where single entries could be read.
        Answer::There(_) => Ok(None),
    }
}

/// `None` if the log has it already and does not give it.
async fn add_v1(asked: &Asked<'_>, request: &Value) -> Result<Option<LogEntry>, KeylessError> {
    let url = asked.place("api/v1/log/entries");
    let answer = match asked.post(url, request.to_string().into_bytes(), "application/json").await? {
        Answer::Whole(answer) => answer,
        // A request whose answer was lost was heard: the entry is that of this very signature.
        Answer::There(Some(at)) => match asked.get(at).await {
            Ok(answer) => answer,
            // It is not where the log says that it is.
            Err(KeylessError::Refused { .. }) => return Ok(None),
            Err(why) => return Err(why),
        },
        Answer::There(None) => return Ok(None),
    };
    parse_v1(&answer).map(Some).map_err(|why| asked.unusable(why))
}

/// The one entry of an answer of version 1.
fn parse_v1(answer: &[u8]) -> Result<LogEntry, AnswerError> {
    let shape = |why: &str| AnswerError::Shape(why.to_owned());
    let entries: BTreeMap<String, EntryV1> =
        serde_json::from_slice(answer).map_err(|error| AnswerError::Shape(error.to_string()))?;
    let found = entries.len();
    let (Some(entry), 1) = (entries.into_values().next(), found) else {
        return Err(shape("it has not exactly one entry"));
    };
    let body: BodyV1 =
        serde_json::from_slice(&entry.body.0).map_err(|error| AnswerError::Shape(error.to_string()))?;
    let proof = entry.verification.inclusion_proof;
    let hashes: Option<Vec<Vec<u8>>> = proof.hashes.iter().map(|hash| parse_hex(hash)).collect();
    let digits = || shape("it has something else than hexadecimal digits");
    Ok(LogEntry {
        log_index: entry.log_index,
        log_id: parse_hex(&entry.log_id).ok_or_else(digits)?,
        kind: body.kind,
        version: body.api_version,
        integrated_time: Some(entry.integrated_time),
        promise: Some(entry.verification.signed_entry_timestamp.0),
        proof: Some(InclusionProof {
            log_index: proof.log_index,
            root_hash: parse_hex(&proof.root_hash).ok_or_else(digits)?,
            tree_size: proof.tree_size,
            hashes: hashes.ok_or_else(digits)?,
            checkpoint: proof.checkpoint,
        }),
        body: entry.body.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::legacy::Layer;
    use crate::sign::{bundle_of_key, sign_statement};

    /// cosign holds the digest in the entry against the layer, which is read back as it was attached.
    #[test]
    fn a_log_gets_an_envelope_byte_for_byte_as_it_is_attached() {
        let key = PrivateKey::generate().unwrap();
        let bundle = bundle_of_key(&key, sign_statement(&key, b"{}").unwrap());
        let layer = Layer::of_bundle(&bundle, b"").unwrap();
        let request = render_v1(&key, &key.public().render(), &bundle.content);
        let logged = request["spec"]["proposedContent"]["envelope"].as_str().unwrap();
        assert_eq!(logged.as_bytes(), layer.bytes);
    }
}
