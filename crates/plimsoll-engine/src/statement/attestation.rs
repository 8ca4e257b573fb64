//! Signed statements, attached to what they are about: as artifacts that refer to it, in the shape that cosign 3 gives them
//! (`docs/design/sigstore.md`).

use std::collections::BTreeMap;

use bytes::Bytes;
use plimsoll_oci::model::{Descriptor, ImageManifest, Manifest, MediaType};
use serde_json::json;

use super::artifact::{Artifact, Layer, LayerBytes, describe_statement};
use super::in_toto::Predicate;
use super::release::PREDICATE;
use crate::domain::attestation::{AttachedForm, Attestation, Equality, Payload};
use crate::domain::canonical;
use crate::domain::claim::SealedStatement;
pub use crate::domain::predicate::SIGNATURE;
use crate::domain::time::Moment;

/// The artifact type of attached statements, and the media type of what they hold: a Sigstore bundle.
pub const BUNDLE: MediaType = MediaType::literal("application/vnd.dev.sigstore.bundle.v0.3+json");

/// What kind of thing a bundle holds.
const CONTENT: &str = "dev.sigstore.bundle.content";
/// Which type of statement.
const PREDICATE_TYPE: &str = "dev.sigstore.bundle.predicateType";
/// When it was made.
pub(crate) const CREATED: &str = "org.opencontainers.image.created";

impl Attestation {
    /// "This is signed", as cosign 3 says it.
    pub fn signature(subject: Descriptor) -> Attestation {
        let digest = json!({ subject.digest.algorithm().name(): subject.digest.hex() });
        let payload = canonical::render_compact(&json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "digest": digest }],
            "predicateType": SIGNATURE,
            "predicate": {},
        }));
        let (predicate_type, payload) = (SIGNATURE.to_owned(), Payload::Written(Bytes::from(payload)));
        let (equality, form) = (Equality::Meaning, AttachedForm::Bundle);
        Attestation { subject, predicate_type, payload, equality, form }
    }

    /// The statement about a release, of which the subject is a part.
    pub fn release(subject: Descriptor, statement: Bytes) -> Attestation {
        let predicate_type = PREDICATE.to_owned();
        let (payload, equality) = (Payload::Written(statement), Equality::Bytes);
        Attestation { subject, predicate_type, payload, equality, form: AttachedForm::Bundle }
    }

    /// A statement that was made before the seal. The one that says "this is signed" and nothing else is a signature, of which any
    /// counts.
    pub fn made(statement: &SealedStatement) -> Attestation {
        let signature = Attestation::signature(statement.subject.clone());
        if signature.payload.digest() == statement.digest {
            return signature;
        }
        Attestation {
            subject: statement.subject.clone(),
            predicate_type: statement.predicate_type.uri().to_owned(),
            payload: Payload::Made(Box::new(describe_statement(statement))),
            equality: Equality::Bytes,
            form: AttachedForm::Bundle,
        }
    }

    /// What is said of the subject by `statement`, which states `predicate`.
    pub fn of(subject: Descriptor, predicate: &Predicate, statement: Bytes) -> Attestation {
        let predicate_type = predicate.kind().uri().to_owned();
        let (payload, equality) = (Payload::Written(statement), Equality::Bytes);
        Attestation { subject, predicate_type, payload, equality, form: AttachedForm::Bundle }
    }

    /// The same, attached in a form.
    #[must_use]
    pub fn attached_as(self, form: AttachedForm) -> Attestation {
        Attestation { form, ..self }
    }

    /// The artifact that attaches a signed statement to its subject.
    pub fn attach(&self, bundle: Bytes, created: Moment) -> Artifact {
        let layer = Descriptor::of(BUNDLE, &bundle);
        let annotations = [
            (CONTENT, "dsse-envelope".to_owned()),
            (PREDICATE_TYPE, self.predicate_type.clone()),
            (CREATED, created.to_string()),
        ];
        let manifest = Manifest::from_image(ImageManifest {
            schema_version: 2,
            media_type: Some(MediaType::MANIFEST),
            artifact_type: Some(BUNDLE),
            config: Descriptor::empty(),
            layers: vec![layer.clone()],
            subject: Some(self.subject.clone()),
            annotations: annotations.map(|(name, value)| (name.to_owned(), value)).into(),
        });
        let layers = vec![Layer { descriptor: layer.clone(), bytes: LayerBytes::Written(bundle) }];
        Artifact { manifest, layer, layers }
    }
}

/// Which type of statement an artifact says that it attaches; `None` if it does not say.
pub fn find_predicate_type(annotations: &BTreeMap<String, String>) -> Option<&str> {
    annotations.get(PREDICATE_TYPE).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_signature_is_attached_as_cosign_attaches_it() {
        let subject = Descriptor::of(MediaType::INDEX, b"an index");
        let signature = Attestation::signature(subject.clone());
        let stated: Value = serde_json::from_slice(signature.payload.written().unwrap()).unwrap();
        let wanted = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "digest": { "sha256": subject.digest.hex() } }],
            "predicateType": SIGNATURE,
            "predicate": {},
        });
        assert_eq!(stated, wanted);
        let attached = signature.attach(Bytes::from_static(b"{}"), Moment(1_795_216_475));
        let manifest: Value = serde_json::from_slice(attached.manifest.bytes()).unwrap();
        let described = |descriptor: &Descriptor| serde_json::to_value(descriptor).unwrap();
        let wanted = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "artifactType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "config": described(&Descriptor::empty()),
            "layers": [described(&Descriptor::of(BUNDLE, b"{}"))],
            "subject": described(&subject),
            "annotations": {
                "dev.sigstore.bundle.content": "dsse-envelope",
                "dev.sigstore.bundle.predicateType": SIGNATURE,
                "org.opencontainers.image.created": "2026-11-20T23:14:35Z",
            },
        });
        assert_eq!(manifest, wanted);
        assert_eq!(find_predicate_type(attached.manifest.annotations()), Some(SIGNATURE));
    }
}
