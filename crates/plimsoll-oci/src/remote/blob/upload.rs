//! Sending a blob, in one piece or in chunks, through whatever happens on the way.
//!
//! After a broken connection the registry is asked how much it has, and the rest is sent; a session that is gone is
//! opened anew, unless the blob turns out to be there already: then only the last answer was lost.

use futures_util::StreamExt as _;
use plimsoll_http::request::Body;
use plimsoll_http::retry::Backoff;
use plimsoll_http::{HeaderValue, HttpError, Method, Repeat, Request, Response, StatusCode, Url, header};

use super::body::{self, SourceFailure};
use super::session::{self, Progress, Session};
use super::{is_there, push_scopes};
use crate::content::Content;
use crate::remote::auth::{Authorization, Scopes};
use crate::remote::manifest::not_a_registry;
use crate::remote::refusal::{Complaints, Purpose};
use crate::remote::registry::Errand;
use crate::remote::repository::RemoteRepository;
use crate::store::StoreError;

/// How many sessions are opened for one blob. A registry that forgets each of them half-way would else be sent the
/// first half for ever.
const MOST_SESSIONS: u32 = 5;

/// How many failures in a row one session is given. What broke off may have left it in a state that the registry itself
/// does not get out of (as Gitea 1.23 answers 500 from then on), which looks just like a bad moment.
const MOST_FAILURES: u32 = 2;

/// One blob on its way.
pub(super) struct Upload<'a> {
    repository: &'a RemoteRepository,
    content: &'a dyn Content,
    scopes: Scopes,
    purpose: Purpose,
    backoff: Backoff,
    /// What to send the next request with, after one was refused.
    renewed: Option<Authorization>,
    chunks: Chunks,
    /// Whether bytes of several requests were put together.
    patched_up: bool,
}

/// Whether blobs are cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chunks {
    /// Where they are long.
    Allowed,
    /// The registry has refused one.
    Refused,
}

/// Why a request did not bring the upload further.
enum Setback {
    /// It may work later.
    Later(StoreError),
    /// The token was refused. There is a new one.
    NewToken,
    /// The session is gone, or the registry and we do not agree where it is.
    Lost(StoreError),
    /// The registry takes no chunks.
    NoChunks(StoreError),
    /// What it got does not have the digest.
    Mismatch(StoreError),
    /// Nothing helps.
    Final(StoreError),
}

impl From<StoreError> for Setback {
    fn from(error: StoreError) -> Self {
        if error.is_temporary() { Self::Later(error) } else { Self::Final(error) }
    }
}

/// How far one session got.
enum Filled {
    Closed,
    /// Start again with a new session.
    Abandoned(StoreError),
}

impl<'a> Upload<'a> {
    pub(super) fn new(repository: &'a RemoteRepository, content: &'a dyn Content) -> Self {
        let (scopes, purpose) = push_scopes(repository);
        Self {
            repository,
            content,
            scopes,
            purpose,
            backoff: repository.registry.backoff(),
            renewed: None,
            chunks: Chunks::Allowed,
            patched_up: false,
        }
    }

    /// Sends the blob, beginning with an open session.
    pub(super) async fn run(mut self, mut session: Session) -> Result<(), StoreError> {
        for opened in 1.. {
            let Filled::Abandoned(why) = self.fill(session).await? else { break };
            // Only the answer to the last request may have been lost.
            if is_there(self.repository, self.content.descriptor()).await? {
                break;
            }
            if opened == MOST_SESSIONS {
                return Err(why);
            }
            session = session::open(self.repository).await?;
        }
        Ok(())
    }

    /// Sends everything through one session.
    async fn fill(&mut self, mut session: Session) -> Result<Filled, StoreError> {
        let size = self.content.descriptor().size;
        let (mut sent, mut furthest, mut failures) = (0, 0, 0);
        self.patched_up = false;
        loop {
            let chunk = self.chunk_length(&session);
            let whole = sent == 0 && size <= chunk;
            let step = if whole || sent == size {
                self.close(&session, sent).await.map(|()| None)
            } else {
                self.patch(&session, sent, chunk.min(size - sent)).await.map(Some)
            };
            let setback = match step {
                Ok(None) => return Ok(Filled::Closed),
                Ok(Some((location, received))) => {
                    (session.location, sent, failures) = (location, received, 0);
                    self.note_progress(sent, &mut furthest);
                    continue;
                }
                Err(setback) => setback,
            };
            match setback {
                Setback::Final(error) => return Err(error),
                Setback::NewToken => {}
                Setback::NoChunks(error) => {
                    if self.chunks == Chunks::Refused {
                        return Err(error);
                    }
                    self.chunks = Chunks::Refused;
                    return Ok(Filled::Abandoned(error));
                }
                Setback::Mismatch(error) => {
                    // Bytes of several requests may have been put together wrongly; those of one have not.
                    if !self.patched_up {
                        return Err(self.look_at_source(error).await);
                    }
                    self.wait(error.clone()).await?;
                    return Ok(Filled::Abandoned(error));
                }
                Setback::Lost(error) => {
                    self.wait(error.clone()).await?;
                    return Ok(Filled::Abandoned(error));
                }
                Setback::Later(error) => {
                    self.wait(error.clone()).await?;
                    failures += 1;
                    if self.chunks == Chunks::Refused || failures == MOST_FAILURES {
                        return Ok(Filled::Abandoned(error));
                    }
                    match session::progress(self.repository, &session).await? {
                        Progress::At { location, received } if received <= size => {
                            self.patched_up = received > 0;
                            (session.location, sent) = (location, received);
                            self.note_progress(sent, &mut furthest);
                        }
                        _ => return Ok(Filled::Abandoned(error)),
                    }
                }
            }
        }
    }

    /// Starts the count of failures anew if more is there than ever before.
    fn note_progress(&mut self, sent: u64, furthest: &mut u64) {
        if sent > *furthest {
            *furthest = sent;
            self.backoff.reset();
        }
    }

    /// How much goes up in one request.
    fn chunk_length(&self, session: &Session) -> u64 {
        let settings = &self.repository.registry.settings;
        let size = self.content.descriptor().size;
        match (self.chunks, session.shortest_chunk) {
            (Chunks::Refused, _) => u64::MAX,
            (Chunks::Allowed, Some(shortest)) => settings.chunk.max(shortest),
            (Chunks::Allowed, None) if size <= settings.monolithic_up_to => u64::MAX,
            (Chunks::Allowed, None) => settings.chunk.max(1),
        }
    }

    /// Sends one chunk; gives where to go on and how many bytes the registry has now.
    async fn patch(&mut self, session: &Session, from: u64, length: u64) -> Result<(Url, u64), Setback> {
        let (body, failure) = body::part(self.content, from, length).await?;
        let range = format!("{from}-{}", from.saturating_add(length).saturating_sub(1));
        let range = HeaderValue::from_str(&range).expect("digits and a dash fit a header");
        let request = Request::new(Method::PATCH, session.location.clone(), Repeat::Never)
            .header(header::CONTENT_RANGE, range)
            .moving(length)
            .body(body, HeaderValue::from_static("application/octet-stream"));
        let answer = self.send(request, &failure).await?;
        match answer.status() {
            StatusCode::ACCEPTED | StatusCode::NO_CONTENT | StatusCode::CREATED => {}
            StatusCode::BAD_REQUEST | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => {
                return Err(Setback::NoChunks(self.rejected(answer).await));
            }
            StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::NOT_FOUND => {
                return Err(Setback::Lost(self.rejected(answer).await));
            }
            _ => return Err(self.unexpected(answer).await),
        }
        self.patched_up |= from > 0;
        let location =
            session::location(self.repository, &answer)?.unwrap_or_else(|| session.location.clone());
        let end = from.saturating_add(length);
        match session::received(&answer) {
            // Fewer bytes than sent, as from a registry that cuts long chunks: the rest follows.
            Some(received) if received > from && received <= end => Ok((location, received)),
            None => Ok((location, end)),
            Some(received) => {
                let found = format!("an upload at byte {received} after bytes {from} to {end} were sent");
                let place = self.repository.name.registry().to_string();
                Err(Setback::Lost(StoreError::NotARegistry { place, found }))
            }
        }
    }

    /// Ends the upload under the blob's digest, with the whole blob if nothing was sent before.
    async fn close(&mut self, session: &Session, sent: u64) -> Result<(), Setback> {
        let (size, digest) = (self.content.descriptor().size, self.content.descriptor().digest.to_string());
        let mut url = session.location.clone();
        url.query_pairs_mut().append_pair("digest", &digest);
        let (body, failure) = match size - sent {
            0 => (Body::Empty, SourceFailure::default()),
            rest => body::part(self.content, sent, rest).await?,
        };
        let request = Request::new(Method::PUT, url, Repeat::Never)
            .moving(size - sent)
            .body(body, HeaderValue::from_static("application/octet-stream"));
        let answer = self.send(request, &failure).await?;
        match answer.status() {
            StatusCode::CREATED | StatusCode::NO_CONTENT => Ok(()),
            StatusCode::NOT_FOUND => Err(Setback::Lost(self.rejected(answer).await)),
            StatusCode::RANGE_NOT_SATISFIABLE => Err(Setback::Lost(self.rejected(answer).await)),
            StatusCode::BAD_REQUEST => {
                let respondent = self.repository.registry.respondent(self.errand()).await;
                let refusal = answer.refusal().await;
                let error = respondent.sorted(self.purpose, &refusal);
                let complaints = Complaints::parse(&refusal.body);
                Err(match complaints.has("DIGEST_INVALID") || complaints.has("SIZE_INVALID") {
                    true => Setback::Mismatch(error),
                    false => Setback::Final(error),
                })
            }
            _ => Err(self.unexpected(answer).await),
        }
    }

    /// Sends a request whose body can be sent once.
    async fn send(&mut self, request: Request, failure: &SourceFailure) -> Result<Response, Setback> {
        let registry = &self.repository.registry;
        let was_renewed = self.renewed.is_some();
        let authorization = match self.renewed.take() {
            Some(renewed) => renewed,
            None => registry.authorize(self.errand()).await?,
        };
        let answer = match registry.try_dispatch(request, &authorization).await {
            Ok(answer) => answer,
            Err(HttpError::Body { .. }) if let Some(error) = failure.take() => {
                return Err(Setback::Final(error));
            }
            Err(error) => return Err(registry.failed(self.errand(), error).await.into()),
        };
        if registry.is_challenge(&answer) {
            if was_renewed {
                return Err(Setback::Final(self.rejected(answer).await));
            }
            self.renewed = Some(registry.renew(self.errand(), authorization, answer).await?);
            return Err(Setback::NewToken);
        }
        Ok(answer)
    }

    /// Waits before the next attempt; gives the error back when there is none.
    async fn wait(&mut self, error: StoreError) -> Result<(), StoreError> {
        let demanded = match &error {
            StoreError::Busy { retry_after, .. } => *retry_after,
            _ => None,
        };
        match self.backoff.after_failure(demanded) {
            Some(wait) => {
                tracing::debug!(%error, ?wait, "will go on with the upload");
                self.repository.registry.sleep(wait).await;
                Ok(())
            }
            None => Err(error),
        }
    }

    /// What is wrong with bytes that the registry says are not what they should be: the source's own damage, if it has
    /// any. It is not looked for before, since the registry looks anyway.
    async fn look_at_source(&self, refusal: StoreError) -> StoreError {
        let read = async {
            let mut stream = self.content.open(0).await?;
            while let Some(piece) = stream.next().await {
                piece?;
            }
            Ok(())
        };
        match read.await {
            Ok(()) => refusal,
            Err(damage) => damage,
        }
    }

    async fn unexpected(&self, answer: Response) -> Setback {
        match answer.status().is_success() {
            true => Setback::Final(not_a_registry(self.repository, answer.content_type().as_deref())),
            false => self.rejected(answer).await.into(),
        }
    }

    async fn rejected(&self, answer: Response) -> StoreError {
        self.repository.registry.rejected(self.errand(), answer).await
    }

    fn errand(&self) -> Errand<'_> {
        self.repository.errand(self.purpose, &self.scopes)
    }
}
