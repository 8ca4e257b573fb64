//! Did the key, or the certificate's key, sign the artifact or the envelope?

use crate::bundle::{Content, Signer};
use crate::key::{KeyKind, PublicKey, WrongSignature};
use crate::policy::RequiredSigner;
use crate::verify::{Case, Outcome};

/// Why the signature is not that of the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureRefusal {
    /// It does not verify.
    #[error(transparent)]
    Wrong(#[from] WrongSignature),
    /// The bundle hints at another key.
    #[error("the bundle is signed with the key {found}, and the given one is {want}")]
    OtherKey {
        /// The hint at the given key.
        want: String,
        /// The bundle's hint.
        found: String,
    },
    /// The bundle has a certificate, and a key was given.
    #[error("the bundle is signed with a certificate, not with a key")]
    Certified,
    /// Ed25519 takes the bytes, and only their digest is known.
    #[error("an ed25519 signature takes the artifact itself, not its digest")]
    TakesBytes,
    /// The artifact's digest by the signature's algorithm is not known.
    #[error("the signature is over a {0} digest, which is not known of the artifact")]
    TakesDigest(&'static str),
}

impl SignatureRefusal {
    /// The reason as a word.
    pub fn word(&self) -> &'static str {
        match self {
            SignatureRefusal::Wrong(_) => "signature-wrong",
            SignatureRefusal::OtherKey { .. } => "signature-other-key",
            SignatureRefusal::Certified => "signature-by-certificate",
            SignatureRefusal::TakesBytes => "signature-takes-bytes",
            SignatureRefusal::TakesDigest(_) => "signature-takes-digest",
        }
    }
}

pub(super) fn check(case: &Case<'_>) -> Outcome {
    let (key, by) = match (&case.bundle.signer, &case.policy.signer) {
        (Signer::Key(hint), RequiredSigner::Key(key)) => {
            if !hint.is_empty() && *hint != key.hint() {
                let refused = SignatureRefusal::OtherKey { want: key.hint(), found: hint.clone() };
                return Outcome::Refused(refused.into());
            }
            (key, "the given key")
        }
        (Signer::Key(_), _) => return Outcome::NotMade("this takes the key, and none is given"),
        (Signer::Certificate(_), RequiredSigner::Key(_)) => {
            return Outcome::Refused(SignatureRefusal::Certified.into());
        }
        (Signer::Certificate(_), _) => match case.certificate() {
            Some(certificate) => (certificate.key(), "the certificate's key"),
            None => return Outcome::NotMade("the certificate can't be read"),
        },
    };
    verify(case, key).map(|what| format!("{what} is signed by {by}")).into()
}

fn verify(case: &Case<'_>, key: &PublicKey) -> Result<&'static str, SignatureRefusal> {
    let signature = case.bundle.content.signature();
    if let Some(bytes) = case.envelope_bytes() {
        key.verify(&bytes, key.kind().hash(), signature)?;
        return Ok("the envelope");
    }
    if key.kind() == KeyKind::Ed25519 {
        let bytes = case.artifact.bytes().ok_or(SignatureRefusal::TakesBytes)?;
        key.verify(bytes, key.kind().hash(), signature)?;
        return Ok("the artifact");
    }
    // Where no digest is stated, cosign takes the one that belongs to the kind of key.
    let algorithm = match &case.bundle.content {
        Content::Message { digest: Some(digest), .. } => digest.algorithm(),
        _ => key.kind().hash(),
    };
    let digest = case.artifact.digest(algorithm).ok_or(SignatureRefusal::TakesDigest(algorithm.name()))?;
    key.verify_digest(digest, signature)?;
    Ok("the artifact")
}
