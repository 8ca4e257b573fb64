//! Signing with an identity instead of a key that is kept: a token becomes a certificate that is valid for minutes, and a log
//! and a timestamp authority remember that the signature was made in that time.

mod actions;
mod authority;
mod confidential;
mod log;
mod login;
mod service;
mod stamp;
mod token;

use std::time::Duration;

use jiff::Timestamp;
use plimsoll_http::{HttpError, Secret, Transport};

use crate::artifact::Artifact;
use crate::bundle::{Bundle, BundleError, Content, Signer, Version};
use crate::certificate::{Certificate, CertificateError};
use crate::dsse::Envelope;
use crate::key::{PrivateKey, PrivateKeyError};
use crate::log::BodyError;
use crate::sign::{SignError, sign_artifact, sign_statement};
use crate::timestamp::TimestampError;
use crate::trust::{LOG_VERSIONS, SigningConfig, SigningConfigError};
use crate::verify::Differing;

use log::Added;

pub use actions::request_token;
pub use login::{Login, LoginError, TYPED};
pub use token::{IdentityToken, TokenError, Workflow};

/// The versions of interfaces that are spoken.
const AUTHORITY_VERSIONS: [u32; 1] = [1];
const STAMP_VERSIONS: [u32; 1] = [1];

/// Services that certify, log and timestamp.
pub struct Services<'a> {
    /// What they are reached by.
    pub transport: &'a Transport,
    /// Which they are.
    pub config: &'a SigningConfig,
}

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// The bytes of a file.
    Artifact(&'a Artifact),
    /// The bytes of an in-toto statement, in an envelope.
    Statement(&'a [u8]),
    /// The same for the older form of cosign, in which a timestamp is of the whole envelope instead of the signature.
    LegacyStatement(&'a [u8]),
}

/// A key that is certified for an identity, for minutes: time for many signatures.
#[derive(Debug)]
pub struct Certified {
    key: PrivateKey,
    certificate: Certificate,
}

impl Certified {
    /// For how long it may sign, from when it was certified.
    pub fn lifetime(&self) -> Duration {
        let (from, until) = self.certificate.validity();
        Duration::try_from(until.duration_since(from)).unwrap_or_default()
    }
}

/// Which service it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceName {
    /// What it does: `certificate authority`, `log`, `timestamp authority`.
    pub kind: &'static str,
    /// Where it is.
    pub url: String,
}

/// Why there is no bundle.
#[derive(Clone, Debug, thiserror::Error)]
pub enum KeylessError {
    /// The token can't be used.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The signing config names too few services.
    #[error(transparent)]
    Config(#[from] SigningConfigError),
    /// It names no certificate authority.
    #[error("the signing config names no certificate authority, and signing with an identity takes one")]
    NoAuthority,
    /// It names nothing that says when a signature was made.
    #[error(
        "the signing config names no service that says when a signature was made, and a certificate is valid for minutes"
    )]
    NoTime,
    /// The key does not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A token would go in the clear over a network.
    #[error("the {} {} is not reached by https, and whoever stands in between could take the token", .service.kind, .service.url)]
    Exposed {
        /// The service.
        service: ServiceName,
    },
    /// A service can't be reached, or does not answer as it should.
    #[error("the {} {} can't be used", .service.kind, .service.url)]
    Http {
        /// The service.
        service: ServiceName,
        /// Why not.
        #[source]
        why: HttpError,
    },
    /// A service refuses.
    #[error("the {} {} refuses with status {status}: {said}", .service.kind, .service.url)]
    Refused {
        /// The service.
        service: ServiceName,
        /// The status.
        status: u16,
        /// The beginning of what it says.
        said: String,
    },
    /// A service answers something else than was asked for.
    #[error("the answer of the {} {} can't be used: {why}", .service.kind, .service.url)]
    Answer {
        /// The service.
        service: ServiceName,
        /// Why not.
        why: AnswerError,
    },
}

/// Why an answer can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// It is no JSON of the right shape.
    #[error("{0}")]
    Shape(String),
    /// There is no certificate in it.
    #[error("it has no certificate")]
    NoCertificate,
    /// The certificate can't be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The certificate is for another key.
    #[error("the certificate is for another key")]
    OtherKey,
    /// The log entry can't be read.
    #[error(transparent)]
    Entry(#[from] BundleError),
    /// What the log entry records can't be read.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The log entry is that of another signature.
    #[error("the log entry is that of another signature: its {0} is another")]
    OtherSignature(Differing),
    /// The log says of every signature that it has it already.
    #[error("it says that it has the entry already, of a new signature as well")]
    Taken,
    /// The timestamp is none, or for something else.
    #[error(transparent)]
    Timestamp(#[from] TimestampError),
}

impl From<PrivateKeyError> for KeylessError {
    fn from(why: PrivateKeyError) -> KeylessError {
        KeylessError::Sign(why.into())
    }
}

impl Services<'_> {
    /// Signs with the identity of a token: makes a key, has it certified, signs once and forgets the key.
    ///
    /// # Errors
    /// [`KeylessError`]. Nothing is left but entries in logs that nothing refers to.
    pub async fn sign(&self, payload: Payload<'_>, token: &Secret) -> Result<Bundle, KeylessError> {
        let certified = self.certify(token).await?;
        self.sign_certified(payload, &certified).await
    }

    /// Makes a key and has it certified for the identity of a token.
    ///
    /// # Errors
    /// [`KeylessError`].
    pub async fn certify(&self, token: &Secret) -> Result<Certified, KeylessError> {
        let now = self.now();
        IdentityToken::parse(token)?.check(now)?;
        let authorities = &self.config.certificate_authorities;
        let chosen = crate::trust::Selector::Any.choose(
            authorities,
            &AUTHORITY_VERSIONS,
            "certificate authorities",
            now,
        )?;
        let authority = chosen.first().ok_or(KeylessError::NoAuthority)?;
        let has_time = !self.config.timestamp_authorities.is_empty()
            || self.logs(now)?.iter().any(|log| log.api_version == 1);
        if !has_time {
            return Err(KeylessError::NoTime);
        }
        let key = PrivateKey::generate()?;
        let certificate = authority::certify(self.transport, authority, token, &key).await?;
        Ok(Certified { key, certificate })
    }

    /// Signs with a key that is certified, and has the signature logged and stamped.
    ///
    /// # Errors
    /// [`KeylessError`].
    pub async fn sign_certified(
        &self,
        payload: Payload<'_>,
        certified: &Certified,
    ) -> Result<Bundle, KeylessError> {
        let signer = Signer::Certificate(certified.certificate.der().to_vec());
        self.finish(&certified.key, signer, payload).await
    }

    /// Signs with a key, and has the signature logged and stamped by the services that are named.
    ///
    /// # Errors
    /// [`KeylessError`].
    pub async fn sign_with_key(
        &self,
        payload: Payload<'_>,
        key: &PrivateKey,
    ) -> Result<Bundle, KeylessError> {
        self.finish(key, Signer::Key(key.public().hint()), payload).await
    }

    async fn finish(
        &self,
        key: &PrivateKey,
        signer: Signer,
        payload: Payload<'_>,
    ) -> Result<Bundle, KeylessError> {
        match self.finish_once(key, &signer, payload).await? {
            Ok(bundle) => Ok(bundle),
            // Another signature of the same is another entry.
            Err(Taken { .. }) => match self.finish_once(key, &signer, payload).await? {
                Ok(bundle) => Ok(bundle),
                Err(Taken { log }) => Err(KeylessError::Answer { service: log, why: AnswerError::Taken }),
            },
        }
    }

    async fn finish_once(
        &self,
        key: &PrivateKey,
        signer: &Signer,
        payload: Payload<'_>,
    ) -> Result<Result<Bundle, Taken>, KeylessError> {
        let content = match payload {
            Payload::Artifact(artifact) => sign_artifact(key, artifact)?,
            Payload::Statement(statement) | Payload::LegacyStatement(statement) => {
                sign_statement(key, statement)?
            }
        };
        let stamped = match (payload, envelope(&content)) {
            (Payload::LegacyStatement(_), Some(envelope)) => envelope.render().into_bytes(),
            _ => content.signature().to_vec(),
        };
        let now = self.now();
        let stamps = &self.config.timestamp_authorities;
        let chosen = self.config.timestamp_selector;
        let mut timestamps = Vec::new();
        for service in chosen.choose(stamps, &STAMP_VERSIONS, "timestamp authorities", now)? {
            timestamps.push(stamp::stamp(self.transport, service, &stamped).await?);
        }
        let mut entries = Vec::new();
        for service in self.logs(now)? {
            match log::add(self.transport, service, key, signer, &content).await? {
                Added::Entry(entry) => entries.push(*entry),
                Added::Taken => {
                    let log = ServiceName { kind: "log", url: service.url.to_string() };
                    return Ok(Err(Taken { log }));
                }
            }
        }
        let (version, signer) = (Version::V0_3, signer.clone());
        Ok(Ok(Bundle { version, signer, entries, timestamps, content }))
    }

    fn logs(&self, now: Timestamp) -> Result<Vec<&crate::trust::Service>, SigningConfigError> {
        self.config.log_selector.choose(&self.config.logs, &LOG_VERSIONS, "logs", now)
    }

    fn now(&self) -> Timestamp {
        Timestamp::try_from(self.transport.settings().clock.now()).unwrap_or(Timestamp::MIN)
    }
}

/// A log has a signature already, and does not give its entry.
struct Taken {
    log: ServiceName,
}

/// The bytes that are signed, where they are in an envelope.
fn envelope(content: &Content) -> Option<&Envelope> {
    match content {
        Content::Envelope(envelope) => Some(envelope),
        Content::Message { .. } => None,
    }
}

/// Who signs, as version 1 of Rekor wants it: in PEM.
fn signer_in_pem(key: &PrivateKey, signer: &Signer) -> Result<String, CertificateError> {
    match signer {
        Signer::Key(_) => Ok(key.public().render()),
        Signer::Certificate(der) => Ok(Certificate::parse(der)?.render()),
    }
}
