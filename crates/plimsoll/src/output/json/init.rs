//! A configuration that was drafted.

use serde::Serialize;

/// `plimsoll.init/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InitDone {
    /// The schema's name.
    pub schema: &'static str,
    /// The file that was written.
    pub file: String,
    /// The files that were read.
    pub read: Vec<String>,
    /// The images that were found.
    pub images: Vec<String>,
    /// What could not be carried over.
    pub left: Vec<String>,
}

impl InitDone {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.init/v1";
}
