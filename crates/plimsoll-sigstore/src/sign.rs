//! Makes bundles with a key. Services are asked in [`crate::keyless`].

use crate::artifact::Artifact;
use crate::bundle::{Bundle, Content, Signer, Version};
use crate::dsse::{self, Envelope, IN_TOTO};
use crate::key::{PrivateKey, PrivateKeyError};

/// Why there is no signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key does not sign.
    #[error(transparent)]
    Key(#[from] PrivateKeyError),
    /// The artifact's digest by the key's algorithm is not known.
    #[error("the key signs {0} digests, and the artifact's is not known")]
    NoDigest(&'static str),
}

/// Signs an artifact: content of a bundle with a message signature.
///
/// # Errors
/// [`SignError`].
pub fn sign_artifact(key: &PrivateKey, artifact: &Artifact) -> Result<Content, SignError> {
    let digest = artifact.digest(key.hash()).ok_or(SignError::NoDigest(key.hash().name()))?;
    Ok(Content::Message { digest: Some(digest.clone()), signature: key.sign_digest(digest)? })
}

/// Signs the bytes of an in-toto statement, as they are: content of a bundle with an envelope.
///
/// # Errors
/// [`SignError`].
pub fn sign_statement(key: &PrivateKey, statement: &[u8]) -> Result<Content, SignError> {
    let payload = statement.to_vec();
    let signature = key.sign(&dsse::encode(IN_TOTO, &payload))?;
    let envelope = Envelope { payload, payload_type: IN_TOTO.to_owned(), signature, key_id: String::new() };
    Ok(Content::Envelope(envelope))
}

/// The bundle of what a key has signed, with neither log nor timestamp.
pub fn bundle_of_key(key: &PrivateKey, content: Content) -> Bundle {
    Bundle {
        version: Version::V0_3,
        signer: Signer::Key(key.public().hint()),
        entries: Vec::new(),
        timestamps: Vec::new(),
        content,
    }
}
