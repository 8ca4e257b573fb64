//! The record as an artifact of one repository, kept by its own hold tag.

use crate::world::WorldError;
use plimsoll_oci::content::MemoryContent;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::{ImageRepository, ImageTag};

use super::key::Permit;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::step::StepId;
use crate::statement::artifact::Artifact;
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
}

impl<K: Permit> Step<K> for PushStatement {
    fn id(&self) -> StepId {
        StepId::new("record", format_args!("{}@{}", self.repository, self.artifact.manifest.digest()))
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            let pull = eyes.pull(&self.repository);
            let digest = self.artifact.manifest.digest();
            let needed = Observation::Needed(Change { from: None, to: digest.clone() });
            if pull.manifest(digest).await?.is_none() {
                return Ok(needed);
            }
            for (layer, _) in &self.artifact.layers {
                if pull.blob(layer).await?.is_none() {
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
        Box::pin(async move { Ok(self.push(hands, &change).await?) })
    }
}

impl PushStatement {
    /// Sends the statement and points its tag.
    pub async fn push(&self, hands: Hands<'_>, change: &Change) -> Result<(), WorldError> {
        let store = hands.store(&self.repository);
        let config = (Descriptor::empty(), bytes::Bytes::from_static(b"{}"));
        for (descriptor, bytes) in std::iter::once(config).chain(self.artifact.layers.iter().cloned()) {
            let content =
                MemoryContent::new(descriptor, bytes).expect("the descriptor was made from these bytes");
            store.put_blob(&content, None).await?;
        }
        store.put_manifest(&self.artifact.manifest).await?;
        match &self.tag {
            Some(tag) => store.point_hidden(tag, change.to()).await,
            None => Ok(()),
        }
    }
}
