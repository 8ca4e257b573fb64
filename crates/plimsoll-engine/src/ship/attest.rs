//! A signed statement, attached to what it is about in one repository.

use bytes::Bytes;
use plimsoll_oci::name::{Digest, ImageRepository};
use plimsoll_oci::store::Pull;

use super::attach::{AttachError, Referrer, attach};
use super::key::Permit;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::attestation::{Attestation, Judgement};
use crate::domain::step::StepId;
use crate::domain::time::Moment;
use crate::ledger::bundles::{AttachedBundle, read_bundles};
use crate::statement::attestation::SIGNATURE;
use crate::world::signatures::SignaturesView;
use crate::world::{Eyes, Hands, Work, WorldError};

/// One signed statement in one repository. Any that is there and counts will do, whoever wrote it and when.
#[derive(Clone, Debug)]
pub struct Attest {
    /// Where.
    pub repository: ImageRepository,
    /// What is stated, of what.
    pub attestation: Attestation,
    /// When the set was sealed.
    pub sealed: Moment,
    /// Other repositories of the same content: one that has it signed is copied from, so that nothing is signed twice.
    pub others: Vec<ImageRepository>,
}

/// What is attached, as far as it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vouching {
    /// Somebody who counts vouches for it.
    Vouched {
        /// The bundle.
        bundle: Bytes,
        /// Who.
        by: String,
    },
    /// Nobody does.
    Unvouched {
        /// Why what is there does not count; none if nothing is there.
        why: Option<String>,
    },
}

impl Attest {
    /// The step's name.
    pub fn name(&self) -> StepId {
        StepId::new(self.kind(), format_args!("{}@{}", self.repository, self.attestation.subject.digest))
    }

    /// `sign` for signatures, `attest` for other statements.
    fn kind(&self) -> &'static str {
        if self.is_signature() { "sign" } else { "attest" }
    }

    /// Whether nothing more is stated than that it is signed.
    pub fn is_signature(&self) -> bool {
        self.attestation.predicate_type == SIGNATURE
    }

    /// What is attached in this step's repository.
    ///
    /// # Errors
    /// The repository can't be read, or nothing can be judged.
    pub async fn look(&self, eyes: Eyes<'_>) -> Result<Vouching, WorldError> {
        self.look_in(eyes, &self.repository).await
    }

    async fn look_in(&self, eyes: Eyes<'_>, repository: &ImageRepository) -> Result<Vouching, WorldError> {
        self.look_at(&*eyes.pull(repository), eyes.signatures()).await
    }

    /// What is attached in a repository, an archive, or wherever else the same content lies.
    ///
    /// # Errors
    /// It can't be read, or nothing can be judged.
    pub async fn look_at(
        &self,
        pull: &dyn Pull,
        signatures: &dyn SignaturesView,
    ) -> Result<Vouching, WorldError> {
        let Attestation { subject, predicate_type, .. } = &self.attestation;
        let mut why = None;
        for AttachedBundle { bytes, .. } in read_bundles(pull, &subject.digest, predicate_type).await? {
            match signatures.judge(&bytes, &self.attestation, self.sealed).await? {
                Judgement::Vouched { by } => return Ok(Vouching::Vouched { bundle: bytes, by }),
                Judgement::Refused { why: refused } => why = why.or(Some(refused)),
            }
        }
        Ok(Vouching::Unvouched { why })
    }

    async fn observe(&self, eyes: Eyes<'_>) -> Result<Observation, WorldError> {
        Ok(match self.look(eyes).await? {
            Vouching::Vouched { .. } => Observation::Satisfied,
            Vouching::Unvouched { .. } => {
                Observation::Needed(Change { from: None, to: self.attestation.subject.digest.clone() })
            }
        })
    }

    /// One that another repository has, or a new one.
    async fn obtain(&self, hands: Hands<'_>) -> Result<Bytes, WorldError> {
        for other in &self.others {
            // What can't be read there is signed anew.
            if let Ok(Vouching::Vouched { bundle, .. }) = self.look_in(hands.eyes(), other).await {
                return Ok(bundle);
            }
        }
        hands.sign(&self.attestation).await
    }

    async fn attach(&self, hands: Hands<'_>) -> Result<(), ShipError> {
        let artifact = self.attestation.attach(self.obtain(hands).await?, self.sealed);
        let referrer = Referrer::new(self.subject().clone(), artifact);
        let store = hands.store(&self.repository);
        attach(&store, hands.eyes().clock(), &referrer).await.map_err(|error| match error {
            AttachError::World(error) => error.into(),
            AttachError::Unlisted { .. } => ShipError::NoEffect { step: self.name() },
        })
    }

    /// What it is about.
    pub fn subject(&self) -> &Digest {
        &self.attestation.subject.digest
    }
}

impl<K: Permit> Step<K> for Attest {
    fn id(&self) -> StepId {
        self.name()
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(self.observe(eyes))
    }

    fn apply<'a>(&'a self, hands: Hands<'a>, _key: &'a K, _change: Change) -> Work<'a, (), ShipError> {
        Box::pin(self.attach(hands))
    }
}
