//! Sends requests.

mod ahead;
mod clients;
mod silence;
mod stall;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue, LOCATION};
use http::{Method, StatusCode};
use url::Url;

use crate::clock::{Clock, SystemClock};
use crate::error::HttpError;
use crate::limit::Timeouts;
use crate::profile::HostProfiles;
use crate::proxy::Proxies;
use crate::redirect::{
    MOST_REDIRECTS, RedirectRefusal, Redirects, next_method, resolve_location, shares_origin,
};
use crate::request::{Body, BodyStream, Request};
use crate::response::Response;
use crate::retry::{Backoff, Policy, Repeat, Verdict, may_repeat};
use crate::shown_url::ShownUrl;
use clients::Clients;
use silence::Silences;
use stall::Watch;

/// Everything that is the same for all requests.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Limits on silence.
    pub timeouts: Timeouts,
    /// Repetition.
    pub retry: Policy,
    /// Proxies.
    pub proxies: Proxies,
    /// Hosts with settings of their own.
    pub hosts: HostProfiles,
    /// What waits are measured by.
    pub clock: Arc<dyn Clock>,
}

impl Settings {
    /// The defaults: no proxies, system roots.
    pub fn new(user_agent: impl Into<String>) -> Self {
        Self {
            user_agent: user_agent.into(),
            timeouts: Timeouts::default(),
            retry: Policy::default(),
            proxies: Proxies::default(),
            hosts: HostProfiles::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

/// The one transport. Clones share connections.
#[derive(Debug, Clone)]
pub struct Transport(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: Settings,
    clients: Clients,
    silences: Silences,
}

impl Transport {
    /// Takes the settings. No client is made and nothing is read before a request is sent.
    pub fn new(settings: Settings) -> Self {
        let clients = Clients::new(&settings.hosts);
        Self(Arc::new(Shared { settings, clients, silences: Silences::default() }))
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// A backoff by this transport's policy, for work of several requests.
    pub fn backoff(&self) -> Backoff {
        Backoff::new(self.0.settings.retry)
    }

    /// Opens so many connections to a URL's host for requests that are soon to come, where requests do not share
    /// connections: over plain HTTP. Nothing is sent on them, nobody waits for them, and those that no request came for
    /// are closed after some seconds. A host that can't be reached is told of by the requests.
    ///
    /// To be called within a runtime.
    pub fn connect_ahead(&self, url: &Url, connections: usize) {
        let Some((opener, stock)) = self.0.clients.opener(&self.0.settings, url) else { return };
        for _ in 0..connections {
            let (opener, stock) = (opener.clone(), stock.clone());
            let request = reqwest::Request::new(Method::GET, url.clone());
            tokio::spawn(async move {
                // It never gets so far as to be sent.
                let _ = opener.execute(request).await;
                stock.let_go().await;
            });
        }
    }

    /// Sends a request, again if it may be, and gives back the answer whatever its status.
    ///
    /// A refusal that was still temporary after the last attempt comes back as [`HttpError::Status`], with its body
    /// read; other refusals come back as answers.
    ///
    /// A host that stayed silent to the last attempt of one request is asked once by each further read, until it answers:
    /// whoever asks it for many things waits for it once.
    ///
    /// # Errors
    /// [`HttpError`]; [`HttpError::TooLarge`] only for a request that wants its answer [whole](Request::whole).
    pub async fn send(&self, mut request: Request) -> Result<Response, HttpError> {
        let mut backoff = self.backoff();
        loop {
            let failure = match self.attempt(&mut request).await {
                Ok(answer) => {
                    self.0.silences.forget(&request.url);
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            // A streamed body is used up by the first attempt.
            let repeat =
                if matches!(request.body, Body::Stream { .. }) { Repeat::Never } else { request.repeat };
            let Some(demanded) = may_repeat(repeat, &failure) else { return Err(failure) };
            let is_silence = silence::is_meant_by(&failure);
            let is_read = matches!(request.method, Method::GET | Method::HEAD);
            if is_silence && is_read && self.0.silences.knows(&request.url) {
                return Err(failure);
            }
            let Some(wait) = backoff.after_failure(demanded) else {
                if is_silence {
                    self.0.silences.note(&request.url);
                }
                return Err(failure);
            };
            tracing::debug!(%failure, ?wait, attempt = backoff.failed(), "will send again");
            self.0.settings.clock.sleep(wait).await;
        }
    }

    /// One attempt: the answer, with as much of its body read as decides whether there must be another attempt.
    async fn attempt(&self, request: &mut Request) -> Result<Response, HttpError> {
        let answer = self.follow(request).await?;
        let status = answer.status();
        if status.is_success()
            && let Some(limit) = request.whole
        {
            let head = answer.head();
            let bytes = answer.bytes(limit).await?;
            return Ok(head.with_body(bytes));
        }
        if status.as_u16() < 400 || is_plainly_final(status) {
            return Ok(answer);
        }
        let head = answer.head();
        let refusal = answer.refusal().await;
        match refusal.verdict {
            Verdict::Temporary { .. } => Err(HttpError::Status(Box::new(refusal))),
            // The body was needed to judge; the caller gets it again from memory.
            Verdict::Final => Ok(head.with_body(refusal.body.into_bytes())),
        }
    }

    /// One attempt, redirects included.
    async fn follow(&self, request: &mut Request) -> Result<Response, HttpError> {
        let mut url = request.url.clone();
        let mut method = request.method.clone();
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.once(request, &method, &url).await?;
            let Some(next) = next_method(answer.status(), &method) else { return Ok(answer) };
            let refused = |why| HttpError::Redirect { url: ShownUrl::from(&url), why };
            let to = resolve_location(&url, answer.header(&LOCATION)).map_err(refused)?;
            if request.redirects == Redirects::SameOrigin && !shares_origin(&to, &request.url) {
                return Err(refused(RedirectRefusal::OtherOrigin));
            }
            if matches!(request.body, Body::Stream { .. }) {
                return Err(refused(RedirectRefusal::Body));
            }
            tracing::debug!(from = %ShownUrl::from(&url), to = %ShownUrl::from(&to), "redirected");
            (url, method) = (to, next);
        }
        Err(HttpError::Redirect { url: ShownUrl::from(&request.url), why: RedirectRefusal::TooMany })
    }

    /// One request on the wire.
    async fn once(&self, request: &mut Request, method: &Method, url: &Url) -> Result<Response, HttpError> {
        let settings = &self.0.settings;
        let client = self.0.clients.client(settings, url, request.body_length)?;
        let watch = Watch::new();
        let mut headers = request.headers.clone();
        let body = match &mut request.body {
            Body::Empty => {
                if *method == Method::POST || *method == Method::PUT || *method == Method::PATCH {
                    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
                }
                None
            }
            Body::Bytes(bytes) if bytes.len() <= PIECE => Some(reqwest::Body::from(bytes.clone())),
            // As a whole it would have to be sent within the time in which something must move.
            Body::Bytes(bytes) => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
                Some(reqwest::Body::wrap_stream(watch.over(in_pieces(bytes))))
            }
            Body::Stream { length, stream } => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(*length));
                let stream = std::mem::replace(stream, Box::pin(futures_util::stream::empty()));
                Some(reqwest::Body::wrap_stream(watch.over(stream)))
            }
        };
        self.add_credential(request, url, &mut headers)?;
        let mut outgoing = reqwest::Request::new(method.clone(), url.clone());
        *outgoing.headers_mut() = headers;
        *outgoing.body_mut() = body;
        let began = Instant::now();
        let answer = tokio::select! {
            answer = client.execute(outgoing) => answer.map_err(|error| match watch.body_failure() {
                Some(detail) => HttpError::Body { url: ShownUrl::from(url), detail },
                None => HttpError::from_library(url, error),
            }),
            limit = watch.stalled(&settings.timeouts) => Err(HttpError::silent(url, limit)),
        };
        let took = began.elapsed();
        match &answer {
            Ok(answer) => {
                tracing::debug!(%method, url = %ShownUrl::from(url), status = answer.status().as_u16(), ?took)
            }
            Err(failure) => tracing::debug!(%method, %failure, ?took),
        }
        Ok(Response {
            inner: answer?,
            method: method.clone(),
            url: url.clone(),
            idle: settings.timeouts.idle,
            judge: request.judge,
            now: settings.clock.now(),
        })
    }

    fn add_credential(&self, request: &Request, url: &Url, headers: &mut HeaderMap) -> Result<(), HttpError> {
        let Some(credential) = &request.credential else { return Ok(()) };
        if !shares_origin(url, &request.url) {
            return Ok(());
        }
        let mut value = HeaderValue::from_str(credential.value.expose()).map_err(|_| HttpError::Request {
            url: ShownUrl::from(url),
            detail: "the credential holds characters that no header can carry".to_owned(),
        })?;
        value.set_sensitive(true);
        headers.insert(credential.header.clone(), value);
        Ok(())
    }
}

/// The longest body that is sent as a whole, and the length of the pieces of longer ones, in bytes.
const PIECE: usize = 64 * 1024;

fn in_pieces(bytes: &Bytes) -> BodyStream {
    let bytes = bytes.clone();
    let pieces = (0..bytes.len()).step_by(PIECE);
    let cut = move |begin: usize| Ok(bytes.slice(begin..bytes.len().min(begin + PIECE)));
    Box::pin(futures_util::stream::iter(pieces.map(cut)))
}

/// Refusals that nobody judges temporary; their bodies stay on the wire for the caller.
fn is_plainly_final(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::CONFLICT
            | StatusCode::PRECONDITION_FAILED
            | StatusCode::RANGE_NOT_SATISFIABLE
    )
}
