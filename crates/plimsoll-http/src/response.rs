//! What comes back.

use std::pin::Pin;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderName, RETRY_AFTER};
use http::{HeaderMap, Method, StatusCode};
use url::Url;

use crate::error::{HttpError, StatusError};
use crate::limit;
use crate::retry::{Judge, Verdict, parse_retry_after};
use crate::shown_url::ShownUrl;

/// Bytes as they arrive. An error ends the stream.
pub type ResponseStream = Pin<Box<dyn Stream<Item = Result<Bytes, HttpError>> + Send>>;

/// An answer, whatever its status. Its body is still on the wire.
#[derive(Debug)]
pub struct Response {
    pub(crate) inner: reqwest::Response,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) idle: Duration,
    pub(crate) judge: Judge,
    pub(crate) now: SystemTime,
}

/// An answer without its body.
pub(crate) struct ResponseHead {
    status: StatusCode,
    headers: HeaderMap,
    method: Method,
    url: Url,
    idle: Duration,
    judge: Judge,
    now: SystemTime,
}

impl ResponseHead {
    /// The answer with a body from memory.
    pub(crate) fn with_body(self, bytes: impl Into<reqwest::Body>) -> Response {
        let mut inner = http::Response::new(bytes.into());
        *inner.status_mut() = self.status;
        *inner.headers_mut() = self.headers;
        let Self { method, url, idle, judge, now, .. } = self;
        Response { inner: inner.into(), method, url, idle, judge, now }
    }
}

impl Response {
    /// Everything but the body.
    pub(crate) fn head(&self) -> ResponseHead {
        ResponseHead {
            status: self.status(),
            headers: self.headers().clone(),
            method: self.method.clone(),
            url: self.url.clone(),
            idle: self.idle,
            judge: self.judge,
            now: self.now,
        }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// The URL that answered, the last one if redirects were followed.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// One header as text; `None` if it is absent or not ASCII.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// `Content-Type` without parameters, in lower case.
    pub fn content_type(&self) -> Option<String> {
        let value = self.header(&CONTENT_TYPE)?;
        let essence = value.split(';').next().unwrap_or(value).trim();
        (!essence.is_empty()).then(|| essence.to_ascii_lowercase())
    }

    /// `Content-Length`, which a `HEAD` has too.
    pub fn content_length(&self) -> Option<u64> {
        self.header(&CONTENT_LENGTH)?.trim().parse().ok()
    }

    /// `Date`: when the server says that it is, in whole seconds (RFC 9110, section 6.6.1).
    pub fn date(&self) -> Option<SystemTime> {
        httpdate::parse_http_date(self.header(&DATE)?).ok()
    }

    /// The body, read whole.
    ///
    /// # Errors
    /// [`HttpError::TooLarge`] as soon as the body is known to exceed `limit` bytes; [`HttpError::Unreachable`] if
    /// it ends before its announced length.
    pub async fn bytes(mut self, limit: u64) -> Result<Bytes, HttpError> {
        let too_large = HttpError::TooLarge { url: ShownUrl::from(&self.url), limit };
        if self.method != Method::HEAD && self.content_length().is_some_and(|length| length > limit) {
            return Err(too_large);
        }
        let mut whole = BytesMut::new();
        while let Some(piece) = self.piece().await? {
            if u64::try_from(whole.len() + piece.len()).unwrap_or(u64::MAX) > limit {
                return Err(too_large);
            }
            // The common small body arrives in one piece and need not be copied.
            if whole.is_empty() && self.content_length() == u64::try_from(piece.len()).ok() {
                return Ok(piece);
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    /// The body as it arrives.
    pub fn into_stream(self) -> ResponseStream {
        Box::pin(stream::try_unfold(self, |mut response| async move {
            Ok(response.piece().await?.map(|piece| (piece, response)))
        }))
    }

    /// This answer if its status is 2xx, else the refusal.
    ///
    /// # Errors
    /// [`HttpError::Status`].
    pub async fn successful(self) -> Result<Self, HttpError> {
        if self.status().is_success() {
            Ok(self)
        } else {
            Err(HttpError::Status(Box::new(self.refusal().await)))
        }
    }

    /// This answer as a refusal, with the start of its body.
    pub async fn refusal(mut self) -> StatusError {
        let mut body = Vec::new();
        let limit = usize::try_from(limit::ERROR_BODY).unwrap_or(usize::MAX);
        // A body that breaks off still says what it said until then.
        while let Ok(Some(piece)) = self.piece().await {
            let room = limit.saturating_sub(body.len());
            body.extend(piece.iter().take(room));
            if body.len() >= limit {
                break;
            }
        }
        let mut refusal = StatusError {
            method: self.method.clone(),
            url: ShownUrl::from(&self.url),
            status: self.status(),
            content_type: self.content_type(),
            retry_after: self.header(&RETRY_AFTER).and_then(|value| parse_retry_after(value, self.now)),
            body: String::from_utf8_lossy(&body).into_owned(),
            verdict: Verdict::Final,
        };
        refusal.verdict = (self.judge)(&refusal);
        refusal
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, HttpError> {
        match tokio::time::timeout(self.idle, self.inner.chunk()).await {
            Ok(piece) => piece.map_err(|error| HttpError::from_library(&self.url, error)),
            Err(_) => Err(HttpError::silent(&self.url, self.idle)),
        }
    }
}
