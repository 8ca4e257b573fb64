//! Blobs that are there (OCI distribution-spec 1.1, "Pulling blobs" and "Deleting Blobs").

use http::request::Parts;
use http::{StatusCode, header};
use plimsoll_oci::name::Digest;

use crate::answer::{Answer, AnswerBody, FilePart};
use crate::range::{Wanted, parse_wanted};
use crate::refusal::{Code, Refusal};
use crate::route::Place;
use crate::service::{Inner, Writing, on_disk};

/// A blob, or a part of it.
pub(crate) async fn get(
    service: &Inner,
    place: &Place,
    digest: Digest,
    head: &Parts,
) -> Result<Answer, Refusal> {
    let (repository, at, writing) = (service.repository(place), digest.clone(), service.writing());
    let opened = on_disk(move || async move {
        let Some(layout) = repository.layout()? else { return Ok(None) };
        let opened = layout.open_blob(&at)?;
        if opened.is_some() && writing == Writing::Allowed {
            // Whoever finds it there will not send it.
            layout.touch(&at);
        }
        Ok(opened)
    });
    let (file, size) = opened.await?.ok_or_else(|| unknown(&digest))?;
    let range = head.headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let (status, from, to) = match parse_wanted(range, size) {
        Wanted::Whole => (StatusCode::OK, 0, size),
        Wanted::Part { from, to } => (StatusCode::PARTIAL_CONTENT, from, to),
        Wanted::Nothing => {
            return Err(Refusal::new(Code::SizeInvalid, format!("the blob has {size} bytes"))
                .with_status(StatusCode::RANGE_NOT_SATISFIABLE)
                .with_header(header::CONTENT_RANGE, format!("bytes */{size}")));
        }
    };
    let answer = Answer::new(status)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header(header::ACCEPT_RANGES, "bytes")
        .digest(&digest)
        .body(AnswerBody::File(FilePart::new(file, from, to)));
    Ok(match status {
        StatusCode::PARTIAL_CONTENT => {
            answer.header(header::CONTENT_RANGE, format!("bytes {from}-{}/{size}", to.saturating_sub(1)))
        }
        _ => answer,
    })
}

/// Removes a blob. What lists it is not asked: the specification leaves that to whoever deletes.
pub(crate) async fn delete(service: &Inner, place: &Place, digest: Digest) -> Result<Answer, Refusal> {
    let (repository, at) = (service.repository(place), digest.clone());
    let removed = on_disk(move || async move {
        match repository.layout()? {
            Some(layout) => layout.remove_blob(&at),
            None => Ok(false),
        }
    });
    match removed.await? {
        true => Ok(Answer::new(StatusCode::ACCEPTED)),
        false => Err(unknown(&digest)),
    }
}

/// Where a blob is once it is there.
pub(crate) fn created(place: &Place, digest: &Digest) -> Answer {
    Answer::new(StatusCode::CREATED)
        .header(header::LOCATION, place.path(&format!("blobs/{digest}")))
        .digest(digest)
}

fn unknown(digest: &Digest) -> Refusal {
    Refusal::new(Code::BlobUnknown, format!("{digest} is not there"))
}
