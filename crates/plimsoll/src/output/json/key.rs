//! What `key` made or read.

use plimsoll_sigstore::key::PublicKey;
use serde::Serialize;

/// `plimsoll.key/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The file that the encrypted private key was written to; null if none was.
    pub private: Option<String>,
    /// The file that the public key was written to; null if none was.
    pub public: Option<String>,
    /// The SHA-256 digest of the public key in DER: what bundles hint at, and logs know it by.
    pub digest: String,
    /// The public key in PEM.
    pub pem: String,
}

impl KeyInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.key/v1";

    /// A key, and the files that its private and its public half were written to.
    pub fn of(key: &PublicKey, written: Option<(String, String)>) -> KeyInfo {
        let (private, public) = written.unzip();
        KeyInfo { schema: KeyInfo::SCHEMA, private, public, digest: key.id().to_string(), pem: key.render() }
    }
}
