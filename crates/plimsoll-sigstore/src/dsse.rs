//! Dead Simple Signing Envelopes (DSSE 1.0.2): a payload, its type, and a signature over both.

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
