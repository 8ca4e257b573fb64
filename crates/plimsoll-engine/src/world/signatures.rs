//! Who signs what is released, and whose signatures count. Nothing in the engine knows how that is done.

use super::{Work, WorldError};
use crate::domain::attestation::{Attestation, Judgement, SignatureForm, Signed};
use crate::domain::time::Moment;

/// Signatures, looked at.
pub trait SignaturesView: Send + Sync {
    /// Asks whether there is somebody who can sign now, and whose signatures would count. Nothing is signed.
    fn ready(&self) -> Work<'_, (), SigningError>;
    /// Asks whether the key that signs can be used, of nobody but this machine: no command is run for it and no password asked
    /// for. Where no key signs there is nothing to ask.
    fn at_hand(&self) -> Work<'_, (), SigningError> {
        Box::pin(async { Ok(()) })
    }
    /// The workflow that certificates name for whoever signs now, with its ref: `acme/app/.github/workflows/release.yml@refs/tags/v1`.
    /// `None` where he is no workflow, or signs with a key.
    fn workflow(&self) -> Work<'_, Option<String>, SigningError> {
        Box::pin(async { Ok(None) })
    }
    /// Judges what is attached: does somebody who counts at `at`, when the set was sealed, vouch for this attestation?
    fn judge<'a>(
        &'a self,
        signed: &'a Signed,
        attestation: &'a Attestation,
        at: Moment,
    ) -> Work<'a, Judgement, SigningError>;
}

/// Signatures, made. Services that remember signatures may hold more of them than are used.
pub trait Signatures: SignaturesView {
    /// Signs an attestation, whose statement is `payload`, in its form. Asked again for the same, one may give the same.
    fn sign<'a>(&'a self, attestation: &'a Attestation, payload: &'a [u8]) -> Work<'a, Signed, SigningError>;
}

/// Nobody signs, and nobody's signatures count.
pub struct Unsigned;

impl SignaturesView for Unsigned {
    fn ready(&self) -> Work<'_, (), SigningError> {
        Box::pin(async { Err(SigningError::NoSigner) })
    }

    fn judge<'a>(
        &'a self,
        _signed: &'a Signed,
        _attestation: &'a Attestation,
        _at: Moment,
    ) -> Work<'a, Judgement, SigningError> {
        Box::pin(async { Err(SigningError::NoTrust) })
    }
}

impl Signatures for Unsigned {
    fn sign<'a>(
        &'a self,
        _attestation: &'a Attestation,
        _payload: &'a [u8],
    ) -> Work<'a, Signed, SigningError> {
        Box::pin(async { Err(SigningError::NoSigner) })
    }
}

/// Why nothing is signed, or no signature can be judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// It is not said who signs.
    #[error("it is not said who signs")]
    NoSigner,
    /// It is not said whose signatures count.
    #[error("it is not said whose signatures count")]
    NoTrust,
    /// The key can't be used.
    #[error("the key {name} can't be used: {why}")]
    Key {
        /// The file or variable.
        name: String,
        /// Why not.
        why: String,
    },
    /// The key is encrypted, and no password opens it.
    #[error("the key {name} can't be opened: {why}")]
    Locked {
        /// The file or variable.
        name: String,
        /// Why not.
        why: String,
    },
    /// The OpenPGP key that signs charts is encrypted, and no password opens it.
    #[error("the OpenPGP key {name} can't be opened: {why}")]
    PgpLocked {
        /// The file or variable.
        name: String,
        /// Why not.
        why: String,
    },
    /// The OpenPGP key that signs charts can't be used.
    #[error("the OpenPGP key {name} can't be used: {why}")]
    PgpKey {
        /// The file or variable.
        name: String,
        /// Why not.
        why: String,
    },
    /// The token that proves who signs can't be had, or can't be used.
    #[error("the identity token can't be used: {why}")]
    Token {
        /// Why not.
        why: String,
    },
    /// What an instance of Sigstore says of itself can't be relied on.
    #[error("what the sigstore instance says of itself can't be relied on: {why}")]
    Instance {
        /// Why not.
        why: String,
    },
    /// A file that says whom to trust, or which services to use, can't be read.
    #[error("{file} can't be used: {why}")]
    Trust {
        /// The file.
        file: String,
        /// Why not.
        why: String,
    },
    /// What is signed can't be attached in the form that is asked for.
    #[error("signatures can't have the form \"{form}\": {why}")]
    Form {
        /// The form.
        form: SignatureForm,
        /// Why not.
        why: String,
    },
    /// What would be signed now would not count.
    #[error("what {signer} signs would not count")]
    Untrusted {
        /// Who would sign.
        signer: String,
        /// Whose signatures count.
        trusted: Vec<String>,
    },
    /// A service that certifies, logs or stamps can't be used.
    #[error("the {service} can't be used: {why}")]
    Service {
        /// What it does, and where it is.
        service: String,
        /// What happened.
        why: String,
    },
}

impl From<SigningError> for WorldError {
    fn from(error: SigningError) -> WorldError {
        WorldError::Signing(Box::new(error))
    }
}
