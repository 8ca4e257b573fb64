//! Somebody who signs, and a service that may be down.

use std::sync::Arc;

use bytes::Bytes;
use plimsoll_engine::domain::attestation::{Attestation, Equality, Judgement, Signed};
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::Work;
use plimsoll_engine::world::signatures::{Signatures, SignaturesView, SigningError};
use plimsoll_oci::name::Digest;
use serde_json::{Value, json};

use super::act::Act;
use super::caller::Caller;
use super::sea::Sea;

/// Who signs in this world, and whose signatures count.
const SIGNER: &str = "the harbour master";

/// Signatures of the sea: no two are alike.
pub(super) struct SeaSignatures(pub(super) Arc<Caller>);

impl Sea {
    /// Lets the service that signs be down, or up again.
    pub fn set_signing_down(&self, down: bool) {
        self.waters().signing_down = down;
    }
}

/// Whether a bundle is ours and states what is wanted.
pub(super) fn vouches(bundle: &[u8], attestation: &Attestation) -> bool {
    let Ok(mut found) = serde_json::from_slice::<Value>(bundle) else { return false };
    let sum = found.as_object_mut().and_then(|found| found.remove("sum"));
    if sum != Some(sum_of(&found)) {
        return false;
    }
    let states = |key: &str, wanted: &str| found.get(key).and_then(Value::as_str) == Some(wanted);
    let same = match attestation.equality {
        Equality::Meaning => true,
        Equality::Bytes => states("payload", &attestation.payload.digest().to_string()),
    };
    states("signer", SIGNER)
        && states("predicateType", &attestation.predicate_type)
        && states("subject", &attestation.subject.digest.to_string())
        && same
}

/// What stands in place of a signature: no byte of a bundle can be changed.
fn sum_of(bundle: &Value) -> Value {
    Value::String(Digest::of(bundle.to_string().as_bytes()).to_string())
}

impl SignaturesView for SeaSignatures {
    fn ready(&self) -> Work<'_, (), SigningError> {
        Box::pin(async move {
            self.0.turn(Act::Local).await;
            Ok(())
        })
    }

    fn judge<'a>(
        &'a self,
        signed: &'a Signed,
        attestation: &'a Attestation,
        _at: Moment,
    ) -> Work<'a, Judgement, SigningError> {
        Box::pin(async move {
            Ok(match vouches(&signed.bytes, attestation) {
                true => Judgement::Vouched { by: SIGNER.to_owned() },
                false => Judgement::Refused { why: "it is not by the harbour master".to_owned() },
            })
        })
    }
}

impl Signatures for SeaSignatures {
    fn sign<'a>(&'a self, attestation: &'a Attestation, payload: &'a [u8]) -> Work<'a, Signed, SigningError> {
        Box::pin(async move {
            self.0.turn(Act::Sign(attestation.subject.digest.clone())).await;
            if self.0.waters().signing_down {
                let service = "log of the sea".to_owned();
                return Err(SigningError::Service { service, why: "nobody answers".to_owned() });
            }
            let nonce = self.0.inner().dice.u64(..);
            // An envelope vouches by itself, as one does that is signed with a key.
            let mut envelope = json!({
                "signer": SIGNER,
                "nonce": format!("{nonce:016x}"),
                "predicateType": attestation.predicate_type,
                "subject": attestation.subject.digest.to_string(),
                "payload": Digest::of(payload).to_string(),
            });
            envelope["sum"] = sum_of(&envelope);
            let mut bundle = envelope.clone();
            bundle["dsseEnvelope"] = envelope;
            bundle.as_object_mut().and_then(|bundle| bundle.remove("sum"));
            bundle["sum"] = sum_of(&bundle);
            Ok(Signed::bundle(Bytes::from(bundle.to_string())))
        })
    }
}
