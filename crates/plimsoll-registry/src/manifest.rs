//! Manifests (OCI distribution-spec 1.1, "Pulling manifests", "Pushing Manifests" and "Deleting Manifests").

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use plimsoll_oci::content::parse_manifest;
use plimsoll_oci::layout::LocalRepository;
use plimsoll_oci::model::{MANIFEST_LIMIT, Manifest, MediaType};
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_oci::store::{Prune as _, Pull as _, Store as _, StoreError};

use crate::answer::Answer;
use crate::refusal::{Code, Refusal};
use crate::route::{Named, Place, Query, parse_tag};
use crate::service::{Inner, RequestBody, Writing, on_disk};

const SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
const TAG: HeaderName = HeaderName::from_static("oci-tag");
/// How many tags one request may set (the specification wants ten at least).
const MOST_TAGS: usize = 100;
/// How often a tag is tried that others move at the same time.
const ATTEMPTS: usize = 20;

/// A manifest, as it was pushed.
pub(crate) async fn get(service: &Inner, place: &Place, named: Named) -> Result<Answer, Refusal> {
    let (repository, writing) = (service.repository(place), service.writing());
    let found = on_disk(move || async move {
        let digest = match named {
            Named::Digest(digest) => digest,
            Named::Tag(tag) => match repository.resolve(&tag).await? {
                Some(found) => found.digest,
                None => return Ok(None),
            },
        };
        match repository.manifest(&digest).await {
            // A blob that is no manifest is not there as one.
            Err(StoreError::Model(_) | StoreError::TooLarge { .. }) => Ok(None),
            Ok(Some(manifest)) => {
                if let (Some(layout), Writing::Allowed) = (repository.layout()?, writing) {
                    // Whoever finds it there will not send it.
                    layout.touch(&digest);
                }
                Ok(Some(manifest))
            }
            found => found,
        }
    });
    let manifest = found.await?.ok_or_else(unknown)?;
    Ok(Answer::text(StatusCode::OK, manifest.media_type().as_str(), Bytes::clone(manifest.bytes()))
        .digest(manifest.digest()))
}

/// Takes a manifest in: under its digest, under a tag, or under its digest and any number of tags.
///
/// What it lists need not be there: that lets whole indexes be mirrored in part, and layers that are had elsewhere.
pub(crate) async fn put(
    service: &Inner,
    place: &Place,
    named: Named,
    head: &Parts,
    query: &Query,
    body: RequestBody,
) -> Result<Answer, Refusal> {
    let mut tags = query.all("tag").map(parse_tag).collect::<Result<Vec<ImageTag>, Refusal>>()?;
    if tags.len() > MOST_TAGS {
        return Err(Refusal::new(Code::ManifestInvalid, format!("no more than {MOST_TAGS} tags at once"))
            .with_status(StatusCode::URI_TOO_LONG));
    }
    let said = tags.clone();
    let bytes = read(body).await?;
    let digest = match named {
        Named::Digest(digest) => digest,
        Named::Tag(tag) => {
            tags.push(tag);
            Digest::of(&bytes)
        }
    };
    let manifest = parse(&digest, bytes, head)?;
    let subject = manifest.subject().map(|subject| subject.digest.clone());
    let repository = service.repository(place);
    on_disk(move || async move {
        repository.ensure_layout()?.keep_manifest(&manifest)?;
        for tag in &tags {
            point(&repository, tag, manifest.digest()).await?;
        }
        Ok(())
    })
    .await?;
    let answer = Answer::new(StatusCode::CREATED)
        .header(header::LOCATION, place.path(&format!("manifests/{digest}")))
        .digest(&digest);
    let answer = said.iter().fold(answer, |answer, tag| answer.header(TAG, tag.as_str()));
    Ok(match subject {
        Some(subject) => answer.header(SUBJECT, subject.to_string()),
        None => answer,
    })
}

/// Removes a tag, or a manifest with all of its tags.
pub(crate) async fn delete(service: &Inner, place: &Place, named: Named) -> Result<Answer, Refusal> {
    let repository = service.repository(place);
    let removed = on_disk(move || async move {
        match named {
            Named::Tag(tag) => {
                let found = repository.resolve(&tag).await?.is_some();
                repository.remove_tag(&tag).await?;
                Ok(found)
            }
            Named::Digest(digest) => {
                let found = matches!(repository.manifest(&digest).await, Ok(Some(_)));
                if found {
                    repository.remove_manifest(&digest).await?;
                }
                Ok(found)
            }
        }
    });
    if removed.await? { Ok(Answer::new(StatusCode::ACCEPTED)) } else { Err(unknown()) }
}

async fn read(body: RequestBody) -> Result<Bytes, Refusal> {
    let limit = usize::try_from(MANIFEST_LIMIT).unwrap_or(usize::MAX);
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Refusal::new(Code::SizeInvalid, format!("a manifest may have {MANIFEST_LIMIT} bytes"))
                .with_status(StatusCode::PAYLOAD_TOO_LARGE))
        }
        Err(error) => Err(Refusal::broke_off(Code::ManifestInvalid, error.as_ref())),
    }
}

/// Reads a manifest, and makes sure that it will be served as the media type that it was pushed as.
fn parse(digest: &Digest, bytes: Bytes, head: &Parts) -> Result<Manifest, Refusal> {
    let content_type = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let pushed_as = content_type.and_then(|value| value.split(';').next()).map(str::trim);
    let manifest = parse_manifest(digest, bytes.clone(), pushed_as.map(MediaType::from).as_ref())?;
    let by_itself = Manifest::parse(bytes, None).map_err(StoreError::from)?;
    match by_itself.media_type() == manifest.media_type() {
        true => Ok(manifest),
        false => Err(Refusal::new(
            Code::ManifestInvalid,
            format!("a manifest pushed as {} has to say so in its mediaType", manifest.media_type()),
        )),
    }
}

/// Points a tag at a manifest, wherever it pointed: who pushes a tag last wins.
async fn point(repository: &LocalRepository, tag: &ImageTag, to: &Digest) -> Result<(), StoreError> {
    let mut attempts = 1;
    loop {
        let was = repository.resolve(tag).await?.map(|was| was.digest);
        match repository.point(tag, to, was.as_ref()).await {
            Err(StoreError::TagMoved { .. }) if attempts < ATTEMPTS => attempts += 1,
            done => return done,
        }
    }
}

fn unknown() -> Refusal {
    Refusal::new(Code::ManifestUnknown, "there is no such manifest")
}
