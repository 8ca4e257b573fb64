//! What `sign file` did.

use plimsoll_sigstore::artifact::Artifact;
use serde::Serialize;

/// `plimsoll.signed/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignedInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// What was signed, as it was named.
    pub artifact: String,
    /// Its digest.
    pub digest: String,
    /// The file with the bundle.
    pub bundle: String,
    /// Who signed: the digest of a public key, or an identity.
    pub signer: String,
}

impl SignedInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.signed/v1";

    /// An artifact that was signed.
    pub fn of(name: &str, artifact: &Artifact, bundle: &str, signer: String) -> SignedInfo {
        SignedInfo {
            schema: SignedInfo::SCHEMA,
            artifact: name.to_owned(),
            digest: artifact.name().map(ToString::to_string).unwrap_or_default(),
            bundle: bundle.to_owned(),
            signer,
        }
    }
}
