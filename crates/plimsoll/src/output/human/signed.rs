//! What `sign` did.

use crate::output::json::signed::SignedInfo;

/// Renders it: a line for a file, or for each form of an image's signature.
pub fn render(answer: &SignedInfo) -> String {
    let line = |outcome: &str, place: &str, form: &str| {
        let signed = match outcome {
            "already-signed" => "was signed before",
            _ => "signed",
        };
        let form = match form {
            "legacy" => ", in cosign's older form",
            _ => "",
        };
        format!("{signed} by {} in {place}{form}\n", answer.signer)
    };
    let mut text = format!("{} ({})\n", answer.artifact, answer.digest);
    match answer.signatures.as_slice() {
        [] => text.push_str(&line(answer.outcome, &answer.bundle, "")),
        all => all.iter().for_each(|one| text.push_str(&line(one.outcome, &one.manifest, &one.form))),
    }
    text
}
