//! What a CI job is left with: outputs for its next steps, and a summary for people.

use std::path::Path;

use plimsoll_http::secret::unspoken;

use super::ending::{Ended, Failure, Outcome, usage};
use super::report::{remarks, told};
use super::session::Session;
use crate::output::Answer;
use crate::output::diagnostic::render_diagnostics;
use crate::output::github::{
    Aim, Delimiter, Extent, append, render_failure, render_ignored, render_outputs, render_published,
    render_published_summary, render_summary, render_told,
};
use crate::output::ink::Ink;
use crate::output::json::released::ReleasedStatus;
use crate::output::json::statement::Speech;

/// Leaves outputs and a summary where the CI system wants them. Trouble with that fails nothing that was done.
pub(super) fn leave(session: &Session<'_>, aim: Aim, outcome: &Outcome) {
    let Some(ci) = session.ci_by_variables() else { return };
    let (outputs, summary) = match outcome {
        Ok(ended) => match of_answer(&ended.answer, Extent::Whole, || say_all(session, ended)) {
            Some(left) => left,
            None => return,
        },
        // Only commands that change the world have a reach; the others leave no page.
        Err(failure) => match failure.reach {
            Some(reach) => {
                let failed = render_failure(aim, failure.problems.all(), reach);
                match failure.done.as_deref() {
                    Some(done) => {
                        let said = || done.render_text(Ink::Plain);
                        let (outputs, summary) = of_answer(done, Extent::Part, said).unwrap_or_default();
                        (outputs, format!("{failed}\n{summary}"))
                    }
                    None => (String::new(), failed),
                }
            }
            None => return,
        },
    };
    // Outputs are data, and a summary is read.
    for (file, text) in [(ci.output, outputs), (ci.summary, unspoken(&summary).into_owned())] {
        if let Some(file) = file
            && !text.is_empty()
        {
            write(session, &file, &text);
        }
    }
}

/// What a terminal shows of a command that found out what was asked: problems, the answer, and remarks.
fn say_all(session: &Session<'_>, ended: &Ended) -> String {
    let told = told(session, ended.problems.all());
    let parts = [
        render_diagnostics(&told, Ink::Plain),
        ended.answer.render_text(Ink::Plain),
        remarks(session, &ended.answer).join("\n"),
    ];
    let parts: Vec<&str> = parts.iter().map(|part| part.trim_end()).filter(|part| !part.is_empty()).collect();
    parts.join("\n\n") + "\n"
}

/// The outputs and the summary of an answer, of which a terminal shows what is `said`; none where a job has its log for that.
fn of_answer(answer: &Answer, extent: Extent, said: impl FnOnce() -> String) -> Option<(String, String)> {
    Some(match answer {
        Answer::Released(done) if done.status != ReleasedStatus::Rehearsed => {
            (render_outputs(done, &delimiter()), render_summary(done, extent))
        }
        Answer::Published(done) => {
            (render_published(done, &delimiter()), render_published_summary(done, extent))
        }
        Answer::Ignored(ignored) => (render_ignored(ignored, &delimiter()), String::new()),
        answer => (String::new(), render_told(&find_title(answer)?, &said())),
    })
}

/// Over what people have to read before they agree, or afterwards; `None` where a job has its log for that.
fn find_title(answer: &Answer) -> Option<String> {
    let title = match answer {
        Answer::Statement(said) => {
            let act = match said.act {
                Speech::Yank => "Yank",
                Speech::Unyank => "Unyank",
                Speech::Rollback => "Rollback",
                Speech::Unhold => "Unhold",
                Speech::Promote => "Promotion",
            };
            let of = said.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
            let only_shown = if said.changed.is_none() { ", if you agree" } else { "" };
            return Some(format!("{act} of {}{of}{only_shown}", said.component));
        }
        Answer::Status(_) => "Status",
        Answer::Verification(_) => "Verification",
        Answer::Audit(_) => "Audit",
        Answer::Withdrawn(done) if done.changed.is_none() => "Withdrawal, if you agree",
        Answer::Withdrawn(_) => "Withdrawn",
        _ => return None,
    };
    Some(title.to_owned())
}

fn write(session: &Session<'_>, file: &Path, text: &str) {
    if let Err(error) = append(file, text) {
        session.say(&format!("{} can't be written: {error}", file.display()));
    }
}

/// Only `tags` answers in the shape of a step's outputs; the others leave theirs beside their answer.
pub(super) fn refuse_github() -> Failure {
    usage("`--output github` is for `plimsoll tags` alone")
        .help("other commands leave their outputs in a workflow without being asked")
        .into()
}

pub(super) fn delimiter() -> Delimiter {
    let mut bits = [0; 16];
    // Without chance a delimiter of zeros is still in no value of ours.
    let _ = getrandom::fill(&mut bits);
    Delimiter::new(u128::from_ne_bytes(bits))
}
