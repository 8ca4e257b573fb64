//! What `verify image` found.

use plimsoll_engine::domain::attestation::AttachedForm;
use plimsoll_oci::name::Digest;
use plimsoll_sigstore::verify::Report;
use serde::Serialize;

use super::signature::SignatureInfo;

/// What says who must have signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyOrigin {
    /// The options of the command.
    Options,
    /// The project's configuration.
    Configuration,
    /// Nothing says so.
    Nobody,
}

/// What was found out about one signature.
#[derive(Clone, Debug)]
pub struct AttachedReport {
    /// The manifest that attaches it.
    pub manifest: Digest,
    /// How.
    pub form: AttachedForm,
    /// Every check.
    pub report: Report,
}

/// `plimsoll.image-signatures/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageSignatures {
    /// The schema's name.
    pub schema: &'static str,
    /// The image, as it was named.
    pub image: String,
    /// Its digest.
    pub digest: String,
    /// The type of statement that must be signed.
    pub predicate_type: String,
    /// What says who must have signed: `options`, `configuration`, or `nobody`.
    pub policy: PolicyOrigin,
    /// `verified` or `refused`.
    pub verdict: &'static str,
    /// Each signature that is attached to it: `bundle` is the digest of the manifest that attaches it.
    pub signatures: Vec<SignatureInfo>,
}

impl ImageSignatures {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.image-signatures/v1";

    /// What was found out about each signature.
    pub fn of(
        image: &str,
        digest: &Digest,
        predicate_type: &str,
        policy: PolicyOrigin,
        reports: &[AttachedReport],
    ) -> ImageSignatures {
        let verified = reports.iter().any(|one| one.report.is_verified());
        let info =
            |one: &AttachedReport| SignatureInfo::of(image, &one.manifest.to_string(), one.form, &one.report);
        ImageSignatures {
            schema: ImageSignatures::SCHEMA,
            image: image.to_owned(),
            digest: digest.to_string(),
            predicate_type: predicate_type.to_owned(),
            policy,
            verdict: if verified { "verified" } else { "refused" },
            signatures: reports.iter().map(info).collect(),
        }
    }
}
