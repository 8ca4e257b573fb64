//! Is who signed who must have?

use crate::policy::{IdentityError, RequiredSigner};
use crate::verify::{Case, Outcome};

/// Why who signed is not vouched for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityRefusal {
    /// It was not said who must have.
    #[error("it was not said who must have signed, so who did is not vouched for")]
    Unstated,
    /// It is another.
    #[error(transparent)]
    Other(#[from] IdentityError),
    /// It is signed with a key, which is nobody's identity.
    #[error("it is signed with a key, and an identity was asked for")]
    Key,
}

impl IdentityRefusal {
    /// The reason as a word.
    pub fn word(&self) -> &'static str {
        match self {
            IdentityRefusal::Unstated => "identity-unstated",
            IdentityRefusal::Other(IdentityError::Certificate(_)) => "identity-malformed",
            IdentityRefusal::Other(IdentityError::OtherName { .. }) => "identity-other-name",
            IdentityRefusal::Other(IdentityError::OtherIssuer { .. }) => "identity-other-issuer",
            IdentityRefusal::Other(IdentityError::OtherSource { .. }) => "identity-other-source",
            IdentityRefusal::Other(IdentityError::NoSource { .. }) => "identity-without-source",
            IdentityRefusal::Key => "identity-of-a-key",
        }
    }
}

pub(super) fn check(case: &Case<'_>) -> Outcome {
    match &case.policy.signer {
        RequiredSigner::Unstated => Outcome::Refused(IdentityRefusal::Unstated.into()),
        // That the signature is the key's is another check.
        RequiredSigner::Key(key) => Outcome::Passed(format!("the holder of the key {}", key.id())),
        RequiredSigner::Identity(identity) => match (&case.certificate, case.certificate()) {
            (None, _) => Outcome::Refused(IdentityRefusal::Key.into()),
            (Some(_), None) => Outcome::NotMade("the certificate can't be read"),
            (Some(_), Some(certificate)) => {
                identity.check(certificate).map_err(IdentityRefusal::Other).into()
            }
        },
    }
}
