//! The record as an artifact of one repository, kept by its own hold tag.

use std::sync::Arc;

use plimsoll_oci::content::{Content, MemoryContent};
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::{ImageRepository, ImageTag};

use super::key::Permit;
use super::push::{find_blob, sources};
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::step::StepId;
use crate::statement::artifact::{Artifact, LayerBytes};
use crate::world::{Eyes, Hands, Work};

/// One statement in one repository, under a hidden tag.
#[derive(Clone, Debug)]
pub struct PushStatement {
    /// Where.
    pub repository: ImageRepository,
    /// The statement.
    pub artifact: Artifact,
    /// The tag under which it is found; none leaves it untagged.
    pub tag: Option<ImageTag>,
    /// Other repositories with the same statement: where files may come from if this machine does not have them.
    pub others: Vec<ImageRepository>,
}

impl<K: Permit> Step<K> for PushStatement {
    fn id(&self) -> StepId {
        self.name()
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            let pull = eyes.pull(&self.repository);
            let digest = self.artifact.manifest.digest();
            let needed = Observation::Needed(Change { from: None, to: digest.clone() });
            if pull.manifest(digest).await?.is_none() {
                return Ok(needed);
            }
            for layer in &self.artifact.layers {
                if pull.blob(&layer.descriptor).await?.is_none() {
                    return Ok(needed);
                }
            }
            let Some(tag) = &self.tag else { return Ok(Observation::Satisfied) };
            let there = pull.resolve(tag).await?;
            Ok(if there.is_some_and(|there| there.digest == *digest) {
                Observation::Satisfied
            } else {
                needed
            })
        })
    }

    fn apply<'a>(&'a self, hands: Hands<'a>, _key: &'a K, change: Change) -> Work<'a, (), ShipError> {
        Box::pin(async move { self.push(hands, &change).await })
    }
}

impl PushStatement {
    /// Sends the statement and points its tag.
    pub async fn push(&self, hands: Hands<'_>, change: &Change) -> Result<(), ShipError> {
        let store = hands.store(&self.repository);
        let hold = |descriptor: Descriptor, bytes| {
            MemoryContent::new(descriptor, bytes).expect("the descriptor was made from these bytes")
        };
        store.put_blob(&hold(Descriptor::empty(), bytes::Bytes::from_static(b"{}")), None).await?;
        for layer in &self.artifact.layers {
            match &layer.bytes {
                LayerBytes::Written(bytes) => {
                    store.put_blob(&hold(layer.descriptor.clone(), bytes.clone()), None).await?;
                }
                LayerBytes::Made => {
                    let content = self.find_made(hands.eyes(), &layer.descriptor).await?;
                    store.put_blob(&*content, None).await?;
                }
            }
        }
        store.put_manifest(&self.artifact.manifest).await?;
        match &self.tag {
            Some(tag) => Ok(store.point_hidden(tag, change.to(), None).await?),
            None => Ok(()),
        }
    }

    /// A file that was made: from the workshop, or from whoever has it.
    async fn find_made(&self, eyes: Eyes<'_>, layer: &Descriptor) -> Result<Arc<dyn Content>, ShipError> {
        let everywhere = std::iter::once(&self.repository).chain(&self.others);
        let found = find_blob(&sources(eyes, everywhere), layer).await?;
        found.ok_or_else(|| ShipError::Gone { step: self.name(), missing: layer.digest.clone() })
    }

    fn name(&self) -> StepId {
        StepId::new(
            "record-artifact",
            format_args!("{}@{}", self.repository, self.artifact.manifest.digest()),
        )
    }
}
