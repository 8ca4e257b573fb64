//! What `sign file` did.

use crate::output::json::signed::SignedInfo;

/// Renders it.
pub fn render(answer: &SignedInfo) -> String {
    format!("{} ({})\nsigned by {} in {}\n", answer.artifact, answer.digest, answer.signer, answer.bundle)
}
