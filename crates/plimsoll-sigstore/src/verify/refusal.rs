//! Why a check refuses: one variant per check, each with the reason as data.

use crate::bundle::BundleError;
use crate::certificate::SctError;
use crate::legacy::LegacyError;
use crate::timestamp::TimestampError;
use crate::verify::{
    CertificateRefusal, Check, DigestRefusal, IdentityRefusal, LogRefusal, PredicateRefusal,
    SignatureRefusal, SubjectRefusal,
};

/// Why a check refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// It is no signature of the older form.
    #[error(transparent)]
    Legacy(#[from] LegacyError),
    /// What is signed in the older form names no image.
    #[error(transparent)]
    Payload(LegacyError),
    /// The artifact's digest is another.
    #[error(transparent)]
    Digest(#[from] DigestRefusal),
    /// The signature is wrong.
    #[error(transparent)]
    Signature(#[from] SignatureRefusal),
    /// The certificate is not to be relied on.
    #[error(transparent)]
    Certificate(#[from] CertificateRefusal),
    /// No log has seen the certificate.
    #[error(transparent)]
    Sct(#[from] SctError),
    /// The signature is in no log.
    #[error(transparent)]
    Log(#[from] LogRefusal),
    /// The timestamp is not to be relied on.
    #[error(transparent)]
    Timestamp(#[from] TimestampError),
    /// Another has signed, or it was not said who must.
    #[error(transparent)]
    Identity(#[from] IdentityRefusal),
    /// What is stated is something else.
    #[error(transparent)]
    Predicate(#[from] PredicateRefusal),
    /// It is stated of something else.
    #[error(transparent)]
    Subject(#[from] SubjectRefusal),
}

impl Refusal {
    /// The check that refuses.
    pub fn check(&self) -> Check {
        match self {
            Refusal::Bundle(_) | Refusal::Legacy(_) => Check::Bundle,
            Refusal::Digest(_) => Check::Digest,
            Refusal::Signature(_) => Check::Signature,
            Refusal::Certificate(_) => Check::Certificate,
            Refusal::Sct(_) => Check::Sct,
            Refusal::Log(_) => Check::Log,
            Refusal::Timestamp(_) => Check::Timestamp,
            Refusal::Identity(_) => Check::Identity,
            Refusal::Predicate(_) | Refusal::Payload(_) => Check::Predicate,
            Refusal::Subject(_) => Check::Subject,
        }
    }

    /// The reason as a word, which does not change from version to version.
    pub fn word(&self) -> &'static str {
        match self {
            Refusal::Bundle(why) => why.word(),
            Refusal::Legacy(why) | Refusal::Payload(why) => why.word(),
            Refusal::Digest(why) => why.word(),
            Refusal::Signature(why) => why.word(),
            Refusal::Certificate(why) => why.word(),
            Refusal::Sct(why) => why.word(),
            Refusal::Log(why) => why.word(),
            Refusal::Timestamp(why) => why.word(),
            Refusal::Identity(why) => why.word(),
            Refusal::Predicate(why) => why.word(),
            Refusal::Subject(why) => why.word(),
        }
    }
}
