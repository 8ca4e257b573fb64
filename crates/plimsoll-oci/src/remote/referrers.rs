//! What refers to a manifest: by the API where a registry has it, else by the fallback tag (OCI distribution-spec
//! 1.1, "Listing Referrers" and "Referrers Tag Schema").

mod api;
mod fallback;
mod known;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use futures_util::future::join;

use super::manifest::{SaysListed, get_by_digest};
use super::repository::RemoteRepository;
use crate::model::{Descriptor, Manifest, MediaType};
use crate::name::{Digest, ImageTag};
use crate::store::StoreError;
use api::from_api;
pub(super) use known::Known;
use known::Way;

/// One fallback list that this process writes to. Reading, merging and writing it is done by one at a time.
#[derive(Debug, Default)]
struct List {
    waiting: Mutex<Vec<Descriptor>>,
    turn: tokio::sync::Mutex<BTreeSet<Digest>>,
}

/// Lists what refers to `subject`, of one artifact type or of all.
pub(super) async fn list(
    repository: &RemoteRepository,
    subject: &Digest,
    kind: Option<&MediaType>,
) -> Result<Vec<Descriptor>, StoreError> {
    let all = match repository.registry.referrers.is_first_question(repository.name.path()) {
        // Where there is no API, another round trip would follow the first one.
        true => match join(from_api(repository, subject, kind), fallback::read(repository, subject)).await {
            (Ok(None), list) => list?.entries(),
            (all, _) => all?.unwrap_or_default(),
        },
        false => match from_api(repository, subject, kind).await? {
            Some(all) => all,
            None => fallback::read(repository, subject).await?.entries(),
        },
    };
    let Some(kind) = kind else { return Ok(all) };
    let mut fitting = Vec::new();
    for mut entry in all {
        // Older clients wrote fallback lists without types, and go-containerregistry's server names the empty config
        // where the artifact has a type of its own: the manifest itself knows.
        if entry.artifact_type.as_ref().is_none_or(|listed| *listed == MediaType::EMPTY) {
            // Somebody's that is no manifest is not of this type either.
            let manifest = match get_by_digest(repository, &entry.digest).await {
                Ok(Some(manifest)) => manifest,
                Ok(None)
                | Err(StoreError::Model(_) | StoreError::Lies { .. } | StoreError::TooLarge { .. }) => {
                    continue;
                }
                Err(error) => return Err(error),
            };
            entry = describe(&manifest);
        }
        if entry.artifact_type.as_ref() == Some(kind) {
            fitting.push(entry);
        }
    }
    Ok(fitting)
}

/// How a repository's lists are kept, if that is known.
fn way(repository: &RemoteRepository) -> Option<Way> {
    repository.registry.referrers.way(repository.name.path())
}

/// Whether the registry lists referrers by itself; `None` where that shows only once there is something to refer to.
pub(super) async fn is_listing(repository: &RemoteRepository) -> Result<Option<bool>, StoreError> {
    let nothing = Digest::of(b"");
    match from_api(repository, &nothing, None).await? {
        Some(_) => Ok(Some(true)),
        None => Ok((way(repository) == Some(Way::FallbackTag)).then_some(false)),
    }
}

/// The tag of a list that everybody writes; none where the registry keeps lists by itself, or has not shown yet that it does not.
pub(super) fn fallback_tag(repository: &RemoteRepository, subject: &Digest) -> Option<ImageTag> {
    (way(repository) == Some(Way::FallbackTag)).then(|| ImageTag::of_referrers(subject))
}

/// Sees that manifests that were just written are among the referrers of what they refer to, if anything. A list that everybody
/// writes is written once for all of its new entries.
pub(super) async fn ensure_listed(
    repository: &RemoteRepository,
    written: &[(&Manifest, SaysListed)],
) -> Result<(), StoreError> {
    let mut unlisted: BTreeMap<&Digest, Vec<Descriptor>> = BTreeMap::new();
    for (manifest, says) in written {
        let Some(subject) = manifest.subject() else { continue };
        if !is_listed(repository, &subject.digest, manifest, *says).await? {
            unlisted.entry(&subject.digest).or_default().push(describe(manifest));
        }
    }
    for (subject, entries) in unlisted {
        let list = repository.registry.referrers.list(repository.name.path(), subject);
        fallback::add(repository, subject, &list, entries).await?;
    }
    Ok(())
}

/// Whether the registry lists a manifest by itself that was just written.
async fn is_listed(
    repository: &RemoteRepository,
    subject: &Digest,
    manifest: &Manifest,
    says: SaysListed,
) -> Result<bool, StoreError> {
    Ok(match (says, way(repository)) {
        (SaysListed::Yes, Some(Way::Api)) => true,
        (SaysListed::No, None) | (_, Some(Way::FallbackTag)) => false,
        // Some registries promised a list before they could serve one, others serve one that they did not promise.
        (SaysListed::Yes, None) | (SaysListed::No, Some(Way::Api)) => {
            let listed = from_api(repository, subject, None).await?;
            match says {
                SaysListed::Yes => listed.is_some(),
                SaysListed::No => {
                    listed.is_some_and(|all| all.iter().any(|one| one.digest == *manifest.digest()))
                }
            }
        }
    })
}

/// Sees that a manifest that was just deleted is not listed where we keep the list.
pub(super) async fn ensure_unlisted(
    repository: &RemoteRepository,
    subject: &Digest,
    gone: &Digest,
) -> Result<(), StoreError> {
    if from_api(repository, subject, None).await?.is_some() {
        return Ok(());
    }
    let list = repository.registry.referrers.list(repository.name.path(), subject);
    fallback::remove(repository, subject, &list, gone).await
}

/// A manifest as lists of referrers show it.
fn describe(manifest: &Manifest) -> Descriptor {
    Descriptor {
        artifact_type: manifest.artifact_type().cloned(),
        annotations: manifest.annotations().clone(),
        ..manifest.descriptor().clone()
    }
}
