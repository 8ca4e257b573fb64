//! What a signature of the older form is over: "simple signing", a text that names the image (cosign, `specs/SIGNATURE_SPEC.md`).

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::artifact::ArtifactDigest;

/// What kind of thing the payload says that it is.
pub const KIND: &str = "cosign container image signature";

/// What a payload says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The image repository that it was signed in.
    pub reference: String,
    /// The digest of its manifest.
    pub digest: ArtifactDigest,
}

/// Why a text is no payload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// It is no JSON of the right shape.
    #[error("the payload of the signature can't be read: {0}")]
    Shape(String),
    /// It is something else that was signed.
    #[error("the payload is a `{0}`, not a `{KIND}`")]
    Kind(String),
    /// It names the image by something that is no digest.
    #[error("the payload names the image by `{0}`, which is no digest")]
    Digest(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayloadJson {
    critical: CriticalJson,
    /// What the signer added. Nobody asks for it.
    #[serde(default, rename = "optional")]
    _optional: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CriticalJson {
    identity: IdentityJson,
    image: ImageJson,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityJson {
    #[serde(rename = "docker-reference")]
    reference: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImageJson {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

impl Payload {
    /// Reads a payload.
    ///
    /// # Errors
    /// [`PayloadError`].
    pub fn parse(bytes: &[u8]) -> Result<Payload, PayloadError> {
        let json: PayloadJson =
            serde_json::from_slice(bytes).map_err(|error| PayloadError::Shape(error.to_string()))?;
        if json.critical.kind != KIND {
            return Err(PayloadError::Kind(json.critical.kind));
        }
        let digest = json.critical.image.digest;
        match ArtifactDigest::parse(&digest) {
            Some(digest) => Ok(Payload { reference: json.critical.identity.reference, digest }),
            None => Err(PayloadError::Digest(digest)),
        }
    }
}
