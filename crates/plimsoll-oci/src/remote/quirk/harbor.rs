//! Harbor: immutable tags answer 412, an identical push too.

use plimsoll_http::{StatusCode, StatusError};

/// 412 and "configured as immutable" (goharbor/harbor, `src/server/middleware/immutable/pushmf.go`).
pub(super) fn is_immutable(refusal: &StatusError) -> bool {
    refusal.status == StatusCode::PRECONDITION_FAILED && refusal.body.contains("immutable")
}
