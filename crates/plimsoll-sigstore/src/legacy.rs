//! Signatures as cosign attached them before there were bundles (cosign, `specs/SIGNATURE_SPEC.md` and
//! `specs/ATTESTATION_SPEC.md`): under a tag beside the image lies a manifest, with one layer for each signature. The layer is what
//! is signed, or the envelope with it; the signature and what it takes to verify it are annotations of the layer.
//!
//! | module | what |
//! |---|---|
//! | [`payload`] | what a signature is over: a text that names the image |
//! | `annotations` | what stands beside a layer |
//!
//! A layer is turned into a [`Bundle`], which is verified as any other.

mod annotations;
pub mod payload;

use std::collections::BTreeMap;

use crate::artifact::Artifact;
use crate::bundle::{Bundle, Content, Version};
use crate::dsse::Envelope;
use crate::policy::Policy;
use crate::trust::TrustedRoot;
use crate::verify::{Check, Finding, Outcome, Refusal, Report, SubjectRefusal, verify, verify_enveloped};

pub use annotations::PREDICATE_TYPE;
use payload::{Payload, PayloadError};

/// The largest layer that is read, in bytes.
pub const LIMIT: usize = 8 * 1024 * 1024;

/// One signature of an image, or one attestation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What kind of thing it holds.
    pub kind: Kind,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What stands beside it.
    pub annotations: BTreeMap<String, String>,
}

/// What a layer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A payload that names an image, signed by what stands beside it: below the tag `sha256-….sig`.
    Signature,
    /// An envelope with a statement: below the tag `sha256-….att`.
    Attestation,
}

/// Why a layer is no signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LegacyError {
    /// It is too long.
    #[error("the signature has {found} bytes, more than {LIMIT}")]
    TooLarge {
        /// Its length in bytes.
        found: usize,
    },
    /// There is no signature beside it.
    #[error("there is no signature beside it")]
    NoSignature,
    /// An annotation is not what it must be.
    #[error("its annotation `{name}` can't be read: {why}")]
    Annotation {
        /// Which.
        name: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The payload names no image.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The envelope can't be read, or has not exactly one signature.
    #[error("this is no signed envelope: {0}")]
    Envelope(String),
    /// A bundle that has what the older form has no place for.
    #[error("the older form of signatures has no place for {0}")]
    NoPlace(&'static str),
}

impl LegacyError {
    /// The reason as a word.
    pub fn word(&self) -> &'static str {
        match self {
            LegacyError::TooLarge { .. } => "legacy-too-large",
            LegacyError::NoSignature => "legacy-without-signature",
            LegacyError::Annotation { .. } => "legacy-annotation-malformed",
            LegacyError::Payload(PayloadError::Shape(_)) => "legacy-payload-malformed",
            LegacyError::Payload(PayloadError::Kind(_)) => "legacy-payload-kind",
            LegacyError::Payload(PayloadError::Digest(_)) => "legacy-payload-digest",
            LegacyError::Envelope(_) => "legacy-envelope-malformed",
            LegacyError::NoPlace(_) => "legacy-no-place",
        }
    }
}

impl Layer {
    /// What a bundle is in the older form. `payload` is what was signed, where that is no envelope.
    ///
    /// # Errors
    /// [`LegacyError::NoPlace`].
    pub fn of_bundle(bundle: &Bundle, payload: &[u8]) -> Result<Layer, LegacyError> {
        match &bundle.content {
            Content::Message { signature, .. } => Ok(Layer {
                kind: Kind::Signature,
                bytes: payload.to_vec(),
                annotations: annotations::render(bundle, signature)?,
            }),
            Content::Envelope(envelope) => Ok(Layer {
                kind: Kind::Attestation,
                bytes: envelope.render().into_bytes(),
                annotations: annotations::render(bundle, b"")?,
            }),
        }
    }

    /// The bundle that says the same.
    ///
    /// # Errors
    /// [`LegacyError`].
    pub fn bundle(&self) -> Result<Bundle, LegacyError> {
        if self.bytes.len() > LIMIT {
            return Err(LegacyError::TooLarge { found: self.bytes.len() });
        }
        let beside = annotations::parse(&self.annotations)?;
        let content = match self.kind {
            Kind::Signature if beside.signature.is_empty() => return Err(LegacyError::NoSignature),
            Kind::Signature => Content::Message { digest: None, signature: beside.signature },
            Kind::Attestation => {
                Content::Envelope(Envelope::parse(&self.bytes).map_err(LegacyError::Envelope)?)
            }
        };
        let (signer, entries, timestamps) = (beside.signer, beside.entries, beside.timestamps);
        Ok(Bundle { version: Version::V0_1, signer, entries, timestamps, content })
    }
}

/// Verifies one layer and makes every check that [`verify`] makes. What a signature's payload says of its image is what a
/// statement says of its subject; the policy's type of statement is asked of attestations only.
pub fn verify_layer(layer: &Layer, image: &Artifact, policy: &Policy, root: Option<&TrustedRoot>) -> Report {
    let bundle = match layer.bundle() {
        Ok(bundle) => bundle,
        Err(why) => return Report::of_refused(Check::Bundle, why.into()),
    };
    let mut report = match layer.kind {
        // Beside an envelope cosign has the whole of it stamped, as it lies there (cosign, pkg/cosign/verify.go).
        Kind::Attestation => verify_enveloped(&bundle, image, policy, root, Some(&layer.bytes)),
        Kind::Signature => {
            let signed = Artifact::of_bytes(layer.bytes.clone());
            let bare = Policy { signer: policy.signer.clone(), predicate_type: None };
            let mut report = verify(&bundle, &signed, &bare, root);
            let (payload, subject) = read_payload(&layer.bytes, image);
            report.set(Check::Predicate, payload);
            report.set(Check::Subject, subject);
            report
        }
    };
    report.set(Check::Bundle, Outcome::Passed("no bundle: the older form of cosign".to_owned()));
    report
}

/// What the payload is, and of which image.
fn read_payload(bytes: &[u8], image: &Artifact) -> (Outcome, Outcome) {
    let payload = match Payload::parse(bytes) {
        Ok(payload) => payload,
        Err(why) => {
            let refused = Outcome::Refused(Refusal::Payload(why.into()));
            return (refused, Outcome::NotMade("the payload can't be read"));
        }
    };
    let subject = match image.digest(payload.digest.algorithm()) == Some(&payload.digest) {
        true => Outcome::Passed(format!("{} as {}", payload.digest, payload.reference)),
        false => Outcome::Refused(
            SubjectRefusal::OtherImage {
                want: image.name().map(ToString::to_string).unwrap_or_default(),
                found: payload.digest.to_string(),
            }
            .into(),
        ),
    };
    (Outcome::Passed(payload::KIND.to_owned()), subject)
}

impl Report {
    fn set(&mut self, check: Check, outcome: Outcome) {
        self.findings.iter_mut().filter(|finding| finding.check == check).for_each(
            |finding: &mut Finding| {
                finding.outcome = outcome.clone();
            },
        );
    }
}

#[cfg(test)]
mod tests;
