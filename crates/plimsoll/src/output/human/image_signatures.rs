//! What `verify image` found, signature by signature.

use plimsoll_engine::statement::attestation::SIGNATURE;

use super::shorten;
use super::signature::render_checks;
use crate::output::ink::Ink;
use crate::output::json::image_signatures::{ImageSignatures, PolicyOrigin};

/// Renders every check of every signature, and the verdict.
pub fn render(answer: &ImageSignatures, ink: Ink) -> String {
    let mut text = format!("{} is {}\n", answer.image, shorten(&answer.digest));
    if answer.policy == PolicyOrigin::Configuration {
        text.push_str("who must have signed is what plimsoll.toml says\n");
    }
    for signature in &answer.signatures {
        let form = match signature.form.as_str() {
            "legacy" => ", in cosign's older form",
            _ => "",
        };
        text.push_str(&format!("\nsignature {}{form}\n", shorten(&signature.bundle)));
        text.push_str(&render_checks(signature, ink));
    }
    let verdict = match (answer.verdict, answer.signatures.is_empty()) {
        ("verified", _) => ink.good(&format!("{} is signed as it must be", answer.image)),
        (_, true) if answer.predicate_type == SIGNATURE => {
            ink.bad(&format!("{} is not signed", answer.image))
        }
        (_, true) => ink.bad(&format!("no {} of {} is there", answer.predicate_type, answer.image)),
        (_, false) => ink.bad(&format!("{} is not vouched for", answer.image)),
    };
    text.push_str(&format!("\n{verdict}\n"));
    text
}
