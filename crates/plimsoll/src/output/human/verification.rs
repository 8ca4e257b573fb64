//! What verification found, check by check.

use super::{count, shorten};
use crate::output::ink::Ink;
use crate::output::json::release::SaidInfo;
use crate::output::json::verification::{CheckInfo, OutcomeInfo, VerificationInfo};
use crate::output::visible::one_line;

/// Where the subjects begin.
const COLUMN: usize = 13;

/// Renders every check that was made, and only those.
pub fn render(answer: &VerificationInfo, ink: Ink) -> String {
    let mut text: String = answer.checks.iter().map(|check| line(check, ink)).collect();
    let VerificationInfo { component, tag, .. } = answer;
    let checks = count(answer.checks.len(), "check");
    let verdict = match answer.verdict {
        "ok" => ink.good(&format!("{component} {tag} is what was released ({checks})")),
        "incomplete" => {
            ink.odd(&format!("{component} {tag} is what was released, as far as could be seen ({checks})"))
        }
        "denied" | "unreachable" => {
            ink.odd(&format!("{component} {tag} could not be looked at everywhere ({checks})"))
        }
        "unvouched" => ink.bad(&format!("{component} {tag} is not vouched for ({checks})")),
        "unfinished" => ink.odd(&format!("{component} {tag} is not finished ({checks})")),
        "burnt" => ink.bad(&format!("{component} {tag} was burnt: it is never released")),
        "drift" if lacks_claim_alone(answer) => {
            ink.bad(&format!("{component} {tag} is what was released, but its claim is lost ({checks})"))
        }
        "drift" => ink.bad(&format!("{component} {tag} is not what was released ({checks})")),
        _ => ink.bad(&format!("{component} {tag} failed verification ({checks})")),
    };
    text.push_str(&format!("\n{verdict}\n"));
    text
}

/// True if nothing but the claim, which is no content of it, is not as it was.
fn lacks_claim_alone(answer: &VerificationInfo) -> bool {
    let mut drifted = answer.checks.iter().filter(|check| matches!(check.outcome, OutcomeInfo::Drift { .. }));
    drifted.all(|check| check.subject.starts_with("claim "))
}

/// Who signed, or why that was not checked; and that it was promoted. What passes it over is a warning, which quiet does not hide.
pub fn remarks(answer: &VerificationInfo) -> Vec<String> {
    let said = answer.said.iter().filter_map(|said| match said {
        SaidInfo::Yank { .. } | SaidInfo::Hold { .. } => None,
        SaidInfo::Promotion { tag } => Some(format!("it was promoted by {tag}")),
    });
    said.chain(authorship(answer)).collect()
}

fn authorship(answer: &VerificationInfo) -> Vec<String> {
    match answer.authorship {
        "vouched-for" => answer.signers.iter().map(|signer| format!("signed by {signer}")).collect(),
        "not-vouched-for" => vec!["authorship is not vouched for: the release is not signed".to_owned()],
        "not-asked" => vec!["authorship is not vouched for: signatures were not asked for".to_owned()],
        _ => Vec::new(),
    }
}

pub(super) fn line(check: &CheckInfo, ink: Ink) -> String {
    let pad = |word: &str| format!("{word:<COLUMN$}");
    let (word, details) = match &check.outcome {
        OutcomeInfo::Ok => (ink.good(&pad("ok")), Vec::new()),
        OutcomeInfo::Superseded { by } => {
            (ink.good(&pad("moved on")), vec![format!("to {by}, as it should")])
        }
        OutcomeInfo::Drift { want, found } => (
            ink.bad(&pad("DRIFT")),
            vec![format!("want   {want}"), format!("found  {}", found.as_deref().unwrap_or("nothing"))],
        ),
        OutcomeInfo::Unfinished { want } => (ink.odd(&pad("not yet")), vec![format!("want   {want}")]),
        OutcomeInfo::Burnt => (ink.bad(&pad("burnt")), Vec::new()),
        OutcomeInfo::Orphaned { found, yanked } => (
            ink.odd(&pad("orphaned")),
            vec![
                match yanked {
                    Some(version) => {
                        format!(
                            "it stays at {version}, which is yanked: no version that counts asks for it any more"
                        )
                    }
                    None => "no version that counts asks for it any more".to_owned(),
                },
                format!("found  {}", found.as_deref().unwrap_or("nothing")),
            ],
        ),
        OutcomeInfo::Unreachable { why } => (ink.odd(&pad("unreachable")), vec![why.clone()]),
        OutcomeInfo::Denied { why } => (ink.odd(&pad("denied")), vec![why.clone()]),
        OutcomeInfo::Unvouched { why } => (ink.bad(&pad("UNVOUCHED")), vec![why.clone()]),
        OutcomeInfo::Lies { why } => (ink.bad(&pad("FAILED")), vec![why.clone()]),
    };
    let mut text = format!("{word}{}\n", shorten(&one_line(&check.subject)));
    for detail in details {
        text.push_str(&format!("{}{}\n", " ".repeat(4), one_line(&detail)));
    }
    text
}
