//! Manifests: read, written, deleted.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use plimsoll_http::request::Body;
use plimsoll_http::{HeaderName, HeaderValue, Method, Repeat, Request, Response, StatusCode, Url, header};

use super::auth::Scopes;
use super::quirk;
use super::refusal::{Purpose, is_html, quoted};
use super::registry::Errand;
use super::repository::RemoteRepository;
use crate::content::parse_manifest;
use crate::model::{Descriptor, MANIFEST_LIMIT, Manifest, MediaType, ModelError};
use crate::name::{Digest, ImageTag};
use crate::store::StoreError;

/// Every kind of manifest that is understood, as `Accept` wants it.
const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// The same, and whatever else a tag may point at: that a tag is taken is known also where nobody understands by what.
const ACCEPT_ANY: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json, */*";

/// How many manifests of a repository are kept, so that a tag can be pointed at one without fetching it again.
const RECENT: usize = 512;
/// How many bytes they may have together.
const RECENT_BYTES: u64 = 16 * 1024 * 1024;

/// Whether a registry says that it keeps lists of referrers (OCI distribution-spec 1.1, "Pushing Manifests with
/// Subject").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SaysListed {
    /// It sent `OCI-Subject`.
    Yes,
    /// It did not.
    No,
}

impl SaysListed {
    fn of(answer: &Response) -> Self {
        let subject = HeaderName::from_static("oci-subject");
        if answer.headers().contains_key(subject) { Self::Yes } else { Self::No }
    }
}

/// Manifests that went by lately. They are found by digest, so they cannot be outdated.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<VecDeque<Manifest>>);

impl Recent {
    fn keep(&self, manifest: &Manifest) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|known| known.digest() != manifest.digest());
        recent.push_front(manifest.clone());
        let mut bytes = 0;
        let fits = |known: &&Manifest| {
            bytes += known.descriptor().size;
            bytes <= RECENT_BYTES
        };
        let kept = recent.iter().take(RECENT).take_while(fits).count();
        recent.truncate(kept);
    }

    fn find(&self, digest: &Digest) -> Option<Manifest> {
        let recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().find(|known| known.digest() == digest).cloned()
    }
}

/// Reads a manifest by digest, and checks that it has it.
pub(super) async fn get_by_digest(
    repository: &RemoteRepository,
    at: &Digest,
) -> Result<Option<Manifest>, StoreError> {
    let Some(fetched) = fetch(repository, &at.to_string(), ACCEPT).await? else { return Ok(None) };
    let manifest = parse_manifest(at, fetched.bytes, fetched.served_as.as_ref())?;
    repository.manifests.keep(&manifest);
    Ok(Some(manifest))
}

/// A manifest that went by lately, else reads it by digest.
pub(super) async fn find_recent_or_get(
    repository: &RemoteRepository,
    at: &Digest,
) -> Result<Option<Manifest>, StoreError> {
    match repository.manifests.find(at) {
        Some(manifest) => Ok(Some(manifest)),
        None => get_by_digest(repository, at).await,
    }
}

/// What a tag points at, by the digest of the bytes that are served. They need not be a manifest that can be read.
pub(super) async fn resolve(
    repository: &RemoteRepository,
    tag: &ImageTag,
) -> Result<Option<Descriptor>, StoreError> {
    let Some(fetched) = fetch(repository, tag.as_str(), ACCEPT_ANY).await? else { return Ok(None) };
    match Manifest::parse(fetched.bytes.clone(), fetched.served_as.as_ref()) {
        Ok(manifest) => {
            repository.manifests.keep(&manifest);
            Ok(Some(manifest.descriptor().clone()))
        }
        Err(_) if fetched.is_whole() => {
            let media_type = fetched.served_as.unwrap_or(MediaType::literal("application/octet-stream"));
            Ok(Some(Descriptor::of(media_type, &fetched.bytes)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Reads what a tag points at.
pub(super) async fn get_by_tag(
    repository: &RemoteRepository,
    tag: &ImageTag,
) -> Result<Option<Manifest>, StoreError> {
    let Some(fetched) = fetch(repository, tag.as_str(), ACCEPT).await? else { return Ok(None) };
    let manifest = Manifest::parse(fetched.bytes, fetched.served_as.as_ref())?;
    repository.manifests.keep(&manifest);
    Ok(Some(manifest))
}

/// What is served under a reference, not yet understood. Its digest is that of the bytes: `Docker-Content-Digest` is
/// somebody's word.
struct Fetched {
    bytes: Bytes,
    served_as: Option<MediaType>,
    said: Option<Digest>,
}

impl Fetched {
    /// Whether these are all the bytes that there are, and no answer that broke off: the registry names their digest, or
    /// they are JSON to the end.
    fn is_whole(&self) -> bool {
        match &self.said {
            Some(said) => said.matches(&self.bytes),
            None => serde_json::from_slice::<serde::de::IgnoredAny>(&self.bytes).is_ok(),
        }
    }
}

async fn fetch(
    repository: &RemoteRepository,
    reference: &str,
    accept: &'static str,
) -> Result<Option<Fetched>, StoreError> {
    let errand = repository.pulling();
    let url = url(repository, reference);
    let registry = &repository.registry;
    let build = || {
        Request::get(url.clone())
            .header(header::ACCEPT, HeaderValue::from_static(accept))
            .whole(MANIFEST_LIMIT)
    };
    let answer = registry.send(errand, build).await?;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return absent(repository, errand, answer).await.map(|()| None),
        _ => return Err(registry.rejected(errand, answer).await),
    }
    let content_type = answer.content_type();
    let said = answer.headers().get("docker-content-digest");
    let said = said.and_then(|said| said.to_str().ok()?.parse().ok());
    let bytes = match answer.bytes(MANIFEST_LIMIT).await {
        Ok(bytes) => bytes,
        Err(error) => return Err(registry.failed(errand, error).await),
    };
    if is_html(content_type.as_deref(), &bytes) {
        return Err(not_a_registry(repository, content_type.as_deref()));
    }
    Ok(Some(Fetched { bytes, served_as: content_type.map(MediaType::from), said }))
}

/// A 404 says "not there" only if a registry says it.
pub(super) async fn absent(
    repository: &RemoteRepository,
    errand: Errand<'_>,
    answer: Response,
) -> Result<(), StoreError> {
    let refusal = answer.refusal().await;
    if is_html(refusal.content_type.as_deref(), refusal.body.as_bytes()) {
        return Err(repository.registry.respondent(errand).await.sorted(errand.purpose, &refusal));
    }
    Ok(())
}

/// Writes a manifest under its digest; under a tag of its own where a registry takes nothing without one.
pub(super) async fn put_by_digest(
    repository: &RemoteRepository,
    manifest: &Manifest,
) -> Result<SaysListed, StoreError> {
    match put(repository, &manifest.digest().to_string(), manifest).await? {
        Written::Yes(answer) => Ok(SaysListed::of(&answer)),
        Written::Immutable(refusal) => Err(refusal),
        Written::WantsATag(refusal) => put_held(repository, manifest, refusal).await,
    }
}

/// Writes a manifest under a hold tag, and sees that its digest is good then. `refusal` is why it is tried; it is the
/// error, too, where that does not help.
async fn put_held(
    repository: &RemoteRepository,
    manifest: &Manifest,
    refusal: StoreError,
) -> Result<SaysListed, StoreError> {
    let listed = match put(repository, hold_tag(manifest.digest()).as_str(), manifest).await {
        Ok(Written::Yes(answer)) => SaysListed::of(&answer),
        // It may be there since an earlier run.
        Ok(Written::Immutable(_)) => SaysListed::No,
        Ok(Written::WantsATag(_)) | Err(_) => return Err(refusal),
    };
    match get_by_digest(repository, manifest.digest()).await? {
        Some(_) => Ok(listed),
        None => Err(refusal),
    }
}

/// The tag under which a manifest goes to a registry that takes none by digest. It stays: what it keeps is listed by
/// others, and nothing else may keep it there.
fn hold_tag(digest: &Digest) -> ImageTag {
    format!("plimsoll-held-{}", digest.short()).parse().expect("letters, digits and dashes are a tag")
}

/// Writes a manifest under a tag.
pub(super) async fn put_by_tag(
    repository: &RemoteRepository,
    tag: &ImageTag,
    manifest: &Manifest,
) -> Result<(), StoreError> {
    match put(repository, tag.as_str(), manifest).await? {
        Written::Yes(_) => Ok(()),
        Written::Immutable(refusal) | Written::WantsATag(refusal) => Err(refusal),
    }
}

/// Points a tag at a manifest: the same bytes, written under the tag.
pub(super) async fn point(
    repository: &RemoteRepository,
    tag: &ImageTag,
    to: &Digest,
) -> Result<(), StoreError> {
    let manifest = match repository.manifests.find(to) {
        Some(manifest) => manifest,
        None => get_by_digest(repository, to)
            .await?
            .ok_or_else(|| StoreError::Missing { place: repository.name.to_string(), digest: to.clone() })?,
    };
    match put(repository, tag.as_str(), &manifest).await? {
        Written::Yes(_) => Ok(()),
        // Some registries refuse a write that would change nothing.
        Written::Immutable(refusal) => match resolve(repository, tag).await? {
            Some(there) if there.digest == *to => Ok(()),
            _ => Err(refusal),
        },
        Written::WantsATag(refusal) => Err(refusal),
    }
}

/// Writes under a tag what it points at. A registry whose tags are known to be written once is not asked.
pub(super) async fn rewrite(repository: &RemoteRepository, tag: &ImageTag) -> Result<(), StoreError> {
    let Some(there) = get_by_tag(repository, tag).await? else { return Ok(()) };
    // GitLab's registry finds the subject under the tag of its list, which is not there.
    if ImageTag::of_referrers(there.digest()) == *tag {
        return Ok(());
    }
    if repository.registry.keeps_tags {
        return Err(StoreError::Immutable { place: repository.name.to_string(), tag: tag.clone() });
    }
    put_by_tag(repository, tag, &there).await
}

enum Written {
    Yes(Response),
    /// The tag cannot be written again, with the error that says so.
    Immutable(StoreError),
    /// Not under a digest, with the error that says so.
    WantsATag(StoreError),
}

async fn put(
    repository: &RemoteRepository,
    reference: &str,
    manifest: &Manifest,
) -> Result<Written, StoreError> {
    let scopes = Scopes::push(repository.name.path());
    let errand = repository.errand(Purpose::Push, &scopes);
    let url = url(repository, reference);
    let media_type = HeaderValue::from_str(manifest.media_type().as_str()).map_err(|_| {
        StoreError::Model(ModelError::Kind {
            digest: manifest.digest().clone(),
            found: quoted(manifest.media_type().as_str()),
        })
    })?;
    let registry = &repository.registry;
    let build = || {
        // The same bytes under the same name: twice is as good as once.
        Request::new(Method::PUT, url.clone(), Repeat::Harmless)
            .body(Body::Bytes(manifest.bytes().clone()), media_type.clone())
    };
    let answer = registry.send(errand, build).await?;
    match answer.status() {
        StatusCode::CREATED => {
            repository.manifests.keep(manifest);
            Ok(Written::Yes(answer))
        }
        status if status.is_success() => Err(not_a_registry(repository, answer.content_type().as_deref())),
        StatusCode::UNAUTHORIZED => Err(registry.rejected(errand, answer).await),
        _ => {
            let refusal = answer.refusal().await;
            let sorted = registry.respondent(errand).await.sorted(errand.purpose, &refusal);
            match reference.parse::<ImageTag>() {
                Ok(tag) if quirk::is_immutable(&refusal) => {
                    let place = repository.name.to_string();
                    Ok(Written::Immutable(StoreError::Immutable { place, tag }))
                }
                Err(_) if quirk::wants_a_tag(&refusal) => Ok(Written::WantsATag(sorted)),
                _ => Err(sorted),
            }
        }
    }
}

/// Deletes a tag, or a manifest by digest. What is not there counts as deleted.
pub(super) async fn delete(repository: &RemoteRepository, reference: &str) -> Result<(), StoreError> {
    let scopes = Scopes::delete(repository.name.path());
    let errand = repository.errand(Purpose::Delete, &scopes);
    let url = url(repository, reference);
    let registry = &repository.registry;
    let build = || Request::new(Method::DELETE, url.clone(), Repeat::Harmless);
    let answer = registry.send(errand, build).await?;
    match answer.status() {
        StatusCode::ACCEPTED | StatusCode::OK | StatusCode::NO_CONTENT => Ok(()),
        StatusCode::NOT_FOUND => absent(repository, errand, answer).await,
        _ => Err(registry.rejected(errand, answer).await),
    }
}

fn url(repository: &RemoteRepository, reference: &str) -> Url {
    repository.registry.url(repository.name.path(), &format!("manifests/{reference}"))
}

/// The error for a success that a registry would have said otherwise.
pub(super) fn not_a_registry(repository: &RemoteRepository, content_type: Option<&str>) -> StoreError {
    let found = content_type.map_or_else(|| "an answer without content type".to_owned(), quoted);
    StoreError::NotARegistry { place: repository.name.registry().to_string(), found }
}
