//! Reading a blob, on through broken connections, and checking it while it passes by.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use plimsoll_http::response::ResponseStream;
use plimsoll_http::retry::Backoff;
use plimsoll_http::{HeaderValue, Request, Response, StatusCode, header};

use super::blob_url;
use crate::content::{ByteStream, Content};
use crate::model::Descriptor;
use crate::name::Digester;
use crate::remote::manifest::{absent, not_a_registry};
use crate::remote::refusal::is_html;
use crate::remote::repository::RemoteRepository;
use crate::store::{StoreError, Work};

/// A blob that is in a registry.
pub(super) struct RemoteBlob {
    repository: RemoteRepository,
    descriptor: Descriptor,
}

impl RemoteBlob {
    pub(super) fn new(repository: RemoteRepository, descriptor: Descriptor) -> Self {
        Self { repository, descriptor }
    }

    async fn stream(&self, from: u64, digester: Option<Digester>) -> Result<ByteStream, StoreError> {
        let mut download = Download {
            repository: self.repository.clone(),
            backoff: self.repository.registry.backoff(),
            digester,
            descriptor: self.descriptor.clone(),
            at: from,
            stream: None,
        };
        // Whether it is there should be known before the first byte is asked for.
        if from < self.descriptor.size {
            download.stream = Some(download.request().await?);
        }
        let stream = stream::try_unfold(download, |mut download| async move {
            Ok(download.next().await?.map(|piece| (piece, download)))
        });
        Ok(stream.boxed())
    }
}

impl Content for RemoteBlob {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn open(&self, from: u64) -> Work<'_, ByteStream> {
        Box::pin(self.stream(from, (from == 0).then(|| Digester::new(self.descriptor.digest.algorithm()))))
    }

    fn open_to_hash(&self, from: u64) -> Work<'_, ByteStream> {
        Box::pin(self.stream(from, None))
    }
}

struct Download {
    repository: RemoteRepository,
    descriptor: Descriptor,
    /// The offset of the next byte.
    at: u64,
    /// Absent if the download began in the middle, whoever reads computes the digest, or the end was checked.
    digester: Option<Digester>,
    stream: Option<ResponseStream>,
    backoff: Backoff,
}

impl Download {
    /// The next piece; at the end the check of what came.
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        loop {
            if self.at >= self.descriptor.size {
                return self.finish().await.map(|()| None);
            }
            let Some(stream) = &mut self.stream else {
                self.stream = Some(self.request().await?);
                continue;
            };
            let error = match stream.next().await {
                Some(Ok(piece)) if piece.is_empty() => continue,
                Some(Ok(piece)) => return self.take(piece).map(Some),
                Some(Err(error)) => {
                    let temporary = error.is_temporary();
                    let error = self.repository.registry.failed(self.repository.pulling(), error).await;
                    if !temporary {
                        return Err(error);
                    }
                    error
                }
                None => self.wrong_size(self.at),
            };
            self.stream = None;
            let Some(wait) = self.backoff.after_failure(None) else { return Err(error) };
            tracing::debug!(%error, at = self.at, ?wait, "will go on with the download");
            self.repository.registry.sleep(wait).await;
        }
    }

    fn take(&mut self, piece: Bytes) -> Result<Bytes, StoreError> {
        self.at = self.at.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if self.at > self.descriptor.size {
            return Err(self.wrong_size(self.at));
        }
        if let Some(digester) = &mut self.digester {
            digester.update(&piece);
        }
        self.backoff.reset();
        Ok(piece)
    }

    /// Sees that nothing follows, and that the digest is right.
    async fn finish(&mut self) -> Result<(), StoreError> {
        if let Some(mut stream) = self.stream.take() {
            // Over HTTP/2 the end comes as an empty piece. A connection that breaks now has brought everything.
            while let Some(Ok(more)) = stream.next().await {
                if !more.is_empty() {
                    let more = u64::try_from(more.len()).unwrap_or(u64::MAX);
                    return Err(self.wrong_size(self.at.saturating_add(more)));
                }
            }
        }
        match self.digester.take().map(Digester::finish) {
            Some(found) if found != self.descriptor.digest => {
                Err(StoreError::Lies { want: self.descriptor.digest.clone(), found })
            }
            _ => Ok(()),
        }
    }

    /// Asks for everything from the next byte on.
    async fn request(&mut self) -> Result<ResponseStream, StoreError> {
        let registry = &self.repository.registry;
        let errand = self.repository.pulling();
        let url = blob_url(&self.repository, &self.descriptor.digest);
        let range = HeaderValue::from_str(&format!("bytes={}-", self.at)).expect("digits fit a header");
        let left = self.descriptor.size.saturating_sub(self.at);
        let build = || match self.at {
            0 => Request::get(url.clone()).moving(left),
            _ => Request::get(url.clone()).moving(left).header(header::RANGE, range.clone()),
        };
        let answer = registry.send(errand, build).await?;
        match answer.status() {
            StatusCode::PARTIAL_CONTENT if starts_at(&answer) == Some(self.at) => Ok(answer.into_stream()),
            StatusCode::OK => {
                self.check_length(&answer)?;
                Ok(skip(answer.into_stream(), self.at))
            }
            StatusCode::NOT_FOUND => {
                absent(&self.repository, errand, answer).await?;
                let (place, digest) = (self.repository.name.to_string(), self.descriptor.digest.clone());
                Err(StoreError::Missing { place, digest })
            }
            status if status.is_success() => {
                Err(not_a_registry(&self.repository, answer.content_type().as_deref()))
            }
            _ => Err(registry.rejected(errand, answer).await),
        }
    }

    /// Catches a wrong answer before its bytes are read.
    fn check_length(&self, answer: &Response) -> Result<(), StoreError> {
        match answer.content_length() {
            Some(found) if found != self.descriptor.size => {
                let content_type = answer.content_type();
                if is_html(content_type.as_deref(), b"") {
                    return Err(not_a_registry(&self.repository, content_type.as_deref()));
                }
                Err(self.wrong_size(found))
            }
            _ => Ok(()),
        }
    }

    fn wrong_size(&self, found: u64) -> StoreError {
        StoreError::Size { digest: self.descriptor.digest.clone(), want: self.descriptor.size, found }
    }
}

/// The first byte of a partial answer: `Content-Range: bytes <first>-<last>/<size>`.
fn starts_at(answer: &Response) -> Option<u64> {
    let range = answer.header(&header::CONTENT_RANGE)?.trim().strip_prefix("bytes")?;
    range.trim_start().split('-').next()?.trim().parse().ok()
}

/// Leaves out the start, where a server does not know ranges.
fn skip(stream: ResponseStream, bytes: u64) -> ResponseStream {
    if bytes == 0 {
        return stream;
    }
    let mut left = bytes;
    Box::pin(stream.map(move |piece| {
        piece.map(|mut piece| {
            let cut = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
            left = left.saturating_sub(u64::try_from(cut).unwrap_or(u64::MAX));
            piece.split_off(cut)
        })
    }))
}
