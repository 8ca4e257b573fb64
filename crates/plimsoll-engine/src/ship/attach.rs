//! What belongs to a manifest is attached to it: written beside it, and looked at until it stays.
//!
//! Where a registry keeps no list of what refers to a manifest, everybody reads one, adds to it and writes it under a tag, and
//! whoever read it before and writes it after takes off what is ours. So whatever lies under such a tag is looked at again, when
//! whoever wrote at the same time must be done.

mod referrer;
mod shared_layer;

use std::time::Duration;

use bytes::Bytes;
use plimsoll_oci::content::MemoryContent;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_oci::store::Pull;

use crate::domain::attestation::{Attestation, Signed};
use crate::domain::time::Moment;
use crate::world::clock::Clock;
use crate::world::repository_writer::RepositoryWriter;
use crate::world::{Work, WorldError};
pub use referrer::Referrers;
pub use shared_layer::SharedLayers;

/// How often something is attached before it is believed that it does not stay.
const ATTEMPTS: u32 = 8;
/// The least time after which it is looked at again.
const SHORTEST_PAUSE: Duration = Duration::from_millis(75);

/// Something that can be attached to a manifest, and found there.
pub trait Attachment: Send + Sync {
    /// What it is attached to.
    fn subject(&self) -> &Digest;
    /// The tag that others write, too, in a registry that keeps no list by itself.
    fn shared_tag(&self) -> Option<ImageTag>;
    /// Writes it, and everything that it takes to find it. What others wrote stays as far as it was seen.
    fn write<'a>(&'a self, repository: &'a dyn RepositoryWriter) -> Work<'a, ()>;
    /// Whether it is found.
    fn is_found<'a>(&'a self, pull: &'a dyn Pull) -> Work<'a, bool>;
}

/// Why nothing is attached.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// It could not be written, or not be looked at.
    #[error(transparent)]
    World(#[from] WorldError),
    /// It was written again and again, and is not found.
    #[error("what was attached to {subject} does not stay attached")]
    Unlisted {
        /// What it was attached to.
        subject: Digest,
    },
}

/// What attaches something that was signed, in the attestation's form. `created` is written into a bundle's artifact.
pub fn attachment(attestation: &Attestation, signed: Signed, created: Moment) -> Box<dyn Attachment> {
    attachment_of_all(attestation, vec![(attestation, signed)], created)
}

/// What attaches everything that was signed of one subject and lies in one place: where `of` does.
pub fn attachment_of_all(
    of: &Attestation,
    signed: Vec<(&Attestation, Signed)>,
    created: Moment,
) -> Box<dyn Attachment> {
    let subject = of.subject.digest.clone();
    match of.legacy_tag() {
        Some(tag) => {
            let layer = |(attestation, signed): (&Attestation, Signed)| {
                (attestation.legacy_layer(&signed), signed.bytes)
            };
            let layers = signed.into_iter().map(layer).collect();
            Box::new(SharedLayers { subject, tag, layers })
        }
        None => {
            let artifact =
                |(attestation, signed): (&Attestation, Signed)| attestation.attach(signed.bytes, created);
            Box::new(Referrers::new(subject, signed.into_iter().map(artifact).collect()))
        }
    }
}

/// Sees that what is attached where an attestation goes may be added to, before anything is signed for it: what lies there under a tag
/// that everybody writes is written once more as it is. A registry that lets no tag be written twice says so.
///
/// # Errors
/// It can't be added to, or nobody can say.
pub async fn ensure_room(
    repository: &dyn RepositoryWriter,
    attestation: &Attestation,
) -> Result<(), WorldError> {
    let subject = &attestation.subject.digest;
    let tag = attestation.legacy_tag().or_else(|| repository.pull().referrers_tag(subject));
    let Some(tag) = tag else { return Ok(()) };
    match repository.pull().resolve(&tag).await? {
        Some(_) => repository.rewrite(&tag).await,
        None => Ok(()),
    }
}

/// Attaches something until it stays attached.
///
/// # Errors
/// It can't be written, or others take it off each time.
pub async fn attach(
    repository: &dyn RepositoryWriter,
    clock: &dyn Clock,
    attachment: &dyn Attachment,
) -> Result<(), AttachError> {
    for _ in 0..ATTEMPTS {
        let began = clock.elapsed();
        attachment.write(repository).await?;
        let took = clock.elapsed().saturating_sub(began);
        if stays(repository.pull(), clock, attachment, took).await? {
            return Ok(());
        }
    }
    Err(AttachError::Unlisted { subject: attachment.subject().clone() })
}

/// Looks until whoever wrote at the same time must be done: others take about as long as we do.
async fn stays(
    pull: &dyn Pull,
    clock: &dyn Clock,
    attachment: &dyn Attachment,
    took: Duration,
) -> Result<bool, WorldError> {
    if !attachment.is_found(pull).await? {
        return Ok(false);
    }
    let shared = match attachment.shared_tag() {
        Some(tag) => pull.resolve(&tag).await?.is_some(),
        None => false,
    };
    if !shared {
        return Ok(true);
    }
    let pause = took.max(SHORTEST_PAUSE).saturating_mul(2);
    for pause in [pause, pause.saturating_mul(2)] {
        clock.sleep(pause).await?;
        if !attachment.is_found(pull).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Bytes that were just described.
fn written(descriptor: &Descriptor, bytes: &Bytes) -> MemoryContent {
    MemoryContent::new(descriptor.clone(), bytes.clone()).expect("the descriptor was made from these bytes")
}

#[cfg(test)]
mod tests;
