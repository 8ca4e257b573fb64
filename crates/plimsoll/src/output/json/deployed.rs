//! What was deployed.

use serde::Serialize;

use super::source::SourceInfo;

/// `plimsoll.deployed/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deployed {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// The version, without `v`.
    pub version: String,
    /// Where the compose file is.
    pub path: String,
    /// The SHA-256 of its bytes in bare hexadecimal.
    pub hash: String,
    /// Whether the record has a hash, with which it was compared.
    pub verified: bool,
    /// Every service and the image that it runs, as the file writes it.
    #[serde(serialize_with = "as_table")]
    pub services: Vec<(String, String)>,
    /// `up` or `down`.
    pub act: &'static str,
    /// The command, word by word.
    pub command: Vec<String>,
    /// Whether it was run.
    pub ran: bool,
    /// Where the answer comes from.
    pub source: SourceInfo,
}

impl Deployed {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.deployed/v1";
}

fn as_table<S: serde::Serializer>(pairs: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(service, image)| (service, image)))
}
