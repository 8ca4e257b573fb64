//! A signed statement, attached to what it is about in one repository.

use bytes::Bytes;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::name::{Digest, ImageRepository};
use plimsoll_oci::store::Pull;

use super::push::{find_blob, sources};
use super::step::{Change, Observation, ShipError};
use crate::domain::attestation::{AttachedForm, Attestation, Judgement, Payload, Signed};
use crate::domain::event::{Event, Watcher};
use crate::domain::predicate::SLSA_PROVENANCE;
use crate::domain::step::StepId;
use crate::domain::time::Moment;
use crate::ledger::attached::{Attached, list_attached};
use crate::statement::attestation::SIGNATURE;
use crate::statement::release::PREDICATE;
use crate::world::signatures::SignaturesView;
use crate::world::{Eyes, Hands, WorldError};

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
    /// Other repositories with the record of the same release: where the statement may come from if this machine does not have it.
    pub keepers: Vec<ImageRepository>,
}

/// What is attached, as far as it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vouching {
    /// Somebody who counts vouches for it.
    Vouched {
        /// What he signed.
        signed: Signed,
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
        let place = match self.attestation.legacy_tag() {
            Some(tag) => format!("{}:{tag}", self.repository),
            None => format!("{}@{}", self.repository, self.subject()),
        };
        // Of one subject there may be several statements, also of one type.
        let Attestation { predicate_type, payload, .. } = &self.attestation;
        match self.is_signature() {
            true => StepId::new("sign", place),
            false => StepId::new("attest", format_args!("{place} {predicate_type} {}", payload.digest())),
        }
    }

    /// What it is, for people.
    pub fn describe(&self) -> String {
        let kind = match self.attestation.predicate_type.as_str() {
            SIGNATURE => "signature".to_owned(),
            PREDICATE => "statement".to_owned(),
            SLSA_PROVENANCE => "provenance".to_owned(),
            other => format!("attestation {other} of"),
        };
        match self.attestation.legacy_tag() {
            Some(tag) => format!("{kind} {}:{tag}", self.repository),
            None => format!("{kind} {}@{}", self.repository, self.subject()),
        }
    }

    /// Whether nothing more is stated than that it is signed.
    pub fn is_signature(&self) -> bool {
        self.attestation.predicate_type == SIGNATURE
    }

    /// Whether it is attached as a bundle.
    pub fn is_bundle(&self) -> bool {
        self.attestation.form == AttachedForm::Bundle
    }

    /// What is attached in this step's repository.
    ///
    /// # Errors
    /// The repository can't be read, or nothing can be judged.
    pub async fn look(&self, eyes: Eyes<'_>) -> Result<Vouching, WorldError> {
        self.look_in(eyes, &self.repository).await
    }

    async fn look_in(&self, eyes: Eyes<'_>, repository: &ImageRepository) -> Result<Vouching, WorldError> {
        self.look_at(&*eyes.pull(repository), eyes.signatures(), &*eyes.watcher()).await
    }

    /// What is attached in this step's repository, of what fits: nothing else is judged.
    ///
    /// # Errors
    /// The repository can't be read, or nothing can be judged.
    pub(crate) async fn look_for(
        &self,
        eyes: Eyes<'_>,
        fits: &(dyn Fn(&Signed) -> bool + Sync),
    ) -> Result<Vouching, WorldError> {
        self.find(&*eyes.pull(&self.repository), eyes.signatures(), &*eyes.watcher(), fits).await
    }

    /// What is attached in a repository, an archive, or wherever else the same content lies. One after another is judged as it is
    /// read, until one counts; what can't be read is said and passed over.
    ///
    /// # Errors
    /// It can't be read, or nothing can be judged.
    pub async fn look_at(
        &self,
        pull: &dyn Pull,
        signatures: &dyn SignaturesView,
        watcher: &dyn Watcher,
    ) -> Result<Vouching, WorldError> {
        self.find(pull, signatures, watcher, &|_| true).await
    }

    async fn find(
        &self,
        pull: &dyn Pull,
        signatures: &dyn SignaturesView,
        watcher: &dyn Watcher,
        fits: &(dyn Fn(&Signed) -> bool + Sync),
    ) -> Result<Vouching, WorldError> {
        let Attestation { subject, predicate_type, form, .. } = &self.attestation;
        let mut why = None;
        let attached = list_attached(pull, *form, &subject.digest, predicate_type).await?;
        let mut attached = attached.made_at_first(self.sealed);
        let mut vouched = None;
        while let (None, Some(Attached { signed, .. })) = (&vouched, attached.next().await?) {
            if !fits(&signed) {
                continue;
            }
            match signatures.judge(&signed, &self.attestation, self.sealed).await? {
                Judgement::Vouched { by } => vouched = Some(Vouching::Vouched { signed, by }),
                Judgement::Refused { why: refused } => why = why.or(Some(refused)),
            }
        }
        for one in attached.passed_over() {
            watcher.see(Event::Remark(one.to_string()));
            why = why.or_else(|| Some(one.to_string()));
        }
        match (attached.too_many(), &vouched) {
            (Some(too_many), Some(_)) => watcher.see(Event::Remark(too_many.to_string())),
            (Some(too_many), None) => return Err(too_many.into()),
            (None, _) => {}
        }
        Ok(vouched.unwrap_or(Vouching::Unvouched { why }))
    }

    /// Whether it is attached and counts.
    ///
    /// # Errors
    /// The repository can't be read, or nothing can be judged.
    pub(crate) async fn observe(&self, eyes: Eyes<'_>) -> Result<Observation, WorldError> {
        Ok(match self.look(eyes).await? {
            Vouching::Vouched { .. } => Observation::Satisfied,
            Vouching::Unvouched { .. } => {
                Observation::Needed(Change { from: None, to: self.attestation.subject.digest.clone() })
            }
        })
    }

    /// One that another repository has, or a new one.
    pub(super) async fn obtain(&self, hands: Hands<'_>) -> Result<Signed, ShipError> {
        for other in &self.others {
            // What can't be read there is signed anew.
            if let Ok(Vouching::Vouched { signed, .. }) = self.look_in(hands.eyes(), other).await {
                return Ok(signed);
            }
        }
        let payload = self.read_payload(hands.eyes()).await?;
        Ok(hands.sign(&self.attestation, &payload).await?)
    }

    /// The statement's bytes: from the workshop, or from whoever has them.
    ///
    /// # Errors
    /// Nobody has them.
    pub async fn read_payload(&self, eyes: Eyes<'_>) -> Result<Bytes, ShipError> {
        let descriptor = match &self.attestation.payload {
            Payload::Written(bytes) => return Ok(bytes.clone()),
            Payload::Made(descriptor) => descriptor,
        };
        let everywhere = std::iter::once(&self.repository).chain(&self.keepers);
        match find_blob(&sources(eyes, everywhere), descriptor).await? {
            Some(content) => Ok(read_whole(&*content, descriptor.size).await.map_err(WorldError::from)?),
            None => Err(ShipError::Gone { step: self.name(), missing: descriptor.digest.clone() }),
        }
    }

    /// What it is about.
    pub fn subject(&self) -> &Digest {
        &self.attestation.subject.digest
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use plimsoll_oci::model::{Descriptor, MediaType};

    use super::*;

    #[test]
    fn every_statement_of_an_image_has_a_name_of_its_own() {
        let subject = Descriptor::of(MediaType::INDEX, b"an index");
        let stated = |kind: &str, text: &'static str| Attestation {
            predicate_type: kind.to_owned(),
            ..Attestation::release(subject.clone(), Bytes::from_static(text.as_bytes()))
        };
        let attestations = [
            Attestation::signature(subject.clone()),
            stated(PREDICATE, "release"),
            stated(SLSA_PROVENANCE, "provenance"),
            stated("https://cyclonedx.org/bom", "one"),
            stated("https://cyclonedx.org/bom", "another"),
        ];
        let forms = [AttachedForm::Bundle, AttachedForm::Legacy];
        let all = attestations.iter().flat_map(|one| forms.map(|form| one.clone().attached_as(form)));
        let names: BTreeSet<StepId> = all
            .map(|attestation| Attest {
                repository: "ghcr.io/acme/app".parse().unwrap(),
                attestation,
                sealed: Moment(0),
                others: Vec::new(),
                keepers: Vec::new(),
            })
            .map(|attest| attest.name())
            .collect();
        assert_eq!(names.len(), 2 * attestations.len(), "{names:#?}");
    }
}
