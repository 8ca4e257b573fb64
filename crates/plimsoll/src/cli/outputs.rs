//! What a CI job is left with: outputs for its next steps, and a summary for people.

use std::path::Path;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};

use super::ending::{Failure, Outcome};
use super::session::Session;
use crate::output::Answer;
use crate::output::github::{
    Aim, Delimiter, append, render_failure, render_ignored, render_outputs, render_published,
    render_published_summary, render_summary,
};

/// Leaves outputs and a summary where the CI system wants them. Trouble with that fails nothing that was done.
pub(super) fn leave(session: &Session<'_>, aim: Aim, outcome: &Outcome) {
    let Some(ci) = session.ci_by_variables() else { return };
    let (outputs, summary) = match outcome {
        Ok(ended) => match &ended.answer {
            Answer::Released(done) if done.status != "rehearsed" => {
                (render_outputs(done, &delimiter()), render_summary(done))
            }
            Answer::Published(done) => (render_published(done, &delimiter()), render_published_summary(done)),
            Answer::Ignored(ignored) => (render_ignored(ignored, &delimiter()), String::new()),
            _ => return,
        },
        // Only commands that change the world have a reach; the others leave no page.
        Err(failure) => match failure.reach {
            Some(reach) => (String::new(), render_failure(aim, failure.problems.all(), reach)),
            None => return,
        },
    };
    for (file, text) in [(ci.output, outputs), (ci.summary, summary)] {
        if let Some(file) = file
            && !text.is_empty()
        {
            write(session, &file, &text);
        }
    }
}

fn write(session: &Session<'_>, file: &Path, text: &str) {
    if let Err(error) = append(file, text) {
        session.say(&format!("{} can't be written: {error}", file.display()));
    }
}

/// Only `tags` answers in the shape of a step's outputs; the others leave theirs beside their answer.
pub(super) fn refuse_github() -> Failure {
    Diagnostic::error(Code::Usage, Cure::FixThenRunAgain, "`--output github` is for `plimsoll tags` alone")
        .help("other commands leave their outputs in a workflow without being asked")
        .into()
}

pub(super) fn delimiter() -> Delimiter {
    let mut bits = [0; 16];
    // Without chance a delimiter of zeros is still in no value of ours.
    let _ = getrandom::fill(&mut bits);
    Delimiter::new(u128::from_ne_bytes(bits))
}
