//! GitLab's registry: reads the fallback tag `sha256-<hex>` as the digest itself (oras-project/oras-go#1396).

use crate::name::Digest;

/// What came back under the fallback tag is the subject, not a list of its referrers.
pub(super) fn resolves_to_subject(found: &Digest, subject: &Digest) -> bool {
    found == subject
}
