//! Whoever signs what is released.

use plimsoll_engine::domain::attestation::SignatureForm;
use plimsoll_engine::world::signatures::SigningError;
use plimsoll_sigstore::bundle::Bundle;
use plimsoll_sigstore::key::{PrivateKey, PublicKey};
use plimsoll_sigstore::keyless::{Certified, IdentityToken, Payload, Services};
use plimsoll_sigstore::sign::{bundle_of_key, sign_artifact, sign_statement};
use plimsoll_sigstore::trust::SigningConfig;
use tokio::sync::Mutex;

use super::sources::{Sources, keyless_error};
use crate::adapters::clock::now;
use crate::config::{Means, SignerSettings};

/// How long before its end a certificate is not used any more, in seconds: a log may take its time.
const MARGIN: i64 = 60;

/// Whoever signs.
pub(super) struct Signer {
    with: With,
    form: SignatureForm,
    services: Option<SigningConfig>,
}

enum With {
    Key(Box<PrivateKey>),
    /// The certificate that serves until its time is over.
    Identity(Box<Mutex<Option<Certified>>>),
}

/// By whom something would be signed now.
pub(super) enum Voice {
    /// The holder of a key.
    Key(PublicKey),
    /// Who a token says that he is.
    Identity(IdentityToken),
}

impl Voice {
    /// Who it is, for people.
    pub(super) fn name(&self) -> String {
        match self {
            Voice::Key(key) => format!("the key {}", key.id()),
            Voice::Identity(token) => {
                format!("{} ({})", token.workflow.as_ref().unwrap_or(&token.subject), token.issuer)
            }
        }
    }
}

impl Signer {
    pub(super) async fn read(settings: &SignerSettings, sources: &Sources) -> Result<Signer, SigningError> {
        let with = match &settings.means {
            Means::Key(name) => With::Key(Box::new(read_private_key(name, sources)?)),
            Means::Identity => With::Identity(Box::new(Mutex::new(None))),
        };
        let services = match &settings.signing_config {
            Some(path) => Some(sources.signing_config(path).await?),
            None => None,
        };
        Ok(Signer { with, form: settings.form, services })
    }

    /// Checks that what it signs has a place in its form: cosign's older one has none for entries of logs without promises.
    pub(super) fn check_form(&self) -> Result<(), SigningError> {
        let logged = self.services.as_ref().map(|config| config.chosen_log_versions(now().timestamp()));
        let logged = logged.transpose().map_err(|why| SigningError::Trust {
            file: "the signing config".to_owned(),
            why: why.to_string(),
        })?;
        let fits = match (self.form, logged.as_deref()) {
            (SignatureForm::Bundle, _) | (_, None | Some([] | [1])) => true,
            (SignatureForm::Legacy | SignatureForm::Both, Some(_)) => false,
        };
        match fits {
            true => Ok(()),
            false => Err(SigningError::Form {
                form: self.form,
                why: "the older form has room for one entry of a log of version 1".to_owned(),
            }),
        }
    }

    /// By whom something would be signed now. A token must be good for it.
    pub(super) async fn voice(&self, sources: &Sources) -> Result<Voice, SigningError> {
        match &self.with {
            With::Key(key) => Ok(Voice::Key(key.public().clone())),
            With::Identity(_) => {
                let token = sources.token().await?;
                let unusable = |why: plimsoll_sigstore::keyless::TokenError| SigningError::Token {
                    why: why.to_string(),
                };
                let claims = IdentityToken::parse(&token).map_err(unusable)?;
                claims.check(now().timestamp()).map_err(unusable)?;
                Ok(Voice::Identity(claims))
            }
        }
    }

    /// Signs a file's bytes, or a statement.
    pub(super) async fn sign(&self, payload: Payload<'_>, sources: &Sources) -> Result<Bundle, SigningError> {
        let services =
            self.services.as_ref().map(|config| Services { transport: &sources.transport, config });
        let signed = match (&self.with, services) {
            (With::Key(key), None) => {
                let content = match payload {
                    Payload::Artifact(artifact) => sign_artifact(key, artifact),
                    Payload::Statement(statement) => sign_statement(key, statement),
                };
                let content = content.map_err(|why| SigningError::Key {
                    name: "that signs".to_owned(),
                    why: why.to_string(),
                })?;
                return Ok(bundle_of_key(key, content));
            }
            (With::Key(key), Some(services)) => services.sign_with_key(payload, key).await,
            (With::Identity(certified), Some(services)) => {
                let mut certified = certified.lock().await;
                let usable = |one: &Certified| one.until().as_second() > now().0.saturating_add(MARGIN);
                let current = match certified.take().filter(usable) {
                    Some(current) => current,
                    None => {
                        let token = sources.token().await?;
                        services.certify(&token).await.map_err(|why| keyless_error(&why))?
                    }
                };
                services.sign_certified(payload, certified.insert(current)).await
            }
            (With::Identity(_), None) => return Err(SigningError::NoSigner),
        };
        signed.map_err(|why| keyless_error(&why))
    }
}

/// A private key by its name.
pub(super) fn read_private_key(name: &str, sources: &Sources) -> Result<PrivateKey, SigningError> {
    let text = sources.private_key(name)?;
    PrivateKey::parse(&text, sources.password().as_ref())
        .map_err(|why| SigningError::Key { name: name.to_owned(), why: why.to_string() })
}
