//! How a command ends.

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Reach};

use crate::output::Answer;

/// A command that found out what was asked. That may be bad news.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    /// What it found out.
    pub answer: Answer,
    /// Problems that people are told beside it; programs find them in the answer.
    pub problems: Findings,
    /// The exit code.
    pub exit: u8,
}

impl Ended {
    /// Good news.
    pub(super) fn well(answer: Answer) -> Ended {
        Ended { answer, problems: Findings::new(), exit: 0 }
    }

    /// News with problems; the gravest decides the exit code.
    pub(super) fn with(answer: Answer, problems: Findings) -> Ended {
        let exit = problems.exit();
        Ended { answer, problems, exit }
    }

    /// News of something that got this far, with problems, if there are any.
    pub(super) fn at(answer: Answer, problems: Findings, reach: Reach) -> Ended {
        let exit = exit_code(problems.exit(), Some(reach));
        Ended { answer, problems, exit }
    }
}

/// A command that could not find out, or could not do it.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// What went wrong.
    pub problems: Findings,
    /// How far the run got; `None` for commands that change nothing outside of this machine, and those that release nothing.
    pub reach: Option<Reach>,
    /// Of a command that writes and releases nothing: what it left.
    pub left: Option<Left>,
    /// What was done all the same.
    pub done: Option<Box<Answer>>,
}

/// What a command left that puts content somewhere and failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing.
    Nothing,
    /// Perhaps content, and tags that it had come to.
    Some,
}

impl Left {
    /// How the world is now, and whether running again is safe.
    pub(super) fn last_line(self, cure: Cure) -> &'static str {
        match (self, cure) {
            (Left::Nothing, Cure::RunAgain) => "nothing was written there; run the same command again",
            (Left::Nothing, Cure::FixThenRunAgain) => "nothing was written there; mend this, then run again",
            (Left::Nothing, _) => "nothing was written there",
            (Left::Some, Cure::RunAgain) => {
                "what was written so far stays there, whole; running the same command again is safe and writes what is missing"
            }
            (Left::Some, _) => {
                "what was written so far stays there, whole; mend this, then running again is safe and writes what is missing"
            }
        }
    }
}

impl Failure {
    /// The same failure of a run that changes the world and got this far.
    #[must_use]
    pub(super) fn at(self, reach: Reach) -> Failure {
        Failure { reach: Some(reach), ..self }
    }

    /// The same failure of a run that has done this all the same.
    #[must_use]
    pub(super) fn beside(self, done: Answer) -> Failure {
        Failure { done: Some(Box::new(done)), ..self }
    }

    /// The same failure of a command that left this.
    #[must_use]
    pub(super) fn leaving(self, left: Left) -> Failure {
        Failure { left: Some(left), ..self }
    }
}

impl From<Diagnostic> for Failure {
    fn from(problem: Diagnostic) -> Failure {
        Failure { problems: problem.into(), reach: None, left: None, done: None }
    }
}

impl From<Findings> for Failure {
    fn from(problems: Findings) -> Failure {
        Failure { problems, reach: None, left: None, done: None }
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(problems: Vec<Diagnostic>) -> Failure {
        Failure { problems: problems.into_iter().collect(), reach: None, left: None, done: None }
    }
}

/// What can't be reached is exit 8 as long as nothing has left the machine, and an incomplete run after that.
pub(super) fn exit_code(code: u8, reach: Option<Reach>) -> u8 {
    match (code, reach) {
        (8, Some(Reach::Invisible | Reach::Visible | Reach::Published)) => Code::Incomplete.exit(),
        _ => code,
    }
}

/// What a command comes to.
pub(super) type Outcome = Result<Ended, Failure>;

/// A command line that can't be followed as it is.
pub(in crate::cli) fn usage(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::Usage, Cure::FixThenRunAgain, message)
}
