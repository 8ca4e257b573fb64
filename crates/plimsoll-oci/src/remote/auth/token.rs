//! Fetching a token (distribution, "Token Authentication Specification" and "OAuth2 Token Authentication").

use std::time::{Duration, SystemTime};

use plimsoll_http::redirect::Redirects;
use plimsoll_http::request::Credential;
use plimsoll_http::{HttpError, Method, Repeat, Request, Response, Secret, Transport, Url};

use super::scope::Scopes;
use crate::remote::credential::Login;

/// How we name ourselves to token services.
const CLIENT_ID: &str = "plimsoll";
/// The longest token answer that is read, in bytes.
const ANSWER_LIMIT: u64 = 1024 * 1024;
/// How long a token lives that does not say so.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(60);
/// How long before its end a token is no longer used, at most.
const MARGIN: Duration = Duration::from_secs(10);

/// Where tokens come from, as a challenge says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenService {
    pub(crate) realm: Url,
    pub(crate) service: Option<String>,
}

/// A token and when it should be replaced.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) secret: Secret,
    pub(crate) good_until: SystemTime,
}

/// Why no token was given.
#[derive(Debug, Clone)]
pub(crate) enum TokenError {
    /// The service was not reached, or refused.
    Http(HttpError),
    /// The answer holds no token.
    NoToken {
        /// Its content type and start.
        found: String,
    },
}

impl From<HttpError> for TokenError {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

#[derive(serde::Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}

/// Asks for a token.
pub(crate) async fn fetch_token(
    transport: &Transport,
    from: &TokenService,
    scopes: &Scopes,
    login: Option<&Login>,
) -> Result<Token, TokenError> {
    let asked_at = transport.settings().clock.now();
    let answer = match login {
        Some(Login::RegistryToken(token)) => {
            return Ok(Token {
                secret: token.clone(),
                good_until: asked_at + Duration::from_secs(365 * 86_400),
            });
        }
        Some(Login::IdentityToken(token)) => {
            let answer = transport.send(oauth(from, scopes, token)).await?;
            // A service without the OAuth2 endpoint takes the token as a password.
            if matches!(answer.status().as_u16(), 404 | 405) {
                transport.send(plain(from, scopes, Some(Credential::basic("<token>", token)))).await?
            } else {
                answer
            }
        }
        Some(Login::Password { user, password }) => {
            let request = plain(from, scopes, Some(Credential::basic(user, password)));
            transport.send(request).await?
        }
        None => transport.send(plain(from, scopes, None)).await?,
    };
    read(answer.successful().await?, asked_at).await
}

fn plain(from: &TokenService, scopes: &Scopes, credential: Option<Credential>) -> Request {
    let mut url = from.realm.clone();
    {
        let mut query = url.query_pairs_mut();
        if let Some(service) = &from.service {
            query.append_pair("service", service);
        }
        for scope in scopes.each() {
            query.append_pair("scope", &scope);
        }
        query.append_pair("client_id", CLIENT_ID);
    }
    Request::get(url).credential(credential).redirects(Redirects::SameOrigin).whole(ANSWER_LIMIT)
}

fn oauth(from: &TokenService, scopes: &Scopes, identity: &Secret) -> Request {
    let scope = scopes.to_string();
    let fields = [
        ("grant_type", "refresh_token"),
        ("service", from.service.as_deref().unwrap_or_default()),
        ("client_id", CLIENT_ID),
        ("scope", &scope),
        ("refresh_token", identity.expose()),
    ];
    // Asking twice only makes a second token. The body is a secret, so it stays at its origin.
    Request::new(Method::POST, from.realm.clone(), Repeat::Harmless)
        .form(&fields)
        .redirects(Redirects::SameOrigin)
        .whole(ANSWER_LIMIT)
}

async fn read(answer: Response, asked_at: SystemTime) -> Result<Token, TokenError> {
    let content_type = answer.content_type().unwrap_or_default();
    let bytes = answer.bytes(ANSWER_LIMIT).await?;
    // The body is not quoted: it may hold a token under another name.
    let no_token = || TokenError::NoToken { found: format!("`{content_type}` without a token") };
    let Ok(Answer { token, access_token, expires_in }) = serde_json::from_slice(&bytes) else {
        return Err(no_token());
    };
    let given = [token, access_token].into_iter().flatten().find(|token| !token.is_empty());
    let lifetime = match expires_in {
        None | Some(0) => DEFAULT_LIFETIME,
        // A year is as good as any longer time, and cannot overflow a date.
        Some(seconds) => Duration::from_secs(seconds.min(365 * 86_400)),
    };
    let good_until = asked_at + lifetime - MARGIN.min(lifetime / 4);
    given.map(|token| Token { secret: Secret::new(token), good_until }).ok_or_else(no_token)
}
