//! The token that proves who signs: it is named, or the CI job has one, or somebody at a terminal logs in.

use std::path::{Path, PathBuf};

use plimsoll_http::secret::Redactor;
use plimsoll_http::{Secret, Transport};
use plimsoll_sigstore::keyless::{IdentityToken, KeylessError, request_token};
use plimsoll_sigstore::trust::{SigningConfig, SigningConfigError};
use tokio::sync::Mutex;

use super::browser_login::{LoginFault, log_in};
use super::clock::now;
use super::private_keys::{ReferenceFault, read_reference};
use super::terminal::is_attended;
use crate::variables::Variables;

/// The variable that names a token: a file, `env:NAME`, or `command:PROGRAM …`.
const NAMED: &str = "PLIMSOLL_IDENTITY_TOKEN";
/// The variable that holds a token, as with every program that signs so.
const HELD: &str = "SIGSTORE_ID_TOKEN";
/// The variables by which jobs of GitHub Actions ask for one.
const ACTIONS: [&str; 2] = ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
/// How long a token must still be good to be used again, in seconds.
const MARGIN: i64 = 10;

/// Where tokens come from.
pub(crate) struct IdentityTokens {
    /// The working directory.
    root: PathBuf,
    variables: Variables,
    redactor: Redactor,
    transport: Transport,
    /// That of whoever logged in: he is not asked again while it is good.
    login: Mutex<Option<Secret>>,
}

/// A token, and how it was had.
pub(crate) enum Found {
    /// It was there, and can be had again.
    There(Secret),
    /// Somebody logged in for it.
    LoggedIn(Secret),
}

impl Found {
    /// The token.
    pub(crate) fn token(&self) -> &Secret {
        let (Found::There(token) | Found::LoggedIn(token)) = self;
        token
    }
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenFault {
    /// What is named can't be read.
    #[error("{name}: {why}")]
    Unreadable {
        /// The reference.
        name: String,
        /// Why not.
        why: ReferenceFault,
    },
    /// The CI job's can't be had.
    #[error(transparent)]
    Job(#[from] KeylessError),
    /// Nothing says who signs, and nobody could log in.
    #[error(
        "nothing says who signs: neither a variable nor the CI job, and nobody sits at a terminal to log in"
    )]
    Nobody,
    /// It is not known where to log in.
    #[error(transparent)]
    Config(#[from] SigningConfigError),
    /// Nobody logged in.
    #[error(transparent)]
    Login(#[from] LoginFault),
}

impl IdentityTokens {
    /// Those that can be had on this machine; files are below `root`.
    pub(crate) fn new(
        root: &Path,
        variables: &Variables,
        redactor: &Redactor,
        transport: &Transport,
    ) -> IdentityTokens {
        let (root, variables) = (root.to_owned(), variables.clone());
        let (redactor, transport) = (redactor.clone(), transport.clone());
        IdentityTokens { root, variables, redactor, transport, login: Mutex::default() }
    }

    /// The token, that is there or that of whoever logs in; `named` is what the configuration names.
    ///
    /// # Errors
    /// [`TokenFault`].
    pub(crate) async fn find(
        &self,
        named: Option<&str>,
        services: &SigningConfig,
    ) -> Result<Found, TokenFault> {
        match self.find_there(named).await? {
            Some(token) => Ok(Found::There(token)),
            None => self.log_in(services).await.map(Found::LoggedIn),
        }
    }

    /// The token that is there: that which PLIMSOLL_IDENTITY_TOKEN names, that which the configuration names, that in
    /// SIGSTORE_ID_TOKEN, that of the job of GitHub Actions.
    ///
    /// # Errors
    /// [`TokenFault`].
    pub(crate) async fn find_there(&self, named: Option<&str>) -> Result<Option<Secret>, TokenFault> {
        if let Some(reference) = self.variables.text(NAMED).or(named) {
            return self.read(reference).await.map(Some);
        }
        if let Some(token) = self.variables.text(HELD) {
            return Ok(Some(Secret::new(token)));
        }
        match ACTIONS.map(|name| self.variables.text(name)) {
            [Some(url), Some(bearer)] => {
                Ok(Some(request_token(&self.transport, url, &Secret::new(bearer)).await?))
            }
            _ => Ok(None),
        }
    }

    /// Whether somebody sits here who could log in.
    pub(crate) fn is_attended(&self) -> bool {
        is_attended(&self.variables)
    }

    /// The token of whoever sits at the terminal, who logs in where `services` say, or has done so a moment ago.
    ///
    /// # Errors
    /// [`TokenFault`].
    pub(crate) async fn log_in(&self, services: &SigningConfig) -> Result<Secret, TokenFault> {
        if !self.is_attended() {
            return Err(TokenFault::Nobody);
        }
        let mut login = self.login.lock().await;
        if let Some(token) = login.as_ref().filter(|token| is_good(token)) {
            return Ok(token.clone());
        }
        let issuer = services.issuer(now().timestamp())?;
        let token = log_in(&self.transport, &issuer, &self.variables).await?;
        Ok(login.insert(token).clone())
    }

    /// The token that a reference names.
    ///
    /// # Errors
    /// [`TokenFault`].
    pub(crate) async fn read(&self, reference: &str) -> Result<Secret, TokenFault> {
        let read = read_reference(reference, &self.root, &self.variables, &self.redactor).await;
        read.map_err(|why| TokenFault::Unreadable { name: reference.to_owned(), why })
    }
}

/// Whether a token can be used for a while.
fn is_good(token: &Secret) -> bool {
    let until = IdentityToken::parse(token).map(|claims| claims.until.as_second());
    until.is_ok_and(|until| until > now().0.saturating_add(MARGIN))
}
