//! dstack manifests.

use serde::Serialize;

/// `plimsoll.app-compose/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppComposeInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The file.
    pub file: String,
    /// The SHA-256 of its bytes, in hexadecimal: what attestations measure.
    pub hash: String,
    /// The id that the app has by default.
    pub app_id: String,
    /// The name of the app.
    pub name: String,
    /// What runs it.
    pub runner: String,
}

impl AppComposeInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.app-compose/v1";
}
