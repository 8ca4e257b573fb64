//! Where keys, tokens and roots are read from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_engine::world::signatures::SigningError;
use plimsoll_engine::world::tree::{Tree, read_text};
use plimsoll_http::{Secret, Transport};
use plimsoll_sigstore::keyless::{KeylessError, request_token};
use plimsoll_sigstore::trust::{SigningConfig, TrustedRoot};

use crate::adapters::files::read_bounded;
use crate::variables::Variables;

/// The largest key that is read, in bytes.
const KEY_LIMIT: u64 = 64 * 1024;
/// The largest trusted root or signing config that is read, in bytes.
const ROOT_LIMIT: u64 = 4 * 1024 * 1024;
/// What a key in a variable is named by.
const IN_VARIABLE: &str = "env:";
/// The variables that hold the password of a private key; the first that is set counts.
const PASSWORDS: [&str; 2] = ["PLIMSOLL_KEY_PASSWORD", "COSIGN_PASSWORD"];

/// Where keys, tokens and roots are read from.
pub(crate) struct Sources {
    /// The commit's files.
    pub(crate) commit: Arc<dyn Tree>,
    /// The working directory.
    pub(crate) root: PathBuf,
    /// The environment.
    pub(crate) variables: Variables,
    /// How services are reached.
    pub(crate) transport: Transport,
}

impl Sources {
    /// The text of a private key, from a variable or from a file of the working directory.
    pub(super) fn private_key(&self, name: &str) -> Result<Secret, SigningError> {
        let unusable = |why: String| SigningError::Key { name: name.to_owned(), why };
        match name.strip_prefix(IN_VARIABLE) {
            Some(variable) => self.variable(name, variable).map(Secret::new),
            None => {
                let bytes = self.working_file(Path::new(name), KEY_LIMIT).map_err(unusable)?;
                String::from_utf8(bytes).map(Secret::new).map_err(|_| unusable("it is not text".to_owned()))
            }
        }
    }

    /// The text of a public key.
    pub(super) async fn public_key(&self, name: &str) -> Result<String, SigningError> {
        match name.strip_prefix(IN_VARIABLE) {
            Some(variable) => self.variable(name, variable),
            None => {
                let read = self.public_file(name, KEY_LIMIT).await;
                read.map_err(|why| SigningError::Key { name: name.to_owned(), why })
            }
        }
    }

    /// The password of private keys, if there is one.
    pub(super) fn password(&self) -> Option<Secret> {
        let password = PASSWORDS.iter().find_map(|name| self.variables.get(name));
        password.and_then(|password| password.to_str()).map(Secret::new)
    }

    /// A trusted root.
    pub(super) async fn trusted_root(&self, path: &str) -> Result<TrustedRoot, SigningError> {
        let unusable = |why: String| SigningError::Trust { file: path.to_owned(), why };
        let text = self.public_file(path, ROOT_LIMIT).await.map_err(unusable)?;
        TrustedRoot::parse(text.as_bytes()).map_err(|why| unusable(why.to_string()))
    }

    /// A signing config.
    pub(super) async fn signing_config(&self, path: &str) -> Result<SigningConfig, SigningError> {
        let unusable = |why: String| SigningError::Trust { file: path.to_owned(), why };
        let text = self.public_file(path, ROOT_LIMIT).await.map_err(unusable)?;
        SigningConfig::parse(text.as_bytes()).map_err(|why| unusable(why.to_string()))
    }

    /// The token that proves who signs: from the file that PLIMSOLL_IDENTITY_TOKEN names, from SIGSTORE_ID_TOKEN, or from GitHub.
    pub(super) async fn token(&self) -> Result<Secret, SigningError> {
        let unusable = |why: String| SigningError::Token { why };
        if let Some(file) = self.variables.text("PLIMSOLL_IDENTITY_TOKEN") {
            let bytes = self.working_file(Path::new(file), KEY_LIMIT).map_err(unusable)?;
            return String::from_utf8(bytes)
                .map(Secret::new)
                .map_err(|_| unusable("it is not text".to_owned()));
        }
        if let Some(token) = self.variables.text("SIGSTORE_ID_TOKEN") {
            return Ok(Secret::new(token));
        }
        let asking = (
            self.variables.text("ACTIONS_ID_TOKEN_REQUEST_URL"),
            self.variables.text("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
        );
        let (Some(url), Some(bearer)) = asking else {
            return Err(unusable("nothing says who signs: neither a variable nor the CI job".to_owned()));
        };
        request_token(&self.transport, url, &Secret::new(bearer)).await.map_err(|why| keyless_error(&why))
    }

    fn variable(&self, name: &str, variable: &str) -> Result<String, SigningError> {
        let value = self.variables.text(variable).map(str::to_owned);
        value
            .ok_or_else(|| SigningError::Key { name: name.to_owned(), why: format!("{variable} is not set") })
    }

    /// The commit's file, or else the working directory's.
    async fn public_file(&self, path: &str, limit: u64) -> Result<String, String> {
        if Path::new(path).is_relative()
            && let Ok(Some(file)) = self.commit.open(path).await
        {
            return read_text(file, limit).await.map_err(|error| error.to_string());
        }
        let bytes = self.working_file(Path::new(path), limit)?;
        String::from_utf8(bytes).map_err(|_| "it is not text".to_owned())
    }

    fn working_file(&self, path: &Path, limit: u64) -> Result<Vec<u8>, String> {
        match read_bounded(&self.root.join(path), limit) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err("there is no such file".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// What a service did not do.
pub(super) fn keyless_error(why: &KeylessError) -> SigningError {
    match why {
        KeylessError::Token(_) => SigningError::Token { why: why.to_string() },
        KeylessError::Refused { service, .. } if service.kind == "certificate authority" => {
            SigningError::Token { why: why.to_string() }
        }
        KeylessError::Config(_) | KeylessError::NoAuthority | KeylessError::NoTime => {
            SigningError::Trust { file: "the signing config".to_owned(), why: why.to_string() }
        }
        KeylessError::Sign(_) => SigningError::Key { name: "that signs".to_owned(), why: why.to_string() },
        KeylessError::Http { service, why } => SigningError::Service {
            service: format!("{} {}", service.kind, service.url),
            why: why.to_string(),
        },
        KeylessError::Refused { service, .. } | KeylessError::Answer { service, .. } => {
            SigningError::Service {
                service: format!("{} {}", service.kind, service.url),
                why: why.to_string(),
            }
        }
    }
}
