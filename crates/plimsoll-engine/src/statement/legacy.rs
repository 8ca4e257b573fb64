//! Signatures as cosign attached them before version 3: under a tag beside the image an image manifest, with one layer for each
//! signature (cosign, `specs/SIGNATURE_SPEC.md`, "Storage"). Everybody who signs reads it, adds a layer and writes it again.

use bytes::Bytes;
use plimsoll_oci::model::{Descriptor, Manifest, MediaType, ModelError};
use plimsoll_oci::name::{Digest, ImageTag};
use serde_json::{Value, json};

use super::attestation::SIGNATURE;
use crate::domain::attestation::{AttachedForm, Attestation, Equality, Payload, Signed};
use crate::domain::canonical;

/// The time of a config that has none, as Go writes it.
const NO_TIME: &str = "0001-01-01T00:00:00Z";

/// Which of the tags beside an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegacyTag {
    /// `sha256-….sig`: signatures.
    Signatures,
    /// `sha256-….att`: other statements, in envelopes.
    Attestations,
}

impl LegacyTag {
    /// Where statements of a type are.
    pub fn of_type(predicate_type: &str) -> LegacyTag {
        match predicate_type {
            SIGNATURE => LegacyTag::Signatures,
            _ => LegacyTag::Attestations,
        }
    }

    /// The tag beside an image; `None` for digests of kinds that cosign never had.
    pub fn beside(self, image: &Digest) -> Option<ImageTag> {
        let ending = match self {
            LegacyTag::Signatures => "sig",
            LegacyTag::Attestations => "att",
        };
        format!("{}-{}.{ending}", image.algorithm().name(), image.hex()).parse().ok()
    }

    /// What its layers are.
    pub fn layer(self) -> MediaType {
        match self {
            LegacyTag::Signatures => MediaType::literal("application/vnd.dev.cosign.simplesigning.v1+json"),
            LegacyTag::Attestations => MediaType::literal("application/vnd.dsse.envelope.v1+json"),
        }
    }
}

impl Attestation {
    /// "This is signed", as cosign said it before version 3: a text that names the image and where it is.
    pub fn legacy_signature(subject: Descriptor, repository: &str) -> Attestation {
        let payload = json!({
            "critical": {
                "identity": { "docker-reference": repository },
                "image": { "docker-manifest-digest": subject.digest.to_string() },
                "type": "cosign container image signature",
            },
            "optional": null,
        });
        // Cosign ends it without a line break.
        let payload = canonical::render_compact(&payload).trim_ascii_end().to_owned();
        let payload = Payload::Written(Bytes::from(payload));
        let (predicate_type, equality, form) =
            (SIGNATURE.to_owned(), Equality::Meaning, AttachedForm::Legacy);
        Attestation { subject, predicate_type, payload, equality, form }
    }

    /// The tag that it is attached under in the older form; `None` where it is a bundle.
    pub fn legacy_tag(&self) -> Option<ImageTag> {
        match self.form {
            AttachedForm::Bundle => None,
            AttachedForm::Legacy => LegacyTag::of_type(&self.predicate_type).beside(&self.subject.digest),
        }
    }

    /// Whether its payload is signed as it is, in no envelope: what the older form signs of an image.
    pub fn is_bare(&self) -> bool {
        self.form == AttachedForm::Legacy && LegacyTag::of_type(&self.predicate_type) == LegacyTag::Signatures
    }

    /// The layer that attaches it in the older form.
    pub fn legacy_layer(&self, signed: &Signed) -> Descriptor {
        let mut layer = Descriptor::of(LegacyTag::of_type(&self.predicate_type).layer(), &signed.bytes);
        layer.annotations.clone_from(&signed.annotations);
        layer
    }
}

/// What lies under such a tag. Fields that others wrote are kept.
#[derive(Clone, Debug)]
pub struct LegacyImage {
    manifest: Value,
    config: Value,
}

impl LegacyImage {
    /// One without layers.
    pub fn new() -> LegacyImage {
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MediaType::MANIFEST,
            "config": {},
            "layers": [],
        });
        let config = json!({
            "architecture": "",
            "created": NO_TIME,
            "history": [],
            "os": "",
            "rootfs": { "type": "layers", "diff_ids": [] },
            "config": {},
        });
        LegacyImage { manifest, config }
    }

    /// Reads one.
    ///
    /// # Errors
    /// It is something else that lies there.
    pub fn parse(manifest: &Manifest, config: &[u8]) -> Result<LegacyImage, ModelError> {
        let json = |digest: Digest, what| {
            move |why: serde_json::Error| ModelError::Json { digest, what, why: why.to_string() }
        };
        let other = || {
            let (digest, found) = (manifest.digest().clone(), manifest.media_type().to_string());
            ModelError::Kind { digest, found }
        };
        let config: Value = serde_json::from_slice(config).map_err(json(Digest::of(config), "config"))?;
        let value: Value =
            serde_json::from_slice(manifest.bytes()).map_err(json(manifest.digest().clone(), "manifest"))?;
        let is_rooted = config.get("rootfs").is_none_or(|rootfs| rootfs.is_object() || rootfs.is_null());
        match value.get("layers").is_some_and(Value::is_array) && config.is_object() && is_rooted {
            true => Ok(LegacyImage { manifest: value, config }),
            false => Err(other()),
        }
    }

    /// Adds a layer after the others.
    pub fn add(&mut self, layer: &Descriptor) {
        let digest = json!(layer.digest.to_string());
        push(&mut self.manifest["layers"], json!(layer));
        push(&mut self.config["rootfs"]["diff_ids"], digest);
        push(&mut self.config["history"], json!({ "created": NO_TIME }));
    }

    /// The manifest, and its config.
    ///
    /// # Errors
    /// It is too large, or what others wrote is no manifest.
    pub fn render(&self) -> Result<(Manifest, Descriptor, Bytes), ModelError> {
        let config = Bytes::from(self.config.to_string());
        let descriptor = Descriptor::of(MediaType::CONFIG, &config);
        let mut manifest = self.manifest.clone();
        manifest["config"] = json!(descriptor);
        let manifest = Manifest::parse(Bytes::from(manifest.to_string()), None)?;
        Ok((manifest, descriptor, config))
    }
}

impl Default for LegacyImage {
    fn default() -> LegacyImage {
        LegacyImage::new()
    }
}

/// Adds to a list, which is made where there is none.
fn push(list: &mut Value, item: Value) {
    match list {
        Value::Array(items) => items.push(item),
        other => *other = Value::Array(vec![item]),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn signed(text: &'static str) -> Signed {
        let annotations =
            BTreeMap::from([("dev.cosignproject.cosign/signature".to_owned(), text.to_owned())]);
        Signed { bytes: Bytes::from_static(b"payload"), annotations }
    }

    fn attestation() -> Attestation {
        let subject = Descriptor::of(MediaType::INDEX, b"an index");
        Attestation::legacy_signature(subject, "registry.example/app")
    }

    #[test]
    fn the_payload_is_what_cosign_writes() {
        let payload = String::from_utf8(attestation().payload.written().unwrap().to_vec()).unwrap();
        let digest = Digest::of(b"an index");
        let want = format!(
            r#"{{"critical":{{"identity":{{"docker-reference":"registry.example/app"}},"image":{{"docker-manifest-digest":"{digest}"}},"type":"cosign container image signature"}},"optional":null}}"#
        );
        assert_eq!(payload, want);
    }

    #[test]
    fn layers_of_others_stay_as_they_are() {
        let attestation = attestation();
        let mut image = LegacyImage::new();
        image.add(&attestation.legacy_layer(&signed("theirs")));
        image.manifest["layers"][0]["unknown"] = json!("kept");
        image.manifest["annotations"] = json!({ "kept": "too" });
        let (manifest, _, config) = image.render().unwrap();
        let mut image = LegacyImage::parse(&manifest, &config).unwrap();
        image.add(&attestation.legacy_layer(&signed("ours")));
        let (manifest, descriptor, config) = image.render().unwrap();
        let value: Value = serde_json::from_slice(manifest.bytes()).unwrap();
        assert_eq!(
            (&value["layers"][0]["unknown"], &value["annotations"]["kept"]),
            (&json!("kept"), &json!("too"))
        );
        let signatures: Vec<_> = manifest
            .blobs()
            .skip(1)
            .map(|layer| layer.annotations["dev.cosignproject.cosign/signature"].as_str())
            .collect();
        assert_eq!(signatures, ["theirs", "ours"]);
        assert_eq!(manifest.blobs().next().unwrap().digest, descriptor.digest);
        let config: Value = serde_json::from_slice(&config).unwrap();
        assert_eq!(config["rootfs"]["diff_ids"].as_array().unwrap().len(), 2);
        assert_eq!(config["history"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn something_else_under_the_tag_is_not_written_over() {
        let index =
            br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
        let index = Manifest::parse(Bytes::from_static(index), None).unwrap();
        assert!(LegacyImage::parse(&index, b"{}").is_err());
        let (manifest, _, _) = LegacyImage::new().render().unwrap();
        assert!(LegacyImage::parse(&manifest, b"no config").is_err());
        assert!(LegacyImage::parse(&manifest, b"[]").is_err());
    }

    #[test]
    fn tags_are_those_of_cosign() {
        let digest = Digest::of(b"");
        let tag = |predicate_type| LegacyTag::of_type(predicate_type).beside(&digest).unwrap().to_string();
        let hex = digest.hex();
        assert_eq!(tag(SIGNATURE), format!("sha256-{hex}.sig"));
        assert_eq!(tag("https://slsa.dev/provenance/v1"), format!("sha256-{hex}.att"));
    }
}
