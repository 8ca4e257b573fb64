//! What is sent.

use std::fmt;
use std::pin::Pin;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::Stream;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use http::{Method, header};
use url::Url;

use crate::redirect::Redirects;
use crate::retry::{Judge, Repeat, judge};
use crate::secret::Secret;

/// From how many bytes on a body is long: it takes a second over a line of a hundred megabits, beside which the round trips
/// of a further handshake are little.
const LONG: u64 = 16 * 1024 * 1024;

/// Bytes to be sent, in order. An error ends the request with [`crate::HttpError::Body`].
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>> + Send>>;

/// Why a stream of bytes to be sent ended early, as text for people. Its maker keeps the typed cause.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// A request's body.
pub enum Body {
    /// None.
    Empty,
    /// Bytes in memory, which can be sent again.
    Bytes(Bytes),
    /// A stream of known length, which cannot.
    Stream {
        /// Its length in bytes.
        length: u64,
        /// The bytes.
        stream: BodyStream,
    },
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Stream { length, .. } => write!(f, "Stream({length})"),
        }
    }
}

/// A credential and the header that carries it. It is sent to the request's own origin only.
#[derive(Debug, Clone)]
pub struct Credential {
    pub(crate) header: HeaderName,
    pub(crate) value: Secret,
}

impl Credential {
    /// `Authorization: Basic …` (RFC 7617).
    pub fn basic(user: &str, password: &Secret) -> Self {
        let pair = STANDARD.encode(format!("{user}:{}", password.expose()));
        Self { header: AUTHORIZATION, value: Secret::new(format!("Basic {pair}")) }
    }

    /// `Authorization: Bearer …` (RFC 6750).
    pub fn bearer(token: &Secret) -> Self {
        Self { header: AUTHORIZATION, value: Secret::new(format!("Bearer {}", token.expose())) }
    }

    /// A header of a service's own, such as `PRIVATE-TOKEN`.
    pub fn header(header: HeaderName, value: Secret) -> Self {
        Self { header, value }
    }
}

/// How long the longer of a request's and its answer's body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyLength {
    /// As it comes.
    Any,
    /// So long that a connection of its own is worth opening.
    Long,
}

/// One request.
#[derive(Debug)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) repeat: Repeat,
    pub(crate) headers: HeaderMap,
    pub(crate) credential: Option<Credential>,
    pub(crate) body: Body,
    pub(crate) redirects: Redirects,
    pub(crate) judge: Judge,
    pub(crate) whole: Option<u64>,
    pub(crate) body_length: BodyLength,
}

impl Request {
    /// A request without body or credential, which follows redirects.
    pub fn new(method: Method, url: Url, repeat: Repeat) -> Self {
        Self {
            method,
            url,
            repeat,
            headers: HeaderMap::new(),
            credential: None,
            body: Body::Empty,
            redirects: Redirects::Follow,
            judge,
            whole: None,
            body_length: BodyLength::Any,
        }
    }

    /// A `GET`, which may be repeated.
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url, Repeat::Harmless)
    }

    /// A `HEAD`, which may be repeated.
    pub fn head(url: Url) -> Self {
        Self::new(Method::HEAD, url, Repeat::Harmless)
    }

    /// Where it goes.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Adds a header that is no secret. It goes to every host of a redirect.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Adds the credential for the origin of the request's URL.
    #[must_use]
    pub fn credential(mut self, credential: Option<Credential>) -> Self {
        self.credential = credential;
        self
    }

    /// Adds a body and its media type.
    #[must_use]
    pub fn body(mut self, body: Body, media_type: HeaderValue) -> Self {
        self.headers.insert(header::CONTENT_TYPE, media_type);
        self.body = body;
        self
    }

    /// Adds a form as the body.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let media_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        self.body(Body::Bytes(form.finish().into()), media_type)
    }

    /// Says which redirects are followed.
    #[must_use]
    pub fn redirects(mut self, redirects: Redirects) -> Self {
        self.redirects = redirects;
        self
    }

    /// Lets the caller judge which refusals are temporary.
    #[must_use]
    pub fn judge(mut self, judge: Judge) -> Self {
        self.judge = judge;
        self
    }

    /// Wants a successful answer read whole, up to `limit` bytes, before it counts as one: a body that breaks off is
    /// then a failed attempt.
    #[must_use]
    pub fn whole(mut self, limit: u64) -> Self {
        self.whole = Some(limit);
        self
    }

    /// Says that its body or the answer's has so many bytes. A long one does not share a connection with other requests,
    /// as HTTP/2 has them do: there the window of one connection bounds how much is under way at a distance, and one
    /// processor does the cryptography of all.
    #[must_use]
    pub fn moving(mut self, bytes: u64) -> Self {
        self.body_length = if bytes >= LONG { BodyLength::Long } else { BodyLength::Any };
        self
    }
}
