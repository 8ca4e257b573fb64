//! Signing certificates: who they are for, which authority made them, which log saw them.

mod chain;
mod claims;
mod sct;

use std::collections::BTreeSet;

use der::asn1::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use jiff::Timestamp;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage};

use crate::key::{PublicKey, PublicKeyError};

pub use chain::{Authority, ChainError, Maker, Usage};
pub use claims::{SubjectName, SubjectNameKind};
pub use sct::{Sct, SctError};

/// The largest certificate that is read, in bytes.
const LIMIT: usize = 64 * 1024;
/// What certificates are labelled with in PEM.
const LABEL: &str = "CERTIFICATE";

/// A certificate (RFC 5280). It was read; nothing of it was verified.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
    key: PublicKey,
}

/// Why bytes are no certificate that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It is no certificate in DER.
    #[error("this is no certificate: {0}")]
    Der(String),
    /// Its key can't be used.
    #[error(transparent)]
    Key(#[from] PublicKeyError),
    /// An extension is not what its identifier says.
    #[error("the certificate's extension {oid} can't be read")]
    Extension {
        /// Its identifier.
        oid: String,
    },
    /// An extension is there several times, so that it depends on the reader which one counts (RFC 5280, 4.2).
    #[error("the certificate has the extension {oid} more than once")]
    Repeated {
        /// Its identifier.
        oid: String,
    },
    /// It names several holders, so that it depends on the reader whose it is.
    #[error("the certificate names {found} holders, and there must be one")]
    Names {
        /// How many.
        found: usize,
    },
}

impl Certificate {
    /// Reads DER.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn parse(der: &[u8]) -> Result<Certificate, CertificateError> {
        if der.len() > LIMIT {
            return Err(CertificateError::Der(format!("it has more than {LIMIT} bytes")));
        }
        let parsed = x509_cert::Certificate::from_der(der)
            .map_err(|error| CertificateError::Der(error.to_string()))?;
        let mut known = BTreeSet::new();
        for extension in parsed.tbs_certificate.extensions.iter().flatten() {
            if !known.insert(extension.extn_id) {
                return Err(CertificateError::Repeated { oid: extension.extn_id.to_string() });
            }
        }
        let key = PublicKey::of_certificate(&parsed.tbs_certificate.subject_public_key_info)?;
        Ok(Certificate { der: der.to_vec(), parsed, key })
    }

    /// Reads the first certificate of a PEM text.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn parse_pem(text: &str) -> Result<Certificate, CertificateError> {
        let wrong = |error: der::pem::Error| CertificateError::Der(error.to_string());
        let (label, der) = der::pem::decode_vec(text.trim_start().as_bytes()).map_err(wrong)?;
        match label == LABEL {
            true => Certificate::parse(&der),
            false => Err(CertificateError::Der(format!("its label is `{label}`"))),
        }
    }

    /// As DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// As PEM.
    pub fn render(&self) -> String {
        der::pem::encode_string(LABEL, der::pem::LineEnding::LF, &self.der)
            .expect("memory is the only thing that encoding needs")
    }

    /// The key that it certifies.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// From when until when it is valid, both ends included.
    pub fn validity(&self) -> (Timestamp, Timestamp) {
        let validity = &self.parsed.tbs_certificate.validity;
        (moment(validity.not_before), moment(validity.not_after))
    }

    /// Whether it is valid at a moment.
    pub fn is_valid_at(&self, at: Timestamp) -> bool {
        let (from, until) = self.validity();
        from <= at && at <= until
    }

    /// Its issuer and serial number, by which a signature names its certificate.
    pub(crate) fn issuer_and_serial(&self) -> (&x509_cert::name::Name, &[u8]) {
        let certificate = &self.parsed.tbs_certificate;
        (&certificate.issuer, certificate.serial_number.as_bytes())
    }

    /// The content of an extension; `None` if it has none.
    fn find_extension(&self, oid: ObjectIdentifier) -> Option<&[u8]> {
        let extensions = self.parsed.tbs_certificate.extensions.as_ref()?;
        let found = extensions.iter().find(|extension| extension.extn_id == oid)?;
        Some(found.extn_value.as_bytes())
    }

    /// Whether it names a purpose among its extended key usages.
    fn is_for(&self, purpose: ObjectIdentifier) -> Result<bool, CertificateError> {
        const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
        let Some(value) = self.find_extension(OID) else { return Ok(false) };
        let usages = ExtendedKeyUsage::from_der(value)
            .map_err(|_| CertificateError::Extension { oid: OID.to_string() })?;
        Ok(usages.0.contains(&purpose))
    }

    /// Whether its key may sign, as far as it says what the key may do (RFC 5280, 4.2.1.3: both bits are for signatures).
    fn may_sign(&self) -> Result<bool, CertificateError> {
        const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
        let Some(value) = self.find_extension(OID) else { return Ok(true) };
        let usage =
            KeyUsage::from_der(value).map_err(|_| CertificateError::Extension { oid: OID.to_string() })?;
        Ok(usage.digital_signature() || usage.non_repudiation())
    }

    /// What a log has signed: the certificate's content without the log's own signatures (RFC 6962, 3.2).
    fn precertificate(&self, without: ObjectIdentifier) -> Option<Vec<u8>> {
        let mut content = self.parsed.tbs_certificate.clone();
        if let Some(extensions) = &mut content.extensions {
            extensions.retain(|extension| extension.extn_id != without);
        }
        content.to_der().ok()
    }
}

/// X.509 has whole seconds of the years 1950 to 9999, which are all moments.
fn moment(time: x509_cert::time::Time) -> Timestamp {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}
