//! Google Artifact Registry: immutable tags can be neither moved nor deleted.

use plimsoll_http::StatusError;

/// The words, whatever the status.
pub(super) fn is_immutable(refusal: &StatusError) -> bool {
    refusal.body.contains("has enabled tag immutability")
}
