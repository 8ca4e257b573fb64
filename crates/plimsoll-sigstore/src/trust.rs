//! Whom to trust, and which services to use: `trusted_root.json` and `signing_config.json` (protobuf-specs).

mod instance;
mod root;
mod services;

use jiff::Timestamp;

use crate::certificate::Authority;
use crate::key::PublicKey;

pub use instance::{Instance, InstanceError};
pub use root::TrustError;
pub(crate) use services::LOG_VERSIONS;
pub use services::{Selector, Service, SigningConfig, SigningConfigError};

/// When something may be relied on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValidFor {
    /// From when on; always, if nothing is said.
    pub start: Option<Timestamp>,
    /// Until when, that moment included; for ever, if nothing is said.
    pub end: Option<Timestamp>,
}

impl ValidFor {
    /// Whether it may be relied on at that moment.
    pub fn contains(self, at: Timestamp) -> bool {
        self.start.is_none_or(|start| start <= at) && self.end.is_none_or(|end| at <= end)
    }
}

/// A log that is trusted.
#[derive(Clone, Debug)]
pub struct Log {
    /// Its URL, as the trusted root has it.
    pub url: String,
    /// Its identifier.
    pub id: Vec<u8>,
    /// Its key.
    pub key: PublicKey,
    /// When it may be relied on.
    pub valid_for: ValidFor,
}

/// Everybody who is trusted.
#[derive(Clone, Debug, Default)]
pub struct TrustedRoot {
    /// Transparency logs.
    pub logs: Vec<Log>,
    /// Authorities that make signing certificates.
    pub certificate_authorities: Vec<Authority>,
    /// Logs of certificates.
    pub certificate_logs: Vec<Log>,
    /// Timestamp authorities.
    pub timestamp_authorities: Vec<Authority>,
}
