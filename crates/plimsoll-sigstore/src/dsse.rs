//! Dead Simple Signing Envelopes (DSSE 1.0.2): a payload, its type, and a signature over both.

use serde::{Deserialize, Serialize};

use crate::encoding::Base64;

/// The payload type of in-toto statements.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

/// A payload with its one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The bytes.
    pub payload: Vec<u8>,
    /// What they are.
    pub payload_type: String,
    /// The signature over [`Envelope::signed_bytes`].
    pub signature: Vec<u8>,
    /// A hint at the key, which nothing authenticates; often empty.
    pub key_id: String,
}

impl Envelope {
    /// The bytes that are signed.
    pub fn signed_bytes(&self) -> Vec<u8> {
        encode(&self.payload_type, &self.payload)
    }

    /// Reads an envelope by itself, as JSON.
    ///
    /// # Errors
    /// It is no JSON of that shape, or has not exactly one signature; the text says which.
    pub(crate) fn parse(text: &[u8]) -> Result<Envelope, String> {
        let json: EnvelopeJson = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let found = json.signatures.len();
        let envelope =
            json.into_envelope().ok_or(format!("it has {found} signatures, and there must be one"))?;
        match envelope.signature.is_empty() {
            true => Err("its signature is empty".to_owned()),
            false => Ok(envelope),
        }
    }

    /// Renders it as one line of JSON.
    pub fn render(&self) -> String {
        serde_json::to_string(&EnvelopeJson::of(self)).expect("all keys are texts")
    }
}

/// An envelope as JSON has it. Unknown fields are refused: what is not understood is not verified.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EnvelopeJson {
    payload: Base64,
    #[serde(alias = "payload_type")]
    payload_type: String,
    pub(crate) signatures: Vec<SignatureJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignatureJson {
    sig: Base64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    keyid: String,
}

impl EnvelopeJson {
    /// The envelope, if it has one signature.
    pub(crate) fn into_envelope(self) -> Option<Envelope> {
        let [signature] = <[_; 1]>::try_from(self.signatures).ok()?;
        Some(Envelope {
            payload: self.payload.0,
            payload_type: self.payload_type,
            signature: signature.sig.0,
            key_id: signature.keyid,
        })
    }

    pub(crate) fn of(envelope: &Envelope) -> EnvelopeJson {
        let signature =
            SignatureJson { sig: Base64(envelope.signature.clone()), keyid: envelope.key_id.clone() };
        EnvelopeJson {
            payload: Base64(envelope.payload.clone()),
            payload_type: envelope.payload_type.clone(),
            signatures: vec![signature],
        }
    }
}

/// The pre-authentication encoding (DSSE protocol, "Signature Definition"). Lengths are those of bytes.
pub fn encode(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_as_the_protocol_shows() {
        let encoded = encode("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
        assert_eq!(encode("é", b""), "DSSEv1 2 é 0 ".as_bytes());
    }
}
