//! The bundle as protobuf's JSON has it. Unknown fields are refused: what is not understood is not verified.

use serde::{Deserialize, Serialize};

use crate::dsse::EnvelopeJson;
use crate::encoding::{Base64, Int64};

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BundleJson {
    #[serde(alias = "media_type")]
    pub(super) media_type: String,
    #[serde(alias = "verification_material")]
    pub(super) verification_material: MaterialJson,
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "message_signature")]
    pub(super) message_signature: Option<MessageJson>,
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "dsse_envelope")]
    pub(super) dsse_envelope: Option<EnvelopeJson>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MaterialJson {
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "public_key")]
    pub(super) public_key: Option<HintJson>,
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "x509_certificate_chain")]
    pub(super) x509_certificate_chain: Option<ChainJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) certificate: Option<RawJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", alias = "tlog_entries")]
    pub(super) tlog_entries: Vec<EntryJson>,
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "timestamp_verification_data")]
    pub(super) timestamp_verification_data: Option<TimestampsJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HintJson {
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) hint: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChainJson {
    pub(super) certificates: Vec<RawJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RawJson {
    #[serde(alias = "raw_bytes")]
    pub(super) raw_bytes: Base64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EntryJson {
    // Zeros and empty lists of a log are written, though JSON of protocol buffers may leave them out: Python's Sigstore takes none.
    #[serde(default, alias = "log_index")]
    pub(super) log_index: Int64,
    #[serde(alias = "log_id")]
    pub(super) log_id: LogIdJson,
    #[serde(alias = "kind_version")]
    pub(super) kind_version: KindJson,
    #[serde(default, skip_serializing_if = "is_default", alias = "integrated_time")]
    pub(super) integrated_time: Int64,
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "inclusion_promise")]
    pub(super) inclusion_promise: Option<PromiseJson>,
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "inclusion_proof")]
    pub(super) inclusion_proof: Option<ProofJson>,
    #[serde(alias = "canonicalized_body")]
    pub(super) canonicalized_body: Base64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LogIdJson {
    #[serde(alias = "key_id")]
    pub(super) key_id: Base64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KindJson {
    pub(super) kind: String,
    pub(super) version: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PromiseJson {
    #[serde(alias = "signed_entry_timestamp")]
    pub(super) signed_entry_timestamp: Base64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ProofJson {
    #[serde(default, alias = "log_index")]
    pub(super) log_index: Int64,
    #[serde(alias = "root_hash")]
    pub(super) root_hash: Base64,
    #[serde(default, alias = "tree_size")]
    pub(super) tree_size: Int64,
    #[serde(default)]
    pub(super) hashes: Vec<Base64>,
    pub(super) checkpoint: CheckpointJson,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckpointJson {
    pub(super) envelope: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TimestampsJson {
    #[serde(default, skip_serializing_if = "Vec::is_empty", alias = "rfc3161_timestamps")]
    pub(super) rfc3161_timestamps: Vec<TimestampJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TimestampJson {
    #[serde(alias = "signed_timestamp")]
    pub(super) signed_timestamp: Base64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MessageJson {
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "message_digest")]
    pub(super) message_digest: Option<DigestJson>,
    pub(super) signature: Base64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DigestJson {
    pub(super) algorithm: String,
    pub(super) digest: Base64,
}
