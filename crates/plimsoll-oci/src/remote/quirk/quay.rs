//! Quay: immutable tags answer 409 with a code of their own.

use plimsoll_http::{StatusCode, StatusError};

use crate::remote::refusal::Complaints;

/// 409 and `TAG_IMMUTABLE` (quay/quay, `endpoints/v2/errors.py`).
pub(super) fn is_immutable(refusal: &StatusError, complaints: &Complaints) -> bool {
    refusal.status == StatusCode::CONFLICT && complaints.has("TAG_IMMUTABLE")
}
