//! Whether an authority made a certificate (RFC 5280, 6).

use der::asn1::ObjectIdentifier;
use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, UnixTime};
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage};

use crate::certificate::{Certificate, CertificateError};
use crate::trust::ValidFor;

/// A certificate authority that is trusted.
#[derive(Clone, Debug)]
pub struct Authority {
    /// What it is called, for people.
    pub name: String,
    /// Its certificates: intermediate ones first, the root last. Those of a timestamp authority begin with the one that
    /// signs.
    pub certificates: Vec<Certificate>,
    /// When it may be relied on.
    pub valid_for: ValidFor,
}

/// Who made a certificate.
#[derive(Clone, Copy, Debug)]
pub struct Maker<'a> {
    /// The authority.
    pub authority: &'a Authority,
    /// The certificate of the key that signed, for logs that know precertificates by it.
    pub issuer: &'a Certificate,
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Signing of artifacts.
    CodeSigning,
    /// RFC 3161 timestamps.
    TimeStamping,
}

impl Usage {
    fn oid(self) -> ObjectIdentifier {
        match self {
            Usage::CodeSigning => ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3"),
            Usage::TimeStamping => ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8"),
        }
    }

    /// The identifier's encoded content. Authorities need not name it; the certificate itself must, which is asked for
    /// separately.
    fn required(self) -> KeyUsage {
        const CODE_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 3];
        const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
        match self {
            Usage::CodeSigning => KeyUsage::required_if_present(CODE_SIGNING),
            Usage::TimeStamping => KeyUsage::required_if_present(TIME_STAMPING),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Usage::CodeSigning => "code signing",
            Usage::TimeStamping => "time stamping",
        }
    }
}

/// Why a certificate is not to be relied on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// It can't be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// It is for something else.
    #[error("the certificate is not for {0}")]
    Purpose(&'static str),
    /// It was not valid when the signature was made.
    #[error("the certificate was valid from {from} until {until}, and the signature was made at {at}")]
    Expired {
        /// From when it was valid.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// When the signature was made, or said to be.
        at: Timestamp,
    },
    /// No authority of the trusted root was relied on at that time.
    #[error("the trusted root has no authority that was to be relied on at {at}")]
    NoAuthority {
        /// When.
        at: Timestamp,
    },
    /// None of the authorities made it.
    #[error("no authority of the trusted root made the certificate: {0}")]
    Untrusted(String),
}

impl Authority {
    /// The one of `authorities` that made a certificate, which is for `usage`, where all were to be relied on `at` that moment.
    ///
    /// # Errors
    /// [`ChainError`].
    pub fn find<'a>(
        authorities: &'a [Authority],
        certificate: &Certificate,
        usage: Usage,
        at: Timestamp,
    ) -> Result<Maker<'a>, ChainError> {
        if !certificate.is_for(usage.oid())? || !certificate.may_sign()? {
            return Err(ChainError::Purpose(usage.name()));
        }
        let (from, until) = certificate.validity();
        if !certificate.is_valid_at(at) {
            return Err(ChainError::Expired { from, until, at });
        }
        let mut last = ChainError::NoAuthority { at };
        for authority in authorities.iter().filter(|authority| authority.valid_for.contains(at)) {
            match authority.made(certificate, usage, at) {
                Ok(issuer) => return Ok(Maker { authority, issuer }),
                Err(why) => last = ChainError::Untrusted(why),
            }
        }
        Err(last)
    }

    /// The one of its certificates whose key signed, if one did.
    fn made(&self, certificate: &Certificate, usage: Usage, at: Timestamp) -> Result<&Certificate, String> {
        let (root, others) = self.certificates.split_last().ok_or("the authority has no certificate")?;
        if !root.is_valid_at(at) {
            return Err("the root is not valid at that time".to_owned());
        }
        let anchor = CertificateDer::from(root.der());
        let anchor = webpki::anchor_from_trusted_cert(&anchor).map_err(|error| error.to_string())?;
        let others: Vec<_> = others.iter().map(|one| CertificateDer::from(one.der())).collect();
        let leaf = CertificateDer::from(certificate.der());
        let leaf = EndEntityCert::try_from(&leaf).map_err(|error| error.to_string())?;
        let seconds = u64::try_from(at.as_second()).map_err(|_| "that is before 1970")?;
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let anchors = [anchor];
        let path = leaf.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &others,
            time,
            usage.required(),
            None,
            None,
        );
        let path = path.map_err(|error| error.to_string())?;
        // By its bytes: several certificates may have one name.
        let issuer = path.intermediate_certificates().next().map(|one| one.der());
        let issuer = issuer.and_then(|der| self.certificates.iter().find(|one| one.der() == der.as_ref()));
        Ok(issuer.unwrap_or(root))
    }
}
