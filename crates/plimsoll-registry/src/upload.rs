//! Blobs on their way in (OCI distribution-spec 1.1, "Pushing blobs").
//!
//! An upload is a file among those that are being written, so that nobody sees it before it is whole. Which uploads are
//! open is known to this process alone: after a restart clients are told that theirs is unknown, and begin it anew.

mod receive;
mod session;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::request::Parts;
use http::{HeaderName, StatusCode, header};
use plimsoll_oci::layout::BlobWriter;
use plimsoll_oci::name::{Algorithm, Digest, ImageRepository};
use plimsoll_oci::store::StoreError;

use crate::answer::Answer;
use crate::blob::created;
use crate::names::repository_of;
use crate::refusal::{Code, Refusal};
use crate::route::{Place, Query, parse_digest};
use crate::service::{Inner, RequestBody, on_disk};
use receive::{Chunk, receive};
use session::{Session, new_id};

const UPLOAD_ID: HeaderName = HeaderName::from_static("docker-upload-uuid");
/// How many uploads may be open: each holds two files.
const MOST_OPEN: usize = 400;
/// An upload that nobody has touched for this long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60 * 60);

/// All uploads under way.
#[derive(Default)]
pub(crate) struct Uploads(Mutex<HashMap<String, Arc<Session>>>);

impl Uploads {
    /// Opens an upload; or makes it needless, where the blob is mounted or comes along.
    pub(crate) async fn open(
        &self,
        service: &Inner,
        place: &Place,
        head: &Parts,
        query: &Query,
        body: RequestBody,
    ) -> Result<Answer, Refusal> {
        let mount = query.first("mount").map(parse_digest).transpose()?;
        if let Some(digest) = &mount
            && mounted(service, place, digest, query.first("from")).await?
        {
            return Ok(created(place, digest));
        }
        let whole = query.first("digest").map(parse_digest).transpose()?;
        let algorithm = match (&whole, query.first("digest-algorithm")) {
            (Some(digest), _) => digest.algorithm(),
            (None, Some(name)) => parse_algorithm(name)?,
            (None, None) => mount.as_ref().map_or(Algorithm::Sha256, Digest::algorithm),
        };
        let mut writer = begin(service, place, algorithm).await?;
        match whole {
            // Clients that can't send it here ask all the same, and send it later.
            Some(digest) if receive::content_length(head) != Some(0) || digest.matches(b"") => {
                receive(&mut writer, body).await?;
                keep(writer, &digest).await?;
                Ok(created(place, &digest))
            }
            _ => {
                let id = self.add(&place.repository, writer)?;
                Ok(under_way(StatusCode::ACCEPTED, place, &id, 0))
            }
        }
    }

    /// Says how far an upload is.
    pub(crate) async fn progress(&self, place: &Place, id: &str) -> Result<Answer, Refusal> {
        let session = self.find(place, id)?;
        let size = session.lock().await.as_ref().map(BlobWriter::size).ok_or_else(unknown)?;
        Ok(under_way(StatusCode::NO_CONTENT, place, id, size))
    }

    /// Takes the next chunk, or all there is.
    pub(crate) async fn append(
        &self,
        place: &Place,
        id: &str,
        head: &Parts,
        body: RequestBody,
    ) -> Result<Answer, Refusal> {
        let session = self.find(place, id)?;
        let mut writer = session.lock().await;
        let open = writer.as_mut().ok_or_else(unknown)?;
        let size = self.take_chunk(place, id, open, head, body).await?;
        session.touch();
        Ok(under_way(StatusCode::ACCEPTED, place, id, size))
    }

    /// Takes the last chunk, if one comes along, and keeps the blob under the digest that it has to have.
    pub(crate) async fn close(
        &self,
        place: &Place,
        id: &str,
        head: &Parts,
        query: &Query,
        body: RequestBody,
    ) -> Result<Answer, Refusal> {
        let digest = query.first("digest").map(parse_digest).transpose()?;
        let digest = digest.ok_or_else(|| Refusal::new(Code::DigestInvalid, "the digest is not said"))?;
        let session = self.find(place, id)?;
        let mut writer = session.lock().await;
        let open = writer.as_mut().ok_or_else(unknown)?;
        self.take_chunk(place, id, open, head, body).await?;
        self.remove(id);
        keep(writer.take().ok_or_else(unknown)?, &digest).await?;
        Ok(created(place, &digest))
    }

    /// Forgets an upload and what came of it.
    pub(crate) fn cancel(&self, place: &Place, id: &str) -> Result<Answer, Refusal> {
        self.find(place, id)?;
        self.remove(id);
        Ok(Answer::new(StatusCode::NO_CONTENT))
    }

    /// Appends a chunk if it is the next one; gives how much there is now.
    async fn take_chunk(
        &self,
        place: &Place,
        id: &str,
        writer: &mut BlobWriter,
        head: &Parts,
        body: RequestBody,
    ) -> Result<u64, Refusal> {
        let before = writer.size();
        let chunk = Chunk::parse(head)?;
        if chunk.first.is_some_and(|first| first != before) {
            let there = under_way(StatusCode::NO_CONTENT, place, id, before).into_response();
            let refusal = Refusal::new(Code::BlobUploadInvalid, format!("{before} bytes are here"))
                .with_status(StatusCode::RANGE_NOT_SATISFIABLE);
            let text = |value: &http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
            return Err(there
                .headers()
                .iter()
                .fold(refusal, |refusal, (name, value)| refusal.with_header(name.clone(), text(value))));
        }
        // What came before a connection broke stays, and the client can ask how much that is.
        receive(writer, body).await?;
        if chunk.length.is_some_and(|length| before.checked_add(length) != Some(writer.size())) {
            self.remove(id);
            return Err(Refusal::new(Code::SizeInvalid, "the chunk is not as long as it says"));
        }
        Ok(writer.size())
    }

    fn add(&self, repository: &ImageRepository, writer: BlobWriter) -> Result<String, Refusal> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| !session.is_forgotten(FORGOTTEN_AFTER));
        if open.len() >= MOST_OPEN {
            return Err(Refusal::new(Code::TooManyRequests, format!("{MOST_OPEN} uploads are open"))
                .with_header(header::RETRY_AFTER, "1"));
        }
        let id = new_id()?;
        open.insert(id.clone(), Arc::new(Session::new(repository.clone(), writer)));
        Ok(id)
    }

    fn find(&self, place: &Place, id: &str) -> Result<Arc<Session>, Refusal> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = open.get(id).filter(|session| *session.repository() == place.repository);
        found.cloned().ok_or_else(unknown)
    }

    fn remove(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

async fn begin(service: &Inner, place: &Place, algorithm: Algorithm) -> Result<BlobWriter, Refusal> {
    let repository = service.repository(place);
    on_disk(move || async move { repository.ensure_layout()?.begin_blob_of(algorithm) }).await
}

async fn keep(writer: BlobWriter, digest: &Digest) -> Result<u64, Refusal> {
    let digest = digest.clone();
    on_disk(move || async move { writer.keep_under(&digest) }).await
}

/// Takes a blob over from another repository: the one that is named, or any.
async fn mounted(
    service: &Inner,
    place: &Place,
    digest: &Digest,
    from: Option<&str>,
) -> Result<bool, Refusal> {
    let from = match from.map(repository_of) {
        None => None,
        Some(Ok(from)) => Some(from),
        // There is no such repository, so it does not have the blob.
        Some(Err(_)) => return Ok(false),
    };
    let (storage, repository, digest) = (service.storage.clone(), service.repository(place), digest.clone());
    on_disk(move || async move {
        let sources = match from {
            Some(from) => vec![from],
            None => storage.repositories()?,
        };
        for source in sources {
            let source = storage.repository(&source);
            if let Some(layout) = source.layout()?
                && layout.open_blob(&digest)?.is_some()
                && repository.ensure_layout()?.link_blob(&digest, layout)?
            {
                return Ok(true);
            }
        }
        Ok::<bool, StoreError>(false)
    })
    .await
}

fn parse_algorithm(name: &str) -> Result<Algorithm, Refusal> {
    let known = [Algorithm::Sha256, Algorithm::Sha512].into_iter().find(|known| known.name() == name);
    known.ok_or_else(|| Refusal::new(Code::DigestInvalid, format!("`{name}` is neither sha256 nor sha512")))
}

/// Where an upload goes on, and how much of it is here. `0-0` stands for nothing, as everywhere.
fn under_way(status: StatusCode, place: &Place, id: &str, size: u64) -> Answer {
    Answer::new(status)
        .header(header::LOCATION, place.path(&format!("blobs/uploads/{id}")))
        .header(header::RANGE, format!("0-{}", size.saturating_sub(1)))
        .header(UPLOAD_ID, id)
}

fn unknown() -> Refusal {
    Refusal::new(Code::BlobUploadUnknown, "there is no such upload")
}
