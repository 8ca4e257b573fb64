//! What `check` found.

use plimsoll_engine::check::Findings;
use serde::Serialize;

use super::problem::Problem;

/// `plimsoll.check/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// The schema's name.
    pub schema: &'static str,
    /// `ok`, or `refused`.
    pub verdict: &'static str,
    /// The git tag that was asked about.
    pub tag: Option<String>,
    /// With a tag that means something: `version`, `prerelease` or `promotion`.
    pub occasion: Option<&'static str>,
    /// With such a tag: the version, without `v`.
    pub version: Option<String>,
    /// The commit whose configuration was checked; absent for the working tree.
    pub commit: Option<String>,
    /// What was found, errors first.
    pub problems: Vec<Problem>,
    /// The exit code.
    pub exit: u8,
}

impl CheckReport {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.check/v1";

    /// A report of findings; the rest is filled in by who knows it.
    pub fn of(findings: &Findings) -> CheckReport {
        CheckReport {
            schema: CheckReport::SCHEMA,
            verdict: if findings.has_errors() { "refused" } else { "ok" },
            tag: None,
            occasion: None,
            version: None,
            commit: None,
            problems: findings.all().iter().map(Problem::from).collect(),
            exit: findings.exit(),
        }
    }
}
