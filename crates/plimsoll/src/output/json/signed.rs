//! What `sign` did.

use plimsoll_engine::domain::attestation::AttachedForm;
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
    /// Where the bundle is: a file, or a manifest in a repository; the first of `signatures`.
    pub bundle: String,
    /// Who signed: the digest of a public key, or an identity.
    pub signer: String,
    /// `signed`, or `already-signed` by the same.
    pub outcome: &'static str,
    /// Each form in which an image is signed; empty for a file.
    pub signatures: Vec<AttachedInfo>,
}

/// An image's signature in one form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttachedInfo {
    /// `bundle`, or `legacy`.
    pub form: String,
    /// The manifest that attaches it.
    pub manifest: String,
    /// `signed`, or `already-signed` by the same.
    pub outcome: &'static str,
}

impl AttachedInfo {
    /// A signature that is attached by a manifest.
    pub fn of(form: AttachedForm, manifest: &Digest, done: Done) -> AttachedInfo {
        AttachedInfo { form: form.to_string(), manifest: manifest.to_string(), outcome: done.word() }
    }
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
            outcome: Done::Now.word(),
            signatures: Vec::new(),
        }
    }

    /// An image that is signed now, in each of these forms.
    pub fn of_image(
        name: &str,
        digest: &Digest,
        signatures: Vec<AttachedInfo>,
        signer: String,
    ) -> SignedInfo {
        let any_now = signatures.iter().any(|one| one.outcome == Done::Now.word());
        SignedInfo {
            schema: SignedInfo::SCHEMA,
            artifact: name.to_owned(),
            digest: digest.to_string(),
            bundle: signatures.first().map(|first| first.manifest.clone()).unwrap_or_default(),
            signer,
            outcome: if any_now { Done::Now } else { Done::Before }.word(),
            signatures,
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

impl Done {
    fn word(self) -> &'static str {
        match self {
            Done::Now => "signed",
            Done::Before => "already-signed",
        }
    }
}

/// `plimsoll.signed-images/v1`: several images that one command signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignedImages {
    /// The schema's name.
    pub schema: &'static str,
    /// What `plimsoll.signed/v1` says of each, in the order in which they were named.
    pub images: Vec<SignedInfo>,
}

impl SignedImages {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.signed-images/v1";

    /// These.
    pub fn of(images: Vec<SignedInfo>) -> SignedImages {
        SignedImages { schema: SignedImages::SCHEMA, images }
    }
}
