//! Signatures that count if they are by whom the command line says.

use bytes::Bytes;
use plimsoll_engine::domain::attestation::{Attestation, Judgement};
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::Work;
use plimsoll_engine::world::signatures::{Signatures, SignaturesView, SigningError};
use plimsoll_sigstore::policy::RequiredSigner;
use plimsoll_sigstore::trust::TrustedRoot;

use super::judge;
use super::trusted::Trusted;

/// Signatures by whom the command line says. Nobody signs.
pub(crate) struct StatedSignatures(Trusted);

impl StatedSignatures {
    /// Those by this signer, who is vouched for by this root.
    pub(crate) fn new(signer: RequiredSigner, root: Option<TrustedRoot>) -> StatedSignatures {
        StatedSignatures(Trusted::stated(signer, root))
    }
}

impl SignaturesView for StatedSignatures {
    fn ready(&self) -> Work<'_, (), SigningError> {
        Box::pin(async { Err(SigningError::NoSigner) })
    }

    fn judge<'a>(
        &'a self,
        bundle: &'a [u8],
        attestation: &'a Attestation,
        at: Moment,
    ) -> Work<'a, Judgement, SigningError> {
        Box::pin(async move { Ok(judge(bundle, attestation, at, std::slice::from_ref(&self.0))) })
    }
}

impl Signatures for StatedSignatures {
    fn sign<'a>(&'a self, _attestation: &'a Attestation) -> Work<'a, Bytes, SigningError> {
        Box::pin(async { Err(SigningError::NoSigner) })
    }
}
