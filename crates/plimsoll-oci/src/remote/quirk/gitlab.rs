//! GitLab's registry: reads the fallback tag `sha256-<hex>` as the digest itself (oras-project/oras-go#1396).

use crate::name::{Digest, RegistryHost};

/// What came back under the fallback tag is the subject, not a list of its referrers.
pub(super) fn resolves_to_subject(found: &Digest, subject: &Digest) -> bool {
    found == subject
}

/// gitlab.com collects what no tag keeps a day later (GitLab docs, "Container registry garbage collection").
pub(super) fn collects_untagged(registry: &RegistryHost) -> Option<&'static str> {
    (registry.as_str() == "registry.gitlab.com").then_some("after a day")
}
