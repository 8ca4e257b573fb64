//! Quay: immutable tags answer 409 with a code of their own.

use plimsoll_http::{StatusCode, StatusError};

use crate::name::RegistryHost;
use crate::remote::refusal::Complaints;

/// 409 and `TAG_IMMUTABLE` (quay/quay, `endpoints/v2/errors.py`).
pub(super) fn is_immutable(refusal: &StatusError, complaints: &Complaints) -> bool {
    refusal.status == StatusCode::CONFLICT && complaints.has("TAG_IMMUTABLE")
}

/// quay.io keeps a manifest that was pushed without a tag for an hour (`TEMP_TAG_EXPIRATION`, quay/quay `config.py`).
pub(super) fn collects_untagged(registry: &RegistryHost) -> Option<&'static str> {
    (registry.as_str() == "quay.io").then_some("after an hour")
}
