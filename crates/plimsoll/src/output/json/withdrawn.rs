//! A release attempt that was taken back.

use serde::Serialize;

/// `plimsoll.withdrawn/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WithdrawnInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// The version, without `v`.
    pub version: String,
    /// The git tag, which is deleted, or would be.
    pub tag: String,
    /// Whether there was a claim.
    pub had_claim: bool,
    /// Whether the remote has the tag, too, and so may other clones.
    pub on_remote: bool,
    /// Whether it was done; none: it was only shown.
    pub changed: Option<bool>,
}

impl WithdrawnInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.withdrawn/v1";
}
