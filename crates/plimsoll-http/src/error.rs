//! Why a request has no good answer.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::time::Duration;

use http::{Method, StatusCode};
use url::Url;

use crate::redirect::RedirectRefusal;
use crate::retry::Verdict;
use crate::shown_url::ShownUrl;

/// A request that did not end in an answer the caller can use.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HttpError {
    /// No answer came, or it stopped coming.
    #[error("{url} can't be reached: {why}: {detail}")]
    Unreachable {
        /// What was asked for.
        url: ShownUrl,
        /// The stage that failed.
        why: Unreachable,
        /// What the library says of it.
        detail: String,
    },
    /// The answer is a refusal.
    #[error(transparent)]
    Status(#[from] Box<StatusError>),
    /// A redirect or location leads where we don't go.
    #[error("{url} redirects, but {why}")]
    Redirect {
        /// Where the redirect came from.
        url: ShownUrl,
        /// The rule that was broken.
        why: RedirectRefusal,
    },
    /// Plain HTTP to a host that is neither this machine nor configured for it.
    #[error("{url} would be plain http, which is used for this machine only, or where it is configured")]
    PlainHttp {
        /// What was asked for.
        url: ShownUrl,
    },
    /// A body that is read whole is longer than allowed.
    #[error("{url} sends more than {limit} bytes")]
    TooLarge {
        /// What was asked for.
        url: ShownUrl,
        /// The limit in bytes.
        limit: u64,
    },
    /// The bytes to be sent could not be had. Whoever made the stream knows why.
    #[error("the body for {url} could not be read: {detail}")]
    Body {
        /// Where it was being sent.
        url: ShownUrl,
        /// What the stream said.
        detail: String,
    },
    /// No TLS client can be made: bad certificates in the configuration, or no trusted roots on this machine.
    #[error("no tls client can be made for {host}: {detail}")]
    Tls {
        /// The host it was for.
        host: String,
        /// What the library says of it.
        detail: String,
    },
    /// A header or method that cannot be sent. No input of a user should lead here.
    #[error("the request to {url} can't be made: {detail}")]
    Request {
        /// Where it would have gone.
        url: ShownUrl,
        /// What the library says of it.
        detail: String,
    },
}

/// The stage at which a server could not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// Its name has no address.
    Dns,
    /// Nothing accepts connections there.
    Connect,
    /// Its certificate is not trusted, or it does not speak TLS.
    Tls,
    /// It was silent for too long.
    Timeout,
    /// The connection broke in the middle.
    Broken,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "its name can't be resolved",
            Self::Connect => "it accepts no connection",
            Self::Tls => "tls failed",
            Self::Timeout => "it was silent for too long",
            Self::Broken => "the connection broke",
        })
    }
}

/// An answer with status 400 or above, or any other that its caller cannot use.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{method} {url} answered {status}")]
pub struct StatusError {
    /// The request's method.
    pub method: Method,
    /// The request's URL, the last one if redirects were followed.
    pub url: ShownUrl,
    /// The status.
    pub status: StatusCode,
    /// `Content-Type`, without parameters, in lower case.
    pub content_type: Option<String>,
    /// `Retry-After`, as a duration from the moment the answer came.
    pub retry_after: Option<Duration>,
    /// The body, cut at [`crate::limit::ERROR_BODY`] and read as UTF-8. It may quote what was sent: redact it before
    /// it is shown.
    pub body: String,
    /// Whether the same request may succeed later.
    pub verdict: Verdict,
}

impl HttpError {
    /// True if the same request may well succeed later.
    pub fn is_temporary(&self) -> bool {
        matches!(self.verdict(), Verdict::Temporary { .. })
    }

    /// What the failure says about sending the request later.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Unreachable { why: Unreachable::Tls, .. } => Verdict::Final,
            Self::Unreachable { .. } => Verdict::Temporary { wait: None },
            Self::Status(refusal) => refusal.verdict,
            _ => Verdict::Final,
        }
    }

    /// The status, if an answer came.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    /// Sorts a failure of the HTTP library.
    pub(crate) fn from_library(url: &Url, error: reqwest::Error) -> Self {
        let error = error.without_url();
        let url = ShownUrl::from(url);
        let detail = chain(&error);
        if error.is_builder() {
            return Self::Request { url, detail };
        }
        let why = if error.is_dns() {
            Unreachable::Dns
        } else if has_tls_cause(&error) {
            Unreachable::Tls
        } else if error.is_timeout() {
            Unreachable::Timeout
        } else if error.is_connect() {
            Unreachable::Connect
        } else {
            Unreachable::Broken
        };
        Self::Unreachable { url, why, detail }
    }

    /// A stage that took too long by our own watch.
    pub(crate) fn silent(url: &Url, limit: Duration) -> Self {
        Self::Unreachable {
            url: ShownUrl::from(url),
            why: Unreachable::Timeout,
            detail: format!("nothing moved for {} s", limit.as_secs_f32()),
        }
    }
}

/// The innermost messages of an error, outermost first, without repetitions.
fn chain(error: &reqwest::Error) -> String {
    let mut messages: Vec<String> = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        let message = cause.to_string();
        if !messages.iter().any(|known| known.contains(&message)) {
            messages.push(message);
        }
        source = cause.source();
    }
    if messages.is_empty() { error.to_string() } else { messages.join(": ") }
}

/// True if TLS itself failed. The TLS library's error sits inside I/O errors, which hide it from `source`.
fn has_tls_cause(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        let mut inner: &(dyn std::error::Error + 'static) = cause;
        while let Some(wrapped) = inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            inner = wrapped;
        }
        if inner.is::<rustls::Error>() {
            return true;
        }
        source = cause.source();
    }
    false
}
