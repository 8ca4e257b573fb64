//! Amazon ECR: immutable tags, an identical push refused too (aws/containers-roadmap#2380).

use crate::remote::refusal::Complaints;

/// Code `TAG_INVALID`, or the words, whatever the status.
pub(super) fn is_immutable(complaints: &Complaints) -> bool {
    complaints.errors.iter().any(|complaint| {
        complaint.message.contains("cannot be overwritten because the repository is immutable")
            || (complaint.code == "TAG_INVALID" && complaint.message.contains("already exists"))
    })
}
