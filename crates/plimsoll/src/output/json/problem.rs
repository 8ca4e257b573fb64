//! One problem.

use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Severity};
use serde::Serialize;

/// One problem, as in `plimsoll.error/v1` and `plimsoll.check/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Its code: a heading of `docs/errors.md`.
    pub code: &'static str,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// Where in a file.
    pub place: Option<PlaceInFile>,
    /// What was wanted, what was found, and the like.
    pub facts: Vec<Fact>,
    /// What to do next.
    pub help: Vec<String>,
    /// What would help: `run-again`, `fix-then-run-again`, `new-version` or `report-bug`.
    pub cure: &'static str,
    /// The exit code of a command that ends with this alone.
    pub exit: u8,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlaceInFile {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is about: `want`, `found`, …
    pub name: &'static str,
    /// What it is.
    pub value: String,
}

impl From<&Diagnostic> for Problem {
    fn from(diagnostic: &Diagnostic) -> Problem {
        Problem {
            code: diagnostic.code.word(),
            severity: match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message: diagnostic.message.clone(),
            causes: diagnostic.causes.clone(),
            place: diagnostic.place.as_ref().map(|place| PlaceInFile {
                file: place.file.clone(),
                line: place.line,
                column: place.column,
            }),
            facts: diagnostic.facts.iter().map(|(name, value)| Fact { name, value: value.clone() }).collect(),
            help: diagnostic.help.clone(),
            cure: match diagnostic.cure {
                Cure::RunAgain => "run-again",
                Cure::FixThenRunAgain => "fix-then-run-again",
                Cure::NewVersion => "new-version",
                Cure::ReportBug => "report-bug",
            },
            exit: match diagnostic.severity {
                Severity::Error => diagnostic.code.exit(),
                Severity::Warning => 0,
            },
        }
    }
}
