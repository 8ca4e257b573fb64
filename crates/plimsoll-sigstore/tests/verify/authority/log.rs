//! A transparency log, of both versions of Rekor.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plimsoll_sigstore::artifact::HashAlgorithm;
use plimsoll_sigstore::bundle::{Content, InclusionProof, LogEntry};
use plimsoll_sigstore::certificate::Certificate;
use plimsoll_sigstore::dsse::Envelope;
use plimsoll_sigstore::key::PrivateKey;
use plimsoll_sigstore::trust::{Log, ValidFor};
use serde_json::{Value, json};

use super::NOW;

/// Where entries stand in the tree, and what stands around them.
const PLACE: usize = 2;
const OTHERS: [&[u8]; 4] = [b"first", b"second", b"fourth", b"fifth"];
/// How many entries older shards of the log have, which a promise counts too.
const BEFORE: u64 = 1000;

/// The log.
pub(crate) struct TransparencyLog {
    pub(crate) key: PrivateKey,
}

/// What a body says, in one of the forms that logs have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `hashedrekord` of version 1.
    HashV1,
    /// `dsse` of version 1.
    EnvelopeV1,
    /// `intoto` of version 1.
    StatementV1,
    /// `hashedrekord` of version 2.
    HashV2,
    /// `dsse` of version 2.
    EnvelopeV2,
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Form {
    fn kind(self) -> (&'static str, &'static str) {
        match self {
            Form::HashV1 => ("hashedrekord", "0.0.1"),
            Form::EnvelopeV1 => ("dsse", "0.0.1"),
            Form::StatementV1 => ("intoto", "0.0.2"),
            Form::HashV2 => ("hashedrekord", "0.0.2"),
            Form::EnvelopeV2 => ("dsse", "0.0.2"),
        }
    }

    /// The body of an entry for what a certificate's holder signed; `signed` are the bytes, where that is no envelope.
    pub(crate) fn body(self, content: &Content, signed: &[u8], certificate: &[u8]) -> Value {
        let sha256 = |bytes: &[u8]| HashAlgorithm::Sha256.digest(bytes);
        let hash_v1 = |bytes: &[u8]| json!({"algorithm": "sha256", "value": sha256(bytes).hex()});
        let hash_v2 =
            |bytes: &[u8]| json!({"algorithm": "SHA2_256", "digest": base64(sha256(bytes).bytes())});
        let pem = || {
            let read = Certificate::parse(certificate);
            base64(read.map_or_else(|_| "no certificate".to_owned(), |read| read.render()).as_bytes())
        };
        let signature = base64(content.signature());
        let raw = json!({"x509Certificate": {"rawBytes": base64(certificate)}, "keyDetails": "PKIX_ECDSA_P256_SHA_256"});
        let signed_v2 = json!({"content": signature, "verifier": raw});
        let envelope = |content: &Content| -> Envelope {
            let Content::Envelope(envelope) = content else { panic!("this form is for envelopes") };
            envelope.clone()
        };
        let signed = match content {
            Content::Envelope(envelope) => envelope.signed_bytes(),
            Content::Message { .. } => signed.to_vec(),
        };
        let spec = match self {
            Form::HashV1 => {
                json!({"data": {"hash": hash_v1(&signed)}, "signature": {"content": signature, "publicKey": {"content": pem()}}})
            }
            Form::EnvelopeV1 => {
                let payload = hash_v1(&envelope(content).payload);
                json!({"envelopeHash": hash_v1(b"any"), "payloadHash": payload, "signatures": [{"signature": signature, "verifier": pem()}]})
            }
            Form::StatementV1 => {
                let envelope = envelope(content);
                let one = json!({"publicKey": pem(), "sig": base64(signature.as_bytes())});
                let inside = json!({"payloadType": envelope.payload_type, "signatures": [one]});
                json!({"content": {"envelope": inside, "hash": hash_v1(b"any"), "payloadHash": hash_v1(&envelope.payload)}})
            }
            Form::HashV2 => json!({"hashedRekordV002": {"data": hash_v2(&signed), "signature": signed_v2}}),
            Form::EnvelopeV2 => {
                let payload = hash_v2(&envelope(content).payload);
                json!({"dsseV002": {"payloadHash": payload, "signatures": [signed_v2]}})
            }
        };
        let (kind, version) = self.kind();
        json!({"apiVersion": version, "kind": kind, "spec": spec})
    }
}

impl TransparencyLog {
    pub(crate) fn new() -> TransparencyLog {
        TransparencyLog { key: PrivateKey::generate().unwrap() }
    }

    /// As a trusted root has it.
    pub(crate) fn trusted(&self) -> Log {
        let key = self.key.public().clone();
        let id = key.id().bytes().to_vec();
        Log { url: "https://log.test".to_owned(), id, key, valid_for: ValidFor::default() }
    }

    /// An entry with a proof, as version 2 gives it.
    pub(crate) fn prove(&self, form: Form, body: &Value) -> LogEntry {
        let body = body.to_string().into_bytes();
        let (kind, version) = form.kind();
        let mut leaves: Vec<Vec<u8>> = OTHERS.iter().map(|one| one.to_vec()).collect();
        leaves.insert(PLACE, body.clone());
        let (root, tree_size) = (root(&leaves), u64::try_from(leaves.len()).unwrap());
        let place = u64::try_from(PLACE).unwrap();
        LogEntry {
            log_index: place,
            log_id: self.trusted().id,
            kind: kind.to_owned(),
            version: version.to_owned(),
            integrated_time: None,
            promise: None,
            proof: Some(InclusionProof {
                log_index: place,
                checkpoint: self.checkpoint(tree_size, &root),
                root_hash: root,
                tree_size,
                hashes: path(PLACE, &leaves),
            }),
            body,
        }
    }

    /// The same with a promise, as version 1 gives it.
    pub(crate) fn promise(&self, form: Form, body: &Value) -> LogEntry {
        let mut entry = self.prove(form, body);
        entry.log_index += BEFORE;
        entry.integrated_time = Some(NOW.as_second());
        self.promise_again(&mut entry);
        entry
    }

    /// Promises what the entry says now.
    pub(crate) fn promise_again(&self, entry: &mut LogEntry) {
        // The order of keys is that of RFC 8785.
        let promised = format!(
            r#"{{"body":"{}","integratedTime":{},"logID":"{}","logIndex":{}}}"#,
            base64(&entry.body),
            entry.integrated_time.unwrap_or_default(),
            hex(&entry.log_id),
            entry.log_index
        );
        entry.promise = Some(self.key.sign(promised.as_bytes()).unwrap());
    }

    /// The signed state of the log.
    pub(crate) fn checkpoint(&self, size: u64, root: &[u8]) -> String {
        let state = format!("log.test\n{size}\n{}\n", base64(root));
        let mut signature = self.trusted().id[..4].to_vec();
        signature.extend(self.key.sign(state.as_bytes()).unwrap());
        format!("{state}\n— log.test {}\n", base64(&signature))
    }
}

fn hash(parts: &[&[u8]]) -> Vec<u8> {
    HashAlgorithm::Sha256.digest(&parts.concat()).bytes().to_vec()
}

/// RFC 6962, 2.1.
fn root(leaves: &[Vec<u8>]) -> Vec<u8> {
    match leaves {
        [one] => hash(&[&[0], one]),
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            hash(&[&[1], &root(left), &root(right)])
        }
    }
}

/// RFC 6962, 2.1.1.
fn path(index: usize, leaves: &[Vec<u8>]) -> Vec<Vec<u8>> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut path, other) = match index.checked_sub(left.len()) {
        None => (path(index, left), root(right)),
        Some(index) => (path(index, right), root(left)),
    };
    path.push(other);
    path
}
