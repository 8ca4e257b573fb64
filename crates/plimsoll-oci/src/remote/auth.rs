//! How one registry wants to be asked: not at all, with Basic, or with tokens.
//!
//! Nothing is sent ahead to find that out: the first request to a registry goes alone and without a credential, and
//! its answer tells. Then everything knows.

mod cache;
pub(crate) mod challenge;
mod scope;
mod token;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use plimsoll_http::redirect::resolve_location;
use plimsoll_http::request::Credential;
use plimsoll_http::{Redactor, Response, Secret, StatusCode, Transport, Url, header};
use tokio::sync::OwnedMutexGuard;

use super::credential::{Credentials, Found, Login};
use super::refusal::{Purpose, Respondent};
use crate::name::RegistryHost;
use crate::store::StoreError;
use cache::TokenCache;
use challenge::{Challenge, parse_challenges};
pub(super) use scope::Scopes;
use token::{Token, TokenError, TokenService, fetch_token};

/// The authentication of one registry.
#[derive(Debug)]
pub(super) struct Authenticator {
    transport: Transport,
    redactor: Redactor,
    credentials: Arc<Credentials>,
    host: RegistryHost,
    root: Url,
    known: Mutex<Option<Scheme>>,
    first: Arc<tokio::sync::Mutex<()>>,
    /// What the registry wanted beyond our own scopes, by repository.
    wider: Mutex<BTreeMap<String, Scopes>>,
    tokens: TokenCache,
}

/// What a registry wants.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scheme {
    /// Nothing, so far.
    Open,
    Basic,
    Bearer(TokenService),
}

/// What one request is sent with.
#[derive(Debug)]
pub(super) enum Authorization {
    /// Nothing, and nobody else asks this registry until the answer is there.
    First(#[expect(dead_code, reason = "held until the answer is there")] OwnedMutexGuard<()>),
    /// Nothing.
    None,
    /// A user and a password.
    Basic(Credential),
    /// A token.
    Bearer(Token),
}

impl Authorization {
    /// The header, if any.
    pub(super) fn credential(&self) -> Option<Credential> {
        match self {
            Self::First(_) | Self::None => None,
            Self::Basic(credential) => Some(credential.clone()),
            Self::Bearer(token) => Some(Credential::bearer(&token.secret)),
        }
    }
}

impl Authenticator {
    pub(super) fn new(
        transport: Transport,
        redactor: Redactor,
        credentials: Arc<Credentials>,
        host: RegistryHost,
        root: Url,
    ) -> Self {
        Self {
            transport,
            redactor,
            credentials,
            host,
            root,
            known: Mutex::new(None),
            first: Arc::default(),
            wider: Mutex::default(),
            tokens: TokenCache::default(),
        }
    }

    /// What to send a request with. `path` is the repository, by which some credentials are chosen.
    pub(super) async fn authorize(&self, path: &str, scopes: &Scopes) -> Result<Authorization, StoreError> {
        let scheme = match self.scheme() {
            Some(scheme) => scheme,
            None => {
                let alone = Arc::clone(&self.first).lock_owned().await;
                match self.scheme() {
                    Some(scheme) => scheme,
                    None => return Ok(Authorization::First(alone)),
                }
            }
        };
        match scheme {
            Scheme::Open => Ok(Authorization::None),
            Scheme::Basic => self.basic(path).await,
            Scheme::Bearer(service) => self.bearer(path, &service, &self.widened(path, scopes)).await,
        }
    }

    /// Learns from an answer that is no 401.
    pub(super) fn accepted(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(Scheme::Open);
    }

    /// Learns from a 401 and gives what to send the same request with again; an error if there is nothing better.
    pub(super) async fn challenged(
        &self,
        path: &str,
        purpose: Purpose,
        scopes: &Scopes,
        sent: Authorization,
        answer: Response,
    ) -> Result<Authorization, StoreError> {
        let challenges = challenges(&answer);
        let bearer = challenges.iter().find(|challenge| challenge.scheme == "bearer");
        let basic = challenges.iter().find(|challenge| challenge.scheme == "basic");
        let (scheme, wanted) = match (bearer, basic) {
            (Some(challenge), _) => {
                let service = self.token_service(challenge)?;
                let wanted = challenge.parameter("scope").unwrap_or_default();
                (Scheme::Bearer(service), self.widened(path, scopes).with_challenge(wanted))
            }
            (None, Some(_)) => (Scheme::Basic, scopes.clone()),
            (None, None) => return Err(self.refuse(path, purpose, answer).await),
        };
        let insufficient = is_insufficient(&answer);
        let asked_for = self.widened(path, scopes);
        self.learn(scheme.clone());
        if !scopes.cover(&wanted) {
            self.wider.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), wanted.clone());
        }
        match (&scheme, sent) {
            (Scheme::Basic, Authorization::Basic(_)) => Err(self.refuse(path, purpose, answer).await),
            (Scheme::Basic, _) => self.basic(path).await,
            (Scheme::Bearer(service), Authorization::Bearer(token)) => {
                // A fresh token would say the same, unless the registry names a scope that we did not ask for.
                if insufficient && asked_for.cover(&wanted) {
                    return Err(self.refuse(path, purpose, answer).await);
                }
                self.tokens.forget(&token).await;
                self.bearer(path, service, &wanted).await
            }
            (Scheme::Bearer(service), _) => self.bearer(path, service, &wanted).await,
            (Scheme::Open, _) => Err(self.refuse(path, purpose, answer).await),
        }
    }

    /// The error for an answer that refuses access although everything was tried.
    pub(super) async fn refuse(&self, path: &str, purpose: Purpose, answer: Response) -> StoreError {
        let respondent = self.respondent(path).await;
        let insufficient = is_insufficient(&answer);
        let mut refusal = answer.refusal().await;
        if insufficient {
            // The token was good, so the login was: what is missing is a right.
            refusal.status = StatusCode::FORBIDDEN;
        }
        respondent.sorted(purpose, &refusal)
    }

    /// This registry, as the errors of a request to it name it.
    pub(super) async fn respondent(&self, path: &str) -> Respondent {
        let Found { login, source } = self.credentials.find(&self.host, path).await;
        Respondent {
            place: format!("{}/{path}", self.host),
            registry: self.host.to_string(),
            login: login.is_some(),
            source,
            redactor: self.redactor.clone(),
        }
    }

    async fn basic(&self, path: &str) -> Result<Authorization, StoreError> {
        let found = self.login(path).await;
        let credential = match &found.login {
            Some(Login::Password { user, password }) => Credential::basic(user, password),
            Some(Login::IdentityToken(token) | Login::RegistryToken(token)) => {
                Credential::basic("<token>", token)
            }
            None => {
                return Err(StoreError::Unauthorized {
                    place: self.host.to_string(),
                    credential: found.source,
                });
            }
        };
        Ok(Authorization::Basic(credential))
    }

    async fn bearer(
        &self,
        path: &str,
        service: &TokenService,
        scopes: &Scopes,
    ) -> Result<Authorization, StoreError> {
        let fetch = async |scopes: &Scopes| {
            let login = self.login(path).await.login;
            match fetch_token(&self.transport, service, scopes, login.as_ref()).await {
                Ok(token) => {
                    self.redactor.add(&token.secret);
                    Ok(token)
                }
                Err(TokenError::Http(error)) => {
                    Err(self.respondent(path).await.failed(Purpose::Token, error))
                }
                Err(TokenError::NoToken { found }) => {
                    Err(StoreError::NotARegistry { place: service.realm.to_string(), found })
                }
            }
        };
        let now = self.transport.settings().clock.now();
        self.tokens.token(scopes, now, fetch).await.map(Authorization::Bearer)
    }

    async fn login(&self, path: &str) -> Found {
        let found = self.credentials.find(&self.host, path).await;
        if let Some(login) = &found.login {
            self.redactor.add(login.secret());
        }
        found
    }

    fn token_service(&self, challenge: &Challenge) -> Result<TokenService, StoreError> {
        let realm = challenge.parameter("realm").filter(|realm| realm.contains("://"));
        let realm = resolve_location(&self.root, realm).map_err(|why| {
            let found = format!("a challenge whose realm can't be used, since {why}");
            StoreError::NotARegistry { place: self.host.to_string(), found }
        })?;
        Ok(TokenService { realm, service: challenge.parameter("service").map(str::to_owned) })
    }

    /// These scopes, and what the registry is known to want beside them.
    fn widened(&self, path: &str, scopes: &Scopes) -> Scopes {
        match self.wider.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            Some(wider) => scopes.clone().and(wider),
            None => scopes.clone(),
        }
    }

    fn scheme(&self) -> Option<Scheme> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn learn(&self, scheme: Scheme) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(scheme);
    }
}

fn challenges(answer: &Response) -> Vec<Challenge> {
    let headers = answer.headers().get_all(header::WWW_AUTHENTICATE);
    headers.iter().filter_map(|value| value.to_str().ok()).flat_map(parse_challenges).collect()
}

/// True if the registry says that the token it got is good, but not for this.
fn is_insufficient(answer: &Response) -> bool {
    challenges(answer).iter().any(|challenge| challenge.parameter("error") == Some("insufficient_scope"))
}

impl Login {
    fn secret(&self) -> &Secret {
        match self {
            Self::Password { password, .. } => password,
            Self::IdentityToken(token) | Self::RegistryToken(token) => token,
        }
    }
}
