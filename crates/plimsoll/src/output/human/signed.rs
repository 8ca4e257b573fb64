//! What `sign` did.

use crate::output::json::signed::{AttachedInfo, SignedImages, SignedInfo, SignedPlatform, UnsignedInfo};

/// Renders it: a line for a file, or for each form of an image's signature.
pub fn render(answer: &SignedInfo) -> String {
    let mut text = format!("{} ({})\n", answer.artifact, answer.digest);
    match answer.signatures.as_slice() {
        [] => text.push_str(&line(answer.outcome, &answer.signer, &answer.bundle, "")),
        all => text.push_str(&render_signatures(all, &answer.signer)),
    }
    text + &render_platforms(&answer.platforms, &answer.signer)
}

/// What is there now, of something that was attached to an image.
pub fn remark(answer: &SignedInfo) -> Option<String> {
    let SignedInfo { artifact, signatures, .. } = answer;
    (!signatures.is_empty()).then(|| {
        format!(
            "it is attached to {artifact}, whose digest stays as it is; running the same command again adds nothing"
        )
    })
}

/// Renders several, and those that are not signed.
pub fn render_all(answer: &SignedImages) -> String {
    let mut text: String = answer.images.iter().map(render).collect();
    text.extend(answer.unsigned.iter().map(|one| render_unsigned(one, &answer.signer)));
    if !answer.unsigned.is_empty() {
        text.push_str(
            "\nrunning the same command again is safe: it signs what is missing, and nothing twice\n",
        );
    }
    text
}

fn render_unsigned(one: &UnsignedInfo, signer: &str) -> String {
    let name = match &one.digest {
        Some(digest) => format!("{} ({digest})", one.artifact),
        None => one.artifact.clone(),
    };
    let signed = render_signatures(&one.signatures, signer) + &render_platforms(&one.platforms, signer);
    let not = if signed.is_empty() { "NOT signed" } else { "NOT signed in all that was asked for" };
    format!("{name}\n{signed}{not}\n")
}

fn render_platforms(platforms: &[SignedPlatform], signer: &str) -> String {
    let one = |one: &SignedPlatform| {
        let name = one.platform.as_deref().unwrap_or("image");
        format!("{name} ({})\n{}", one.digest, render_signatures(&one.signatures, signer))
    };
    platforms.iter().map(one).collect()
}

fn render_signatures(signatures: &[AttachedInfo], signer: &str) -> String {
    signatures.iter().map(|one| line(one.outcome, signer, &one.manifest, &one.form)).collect()
}

fn line(outcome: &str, signer: &str, place: &str, form: &str) -> String {
    let signed = match outcome {
        "already-signed" => "was signed before",
        _ => "signed",
    };
    let form = match form {
        "legacy" => ", in cosign's older form",
        _ => "",
    };
    format!("{signed} by {signer} in {place}{form}\n")
}
