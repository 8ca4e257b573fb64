//! Harbor: immutable tags answer 412, an identical push too; a full project is told in words.

use plimsoll_http::{StatusCode, StatusError};

/// 412 and "configured as immutable" (goharbor/harbor, `src/server/middleware/immutable/pushmf.go`).
pub(super) fn is_immutable(refusal: &StatusError) -> bool {
    refusal.status == StatusCode::PRECONDITION_FAILED && refusal.body.contains("immutable")
}

/// "adding 29.0 MiB of storage resource, which … will exceed the configured upper limit of 10.0 MiB"
/// (goharbor/harbor#8802, #17390).
pub(super) fn is_full(refusal: &StatusError) -> bool {
    refusal.body.contains("will exceed the configured upper limit")
}
