//! What `demo` made.

use serde::Serialize;

use super::releases::ListedRelease;

/// `plimsoll.demo/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DemoDone {
    /// The schema's name.
    pub schema: &'static str,
    /// The program that made it.
    pub program: String,
    /// Where the sample project lies.
    pub directory: String,
    /// Where its local registry lies.
    pub registry: String,
    /// Where its records lie.
    pub records: String,
    /// What was released, highest version first.
    pub releases: Vec<ListedRelease>,
    /// What verification came to, per version: `ok`.
    pub verified: Vec<String>,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

impl DemoDone {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.demo/v1";
}
