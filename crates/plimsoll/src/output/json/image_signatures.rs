//! What `verify image` found.

use plimsoll_engine::domain::attestation::AttachedForm;
use plimsoll_oci::name::Digest;
use plimsoll_sigstore::verify::Report;
use serde::Serialize;

use super::signature::{CheckInfo, SignatureInfo};

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
    /// Why it does not count although every check is right: of a time at which the signer's signatures don't.
    pub untimely: Option<String>,
}

/// The word for why a signature does not count that was made at the wrong time.
pub const UNTIMELY: &str = "signature-untimely";

impl AttachedReport {
    /// Whether it counts.
    pub fn counts(&self) -> bool {
        self.report.is_verified() && self.untimely.is_none()
    }

    fn info(&self, image: &str) -> SignatureInfo {
        let info = SignatureInfo::of(image, &self.manifest.to_string(), self.form, &self.report);
        let Some(why) = &self.untimely else { return info };
        let reason = Some(UNTIMELY);
        let period = CheckInfo { check: "period", outcome: "refused", detail: why.clone(), reason };
        let checks = info.checks.into_iter().chain([period]).collect();
        SignatureInfo { verdict: "refused", reason, statement: None, checks, ..info }
    }
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
        let verified = reports.iter().any(AttachedReport::counts);
        ImageSignatures {
            schema: ImageSignatures::SCHEMA,
            image: image.to_owned(),
            digest: digest.to_string(),
            predicate_type: predicate_type.to_owned(),
            policy,
            verdict: if verified { "verified" } else { "refused" },
            signatures: reports.iter().map(|one| one.info(image)).collect(),
        }
    }
}
