//! Whoever signs what is released.

use plimsoll_engine::domain::attestation::SignatureForm;
use plimsoll_engine::world::signatures::SigningError;
use plimsoll_sigstore::bundle::Bundle;
use plimsoll_sigstore::key::PublicKey;
use plimsoll_sigstore::keyless::{IdentityToken, Payload, Services};
use plimsoll_sigstore::sign::{bundle_of_key, sign_artifact, sign_statement};
use plimsoll_sigstore::trust::{SigningConfig, SigningConfigError};

use super::sources::{Sources, keyless_error};
use crate::adapters::clock::now;
use crate::adapters::identity_tokens::Found;
use crate::config::{Means, SignerSettings};
use crate::signed_forms::{NO_ROOM, has_room};
use crate::signing_certificate::SigningCertificate;

/// Whoever signs.
pub(super) struct Signer {
    with: With,
    form: SignatureForm,
    services: Option<SigningConfig>,
}

enum With {
    /// The private key of this name.
    Key(String),
    /// Who a token says that he is.
    Identity {
        /// What the configuration names it by.
        token: Option<String>,
        /// What it was exchanged for.
        certificate: Box<SigningCertificate>,
    },
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
                let name = token.workflow.as_ref().map_or_else(|| token.subject.clone(), ToString::to_string);
                match &token.source {
                    Some(source) => format!("{name} for {source} ({})", token.issuer),
                    None => format!("{name} ({})", token.issuer),
                }
            }
        }
    }
}

impl Signer {
    pub(super) async fn read(settings: &SignerSettings, sources: &Sources) -> Result<Signer, SigningError> {
        let with = match &settings.means {
            Means::Key(name) => With::Key(name.clone()),
            Means::Identity { token } => With::Identity { token: token.clone(), certificate: Box::default() },
        };
        let services = match (&settings.signing_config, &settings.means) {
            (Some(path), _) => Some(sources.signing_config(path).await?),
            (None, Means::Identity { .. }) => Some(sources.instance_config().await?),
            (None, Means::Key(_)) => None,
        };
        Ok(Signer { with, form: settings.form, services })
    }

    /// Checks that what it signs has a place in its form: cosign's older one has none for entries of logs without promises.
    pub(super) fn check_form(&self) -> Result<(), SigningError> {
        let room = has_room(self.form, self.services.as_ref(), now());
        let unusable = |why: SigningConfigError| SigningError::Trust {
            file: "the signing config".to_owned(),
            why: why.to_string(),
        };
        match room.map_err(unusable)? {
            true => Ok(()),
            false => Err(SigningError::Form { form: self.form, why: NO_ROOM.to_owned() }),
        }
    }

    /// By whom something would be signed now. A token must be good for it.
    pub(super) async fn voice(&self, sources: &Sources) -> Result<Voice, SigningError> {
        match &self.with {
            With::Key(name) => Ok(Voice::Key(sources.private_key(name).await?.public().clone())),
            With::Identity { token, certificate } => {
                let config = self.services.as_ref().ok_or(SigningError::NoSigner)?;
                let found = sources.token(token.as_deref(), config).await?;
                let unusable = |why: plimsoll_sigstore::keyless::TokenError| SigningError::Token {
                    why: why.to_string(),
                };
                let claims = IdentityToken::parse(found.token()).map_err(unusable)?;
                claims.check(now().timestamp()).map_err(unusable)?;
                // A login is good for a minute or so: what it is exchanged for, for longer, spares another one.
                if let Found::LoggedIn(token) = &found {
                    let services = Services { transport: &sources.transport, config };
                    let certify = async { services.certify(token).await.map_err(|why| keyless_error(&why)) };
                    certificate.current(certify).await?;
                }
                Ok(Voice::Identity(claims))
            }
        }
    }

    /// The workflow whose identity it signs with.
    pub(super) async fn workflow(&self, sources: &Sources) -> Result<Option<String>, SigningError> {
        match &self.with {
            With::Key(_) => Ok(None),
            With::Identity { .. } => match self.voice(sources).await? {
                Voice::Identity(token) => Ok(token.workflow.map(|workflow| workflow.to_string())),
                Voice::Key(_) => Ok(None),
            },
        }
    }

    /// Signs a file's bytes, or a statement.
    pub(super) async fn sign(&self, payload: Payload<'_>, sources: &Sources) -> Result<Bundle, SigningError> {
        let services =
            self.services.as_ref().map(|config| Services { transport: &sources.transport, config });
        let signed = match (&self.with, services) {
            (With::Key(name), None) => {
                let key = sources.private_key(name).await?;
                let content = match payload {
                    Payload::Artifact(artifact) => sign_artifact(&key, artifact),
                    Payload::Statement(statement) | Payload::LegacyStatement(statement) => {
                        sign_statement(&key, statement)
                    }
                };
                let content = content.map_err(|why| SigningError::Key {
                    name: "that signs".to_owned(),
                    why: why.to_string(),
                })?;
                return Ok(bundle_of_key(&key, content));
            }
            (With::Key(name), Some(services)) => {
                services.sign_with_key(payload, &*sources.private_key(name).await?).await
            }
            (With::Identity { token, certificate }, Some(services)) => {
                let certify = async {
                    let found = sources.token(token.as_deref(), services.config).await?;
                    services.certify(found.token()).await.map_err(|why| keyless_error(&why))
                };
                let certified = certificate.current(certify).await?;
                services.sign_certified(payload, &certified).await
            }
            (With::Identity { .. }, None) => return Err(SigningError::NoSigner),
        };
        signed.map_err(|why| keyless_error(&why))
    }
}
