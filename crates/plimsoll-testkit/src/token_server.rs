//! A token service for real registries: <https://distribution.github.io/distribution/spec/auth/token/>.
//!
//! Everybody gets tokens for `pull`, [`USER`] with [`PASSWORD`] or [`IDENTITY`] for whatever is asked.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::env::Environment;
use crate::fault_registry::wire::{Answer, Head, WireServer, form_values};
use crate::registry::{PASSWORD, TokenService, USER};

/// The identity token that stands for [`USER`], exchanged by `POST` (OAuth2).
pub const IDENTITY: &str = "identity-of-plimsoll";

/// The certificate of an authority that nobody but a test trusts, as PEM.
pub const AUTHORITY: &str = include_str!("token_server/authority.pem");
/// A certificate of [`AUTHORITY`] for `localhost`, 127.0.0.1 and `registry.internal`, as PEM.
pub const SERVER_CERTIFICATE: &str = include_str!("token_server/server.pem");
/// The key of [`SERVER_CERTIFICATE`], as PEM. It protects nothing.
pub const SERVER_KEY: &str = include_str!("token_server/server-key.pem");

const SERVICE: &str = "plimsoll-test-registry";
const ISSUER: &str = "plimsoll-test-issuer";

/// How long Distribution takes a token that has expired (`registry/auth/token`, `Leeway`).
const LEEWAY: Duration = Duration::from_secs(60);

/// A token that was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// To whom; `None` for everybody.
    pub user: Option<String>,
    /// For what, as asked.
    pub scopes: Vec<String>,
}

/// The service; it ends when the value is dropped.
#[derive(Debug)]
pub struct TokenServer {
    server: WireServer,
    given: Arc<Mutex<Vec<Given>>>,
    certificates: PathBuf,
}

impl TokenServer {
    /// Starts a service whose tokens live for `lifetime`.
    ///
    /// # Panics
    /// When it cannot listen, or cannot write its certificate into the machine's folder.
    pub fn start(environment: &Environment, lifetime: Duration) -> Self {
        Self::serve(environment, Signer::new(lifetime), lifetime)
    }

    /// Starts a service that says of its tokens that they live for five minutes, while Distribution takes each for
    /// `lifetime` only: they expire under the hands of whoever believes it.
    ///
    /// # Panics
    /// As [`TokenServer::start`].
    pub fn start_overstating(environment: &Environment, lifetime: Duration) -> Self {
        Self::serve(environment, Signer::taken_for(lifetime), Duration::from_secs(300))
    }

    fn serve(environment: &Environment, signer: Signer, said: Duration) -> Self {
        let certificates = environment.folder("token-server").join("authority.pem");
        std::fs::write(&certificates, AUTHORITY).expect("a file can be written in the temporary folder");
        let given: Arc<Mutex<Vec<Given>>> = Arc::default();
        let book = Arc::clone(&given);
        let server = WireServer::start(move |head: &Head, body: &[u8]| {
            let Some(asked) = Asked::read(head, body) else {
                return Answer::status(401)
                    .body(r#"{"errors":[{"code":"UNAUTHORIZED","message":"who are you?"}]}"#);
            };
            let token = signer.token(&asked);
            let Asked { user, scopes } = asked;
            book.lock().unwrap_or_else(PoisonError::into_inner).push(Given { user, scopes });
            let answer = json!({"token": token, "expires_in": said.as_secs()});
            Answer::status(200).header("Content-Type", "application/json").body(answer.to_string())
        });
        Self { server, given, certificates }
    }

    /// What a registry must be told so that it wants these tokens.
    pub fn service(&self) -> TokenService {
        TokenService {
            realm: self.server.url("/token"),
            service: SERVICE.to_owned(),
            issuer: ISSUER.to_owned(),
            certificates: self.certificates.clone(),
        }
    }

    /// Every token so far.
    pub fn given(&self) -> Vec<Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A request for a token by somebody who is known.
struct Asked {
    user: Option<String>,
    scopes: Vec<String>,
}

impl Asked {
    fn read(head: &Head, body: &[u8]) -> Option<Self> {
        let user = Some(USER.to_owned());
        if head.method == "POST" {
            let form = String::from_utf8_lossy(body);
            let scopes = form_values(&form, "scope")
                .iter()
                .flat_map(|all| all.split(' '))
                .map(str::to_owned)
                .collect();
            let is_known = form_values(&form, "refresh_token") == [IDENTITY]
                || (form_values(&form, "username") == [USER] && form_values(&form, "password") == [PASSWORD]);
            return is_known.then_some(Self { user, scopes });
        }
        let scopes =
            head.query_values("scope").iter().flat_map(|all| all.split(' ')).map(str::to_owned).collect();
        match head.header("authorization") {
            None => Some(Self { user: None, scopes }),
            Some(sent) if sent == format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}"))) => {
                Some(Self { user, scopes })
            }
            Some(_) => None,
        }
    }

    /// What the token is for: `access` of the claim set.
    fn access(&self) -> Vec<Value> {
        let access = |scope: &String| {
            let (rest, actions) = scope.rsplit_once(':')?;
            let (kind, name) = rest.split_once(':')?;
            let trusted = self.user.is_some();
            let actions: Vec<&str> =
                actions.split(',').filter(|action| trusted || *action == "pull").collect();
            Some(json!({"type": kind, "name": name, "actions": actions}))
        };
        self.scopes.iter().filter_map(access).collect()
    }
}

/// Makes JSON web tokens (RFC 7519) with the certificate in their header.
struct Signer {
    key: EcdsaKeyPair,
    /// From [`LEEWAY`] ago.
    lifetime: Duration,
}

impl Signer {
    /// Tokens that have expired after so long.
    fn new(lifetime: Duration) -> Self {
        Self::taken_for(LEEWAY + lifetime)
    }

    /// Tokens that Distribution takes for so long.
    fn taken_for(lifetime: Duration) -> Self {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der(SERVER_KEY));
        Self { key: key.expect("the key beside this file is a P-256 key"), lifetime }
    }

    fn token(&self, asked: &Asked) -> String {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .expect("it is later than 1970")
            .as_secs();
        let before = now - LEEWAY.as_secs();
        let header = json!({"typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(der(SERVER_CERTIFICATE))]});
        let claims = json!({
            "iss": ISSUER,
            "sub": asked.user.as_deref().unwrap_or_default(),
            "aud": SERVICE,
            "exp": before + self.lifetime.as_secs(),
            "nbf": before,
            "iat": before,
            "jti": format!("{now}"),
            "access": asked.access(),
        });
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).expect("a P-256 key signs");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The bytes of a PEM file with one block.
fn der(pem: &str) -> Vec<u8> {
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(text).expect("the files beside this one are PEM")
}
