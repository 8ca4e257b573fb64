//! Did a trusted authority make the certificate, and was it valid when the signature was made?

use crate::certificate::{Authority, CertificateError, ChainError, Usage};
use crate::verify::{Case, Made, Outcome, Times};

/// Why the certificate is not to be relied on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateRefusal {
    /// It can't be read.
    #[error(transparent)]
    Unreadable(CertificateError),
    /// No authority made it, or it was not valid.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Nothing that is trusted says when the signature was made.
    #[error(
        "neither a log nor a timestamp authority says when the signature was made, and the certificate is valid for minutes"
    )]
    NoTime,
}

impl CertificateRefusal {
    /// The reason as a word.
    pub fn word(&self) -> &'static str {
        match self {
            CertificateRefusal::Unreadable(_) | CertificateRefusal::Chain(ChainError::Certificate(_)) => {
                "certificate-malformed"
            }
            CertificateRefusal::Chain(ChainError::Purpose(_)) => "certificate-purpose",
            CertificateRefusal::Chain(ChainError::Expired { .. }) => "certificate-expired",
            CertificateRefusal::Chain(ChainError::NoAuthority { .. } | ChainError::Untrusted(_)) => {
                "certificate-untrusted"
            }
            CertificateRefusal::NoTime => "certificate-without-time",
        }
    }
}

/// Checks the certificate at every moment at which the signature is known to have been there.
pub(super) fn check<'a>(case: &Case<'a>, times: &Times<'_>) -> (Outcome, Made<'a>) {
    let certificate = match &case.certificate {
        None => return (Outcome::NotApplicable("the bundle is signed with a key"), None),
        Some(Err(why)) => return (Outcome::Refused(why.clone().into()), None),
        Some(Ok(certificate)) => certificate,
    };
    let root = match case.root() {
        Ok(root) => root,
        Err(outcome) => return (outcome, None),
    };
    if times.moments.is_empty() {
        let outcome = match times.refused {
            Some(_) => Outcome::NotMade("when the signature was made is not known"),
            None => Outcome::Refused(CertificateRefusal::NoTime.into()),
        };
        return (outcome, None);
    }
    let mut made = None;
    for at in &times.moments {
        match Authority::find(&root.certificate_authorities, certificate, Usage::CodeSigning, *at) {
            Ok(by) => made = Some(by),
            Err(why) => return (Outcome::Refused(CertificateRefusal::Chain(why).into()), None),
        }
    }
    let name = made.map(|made| made.authority.name.as_str()).unwrap_or_default();
    let (from, until) = certificate.validity();
    (Outcome::Passed(format!("made by {name}, valid from {from} until {until}")), made)
}
