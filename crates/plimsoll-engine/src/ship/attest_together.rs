//! What is signed of one subject and attached in one place, in one write: a registry may let no tag be written twice, and where it
//! keeps no list of what refers to a manifest everything that is attached to it lies under one tag.

use futures_util::future::join_all;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use super::attach::{AttachError, attach, attachment_of_all, ensure_room};
use super::attest::Attest;
use super::key::Permit;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::step::StepId;
use crate::world::{Eyes, Hands, Work, WorldError};

/// Signed statements of one subject that are attached in one place: the same repository, and in the older form the same tag.
#[derive(Clone, Debug)]
pub struct AttestTogether<'a> {
    first: &'a Attest,
    others: Vec<&'a Attest>,
}

impl<'a> AttestTogether<'a> {
    /// Statements by where they are attached, in the order of the first of each; what is named twice is attached once.
    pub fn group(all: &'a [Attest]) -> Vec<AttestTogether<'a>> {
        let mut groups: Vec<AttestTogether<'a>> = Vec::new();
        for attest in all {
            match groups.iter_mut().find(|group| place(group.first) == place(attest)) {
                Some(group) if group.all().any(|one| one.name() == attest.name()) => {}
                Some(group) => group.others.push(attest),
                None => groups.push(AttestTogether { first: attest, others: Vec::new() }),
            }
        }
        groups
    }

    fn all(&self) -> impl Iterator<Item = &'a Attest> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }

    /// Those that are not there.
    async fn missing(&self, eyes: Eyes<'_>) -> Result<Vec<(&'a Attest, Change)>, WorldError> {
        let looks = self.all().map(|attest| async move { (attest, attest.observe(eyes).await) });
        let mut missing = Vec::new();
        for (attest, look) in join_all(looks).await {
            if let Observation::Needed(change) = look? {
                missing.push((attest, change));
            }
        }
        Ok(missing)
    }

    async fn observe(&self, eyes: Eyes<'_>) -> Result<Observation, WorldError> {
        let first = self.missing(eyes).await?.into_iter().next();
        Ok(first.map_or(Observation::Satisfied, |(_, change)| Observation::Needed(change)))
    }

    /// Nothing is written before all of it is signed: what is left out would take a second write.
    async fn attach(&self, hands: Hands<'_>) -> Result<(), ShipError> {
        let missing = self.missing(hands.eyes()).await?;
        if missing.is_empty() {
            return Ok(());
        }
        let store = hands.store(&self.first.repository);
        ensure_room(&store, &self.first.attestation).await?;
        let obtaining = missing.iter().map(|(attest, _)| async move {
            Ok::<_, ShipError>((&attest.attestation, attest.obtain(hands).await?))
        });
        let signed = join_all(obtaining).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let attachment = attachment_of_all(&self.first.attestation, signed, self.first.sealed);
        attach(&store, hands.eyes().clock(), &*attachment).await.map_err(|error| match error {
            AttachError::World(error) => error.into(),
            AttachError::Unlisted { .. } => ShipError::NoEffect { step: self.name() },
        })
    }

    fn name(&self) -> StepId {
        match (self.others.is_empty(), self.first.attestation.legacy_tag()) {
            (true, _) => self.first.name(),
            (false, Some(tag)) => StepId::new("attest", format_args!("{}:{tag}", self.first.repository)),
            (false, None) => {
                StepId::new("attest", format_args!("{}@{}", self.first.repository, self.first.subject()))
            }
        }
    }
}

/// Where a statement is attached.
fn place(attest: &Attest) -> (&ImageRepository, &Digest, Option<ImageTag>) {
    (&attest.repository, attest.subject(), attest.attestation.legacy_tag())
}

impl<K: Permit> Step<K> for AttestTogether<'_> {
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
