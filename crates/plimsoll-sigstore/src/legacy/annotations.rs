//! What stands beside a layer: the signature, the certificate, and what logs and timestamp authorities said.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bundle::{Bundle, LogEntry, Signer};
use crate::certificate::Certificate;
use crate::encoding::{Base64, hex, parse_hex};
use crate::legacy::LegacyError;

/// The signature, in base64; empty beside an envelope, which has its own.
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// The signer's certificate, in PEM.
const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
/// The entry in the log, with the log's promise.
const BUNDLE: &str = "dev.sigstore.cosign/bundle";
/// The timestamp.
const TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";
/// The type of statement in an envelope.
pub const PREDICATE_TYPE: &str = "predicateType";

/// What stands beside a layer.
pub(super) struct Beside {
    pub(super) signature: Vec<u8>,
    pub(super) signer: Signer,
    pub(super) entries: Vec<LogEntry>,
    pub(super) timestamps: Vec<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct PromisedJson {
    #[serde(rename = "SignedEntryTimestamp")]
    promise: Base64,
    #[serde(rename = "Payload")]
    entry: EntryJson,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EntryJson {
    body: Base64,
    integrated_time: i64,
    log_index: u64,
    #[serde(rename = "logID")]
    log_id: String,
}

#[derive(Serialize, Deserialize)]
struct TimestampJson {
    #[serde(rename = "SignedRFC3161Timestamp")]
    timestamp: Base64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BodyJson {
    api_version: String,
    kind: String,
}

/// Reads them.
pub(super) fn parse(annotations: &BTreeMap<String, String>) -> Result<Beside, LegacyError> {
    let text = |name: &'static str| annotations.get(name).filter(|text| !text.is_empty());
    let unreadable = |name| move |why: String| LegacyError::Annotation { name, why };
    let signature = match text(SIGNATURE) {
        Some(text) => {
            Base64::parse(text).ok_or("it is no base64".to_owned()).map_err(unreadable(SIGNATURE))?
        }
        None => Vec::new(),
    };
    let signer = match text(CERTIFICATE) {
        Some(text) => {
            let certificate = Certificate::parse_pem(text);
            let certificate = certificate.map_err(|why| unreadable(CERTIFICATE)(why.to_string()))?;
            Signer::Certificate(certificate.der().to_vec())
        }
        None => Signer::Key(String::new()),
    };
    let entry = text(BUNDLE).map(|text| parse_entry(text).map_err(unreadable(BUNDLE))).transpose()?;
    let timestamp = text(TIMESTAMP).map(|text| {
        serde_json::from_str::<TimestampJson>(text).map_err(|error| unreadable(TIMESTAMP)(error.to_string()))
    });
    let timestamps = timestamp.transpose()?.map(|json| json.timestamp.0).into_iter().collect();
    Ok(Beside { signature, signer, entries: entry.into_iter().collect(), timestamps })
}

fn parse_entry(text: &str) -> Result<LogEntry, String> {
    let json: PromisedJson = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let EntryJson { body, integrated_time, log_index, log_id } = json.entry;
    let stated: BodyJson = serde_json::from_slice(&body.0).map_err(|error| error.to_string())?;
    Ok(LogEntry {
        log_index,
        log_id: parse_hex(&log_id).ok_or("its log is named by something else than hexadecimal digits")?,
        kind: stated.kind,
        version: stated.api_version,
        integrated_time: Some(integrated_time),
        promise: Some(json.promise.0),
        proof: None,
        body: body.0,
    })
}

/// Renders those of a bundle.
pub(super) fn render(bundle: &Bundle, signature: &[u8]) -> Result<BTreeMap<String, String>, LegacyError> {
    let mut annotations = BTreeMap::from([(SIGNATURE.to_owned(), Base64::text(signature))]);
    if let Signer::Certificate(der) = &bundle.signer {
        let certificate = Certificate::parse(der)
            .map_err(|why| LegacyError::Annotation { name: CERTIFICATE, why: why.to_string() })?;
        annotations.insert(CERTIFICATE.to_owned(), certificate.render());
    }
    match bundle.entries.as_slice() {
        [] => {}
        [entry] => {
            annotations.insert(BUNDLE.to_owned(), render_entry(entry)?);
        }
        _ => return Err(LegacyError::NoPlace("entries in several logs")),
    }
    match bundle.timestamps.as_slice() {
        [] => {}
        [timestamp] => {
            let json = TimestampJson { timestamp: Base64(timestamp.clone()) };
            annotations.insert(TIMESTAMP.to_owned(), json_text(&json));
        }
        _ => return Err(LegacyError::NoPlace("several timestamps")),
    }
    Ok(annotations)
}

fn render_entry(entry: &LogEntry) -> Result<String, LegacyError> {
    let (Some(promise), Some(integrated_time)) = (&entry.promise, entry.integrated_time) else {
        return Err(LegacyError::NoPlace("an entry of a log without promises, such as version 2 of Rekor"));
    };
    let log_id = hex(&entry.log_id);
    let entry =
        EntryJson { body: Base64(entry.body.clone()), integrated_time, log_index: entry.log_index, log_id };
    Ok(json_text(&PromisedJson { promise: Base64(promise.clone()), entry }))
}

fn json_text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("all keys are texts")
}
