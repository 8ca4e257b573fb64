//! Answers requests.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Body;
use plimsoll_oci::layout::{LocalRegistry, LocalRepository};
use plimsoll_oci::store::StoreError;

use crate::access::Door;
use crate::answer::{Answer, AnswerBody};
use crate::entrance::{self, Reach};
use crate::patience::PatientBody;
use crate::refusal::{Code, Refusal};
use crate::route::{Place, Query, Route};
use crate::upload::Uploads;
use crate::{blob, catalog, manifest, referrers, tags};

/// How many repositories are kept open: a bound, not a wish.
const MOST_OPEN: usize = 4096;

/// The body of a request.
pub(crate) type RequestBody = UnsyncBoxBody<Bytes, io::Error>;

/// Whether anything may be changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Writing {
    /// Nothing: whatever is not `GET` or `HEAD` is refused.
    #[default]
    Refused,
    /// Everything.
    Allowed,
}

/// How a registry is run.
#[derive(Clone)]
pub struct Settings {
    /// Whether anything may be changed.
    pub writing: Writing,
    /// Who is let in.
    pub door: Door,
    /// Further names of the machine, by which a registry that only serves it may be asked: it knows IP addresses, `localhost`
    /// with all names below it, and what containers call the machine that they run on.
    pub names: Vec<String>,
    /// How long a client is waited for that neither sends what it announced nor takes what it is sent.
    pub patience: Duration,
    /// Who hears of every answer.
    pub watcher: Arc<dyn Watcher>,
}

impl Default for Settings {
    /// Everybody may read.
    fn default() -> Settings {
        Settings {
            writing: Writing::Refused,
            door: Door::Open,
            names: Vec::new(),
            patience: Duration::from_secs(60),
            watcher: Arc::new(Deaf),
        }
    }
}

/// Hears of every answer. It is called from within the work, so it must return at once.
pub trait Watcher: Send + Sync {
    /// A request was answered.
    fn answered(&self, answered: &Answered<'_>);
}

struct Deaf;

impl Watcher for Deaf {
    fn answered(&self, _answered: &Answered<'_>) {}
}

/// A request that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// `GET`, `PUT`, ….
    pub method: &'a str,
    /// Path of the URL.
    pub path: &'a str,
    /// The answer's status.
    pub status: u16,
    /// What went wrong inside of the registry, if anything did. Clients are not told.
    pub detail: Option<&'a str>,
}

/// A registry. Clones are the same one.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) storage: LocalRegistry,
    pub(crate) uploads: Uploads,
    settings: Settings,
    open: Mutex<HashMap<String, Arc<LocalRepository>>>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Service").field(&self.0.storage).finish()
    }
}

impl Service {
    /// A registry that keeps its content in `storage`, which others may use at the same time.
    pub fn new(storage: LocalRegistry, settings: Settings) -> Service {
        Service(Arc::new(Inner { storage, uploads: Uploads::default(), settings, open: Mutex::default() }))
    }

    /// Answers one request that came from where `reach` says. What it changes is on the disk when the answer is given.
    pub fn answer<B>(&self, request: Request<B>, reach: Reach) -> BoxFuture<'static, Response<AnswerBody>>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (inner, (head, body)) = (Arc::clone(&self.0), request.into_parts());
        let body = body.map_err(io::Error::other).boxed_unsync();
        let body = PatientBody::new(body, inner.settings.patience).boxed_unsync();
        Box::pin(async move { inner.answer(&head, reach, body).await })
    }

    /// How long clients are waited for.
    pub(crate) fn patience(&self) -> Duration {
        self.0.settings.patience
    }
}

impl Inner {
    async fn answer(&self, head: &Parts, reach: Reach, body: RequestBody) -> Response<AnswerBody> {
        let (answer, detail) = match self.handle(head, reach, body).await {
            Ok(answer) => (answer, None),
            Err(refusal) => {
                let detail = refusal.detail().map(str::to_owned);
                (refusal.into_answer(), detail)
            }
        };
        let mut response = answer.into_response();
        if head.method == Method::HEAD {
            leave_out_body(&mut response);
        }
        self.settings.watcher.answered(&Answered {
            method: head.method.as_str(),
            path: head.uri.path(),
            status: response.status().as_u16(),
            detail: detail.as_deref(),
        });
        response
    }

    async fn handle(&self, head: &Parts, reach: Reach, body: RequestBody) -> Result<Answer, Refusal> {
        entrance::admit(head, reach, &self.settings.names)?;
        let authorization = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        self.settings.door.admit(authorization).await?;
        let reads = matches!(head.method, Method::GET | Method::HEAD);
        if !reads && self.settings.writing == Writing::Refused {
            return Err(Refusal::new(Code::Unsupported, "this registry can only be read"));
        }
        let query = Query::parse(head.uri.query());
        let unsupported = || Refusal::new(Code::Unsupported, format!("{} does nothing here", head.method));
        match (Route::parse(head.uri.path())?, head.method.as_str()) {
            (Route::Ping, "GET" | "HEAD") => Ok(Answer::json(&serde_json::json!({}))
                .header(http::HeaderName::from_static("docker-distribution-api-version"), "registry/2.0")),
            (Route::Catalog, "GET") => catalog::list(self, &query).await,
            (Route::Tags(place), "GET") => tags::list(self, &place, &query).await,
            (Route::Referrers(place, subject), "GET") => referrers::list(self, &place, subject, &query).await,
            (Route::Manifest(place, named), "GET" | "HEAD") => manifest::get(self, &place, named).await,
            (Route::Manifest(place, named), "PUT") => {
                manifest::put(self, &place, named, head, &query, body).await
            }
            (Route::Manifest(place, named), "DELETE") => manifest::delete(self, &place, named).await,
            (Route::Blob(place, digest), "GET" | "HEAD") => blob::get(self, &place, digest, head).await,
            (Route::Blob(place, digest), "DELETE") => blob::delete(self, &place, digest).await,
            (Route::Uploads(place), "POST") => self.uploads.open(self, &place, head, &query, body).await,
            (Route::Upload(place, id), "GET" | "HEAD") => self.uploads.progress(&place, &id).await,
            (Route::Upload(place, id), "PATCH") => self.uploads.append(&place, &id, head, body).await,
            (Route::Upload(place, id), "PUT") => self.uploads.close(&place, &id, head, &query, body).await,
            (Route::Upload(place, id), "DELETE") => self.uploads.cancel(&place, &id),
            _ => Err(unsupported()),
        }
    }

    /// Whether anything may be changed.
    pub(crate) fn writing(&self) -> Writing {
        self.settings.writing
    }

    /// The repository of a name, whether it is there or not.
    pub(crate) fn repository(&self, place: &Place) -> Arc<LocalRepository> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = open.get(&place.name) {
            // Somebody may have removed the folder.
            if known.folder().join("oci-layout").exists() {
                return Arc::clone(known);
            }
            open.remove(&place.name);
        }
        let repository = Arc::new(self.storage.repository(&place.repository));
        // Names that nobody has written to are not remembered, or asking for many would fill the memory.
        if matches!(repository.layout(), Ok(Some(_))) {
            if open.len() >= MOST_OPEN {
                open.clear();
            }
            open.insert(place.name.clone(), Arc::clone(&repository));
        }
        repository
    }
}

fn leave_out_body(response: &mut Response<AnswerBody>) {
    let length = response.body().size_hint().exact().unwrap_or(0);
    if response.status() != StatusCode::NO_CONTENT && !response.headers().contains_key(header::CONTENT_LENGTH)
    {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    *response.body_mut() = AnswerBody::Empty;
}

/// Does what may wait for a disk or for somebody else's lock on a thread that may block.
pub(crate) async fn on_disk<T, F>(work: impl FnOnce() -> F + Send + 'static) -> Result<T, Refusal>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StoreError>>,
{
    let runtime = tokio::runtime::Handle::current();
    match tokio::task::spawn_blocking(move || runtime.block_on(work())).await {
        Ok(done) => done.map_err(Refusal::from),
        Err(_) => Err(Refusal::new(Code::Unknown, "the registry is ending")
            .with_status(StatusCode::SERVICE_UNAVAILABLE)),
    }
}
