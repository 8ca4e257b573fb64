//! What `verify` found.

use plimsoll_engine::act::verify::{Authorship, Check, Outcome, Verification};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::marks::ComponentMarks;
use plimsoll_engine::domain::target::Necessity;
use plimsoll_engine::ledger::release::Release;
use serde::Serialize;

use super::release::SaidInfo;

/// `plimsoll.verification/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerificationInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// The version, without `v`.
    pub version: String,
    /// The git tag.
    pub tag: String,
    /// `ok`, `incomplete` (only an optional mirror was not reached), `unfinished`, `unreachable`, `drift`, `failed` or
    /// `burnt`: the gravest outcome.
    pub verdict: &'static str,
    /// Who vouches for it: `vouched-for`, `refused`, `not-vouched-for` (it was released unsigned), `unstated` (it is not said
    /// whose signatures count) or `not-asked`.
    pub authorship: &'static str,
    /// What was said of it later and holds: that is no fault of its content.
    pub said: Vec<SaidInfo>,
    /// Who signed it, as far as they count.
    pub signers: Vec<String>,
    /// Each check that was made, in order.
    pub checks: Vec<CheckInfo>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckInfo {
    /// What was checked: `version-tag ghcr.io/acme/app:v1.0.0`.
    pub subject: String,
    /// `required` or `optional`: whether the release waited for it.
    pub necessity: Necessity,
    /// What was found.
    #[serde(flatten)]
    pub outcome: OutcomeInfo,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum OutcomeInfo {
    /// It is as it was released.
    Ok,
    /// It has rightly moved on.
    Superseded {
        /// To which version.
        by: String,
    },
    /// Something else is there, or nothing.
    Drift {
        /// What was released.
        want: String,
        /// What is there.
        found: Option<String>,
    },
    /// It is not there yet: the release is not finished.
    Unfinished {
        /// What is still to come.
        want: String,
    },
    /// The version is burnt: it is never released.
    Burnt,
    /// A moving tag that no version is left for: it stays where it is.
    Orphaned {
        /// Where it is.
        found: Option<String>,
        /// The yanked version that it stays at; null if it is at none.
        yanked: Option<String>,
    },
    /// It could not be looked at.
    Unreachable {
        /// Why.
        why: String,
    },
    /// It may not be looked at with the logins that are at hand, or with none.
    Denied {
        /// Why.
        why: String,
    },
    /// Nobody whose signatures count has signed it.
    Unvouched {
        /// Why what is there does not count.
        why: String,
    },
    /// Bytes do not have the digest they are known by.
    Lies {
        /// Which.
        why: String,
    },
}

impl VerificationInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.verification/v1";

    /// What was found.
    pub fn of(release: &Release, verification: &Verification, marks: &ComponentMarks) -> VerificationInfo {
        VerificationInfo {
            schema: VerificationInfo::SCHEMA,
            component: release.record.component.to_string(),
            version: release.version.to_string(),
            tag: release.tag.name.to_string(),
            verdict: verdict(gravest(verification)),
            authorship: match &verification.authorship {
                Authorship::VouchedFor(_) => "vouched-for",
                Authorship::Refused => "refused",
                Authorship::NotVouchedFor => "not-vouched-for",
                Authorship::Unstated => "unstated",
                Authorship::NotAsked => "not-asked",
            },
            signers: match &verification.authorship {
                Authorship::VouchedFor(signers) => signers.iter().cloned().collect(),
                Authorship::Refused
                | Authorship::NotVouchedFor
                | Authorship::Unstated
                | Authorship::NotAsked => Vec::new(),
            },
            said: SaidInfo::of(release, marks),
            checks: verification.checks.iter().map(check_info).collect(),
        }
    }
}

/// The gravest outcome as a word.
pub fn verdict(gravest: Option<Code>) -> &'static str {
    match gravest {
        None => "ok",
        Some(Code::VerificationFailed) => "failed",
        Some(Code::SignatureRefused) => "unvouched",
        Some(Code::Drift) => "drift",
        Some(Code::Burnt) => "burnt",
        Some(Code::Incomplete) => "unfinished",
        Some(Code::MirrorIncomplete) => "incomplete",
        Some(Code::RegistryDenied) => "denied",
        Some(_) => "unreachable",
    }
}

/// The code of the gravest outcome; `None` if everything is as it should be. A lie is worse than drift, drift worse
/// than a door that stays shut, that worse than silence, and an optional mirror the least.
pub fn gravest(verification: &Verification) -> Option<Code> {
    let unstated = (verification.authorship == Authorship::Unstated).then_some(Code::SignatureRefused);
    gravest_of(&verification.checks).into_iter().chain(unstated).min_by_key(rank)
}

/// How grave a code is: the gravest has the lowest rank.
fn rank(code: &Code) -> (u8, u8) {
    match code {
        Code::RegistryDenied => (Code::Drift.exit(), 1),
        code => (code.exit(), 0),
    }
}

/// The same of checks.
pub fn gravest_of(checks: &[Check]) -> Option<Code> {
    let code = |check: &Check| match (&check.outcome, check.necessity) {
        (Outcome::Ok | Outcome::Superseded(_) | Outcome::Orphaned { .. }, _) => None,
        (Outcome::Burnt, _) => Some(Code::Burnt),
        (Outcome::Unfinished { .. }, _) => Some(Code::Incomplete),
        (Outcome::Lies(_), _) => Some(Code::VerificationFailed),
        (Outcome::Unvouched(_), _) => Some(Code::SignatureRefused),
        (Outcome::Drift { .. }, _) => Some(Code::Drift),
        (Outcome::Denied(_), Necessity::Required) => Some(Code::RegistryDenied),
        (Outcome::Unreachable(_), Necessity::Required) => Some(Code::RegistryUnreachable),
        (Outcome::Unreachable(_) | Outcome::Denied(_), Necessity::Optional) => Some(Code::MirrorIncomplete),
    };
    checks.iter().filter_map(code).min_by_key(rank)
}

pub(super) fn check_info(check: &Check) -> CheckInfo {
    CheckInfo {
        subject: check.subject.clone(),
        necessity: check.necessity,
        outcome: match &check.outcome {
            Outcome::Ok => OutcomeInfo::Ok,
            Outcome::Superseded(by) => OutcomeInfo::Superseded { by: by.clone() },
            Outcome::Drift { want, found } => OutcomeInfo::Drift { want: want.clone(), found: found.clone() },
            Outcome::Unfinished { want } => OutcomeInfo::Unfinished { want: want.clone() },
            Outcome::Burnt => OutcomeInfo::Burnt,
            Outcome::Orphaned { found, yanked } => {
                OutcomeInfo::Orphaned { found: found.clone(), yanked: yanked.clone() }
            }
            Outcome::Unreachable(why) => OutcomeInfo::Unreachable { why: why.clone() },
            Outcome::Denied(why) => OutcomeInfo::Denied { why: why.clone() },
            Outcome::Unvouched(why) => OutcomeInfo::Unvouched { why: why.clone() },
            Outcome::Lies(why) => OutcomeInfo::Lies { why: why.clone() },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_documented() {
        let page = include_str!("../../../../../docs/reference/json.md");
        let section =
            page.split("## plimsoll.verification/v1").nth(1).unwrap().split("\n## ").next().unwrap();
        let why = || "x".to_owned();
        let outcomes = [
            OutcomeInfo::Ok,
            OutcomeInfo::Superseded { by: why() },
            OutcomeInfo::Drift { want: why(), found: None },
            OutcomeInfo::Unfinished { want: why() },
            OutcomeInfo::Burnt,
            OutcomeInfo::Orphaned { found: None, yanked: None },
            OutcomeInfo::Unreachable { why: why() },
            OutcomeInfo::Denied { why: why() },
            OutcomeInfo::Unvouched { why: why() },
            OutcomeInfo::Lies { why: why() },
        ];
        let outcomes = outcomes.iter().map(|outcome| serde_json::to_value(outcome).unwrap());
        let outcomes = outcomes.map(|outcome| outcome["outcome"].as_str().unwrap().to_owned());
        let verdicts = Code::ALL.iter().map(|code| verdict(Some(*code)).to_owned());
        for word in outcomes.chain(verdicts) {
            assert!(section.contains(&format!("`{word}`")), "{word} is not documented");
        }
    }
}
