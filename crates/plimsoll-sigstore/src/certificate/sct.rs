//! Signed certificate timestamps: a log's promise to show a certificate to the world (RFC 6962, 3.2 and 3.3).

use der::Decode as _;
use der::asn1::{ObjectIdentifier, OctetStringRef};
use jiff::Timestamp;

use crate::artifact::HashAlgorithm;
use crate::certificate::Certificate;
use crate::trust::Log;

const EMBEDDED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.2");
/// `SignatureAndHashAlgorithm` of SHA-256 (RFC 5246, 7.4.1.4.1), the only hash that logs may use.
const SHA256: u8 = 4;

/// One signed certificate timestamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sct {
    /// The log's identifier.
    pub log_id: Vec<u8>,
    /// When the log saw it.
    pub at: Timestamp,
    milliseconds: u64,
    extensions: Vec<u8>,
    hash: u8,
    signature: Vec<u8>,
}

/// Why no log is known to have seen a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SctError {
    /// The certificate has none.
    #[error("the certificate has no signed certificate timestamp")]
    Missing,
    /// The list of them can't be read.
    #[error("the certificate's signed certificate timestamps can't be read")]
    Malformed,
    /// None of its logs is trusted.
    #[error("the trusted root has no certificate log with the identifier {0}")]
    UnknownLog(String),
    /// The log's key was not to be relied on then.
    #[error("the certificate log was not to be relied on at {at}")]
    LogNotValid {
        /// When the log saw it.
        at: Timestamp,
    },
    /// The signature is wrong.
    #[error("the signature of the certificate log does not verify")]
    Signature,
}

impl SctError {
    /// The reason as a word.
    pub fn word(&self) -> &'static str {
        match self {
            SctError::Missing => "sct-missing",
            SctError::Malformed => "sct-malformed",
            SctError::UnknownLog(_) => "sct-unknown-log",
            SctError::LogNotValid { .. } => "sct-log-not-valid",
            SctError::Signature => "sct-signature",
        }
    }
}

impl Certificate {
    /// Its embedded timestamps; none if it has none.
    ///
    /// # Errors
    /// [`SctError::Malformed`].
    pub fn scts(&self) -> Result<Vec<Sct>, SctError> {
        let Some(value) = self.find_extension(EMBEDDED) else { return Ok(Vec::new()) };
        let list = OctetStringRef::from_der(value).map_err(|_| SctError::Malformed)?;
        parse_list(list.as_bytes()).ok_or(SctError::Malformed)
    }

    /// The embedded timestamp of a trusted log. One is enough; the first that fails tells why none is.
    ///
    /// # Errors
    /// [`SctError`].
    pub fn verify_sct(&self, issuer: &Certificate, logs: &[Log]) -> Result<Sct, SctError> {
        let precertificate = self.precertificate(EMBEDDED).ok_or(SctError::Malformed)?;
        let mut first = None;
        for sct in self.scts()? {
            match sct.verify(&precertificate, issuer, logs) {
                Ok(()) => return Ok(sct),
                Err(why) => {
                    first.get_or_insert(why);
                }
            }
        }
        Err(first.unwrap_or(SctError::Missing))
    }
}

impl Sct {
    fn verify(&self, precertificate: &[u8], issuer: &Certificate, logs: &[Log]) -> Result<(), SctError> {
        let unknown = || SctError::UnknownLog(crate::encoding::Base64::text(&self.log_id));
        let log = logs.iter().find(|log| log.id == self.log_id).ok_or_else(unknown)?;
        if !log.valid_for.contains(self.at) {
            return Err(SctError::LogNotValid { at: self.at });
        }
        let message = self.signed_bytes(precertificate, issuer).ok_or(SctError::Malformed)?;
        if self.hash != SHA256 {
            return Err(SctError::Signature);
        }
        log.key.verify(&message, HashAlgorithm::Sha256, &self.signature).map_err(|_| SctError::Signature)
    }

    /// `digitally-signed struct` for an entry of type `precert_entry` (RFC 6962, 3.2).
    fn signed_bytes(&self, precertificate: &[u8], issuer: &Certificate) -> Option<Vec<u8>> {
        let mut bytes = vec![0, 0];
        bytes.extend(self.milliseconds.to_be_bytes());
        bytes.extend([0, 1]);
        bytes.extend(issuer.key().id().bytes());
        let length = u32::try_from(precertificate.len()).ok().filter(|length| *length < 1 << 24)?;
        bytes.extend(length.to_be_bytes().get(1..)?);
        bytes.extend(precertificate);
        bytes.extend(u16::try_from(self.extensions.len()).ok()?.to_be_bytes());
        bytes.extend(&self.extensions);
        Some(bytes)
    }
}

/// `SignedCertificateTimestampList`; `None` if it is anything else, or anything follows it.
fn parse_list(bytes: &[u8]) -> Option<Vec<Sct>> {
    let (mut list, rest) = take_vector(bytes)?;
    let mut found = Vec::new();
    while !list.is_empty() {
        let (one, next) = take_vector(list)?;
        found.push(parse_one(one)?);
        list = next;
    }
    rest.is_empty().then_some(found)
}

/// `SignedCertificateTimestamp` of version 1.
fn parse_one(bytes: &[u8]) -> Option<Sct> {
    let (version, rest) = bytes.split_first()?;
    let (log_id, rest) = rest.split_at_checked(32)?;
    let (milliseconds, rest) = rest.split_first_chunk()?;
    let (extensions, rest) = take_vector(rest)?;
    let ([hash, _algorithm], rest) = rest.split_first_chunk()?;
    let (signature, rest) = take_vector(rest)?;
    let milliseconds = u64::from_be_bytes(*milliseconds);
    let at = Timestamp::from_millisecond(i64::try_from(milliseconds).ok()?).ok()?;
    (*version == 0 && rest.is_empty()).then(|| Sct {
        log_id: log_id.to_vec(),
        at,
        milliseconds,
        extensions: extensions.to_vec(),
        hash: *hash,
        signature: signature.to_vec(),
    })
}

/// A vector with two bytes of length, and what follows it.
fn take_vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_whole_or_not_at_all() {
        let mut one = vec![0];
        one.extend([7; 32]);
        one.extend(5_u64.to_be_bytes());
        one.extend([0, 1, 9, SHA256, 3, 0, 2, 8, 8]);
        let mut list = u16::try_from(one.len()).unwrap().to_be_bytes().to_vec();
        list.extend(&one);
        let mut whole = u16::try_from(list.len()).unwrap().to_be_bytes().to_vec();
        whole.extend(&list);
        let found = parse_list(&whole).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].extensions, [9]);
        for cut in 0..whole.len() {
            assert_eq!(parse_list(&whole[..cut]), None, "cut at {cut}");
        }
        whole.push(0);
        assert_eq!(parse_list(&whole), None);
    }
}
