//! Signed entry timestamps of version 1 of Rekor.

use serde::Serialize;

use crate::artifact::HashAlgorithm;
use crate::bundle::LogEntry;
use crate::encoding::{Base64, hex};
use crate::key::{PublicKey, WrongSignature};

/// What is signed, as canonical JSON (RFC 8785): the fields are in the order of their names, and hold nothing that must be
/// escaped.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Promised {
    body: String,
    integrated_time: i64,
    #[serde(rename = "logID")]
    log_id: String,
    log_index: u64,
}

/// The bytes that a promise for an entry is a signature over.
pub(super) fn signed_bytes(entry: &LogEntry) -> Vec<u8> {
    let promised = Promised {
        body: Base64::text(&entry.body),
        integrated_time: entry.integrated_time.unwrap_or_default(),
        log_id: hex(&entry.log_id),
        log_index: entry.log_index,
    };
    serde_json::to_vec(&promised).expect("texts and numbers are json")
}

/// Verifies a promise.
pub(super) fn verify(entry: &LogEntry, promise: &[u8], key: &PublicKey) -> Result<(), WrongSignature> {
    key.verify(&signed_bytes(entry), HashAlgorithm::Sha256, promise)
}
