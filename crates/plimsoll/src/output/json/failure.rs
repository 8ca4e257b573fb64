//! A command that ended with an error.

use serde::Serialize;

use super::problem::Problem;

/// `plimsoll.error/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The schema's name.
    pub schema: &'static str,
    /// The gravest problem.
    pub error: Problem,
    /// All problems, that one included.
    pub problems: Vec<Problem>,
    /// The exit code.
    pub exit: u8,
    /// How far the run got: `nothing` has left the machine, something `invisible`, something `visible`,
    /// or the release is `published`. Absent for
    /// commands that change nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<&'static str>,
    /// Whether running again is safe, as a sentence. Absent for commands that change nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again: Option<&'static str>,
    /// What was done all the same, as its command answers. Absent where nothing was, or it can't be told whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<serde_json::Value>,
}

impl Failure {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.error/v1";
}
