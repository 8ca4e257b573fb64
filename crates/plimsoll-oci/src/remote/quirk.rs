//! What single vendors do differently. One file per vendor; nothing outside this folder names one.

mod artifact_registry;
mod docker_hub;
mod ecr;
mod ghcr;
mod gitlab;
mod harbor;
mod quay;

use std::time::Duration;

use plimsoll_http::retry::{self, Verdict};
use plimsoll_http::{StatusCode, StatusError};

use super::refusal::Complaints;
use crate::name::{Digest, RegistryHost};

pub(super) use docker_hub::credential_names;

/// The host that serves a registry's API.
pub(super) fn api_host(registry: &RegistryHost) -> &str {
    docker_hub::api_host(registry).unwrap_or(registry.as_str())
}

/// When a registry removes content that no tag keeps, where that is known; `None` says nothing.
pub fn collects_untagged(registry: &RegistryHost) -> Option<&'static str> {
    quay::collects_untagged(registry)
        .or_else(|| gitlab::collects_untagged(registry))
        .or_else(|| ecr::collects_untagged(registry))
}

/// How long to wait, where a registry says so in the body of its refusal.
pub(super) fn wait_in_body(body: &str) -> Option<Duration> {
    ghcr::wait_in_body(body)
}

/// True if a registry says in the body of its refusal, under whatever status, that it gets too many requests.
pub(super) fn is_busy(complaints: &Complaints) -> bool {
    complaints.has("TOOMANYREQUESTS") || ecr::is_busy(complaints)
}

/// True if a registry says in its own words that there is no room.
pub(super) fn is_full(refusal: &StatusError) -> bool {
    harbor::is_full(refusal)
}

/// Judges a refusal as registries mean it: too many requests are temporary under any status.
pub(super) fn judge(refusal: &StatusError) -> Verdict {
    let verdict = retry::judge(refusal);
    let is_temporary = matches!(verdict, Verdict::Temporary { .. })
        || (refusal.body.len() < 4096 && is_busy(&Complaints::parse(&refusal.body)));
    if is_temporary {
        Verdict::Temporary { wait: refusal.retry_after.or_else(|| wait_in_body(&refusal.body)) }
    } else {
        verdict
    }
}

/// True if a refused write of a tag means that the tag cannot be moved.
pub(super) fn is_immutable(refusal: &StatusError) -> bool {
    let complaints = Complaints::parse(&refusal.body);
    quay::is_immutable(refusal, &complaints)
        || harbor::is_immutable(refusal)
        || ecr::is_immutable(&complaints)
        || artifact_registry::is_immutable(refusal)
        || docker_hub::is_immutable(refusal)
}

/// True if a refused write of a manifest under its digest may well be taken under a tag: where nothing but tags is
/// known, the digest is an unknown operation or a bad tag (opencontainers/distribution-spec#412 tells of such).
pub(super) fn wants_a_tag(refusal: &StatusError) -> bool {
    let complaints = Complaints::parse(&refusal.body);
    matches!(refusal.status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED)
        || complaints.has("UNSUPPORTED")
        || complaints.has("TAG_INVALID")
}

/// True if what a fallback tag resolves to is no list of referrers.
pub(super) fn is_no_referrers_list(found: &Digest, subject: &Digest) -> bool {
    gitlab::resolves_to_subject(found, subject)
}
