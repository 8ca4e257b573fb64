//! A signed statement that the forge keeps.

use bytes::Bytes;

use super::attest::Attest;
use super::key::Published;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::attestation::{Judgement, Signed};
use crate::domain::step::StepId;
use crate::world::{Eyes, Hands, Work, WorldError};

/// One signed statement on the forge. Any that is there and counts will do.
#[derive(Clone, Debug)]
pub struct PostAttestation {
    /// What is stated.
    pub attest: Attest,
    /// The bundle that is attached to what it is about.
    pub bundle: Bytes,
}

/// Whether the forge keeps a statement that counts.
///
/// # Errors
/// The forge did not answer, or nothing can be judged.
pub async fn is_posted(eyes: Eyes<'_>, attest: &Attest) -> Result<bool, WorldError> {
    for there in eyes.forge().find_attestations(attest.subject()).await? {
        let there = Signed::bundle(there);
        let judged = eyes.signatures().judge(&there, &attest.attestation, attest.sealed).await?;
        if matches!(judged, Judgement::Vouched { .. }) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Step<Published> for PostAttestation {
    fn id(&self) -> StepId {
        let attestation = &self.attest.attestation;
        let (subject, kind) = (&attestation.subject.digest, &attestation.predicate_type);
        StepId::new("forge-attestation", format_args!("{kind} of {subject}"))
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            Ok(match is_posted(eyes, &self.attest).await? {
                true => Observation::Satisfied,
                false => Observation::Needed(Change { from: None, to: self.attest.subject().clone() }),
            })
        })
    }

    fn apply<'a>(
        &'a self,
        hands: Hands<'a>,
        _key: &'a Published,
        _change: Change,
    ) -> Work<'a, (), ShipError> {
        Box::pin(async move { Ok(hands.post_attestation(&self.attest.attestation, &self.bundle).await?) })
    }
}
