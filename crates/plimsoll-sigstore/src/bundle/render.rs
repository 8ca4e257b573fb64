//! Bundle → text, always of version 0.3.

use crate::bundle::json::{
    BundleJson, CheckpointJson, DigestJson, EntryJson, HintJson, KindJson, LogIdJson, MaterialJson,
    MessageJson, PromiseJson, ProofJson, RawJson, TimestampJson, TimestampsJson,
};
use crate::bundle::{Bundle, Content, InclusionProof, LogEntry, MEDIA_TYPE, Signer};
use crate::dsse::EnvelopeJson;
use crate::encoding::{Base64, Int64};

impl Bundle {
    /// Renders it as one line of JSON, as cosign does.
    pub fn render(&self) -> String {
        let (public_key, certificate) = match &self.signer {
            Signer::Key(hint) => (Some(HintJson { hint: hint.clone() }), None),
            Signer::Certificate(der) => (None, Some(RawJson { raw_bytes: Base64(der.clone()) })),
        };
        let timestamps = self.timestamps.iter();
        let timestamps =
            timestamps.map(|one| TimestampJson { signed_timestamp: Base64(one.clone()) }).collect();
        let (message_signature, dsse_envelope) = match &self.content {
            Content::Message { digest, signature } => {
                let message_digest = digest.as_ref().map(|digest| DigestJson {
                    algorithm: digest.algorithm().proto_name().to_owned(),
                    digest: Base64(digest.bytes().to_vec()),
                });
                (Some(MessageJson { message_digest, signature: Base64(signature.clone()) }), None)
            }
            Content::Envelope(envelope) => (None, Some(EnvelopeJson::of(envelope))),
        };
        let json = BundleJson {
            media_type: MEDIA_TYPE.to_owned(),
            verification_material: MaterialJson {
                public_key,
                x509_certificate_chain: None,
                certificate,
                tlog_entries: self.entries.iter().map(entry).collect(),
                timestamp_verification_data: (!self.timestamps.is_empty())
                    .then_some(TimestampsJson { rfc3161_timestamps: timestamps }),
            },
            message_signature,
            dsse_envelope,
        };
        serde_json::to_string(&json).expect("all keys are texts")
    }
}

fn entry(entry: &LogEntry) -> EntryJson {
    EntryJson {
        log_index: index(entry.log_index),
        log_id: LogIdJson { key_id: Base64(entry.log_id.clone()) },
        kind_version: KindJson { kind: entry.kind.clone(), version: entry.version.clone() },
        integrated_time: Int64(entry.integrated_time.unwrap_or_default()),
        inclusion_promise: entry
            .promise
            .as_ref()
            .map(|promise| PromiseJson { signed_entry_timestamp: Base64(promise.clone()) }),
        inclusion_proof: entry.proof.as_ref().map(proof),
        canonicalized_body: Base64(entry.body.clone()),
    }
}

fn proof(proof: &InclusionProof) -> ProofJson {
    ProofJson {
        log_index: index(proof.log_index),
        root_hash: Base64(proof.root_hash.clone()),
        tree_size: index(proof.tree_size),
        hashes: proof.hashes.iter().map(|hash| Base64(hash.clone())).collect(),
        checkpoint: CheckpointJson { envelope: proof.checkpoint.clone() },
    }
}

/// No log has more entries than fit.
fn index(value: u64) -> Int64 {
    Int64(i64::try_from(value).unwrap_or(i64::MAX))
}
