//! `trusted_root.json`.

use jiff::Timestamp;
use serde::Deserialize;

use crate::certificate::{Authority, Certificate, CertificateError};
use crate::encoding::Base64;
use crate::key::{PublicKey, PublicKeyError};
use crate::trust::{Log, TrustedRoot, ValidFor};

/// The largest trusted root that is read, in bytes.
const LIMIT: usize = 4 * 1024 * 1024;
const MEDIA_TYPES: [&str; 3] = [
    "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    "application/vnd.dev.sigstore.trustedroot+json;version=0.2",
    "application/vnd.dev.sigstore.trustedroot.v0.2+json",
];

/// Why a text is no trusted root.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// It is too long.
    #[error("the trusted root has more than {LIMIT} bytes")]
    TooLarge,
    /// It is no JSON of the right shape.
    #[error("this is no trusted root: {0}")]
    Shape(String),
    /// Its media type is another's.
    #[error("`{0}` is no media type of a trusted root that can be read")]
    MediaType(String),
    /// A key in it can't be used.
    #[error("the key of the log {url}: {why}")]
    Key {
        /// The log.
        url: String,
        /// Why not.
        why: PublicKeyError,
    },
    /// A certificate in it can't be used.
    #[error("a certificate of the authority {name}: {why}")]
    Certificate {
        /// The authority.
        name: String,
        /// Why not.
        why: CertificateError,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RootJson {
    media_type: String,
    #[serde(default)]
    tlogs: Vec<LogJson>,
    #[serde(default)]
    certificate_authorities: Vec<AuthorityJson>,
    #[serde(default)]
    ctlogs: Vec<LogJson>,
    #[serde(default)]
    timestamp_authorities: Vec<AuthorityJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogJson {
    #[serde(default)]
    base_url: String,
    public_key: KeyJson,
    #[serde(default)]
    log_id: Option<LogIdJson>,
    #[serde(default)]
    checkpoint_key_id: Option<LogIdJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyJson {
    raw_bytes: Base64,
    #[serde(default)]
    valid_for: Option<PeriodJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogIdJson {
    key_id: Base64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthorityJson {
    #[serde(default)]
    subject: NameJson,
    #[serde(default)]
    uri: String,
    cert_chain: ChainJson,
    #[serde(default)]
    valid_for: Option<PeriodJson>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NameJson {
    #[serde(default)]
    common_name: String,
}

#[derive(Deserialize)]
struct ChainJson {
    certificates: Vec<CertificateJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CertificateJson {
    raw_bytes: Base64,
}

/// A period as both files have it.
#[derive(Clone, Copy, Default, Deserialize)]
pub(super) struct PeriodJson {
    #[serde(default)]
    start: Option<Rfc3339>,
    #[serde(default)]
    end: Option<Rfc3339>,
}

#[derive(Clone, Copy)]
struct Rfc3339(Timestamp);

impl<'de> Deserialize<'de> for Rfc3339 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Rfc3339, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Rfc3339).map_err(serde::de::Error::custom)
    }
}

impl From<Option<PeriodJson>> for ValidFor {
    fn from(json: Option<PeriodJson>) -> ValidFor {
        let json = json.unwrap_or_default();
        ValidFor { start: json.start.map(|time| time.0), end: json.end.map(|time| time.0) }
    }
}

impl TrustedRoot {
    /// Reads `trusted_root.json`. Fields that are not known are passed over: who wrote it is trusted.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn parse(text: &[u8]) -> Result<TrustedRoot, TrustError> {
        if text.len() > LIMIT {
            return Err(TrustError::TooLarge);
        }
        let json: RootJson =
            serde_json::from_slice(text).map_err(|error| TrustError::Shape(error.to_string()))?;
        if !MEDIA_TYPES.contains(&json.media_type.as_str()) {
            return Err(TrustError::MediaType(json.media_type));
        }
        let logs = |all: Vec<LogJson>| all.into_iter().map(Log::try_from).collect::<Result<Vec<_>, _>>();
        let authorities =
            |all: Vec<AuthorityJson>| all.into_iter().map(Authority::try_from).collect::<Result<Vec<_>, _>>();
        Ok(TrustedRoot {
            logs: logs(json.tlogs)?,
            certificate_authorities: authorities(json.certificate_authorities)?,
            certificate_logs: logs(json.ctlogs)?,
            timestamp_authorities: authorities(json.timestamp_authorities)?,
        })
    }
}

impl TryFrom<LogJson> for Log {
    type Error = TrustError;

    fn try_from(json: LogJson) -> Result<Log, TrustError> {
        let url = json.base_url;
        let key = PublicKey::parse_der(&json.public_key.raw_bytes.0)
            .map_err(|why| TrustError::Key { url: url.clone(), why })?;
        // Entries of version 2 of Rekor name the log by the identifier of its checkpoints where there are both.
        let id = json.checkpoint_key_id.or(json.log_id);
        let id = id.map_or_else(|| key.id().bytes().to_vec(), |id| id.key_id.0);
        Ok(Log { url, id, key, valid_for: json.public_key.valid_for.into() })
    }
}

impl TryFrom<AuthorityJson> for Authority {
    type Error = TrustError;

    fn try_from(json: AuthorityJson) -> Result<Authority, TrustError> {
        let name = match json.subject.common_name {
            name if name.is_empty() => json.uri,
            name => name,
        };
        let read = |one: CertificateJson| {
            Certificate::parse(&one.raw_bytes.0)
                .map_err(|why| TrustError::Certificate { name: name.clone(), why })
        };
        let certificates =
            json.cert_chain.certificates.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Authority { name, certificates, valid_for: json.valid_for.into() })
    }
}
