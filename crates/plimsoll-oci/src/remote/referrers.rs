//! What refers to a manifest: by the API where a registry has it, else by the fallback tag (OCI distribution-spec
//! 1.1, "Listing Referrers" and "Referrers Tag Schema").

mod fallback;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join;
use plimsoll_http::redirect::Redirects;
use plimsoll_http::{HeaderValue, Request, StatusCode, header};

use super::link::next_page;
use super::manifest::{SaysListed, get_by_digest};
use super::refusal::Complaints;
use super::repository::RemoteRepository;
use crate::model::{Descriptor, MANIFEST_LIMIT, Manifest, MediaType};
use crate::name::{Digest, ImageTag};
use crate::store::StoreError;

/// The most pages of a list that are read.
const MOST_PAGES: usize = 200;
/// The most referrers of one subject that are read.
const MOST_REFERRERS: usize = 20_000;

/// What has been learned of a registry's way of listing referrers.
#[derive(Debug, Default)]
pub(super) struct Known {
    way: Mutex<Option<Way>>,
    asked: AtomicBool,
    /// Work on fallback tags, by repository and subject.
    lists: Mutex<BTreeMap<(String, Digest), Arc<List>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Api,
    FallbackTag,
}

/// One fallback list that this process writes to. Reading, merging and writing it is done by one at a time.
#[derive(Debug, Default)]
struct List {
    waiting: Mutex<Vec<Descriptor>>,
    turn: tokio::sync::Mutex<BTreeSet<Digest>>,
}

impl Known {
    fn way(&self) -> Option<Way> {
        *self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True once, if nothing is known by then.
    fn is_first_question(&self) -> bool {
        !self.asked.swap(true, Ordering::Relaxed) && self.way().is_none()
    }

    fn learn(&self, way: Way) {
        *self.way.lock().unwrap_or_else(PoisonError::into_inner) = Some(way);
    }

    fn list(&self, path: &str, subject: &Digest) -> Arc<List> {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lists.entry((path.to_owned(), subject.clone())).or_default())
    }
}

/// Lists what refers to `subject`, of one artifact type or of all.
pub(super) async fn list(
    repository: &RemoteRepository,
    subject: &Digest,
    kind: Option<&MediaType>,
) -> Result<Vec<Descriptor>, StoreError> {
    let all = match repository.registry.referrers.is_first_question() {
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

/// Whether the registry lists referrers by itself; `None` where that shows only once there is something to refer to.
pub(super) async fn is_listing(repository: &RemoteRepository) -> Result<Option<bool>, StoreError> {
    let nothing = Digest::of(b"");
    match from_api(repository, &nothing, None).await? {
        Some(_) => Ok(Some(true)),
        None => Ok((repository.registry.referrers.way() == Some(Way::FallbackTag)).then_some(false)),
    }
}

/// The tag of a list that everybody writes; none where the registry keeps lists by itself, or has not shown yet that it does not.
pub(super) fn fallback_tag(repository: &RemoteRepository, subject: &Digest) -> Option<ImageTag> {
    let way = repository.registry.referrers.way();
    (way == Some(Way::FallbackTag)).then(|| ImageTag::of_referrers(subject))
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
    let known = &repository.registry.referrers;
    Ok(match (says, known.way()) {
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

/// True for what a registry that has the API answers, too, on a bad day.
fn is_trouble(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
        || (status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED)
}

/// Asks the API; `None` if the registry has none.
async fn from_api(
    repository: &RemoteRepository,
    subject: &Digest,
    kind: Option<&MediaType>,
) -> Result<Option<Vec<Descriptor>>, StoreError> {
    let registry = &repository.registry;
    if registry.referrers.way() == Some(Way::FallbackTag) {
        return Ok(None);
    }
    let errand = repository.pulling();
    let mut url = registry.url(repository.name.path(), &format!("referrers/{subject}"));
    if let Some(kind) = kind {
        url.query_pairs_mut().append_pair("artifactType", kind.as_str());
    }
    let mut all = Vec::new();
    for _ in 0..MOST_PAGES {
        let build = || {
            Request::get(url.clone())
                .header(header::ACCEPT, HeaderValue::from_static("application/vnd.oci.image.index.v1+json"))
                .redirects(Redirects::SameOrigin)
                .whole(MANIFEST_LIMIT)
        };
        let answer = match registry.send(errand, build).await {
            // GitHub's registry sends us to a page of its user interface.
            Err(StoreError::NotARegistry { .. }) => {
                registry.referrers.learn(Way::FallbackTag);
                return Ok(None);
            }
            answer => answer?,
        };
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => {
                return Err(registry.rejected(errand, answer).await);
            }
            // Being unwell says nothing of what a registry has.
            status if is_trouble(status) => return Err(registry.rejected(errand, answer).await),
            _ => {
                let complaints = Complaints::parse(&answer.refusal().await.body);
                // A registry with the API that does not know the repository yet has not said that it lacks it.
                if !complaints.has("NAME_UNKNOWN") {
                    registry.referrers.learn(Way::FallbackTag);
                }
                return Ok(None);
            }
        }
        let is_index = answer.content_type().is_some_and(|kind| MediaType::from(kind).is_index());
        if !is_index {
            registry.referrers.learn(Way::FallbackTag);
            return Ok(None);
        }
        let next = next_page(repository, &answer)?;
        let bytes = match answer.bytes(MANIFEST_LIMIT).await {
            Ok(bytes) => bytes,
            Err(error) => return Err(registry.failed(errand, error).await),
        };
        all.extend(fallback::ReferrersList::parse(&bytes)?.entries());
        match next {
            Some(next) if all.len() <= MOST_REFERRERS && next != url => url = next,
            Some(_) => break,
            None => {
                registry.referrers.learn(Way::Api);
                return Ok(Some(all));
            }
        }
    }
    Err(StoreError::TooLarge {
        what: format!("the list of referrers of {subject}"),
        size: u64::try_from(all.len()).unwrap_or(u64::MAX),
        limit: u64::try_from(MOST_REFERRERS).unwrap_or(u64::MAX),
    })
}
