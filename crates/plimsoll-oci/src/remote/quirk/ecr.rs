//! Amazon ECR: immutable tags, an identical push refused too (aws/containers-roadmap#2380).

use crate::name::RegistryHost;
use crate::remote::refusal::Complaints;

/// Code `TAG_INVALID`, or the words, whatever the status.
pub(super) fn is_immutable(complaints: &Complaints) -> bool {
    complaints.errors.iter().any(|complaint| {
        complaint.message.contains("cannot be overwritten because the repository is immutable")
            || (complaint.code == "TAG_INVALID" && complaint.message.contains("already exists"))
    })
}

/// The API's own code for too many requests, or its words (AWS, "Troubleshooting Amazon ECR error messages").
pub(super) fn is_busy(complaints: &Complaints) -> bool {
    complaints.has("ThrottlingException")
        || complaints.errors.iter().any(|complaint| complaint.message.starts_with("Rate exceeded"))
}

/// Lifecycle policies of a repository may name untagged images.
pub(super) fn collects_untagged(registry: &RegistryHost) -> Option<&'static str> {
    let host = registry.as_str();
    (host.contains(".dkr.ecr.") && host.ends_with(".amazonaws.com"))
        .then_some("where a lifecycle policy says so")
}
