//! One problem, explained: the shape that every error and finding takes at the door.

use std::fmt;
use std::ops::Range;

use super::code::Code;

/// One problem: what, where, what the world looks like, what to do next, whether running again is safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its code, with a heading in `docs/errors.md`.
    pub code: Code,
    /// Whether it stops the work.
    pub severity: Severity,
    /// What would help.
    pub cure: Cure,
    /// What it says of the release itself.
    pub release: ReleaseFate,
    /// One lowercase fragment: what is wrong.
    pub message: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// Where in a file.
    pub place: Option<Place>,
    /// What was wanted, what was found, and the like.
    pub facts: Vec<(&'static str, String)>,
    /// What to do next.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error with nothing but a code, a cure and a message; the rest is added with the methods below.
    pub fn error(code: Code, cure: Cure, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            cure,
            release: ReleaseFate::Unsaid,
            message: message.into(),
            causes: Vec::new(),
            place: None,
            facts: Vec::new(),
            help: Vec::new(),
        }
    }

    /// A warning.
    pub fn warning(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, Cure::FixThenRunAgain, message) }
    }

    /// Adds a cause.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Diagnostic {
        self.causes.push(cause.to_string());
        self
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Diagnostic {
        self.place = Some(place);
        self
    }

    /// Says that the release itself is out, whatever else is wrong.
    #[must_use]
    pub fn of_a_published_release(self) -> Diagnostic {
        Diagnostic { release: ReleaseFate::Out, ..self }
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl fmt::Display) -> Diagnostic {
        self.facts.push((name, value.to_string()));
        self
    }

    /// The same as something that does not stop the work.
    #[must_use]
    pub fn as_warning(self) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..self }
    }

    /// Adds advice.
    #[must_use]
    pub fn help(mut self, advice: impl Into<String>) -> Diagnostic {
        self.help.push(advice.into());
        self
    }
}

/// Whether a problem stops the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It does not.
    Warning,
    /// It does.
    Error,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, relative to where the user is.
    pub file: String,
    /// The file's text, so that the line can be shown.
    pub text: Option<String>,
    /// The bytes meant.
    pub span: Range<usize>,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
}

impl Place {
    /// A place given by a byte range of a text.
    pub fn in_text(file: &str, text: &str, span: Range<usize>) -> Place {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Place { file: file.into(), text: Some(text.into()), span, line, column }
    }

    /// A whole file.
    pub fn of_file(file: &str) -> Place {
        Place { file: file.into(), text: None, span: 0..0, line: 1, column: 1 }
    }
}

/// What a failure itself allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// Running again may simply work.
    RunAgain,
    /// Something must be mended first.
    FixThenRunAgain,
    /// This version can't be released any more, or not from here.
    NewVersion,
    /// A bug in Plimsoll.
    ReportBug,
}

/// What a problem says of the release that it was met in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseFate {
    /// Nothing.
    Unsaid,
    /// It is published: every version tag of every required repository was read back. Something besides is wrong.
    Out,
}

/// How far a run got, counted by the gate that every effect passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nothing has left this machine.
    Nothing,
    /// Something has left, but nothing that anybody sees: untagged content, hold tags, the claim.
    Invisible,
    /// Tags or other things that people see were written.
    Visible,
    /// The claim was brought to `published`: the release is out.
    Published,
}

/// The last line of a run that did not end well: is running it again safe?
pub fn last_line(reach: Reach, cure: Cure, release: ReleaseFate) -> &'static str {
    let reach = match release {
        ReleaseFate::Out => Reach::Published,
        ReleaseFate::Unsaid => reach,
    };
    match (cure, reach) {
        (Cure::RunAgain, Reach::Nothing) => "nothing has left this machine; run the same command again",
        (Cure::RunAgain, Reach::Invisible) => {
            "nothing is visible yet; running the same command again is safe and goes on from here"
        }
        (Cure::RunAgain, Reach::Visible) => {
            "the release is incomplete; running the same command again is safe and finishes it"
        }
        (Cure::RunAgain, Reach::Published) => {
            "the release is out; running the same command again is safe and does what is left"
        }
        (Cure::FixThenRunAgain, Reach::Nothing) => "nothing has left this machine; mend this, then run again",
        (Cure::FixThenRunAgain, Reach::Invisible) => {
            "nothing is visible yet; mend this, then running again is safe"
        }
        (Cure::FixThenRunAgain, Reach::Visible) => {
            "the release is incomplete; mend this, then running again is safe and finishes it"
        }
        (Cure::FixThenRunAgain, Reach::Published) => {
            "the release is out; mend this, then running again is safe and does what is left"
        }
        (Cure::NewVersion, Reach::Nothing) => {
            "nothing has left this machine; running again is safe but ends the same way"
        }
        (Cure::NewVersion, Reach::Invisible) => {
            "nothing of this run is visible; running again is safe but ends the same way"
        }
        (Cure::NewVersion, Reach::Visible) => {
            "running again is safe but ends the same way; release the next version"
        }
        (Cure::NewVersion, Reach::Published) => {
            "the release is out and stays out; running again is safe but ends the same way"
        }
        (Cure::ReportBug, Reach::Nothing) => "nothing has left this machine; please report this",
        (Cure::ReportBug, Reach::Invisible) => {
            "nothing is visible yet; running again is safe; please report this"
        }
        (Cure::ReportBug, Reach::Visible) => {
            "the release may be incomplete; running again is safe; please report this"
        }
        (Cure::ReportBug, Reach::Published) => {
            "the release is out; running again is safe; please report this"
        }
    }
}
