//! One question to a service.

use plimsoll_http::redirect::Redirects;
use plimsoll_http::{Body, Bytes, HeaderValue, HttpError, Method, Repeat, Request, Response, Transport, Url};

use crate::keyless::{AnswerError, KeylessError, ServiceName};
use crate::trust::Service;

/// The largest answer that is read, in bytes.
const LIMIT: u64 = 1024 * 1024;
/// How much of a refusal is told, in characters.
const SAID: usize = 300;
/// That something is there already.
const CONFLICT: u16 = 409;

/// A service under its name.
pub(super) struct Asked<'a> {
    pub(super) transport: &'a Transport,
    pub(super) service: &'a Service,
    pub(super) kind: &'static str,
}

/// What comes back where "it is there already" is an answer.
pub(super) enum Answer {
    /// What was asked for.
    Whole(Bytes),
    /// Where the thing is that is there already; `None` if the service does not say.
    There(Option<Url>),
}

impl Asked<'_> {
    pub(super) fn name(&self) -> ServiceName {
        ServiceName { kind: self.kind, url: self.service.url.to_string() }
    }

    /// A place below the service's URL.
    pub(super) fn place(&self, path: &str) -> Url {
        let mut url = self.service.url.clone();
        let joined = format!("{}/{path}", url.path().trim_end_matches('/'));
        url.set_path(&joined);
        url
    }

    pub(super) fn unusable(&self, why: impl Into<AnswerError>) -> KeylessError {
        KeylessError::Answer { service: self.name(), why: why.into() }
    }

    fn failed(&self, why: HttpError) -> KeylessError {
        match why {
            HttpError::Status(refusal) if !refusal.status.is_server_error() => KeylessError::Refused {
                service: self.name(),
                status: refusal.status.as_u16(),
                said: refusal.body.chars().take(SAID).collect(),
            },
            why => KeylessError::Http { service: self.name(), why },
        }
    }

    /// Asks this service and no other, since there are tokens among what is sent, and again if it may help: what these services do twice has the effect of doing it once, but for logs, which say of a second
    /// time that the thing is there.
    pub(super) async fn post(
        &self,
        url: Url,
        body: Vec<u8>,
        media_type: &'static str,
    ) -> Result<Answer, KeylessError> {
        let request = Request::new(Method::POST, url, Repeat::Harmless)
            .body(Body::Bytes(body.into()), HeaderValue::from_static(media_type))
            .redirects(Redirects::SameOrigin)
            .whole(LIMIT);
        let answer = self.transport.send(request).await.map_err(|why| self.failed(why))?;
        if answer.status().as_u16() == CONFLICT {
            let at = answer.header(&plimsoll_http::header::LOCATION);
            return Ok(Answer::There(at.and_then(|at| answer.url().join(at).ok())));
        }
        self.read(answer).await.map(Answer::Whole)
    }

    pub(super) async fn get(&self, url: Url) -> Result<Bytes, KeylessError> {
        let request = Request::get(url).whole(LIMIT);
        let answer = self.transport.send(request).await.map_err(|why| self.failed(why))?;
        self.read(answer).await
    }

    async fn read(&self, answer: Response) -> Result<Bytes, KeylessError> {
        let answer = answer.successful().await.map_err(|why| self.failed(why))?;
        answer.bytes(LIMIT).await.map_err(|why| self.failed(why))
    }
}
