//! Blobs: looked for, read, sent.

mod body;
mod download;
mod session;
mod upload;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use plimsoll_http::{Request, StatusCode};

use super::auth::Scopes;
use super::manifest::{absent, not_a_registry};
use super::refusal::{Purpose, is_html};
use super::repository::RemoteRepository;
use crate::content::Content;
use crate::model::Descriptor;
use crate::name::{Digest, ImageRepository};
use crate::store::StoreError;
use download::RemoteBlob;
use session::Mount;
use upload::Upload;

/// Blobs that were looked for and are not there, so that who looks and then puts one there asks once. Each is
/// remembered for one putting only: sending what somebody else has sent meanwhile does no harm.
#[derive(Debug, Default)]
pub(super) struct Absent(Mutex<HashSet<Digest>>);

impl Absent {
    /// How many are remembered: a bound, not a wish.
    const MOST: usize = 10_000;

    fn note(&self, digest: &Digest) {
        let mut absent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if absent.len() >= Absent::MOST {
            absent.clear();
        }
        absent.insert(digest.clone());
    }

    fn take(&self, digest: &Digest) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(digest)
    }
}

/// Looks whether a blob is there, without reading it.
pub(super) async fn find(
    repository: &RemoteRepository,
    at: &Descriptor,
) -> Result<Option<Arc<dyn Content>>, StoreError> {
    let there = is_there(repository, at).await?;
    if !there {
        repository.absent.note(&at.digest);
    }
    Ok(there.then(|| Arc::new(RemoteBlob::new(repository.clone(), at.clone())) as Arc<dyn Content>))
}

/// A blob of which nobody knows yet whether it is there.
pub(super) fn unasked(repository: &RemoteRepository, at: &Descriptor) -> Arc<dyn Content> {
    Arc::new(RemoteBlob::new(repository.clone(), at.clone()))
}

/// Makes a blob be there: not at all if it is, by a mount if another repository has it, else by sending it.
pub(super) async fn put(
    repository: &RemoteRepository,
    content: &dyn Content,
    mount_from: Option<&ImageRepository>,
) -> Result<(), StoreError> {
    let known_absent = repository.absent.take(&content.descriptor().digest);
    if !known_absent && is_there(repository, content.descriptor()).await? {
        return Ok(());
    }
    let mount_from = mount_from.filter(|from| from.registry() == repository.name.registry());
    let session = match mount_from {
        Some(from) if *from != repository.name => {
            match session::mount(repository, &content.descriptor().digest, from).await? {
                Mount::Taken => return Ok(()),
                Mount::Declined(session) => session,
            }
        }
        _ => session::open(repository).await?,
    };
    Upload::new(repository, content).run(session).await
}

/// Opens an upload and cancels it.
pub(super) async fn check_push(repository: &RemoteRepository) -> Result<(), StoreError> {
    let session = session::open(repository).await?;
    session::cancel(repository, &session).await;
    Ok(())
}

async fn is_there(repository: &RemoteRepository, blob: &Descriptor) -> Result<bool, StoreError> {
    let errand = repository.pulling();
    let url = blob_url(repository, &blob.digest);
    let registry = &repository.registry;
    let answer = registry.send(errand, || Request::head(url.clone())).await?;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return absent(repository, errand, answer).await.map(|()| false),
        _ => return Err(registry.rejected(errand, answer).await),
    }
    if is_html(answer.content_type().as_deref(), b"") {
        return Err(not_a_registry(repository, answer.content_type().as_deref()));
    }
    match answer.content_length() {
        // Some registries leave the length out, some say 0 of any blob.
        None | Some(0) => Ok(true),
        Some(found) if found == blob.size => Ok(true),
        Some(found) => Err(StoreError::Size { digest: blob.digest.clone(), want: blob.size, found }),
    }
}

fn blob_url(repository: &RemoteRepository, digest: &Digest) -> plimsoll_http::Url {
    repository.registry.url(repository.name.path(), &format!("blobs/{digest}"))
}

/// What an upload needs.
fn push_scopes(repository: &RemoteRepository) -> (Scopes, Purpose) {
    (Scopes::push(repository.name.path()), Purpose::Push)
}
