//! What `verify file` found, check by check.

use super::shorten;
use crate::output::ink::Ink;
use crate::output::json::signature::SignatureInfo;
use crate::output::visible::one_line;

/// Renders every check in order, and the verdict.
pub fn render(answer: &SignatureInfo, ink: Ink) -> String {
    let verdict = match answer.verdict {
        "verified" => ink.good(&format!("{} is signed as it must be", answer.artifact)),
        _ => ink.bad(&format!("{} is not vouched for", answer.artifact)),
    };
    format!("{}\n{verdict}\n", render_checks(answer, ink))
}

/// Renders every check in order.
pub fn render_checks(answer: &SignatureInfo, ink: Ink) -> String {
    let mut text = String::new();
    for check in &answer.checks {
        let word = match check.outcome {
            "passed" => ink.good("ok      "),
            "not-applicable" => "-       ".to_owned(),
            "not-made" => ink.odd("not made"),
            _ => ink.bad("REFUSED "),
        };
        text.push_str(&format!("{word}  {:<11}  {}\n", check.check, shorten(&one_line(&check.detail))));
    }
    text
}
