//! What `sign` did.

use plimsoll_oci::name::Digest;
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
    /// Where the bundle is: a file, or a manifest in a repository.
    pub bundle: String,
    /// Who signed: the digest of a public key, or an identity.
    pub signer: String,
    /// `signed`, or `already-signed` by the same.
    pub outcome: &'static str,
}

impl SignedInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.signed/v1";

    /// A file that was signed.
    pub fn of_file(name: &str, artifact: &Artifact, bundle: &str, signer: String) -> SignedInfo {
        SignedInfo {
            schema: SignedInfo::SCHEMA,
            artifact: name.to_owned(),
            digest: artifact.name().map(ToString::to_string).unwrap_or_default(),
            bundle: bundle.to_owned(),
            signer,
            outcome: "signed",
        }
    }

    /// An image that is signed now; `attached` is the manifest of its signature.
    pub fn of_image(
        name: &str,
        digest: &Digest,
        attached: &Digest,
        done: Done,
        signer: String,
    ) -> SignedInfo {
        SignedInfo {
            schema: SignedInfo::SCHEMA,
            artifact: name.to_owned(),
            digest: digest.to_string(),
            bundle: attached.to_string(),
            signer,
            outcome: match done {
                Done::Now => "signed",
                Done::Before => "already-signed",
            },
        }
    }
}

/// When an image was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// By this command.
    Now,
    /// Before, by the same signer.
    Before,
}
