//! What `key` made or read.

use crate::output::json::key::KeyInfo;

/// Renders it: the files that were written, or the public key.
pub fn render(answer: &KeyInfo) -> String {
    match (&answer.private, &answer.public) {
        (Some(private), Some(public)) => format!("{private} (private, encrypted)\n{public}\n"),
        _ => answer.pem.clone(),
    }
}
