//! Signatures that count if they are by somebody who is named, on a command line or by a key at hand.

use plimsoll_engine::domain::attestation::{Attestation, Judgement, Signed};
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::Work;
use plimsoll_engine::world::signatures::{Signatures, SignaturesView, SigningError};
use plimsoll_sigstore::policy::RequiredSigner;
use plimsoll_sigstore::trust::TrustedRoot;

use super::judge;
use super::trusted::Trusted;

/// Signatures by one of those who are named. Nobody signs.
pub(crate) struct StatedSignatures(Vec<Trusted>);

impl StatedSignatures {
    /// Those by one of these signers, who are vouched for by this root.
    pub(crate) fn new(signers: Vec<RequiredSigner>, root: Option<&TrustedRoot>) -> StatedSignatures {
        let stated = signers.into_iter().map(|signer| Trusted::stated(signer, root.cloned()));
        StatedSignatures(stated.collect())
    }
}

impl SignaturesView for StatedSignatures {
    fn ready(&self) -> Work<'_, (), SigningError> {
        Box::pin(async { Err(SigningError::NoSigner) })
    }

    fn judge<'a>(
        &'a self,
        signed: &'a Signed,
        attestation: &'a Attestation,
        at: Moment,
    ) -> Work<'a, Judgement, SigningError> {
        Box::pin(async move { Ok(judge(signed, attestation, at, &self.0)) })
    }
}

impl Signatures for StatedSignatures {
    fn sign<'a>(
        &'a self,
        _attestation: &'a Attestation,
        _payload: &'a [u8],
    ) -> Work<'a, Signed, SigningError> {
        Box::pin(async { Err(SigningError::NoSigner) })
    }
}
