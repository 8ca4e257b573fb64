//! What `registry serve` serves, and where.

use serde::Serialize;

/// `plimsoll.serving/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Serving {
    /// The schema's name.
    pub schema: &'static str,
    /// Host and port, as they stand in the name of an image.
    pub address: String,
    /// The URL.
    pub url: String,
    /// The folder that everything lies in.
    pub folder: String,
    /// Whether anything may be changed.
    pub writable: bool,
}

impl Serving {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.serving/v1";
}
