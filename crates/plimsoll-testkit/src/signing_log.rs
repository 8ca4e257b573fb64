//! A log of signatures, as a client sees it that trusts nobody: it gives back what it is sent, or does wrong on request. Beside the
//! real one of [`sigstore`](crate::sigstore), never instead: no proof of it would verify.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plimsoll_oci::name::Digest;
use serde_json::{Value, json};

use crate::fault_registry::wire::{Answer, Head, WireServer};

/// Where the log says that an entry is.
const ENTRY: &str = "/api/v1/log/entries/24296fb24b8ad77a";
/// What the log does with what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It takes it in.
    Entry,
    /// It says that it has it already.
    Taken,
    /// The same, and where.
    TakenThere,
    /// It gives an entry of another signature.
    Another,
    /// It is down.
    Down,
}

#[derive(Default)]
struct State {
    replies: VecDeque<Reply>,
    posted: Vec<String>,
    there: Option<Value>,
}

/// A log.
pub struct SigningLog {
    server: WireServer,
    state: Arc<Mutex<State>>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SigningLog {
    /// Starts one.
    pub fn start() -> SigningLog {
        let state = Arc::<Mutex<State>>::default();
        let here = Arc::clone(&state);
        let server = WireServer::start(move |head: &Head, body: &[u8]| {
            let mut state = lock(&here);
            match (head.method.as_str(), head.path.as_str()) {
                ("POST", "/api/v1/log/entries") => log(&mut state, body, entry_v1),
                ("POST", "/api/v2/log/entries") => log(&mut state, body, entry_v2),
                ("GET", ENTRY) => match &state.there {
                    Some(entry) => Answer::status(200).body(entry.to_string()),
                    None => Answer::status(404),
                },
                _ => Answer::status(404),
            }
        });
        SigningLog { server, state }
    }

    /// What the log does with the next entries, one after the other; it takes whatever comes after them.
    pub fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        lock(&self.state).replies = replies.into_iter().collect();
    }

    /// What the log was sent, as text.
    pub fn posted(&self) -> Vec<String> {
        lock(&self.state).posted.clone()
    }

    /// A signing config that names it, in a version of Rekor, and nothing else.
    pub fn config(&self, log_version: u32) -> String {
        let service = |version: u32| json!([{ "url": self.server.url(""), "majorApiVersion": version, "operator": "test", "validFor": { "start": "2020-01-01T00:00:00Z" } }]);
        let config = json!({
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "rekorTlogUrls": service(log_version),
            "rekorTlogConfig": { "selector": "ANY" },
            "tsaConfig": {},
        });
        config.to_string()
    }
}

fn log(state: &mut State, body: &[u8], entry: fn(&Value) -> Value) -> Answer {
    let posted: Value = serde_json::from_slice(body).unwrap_or_default();
    state.posted.push(posted.to_string());
    match state.replies.pop_front().unwrap_or(Reply::Entry) {
        Reply::Entry => Answer::status(201).body(entry(&posted).to_string()),
        Reply::Taken => Answer::status(409),
        Reply::TakenThere => {
            state.there = Some(entry(&posted));
            Answer::status(409).header("Location", ENTRY)
        }
        Reply::Another => {
            let first = state.posted.first().and_then(|first| serde_json::from_str(first).ok());
            Answer::status(201).body(entry(&first.unwrap_or_default()).to_string())
        }
        Reply::Down => Answer::status(503),
    }
}

/// An entry of version 1: of a hash as it was sent, of an envelope what is kept of one.
fn entry_v1(posted: &Value) -> Value {
    let body = match posted["kind"].as_str() {
        Some("dsse") => {
            let proposed = &posted["spec"]["proposedContent"];
            let envelope = proposed["envelope"].as_str().unwrap_or_default();
            let read: Value = serde_json::from_str(envelope).unwrap_or_default();
            let payload = STANDARD.decode(read["payload"].as_str().unwrap_or_default()).unwrap_or_default();
            let hash = |bytes: &[u8]| json!({ "algorithm": "sha256", "value": Digest::of(bytes).hex() });
            json!({ "apiVersion": "0.0.1", "kind": "dsse", "spec": {
                "envelopeHash": hash(envelope.as_bytes()),
                "payloadHash": hash(&payload),
                "signatures": [{ "signature": read["signatures"][0]["sig"], "verifier": proposed["verifiers"][0] }],
            } })
        }
        _ => posted.clone(),
    };
    let proof = json!({ "checkpoint": "log\n1\nAAAA\n", "hashes": [], "logIndex": 6, "rootHash": "00".repeat(32), "treeSize": 7 });
    json!({ "24296fb24b8ad77a": {
        "body": STANDARD.encode(body.to_string()),
        "integratedTime": 1_795_216_475,
        "logID": "c0d2".repeat(16),
        "logIndex": 77,
        "verification": { "inclusionProof": proof, "signedEntryTimestamp": STANDARD.encode("promise") },
    } })
}

/// An entry of version 2.
fn entry_v2(posted: &Value) -> Value {
    let request = &posted["hashedRekordRequestV002"];
    let body = json!({ "apiVersion": "0.0.2", "kind": "hashedrekord", "spec": { "hashedRekordV002": {
        "data": { "algorithm": "SHA2_256", "digest": request["digest"] },
        "signature": request["signature"],
    } } });
    json!({
        "logIndex": "77",
        "logId": { "keyId": STANDARD.encode([7; 32]) },
        "kindVersion": { "kind": "hashedrekord", "version": "0.0.2" },
        "integratedTime": "0",
        "inclusionProof": {
            "logIndex": "6", "rootHash": STANDARD.encode([0; 32]), "treeSize": "7", "hashes": [],
            "checkpoint": { "envelope": "log\n1\nAAAA\n" },
        },
        "canonicalizedBody": STANDARD.encode(body.to_string()),
    })
}
