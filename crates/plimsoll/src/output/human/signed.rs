//! What `sign` did.

use crate::output::json::signed::SignedInfo;

/// Renders it.
pub fn render(answer: &SignedInfo) -> String {
    let signed = match answer.outcome {
        "already-signed" => "was signed before",
        _ => "signed",
    };
    format!("{} ({})\n{signed} by {} in {}\n", answer.artifact, answer.digest, answer.signer, answer.bundle)
}
