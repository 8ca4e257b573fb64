//! All registries, and one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::SystemTime;

use plimsoll_http::redirect::shares_origin;
use plimsoll_http::retry::Backoff;
use plimsoll_http::{HttpError, Redactor, Request, Response, StatusCode, Transport, Url};

use super::auth::{Authenticator, Authorization, Scopes};
use super::credential::Credentials;
use super::pool::Pool;
use super::quirk;
use super::referrers::Known;
use super::refusal::{Purpose, Respondent};
use super::repository::{Access, RemoteRepository};
use crate::name::{ImageRepository, RegistryHost};
use crate::store::StoreError;

/// How often one request is sent with something new after a 401: with a first token, and with one for a scope that
/// only the refusal of the first one names.
const MOST_RENEWALS: u32 = 2;

/// Numbers that trade speed against kindness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteSettings {
    /// How many requests one registry gets at once.
    pub concurrency: usize,
    /// The largest blob that goes up in one request, in bytes. Larger ones go in chunks.
    pub monolithic_up_to: u64,
    /// The length of a chunk in bytes, unless the registry wants longer ones.
    pub chunk: u64,
}

impl Default for RemoteSettings {
    fn default() -> Self {
        Self { concurrency: 64, monolithic_up_to: 512 << 20, chunk: 128 << 20 }
    }
}

/// Every registry that is reached over HTTP. Clones share connections, tokens and what has been learned.
#[derive(Debug, Clone)]
pub struct Remote(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    transport: Transport,
    credentials: Arc<Credentials>,
    redactor: Redactor,
    settings: RemoteSettings,
    /// Those that let no tag be written twice.
    keep_tags: BTreeSet<RegistryHost>,
    registries: Mutex<BTreeMap<RegistryHost, Arc<RemoteRegistry>>>,
}

impl Remote {
    /// Takes what all registries share. `redactor` learns every password and token that is used.
    pub fn new(
        transport: Transport,
        credentials: Credentials,
        redactor: Redactor,
        settings: RemoteSettings,
    ) -> Self {
        Self::keeping_tags(transport, credentials, redactor, settings, BTreeSet::new())
    }

    /// As [`Remote::new`], where some registries are known to let no tag be written twice: they are not asked whether they do.
    pub fn keeping_tags(
        transport: Transport,
        credentials: Credentials,
        redactor: Redactor,
        settings: RemoteSettings,
        keep_tags: BTreeSet<RegistryHost>,
    ) -> Self {
        let (credentials, registries) = (Arc::new(credentials), Mutex::default());
        Self(Arc::new(Shared { transport, credentials, redactor, settings, keep_tags, registries }))
    }

    /// One repository. Nothing is sent.
    ///
    /// `access` is what it will be used for: with [`Access::Push`] reading asks for the same token as writing, so
    /// that one is enough.
    ///
    /// # Errors
    /// [`StoreError::NotARegistry`] if the host can be no part of a URL.
    pub fn repository(
        &self,
        repository: &ImageRepository,
        access: Access,
    ) -> Result<RemoteRepository, StoreError> {
        let registry = self.registry(repository.registry())?;
        Ok(RemoteRepository::new(registry, repository.clone(), access))
    }

    fn registry(&self, host: &RegistryHost) -> Result<Arc<RemoteRegistry>, StoreError> {
        let mut registries = self.0.registries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = registries.get(host) {
            return Ok(Arc::clone(known));
        }
        let registry = Arc::new(RemoteRegistry::new(&self.0, host)?);
        registries.insert(host.clone(), Arc::clone(&registry));
        Ok(registry)
    }
}

/// One registry.
#[derive(Debug)]
pub(super) struct RemoteRegistry {
    pub(super) settings: RemoteSettings,
    /// What is known of its way of listing referrers.
    pub(super) referrers: Known,
    /// Whether it is known to let no tag be written twice.
    pub(super) keeps_tags: bool,
    root: Url,
    transport: Transport,
    pool: Pool,
    auth: Authenticator,
    approached: Once,
}

/// On whose behalf, and for what, a request is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Errand<'a> {
    /// The repository's path, by which credentials are chosen.
    pub(super) path: &'a str,
    /// What a token must be good for.
    pub(super) scopes: &'a Scopes,
    /// What errors say was asked for.
    pub(super) purpose: Purpose,
}

impl RemoteRegistry {
    fn new(shared: &Shared, host: &RegistryHost) -> Result<Self, StoreError> {
        let root = shared.transport.settings().hosts.root(quirk::api_host(host)).ok_or_else(|| {
            StoreError::NotARegistry { place: host.to_string(), found: "a name that no URL can hold".into() }
        })?;
        let auth = Authenticator::new(
            shared.transport.clone(),
            shared.redactor.clone(),
            Arc::clone(&shared.credentials),
            host.clone(),
            root.clone(),
        );
        Ok(Self {
            settings: shared.settings,
            referrers: Known::default(),
            keeps_tags: shared.keep_tags.contains(host),
            root,
            transport: shared.transport.clone(),
            pool: Pool::new(shared.settings.concurrency),
            auth,
            approached: Once::new(),
        })
    }

    /// The URL of something in a repository: `/v2/<path>/<rest>`.
    pub(super) fn url(&self, path: &str, rest: &str) -> Url {
        let mut url = self.root.clone();
        url.set_path(&format!("/v2/{path}/{rest}"));
        url
    }

    /// Hears that so many requests are to come at once, and opens connections for them: once, and no more than there may
    /// be requests at once.
    pub(super) fn expect(&self, requests: usize) {
        let connections = requests.min(self.settings.concurrency);
        self.approached.call_once(|| self.transport.connect_ahead(&self.root, connections));
    }

    /// When it says that it is, asked without a login: any answer tells, a refusal too.
    pub(super) async fn read_time(&self, errand: Errand<'_>) -> Result<Option<SystemTime>, StoreError> {
        let mut url = self.root.clone();
        url.set_path("/v2/");
        match self.transport.send(Request::get(url)).await {
            Ok(answer) => Ok(answer.date()),
            Err(error) => Err(self.failed(errand, error).await),
        }
    }

    /// A backoff for work of several requests.
    pub(super) fn backoff(&self) -> Backoff {
        self.transport.backoff()
    }

    /// Waits by the transport's clock.
    pub(super) async fn sleep(&self, duration: std::time::Duration) {
        self.transport.settings().clock.sleep(duration).await;
    }

    /// Sends a request with what the registry wants, again after a 401 that something can be done about.
    ///
    /// Any other answer is given back as it is, a 401 of another host too. `build` is called for each sending.
    pub(super) async fn send(
        &self,
        errand: Errand<'_>,
        build: impl Fn() -> Request,
    ) -> Result<Response, StoreError> {
        match self.ask(errand, build).await? {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.failed(errand, error).await),
        }
    }

    /// As [`send`](Self::send); `None` if the answer is a redirect that is not followed.
    pub(super) async fn send_unless_redirected(
        &self,
        errand: Errand<'_>,
        build: impl Fn() -> Request,
    ) -> Result<Option<Response>, StoreError> {
        match self.ask(errand, build).await? {
            Ok(answer) => Ok(Some(answer)),
            Err(HttpError::Redirect { .. }) => Ok(None),
            Err(error) => Err(self.failed(errand, error).await),
        }
    }

    /// Sends a request until it is sent with what the registry wants. What went wrong with the request itself is told as the
    /// transport gave it.
    async fn ask(
        &self,
        errand: Errand<'_>,
        build: impl Fn() -> Request,
    ) -> Result<Result<Response, HttpError>, StoreError> {
        let mut authorization = self.auth.authorize(errand.path, errand.scopes).await?;
        let mut renewals = 0;
        loop {
            let answer = match self.try_dispatch(build(), &authorization).await {
                Ok(answer) if self.is_challenge(&answer) => answer,
                done => return Ok(done),
            };
            if renewals == MOST_RENEWALS {
                return Err(self.auth.refuse(errand.path, errand.purpose, answer).await);
            }
            renewals += 1;
            authorization = self.renew(errand, authorization, answer).await?;
        }
    }

    /// What to send a request with, for one whose body can be sent only once.
    pub(super) async fn authorize(&self, errand: Errand<'_>) -> Result<Authorization, StoreError> {
        self.auth.authorize(errand.path, errand.scopes).await
    }

    /// Whether an answer wants another credential, and is the registry's own. A host that a redirect or the location of an
    /// upload led to gets no credential, so it has no say in who is sent one either: its challenge would name a realm of its choice.
    pub(super) fn is_challenge(&self, answer: &Response) -> bool {
        answer.status() == StatusCode::UNAUTHORIZED && shares_origin(answer.url(), &self.root)
    }

    /// What to send instead of what was refused with a [challenge](Self::is_challenge).
    pub(super) async fn renew(
        &self,
        errand: Errand<'_>,
        sent: Authorization,
        answer: Response,
    ) -> Result<Authorization, StoreError> {
        self.auth.challenged(errand.path, errand.purpose, errand.scopes, sent, answer).await
    }

    /// Sends a request once, as far as this floor is concerned; the transport may repeat it.
    pub(super) async fn try_dispatch(
        &self,
        request: Request,
        authorization: &Authorization,
    ) -> Result<Response, HttpError> {
        // An upload's location may lie on another host, which gets the bytes but no credential.
        let ours = shares_origin(request.url(), &self.root);
        let credential = if ours { authorization.credential() } else { None };
        let _place = self.pool.place().await;
        let answer = self.transport.send(request.credential(credential).judge(quirk::judge)).await;
        // A first request that fails teaches nothing, but must not make everybody else wait for theirs one by one.
        let is_challenged = answer.as_ref().is_ok_and(|answer| self.is_challenge(answer));
        if ours && !is_challenged {
            self.auth.accepted();
        }
        answer
    }

    /// The error for a request that got no answer, or was refused for good.
    pub(super) async fn failed(&self, errand: Errand<'_>, error: HttpError) -> StoreError {
        self.respondent(errand).await.failed(errand.purpose, error)
    }

    /// The error for an answer that is not the one hoped for.
    pub(super) async fn rejected(&self, errand: Errand<'_>, answer: Response) -> StoreError {
        if self.is_challenge(&answer) {
            return self.auth.refuse(errand.path, errand.purpose, answer).await;
        }
        let respondent = self.respondent(errand).await;
        if answer.status() == StatusCode::UNAUTHORIZED {
            return respondent.refused_elsewhere(errand.purpose, answer.url());
        }
        respondent.sorted(errand.purpose, &answer.refusal().await)
    }

    /// This registry, as errors name it.
    pub(super) async fn respondent(&self, errand: Errand<'_>) -> Respondent {
        self.auth.respondent(errand.path).await
    }
}
