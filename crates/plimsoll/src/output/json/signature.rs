//! What `verify file` found.

use plimsoll_engine::domain::attestation::AttachedForm;
use plimsoll_sigstore::statement::Statement;
use plimsoll_sigstore::verify::{Finding, Outcome, Report};
use serde::Serialize;
use serde_json::Value;

/// `plimsoll.signature/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignatureInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// What was verified, as it was named.
    pub artifact: String,
    /// The file with the bundle, or the manifest that attaches the signature.
    pub bundle: String,
    /// Its form: `bundle`, or `legacy`, as cosign attached signatures before it had bundles.
    pub form: String,
    /// `verified` or `refused`.
    pub verdict: &'static str,
    /// The word for why it was refused, of the first check that did; null if none did.
    pub reason: Option<&'static str>,
    /// The type of the statement that was signed; null if bytes were, or it can't be read.
    pub predicate_type: Option<String>,
    /// The statement that was signed; null if bytes were, or it was refused.
    pub statement: Option<Value>,
    /// When the signature is known to have been there, by logs and timestamp authorities.
    pub times: Vec<String>,
    /// Each check, in order.
    pub checks: Vec<CheckInfo>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckInfo {
    /// Its name.
    pub check: &'static str,
    /// `passed`, `not-applicable`, `not-made` or `refused`.
    pub outcome: &'static str,
    /// What was found, or why not.
    pub detail: String,
    /// The word for why it refuses; null if it does not.
    pub reason: Option<&'static str>,
}

impl SignatureInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.signature/v1";

    /// What was found out about an artifact's bundle.
    pub fn of(artifact: &str, bundle: &str, form: AttachedForm, report: &Report) -> SignatureInfo {
        let times = report.logged.iter().filter_map(|entry| entry.at);
        let times = times.chain(report.timestamped.iter().map(|one| one.at));
        SignatureInfo {
            schema: SignatureInfo::SCHEMA,
            artifact: artifact.to_owned(),
            bundle: bundle.to_owned(),
            form: form.to_string(),
            verdict: if report.is_verified() { "verified" } else { "refused" },
            reason: report.refusal().map(|refusal| refusal.word()),
            predicate_type: report.statement.as_ref().map(|statement| statement.predicate_type.clone()),
            statement: report.statement.as_ref().filter(|_| report.is_verified()).map(show),
            times: times.map(|at| at.to_string()).collect(),
            checks: report.findings.iter().map(CheckInfo::of).collect(),
        }
    }
}

fn show(statement: &Statement) -> Value {
    serde_json::to_value(statement).expect("all keys of a statement are texts")
}

impl CheckInfo {
    fn of(finding: &Finding) -> CheckInfo {
        let (outcome, detail, reason) = match &finding.outcome {
            Outcome::Passed(found) => ("passed", found.clone(), None),
            Outcome::NotApplicable(why) => ("not-applicable", (*why).to_owned(), None),
            Outcome::NotMade(why) => ("not-made", (*why).to_owned(), None),
            Outcome::Refused(why) => ("refused", why.to_string(), Some(why.word())),
        };
        CheckInfo { check: finding.check.name(), outcome, detail, reason }
    }
}
