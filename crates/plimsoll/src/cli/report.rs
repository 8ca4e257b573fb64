//! The last word of a command: the answer or the error, and the exit code.

use std::ffi::OsString;
use std::io::{self, Write as _};

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Reach, ReleaseFate, Severity, last_line};

use super::arguments::Format;
use super::ending::{Failure, Outcome, exit_code, usage};
use super::session::Session;
use crate::output::diagnostic::render_diagnostics;
use crate::output::github::render_annotation;
use crate::output::json;
use crate::output::json::problem::Problem;
use crate::output::progress::Loudness;
use crate::output::{Answer, Ink, Streams, Talk};
use crate::variables::Variables;

/// Says how a command ended and gives its exit code.
pub(super) fn report(session: &Session<'_>, outcome: &Outcome) -> u8 {
    let Streams { data, talk } = session.streams;
    match outcome {
        Ok(ended) => {
            tell(session, ended.problems.all(), talk);
            let text = match session.format {
                Format::Text => ended.answer.render_text(data.ink),
                Format::Json => ended.answer.render_json(ended.problems.all()),
                // It was left where the next steps look for it.
                Format::Github => String::new(),
            };
            let written = data.hand_over(&text);
            if session.format != Format::Json {
                for remark in remarks(session, &ended.answer) {
                    talk.say(&talk.ink.faint(&remark));
                }
            }
            exit(ended.exit, written, talk)
        }
        Err(failure) => {
            tell(session, failure.problems.all(), talk);
            let (cure, release) = gravest(failure);
            let of_release = failure.reach.map(|reach| last_line(reach, cure, release));
            let again = of_release.or_else(|| failure.left.map(|left| left.last_line(cure)));
            if let Some(again) = again {
                talk.say(&format!("\n{again}"));
            }
            let code = exit_code(failure.problems.exit(), failure.reach);
            let done = || failure.done.as_ref().map(|done| done.render_text(data.ink)).unwrap_or_default();
            let written = match session.format {
                Format::Text => data.hand_over(&done()),
                Format::Github => Ok(()),
                Format::Json => data.hand_over(&render_failure(failure, again, code)),
            };
            exit(code, written, talk)
        }
    }
}

/// The exit code, unless the answer could not be written. Whoever stopped reading changes no verdict.
fn exit(code: u8, written: io::Result<()>, talk: &Talk) -> u8 {
    match written {
        Ok(()) => code,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => code,
        Err(error) => {
            let message = "the answer can't be written to standard output";
            let unwritten = Diagnostic::error(Code::FileSystem, Cure::RunAgain, message).because(&error);
            talk.say(&render_diagnostics(&[unwritten], talk.ink));
            Code::FileSystem.exit()
        }
    }
}

/// The problems that people are told.
pub(super) fn told(session: &Session<'_>, problems: &[Diagnostic]) -> Vec<Diagnostic> {
    problems
        .iter()
        .filter(|problem| is_never_hidden(problem) || session.loudness > Loudness::Quiet)
        .map(|problem| without_logins(session, problem.clone()))
        .collect()
}

/// What people are told beside an answer.
pub(super) fn remarks(session: &Session<'_>, answer: &Answer) -> Vec<String> {
    if session.loudness > Loudness::Quiet { answer.remarks() } else { Vec::new() }
}

fn tell(session: &Session<'_>, problems: &[Diagnostic], talk: &Talk) {
    let told = told(session, problems);
    if told.is_empty() {
        return;
    }
    talk.say(&render_diagnostics(&told, talk.ink));
    if session.in_github_actions() {
        for problem in &told {
            talk.command(&render_annotation(problem));
        }
    }
}

/// Whether a problem is told to whoever wants to hear nothing: what a yank or rollback passes over would be used unknowingly.
fn is_never_hidden(problem: &Diagnostic) -> bool {
    problem.severity == Severity::Error || problem.code == Code::PassedOver
}

/// The same problem; where no credentials are read on purpose, nobody is told to bring some.
fn without_logins(session: &Session<'_>, problem: Diagnostic) -> Diagnostic {
    let is_forked = || matches!(session.ci(), Ok(Some(ci)) if ci.is_from_fork());
    if problem.code != Code::RegistryUnauthorized || !is_forked() {
        return problem;
    }
    let help = "this job runs for a pull request of a fork, for which no credentials are read: only what is public is seen";
    Diagnostic { help: vec![help.to_owned()], ..problem }
}

/// What would help, and how the release stands: what the gravest problem says.
fn gravest(failure: &Failure) -> (Cure, ReleaseFate) {
    let first = failure.problems.all().first();
    first.map_or((Cure::ReportBug, ReleaseFate::Unsaid), |problem| (problem.cure, problem.release))
}

fn render_failure(failure: &Failure, again: Option<&'static str>, exit: u8) -> String {
    json::masked(&json::render(&failure_object(failure, again, exit)))
}

fn failure_object(failure: &Failure, again: Option<&'static str>, exit: u8) -> json::failure::Failure {
    let problems: Vec<Problem> = failure.problems.all().iter().map(Problem::from).collect();
    let nothing = || Diagnostic::error(Code::Bug, Cure::ReportBug, "it failed without a reason");
    json::failure::Failure {
        schema: json::failure::Failure::SCHEMA,
        error: problems.first().cloned().unwrap_or_else(|| Problem::from(&nothing())),
        problems,
        exit,
        reach: failure.reach.map(|reach| match reach {
            Reach::Nothing => "nothing",
            Reach::Invisible => "invisible",
            Reach::Visible => "visible",
            Reach::Published => "published",
        }),
        again,
        done: failure.done.as_ref().and_then(|done| serde_json::from_str(&done.render_json(&[])).ok()),
    }
}

/// Reports a command line that can't be understood, or answers one that asks for help.
pub(super) fn report_usage(
    arguments: &[OsString],
    variables: &Variables,
    error: &clap::Error,
    streams: &Streams,
) -> u8 {
    if !error.use_stderr() {
        let text = match streams.data.ink {
            Ink::Plain => error.render().to_string(),
            Ink::Coloured => error.render().ansi().to_string(),
        };
        return exit(0, streams.data.write(&text), &streams.talk);
    }
    let text = match streams.talk.ink {
        Ink::Plain => error.render().to_string(),
        Ink::Coloured => error.render().ansi().to_string(),
    };
    // Whoever listens may be gone; the exit code still says it.
    let _ = streams.talk.write(&text);
    let code = Code::Usage.exit();
    if !wants_json(arguments, variables) {
        return code;
    }
    let plain = error.render().to_string();
    // The first paragraph: what is missing stands in lines of its own.
    let paragraph = plain.split("\n\n").next().unwrap_or_default();
    let message = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = message.trim_start_matches("error: ").to_owned();
    let tips = plain.lines().filter_map(|line| line.trim().strip_prefix("tip: "));
    let usage = tips.fold(usage(message), Diagnostic::help).help("see `plimsoll --help`");
    let failure = Failure::from(usage);
    exit(code, streams.data.hand_over(&render_failure(&failure, None, code)), &streams.talk)
}

/// Whether JSON was asked for on a command line that could not be read to its end; the line counts more than the variable.
fn wants_json(arguments: &[OsString], variables: &Variables) -> bool {
    let words: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let together = words.iter().filter_map(|word| word.strip_prefix("--output=").or(word.strip_prefix("-o")));
    let apart = words.windows(2).filter_map(|pair| match pair {
        ["-o" | "--output", format] => Some(*format),
        _ => None,
    });
    let formats: Vec<&str> = together.filter(|format| !format.is_empty()).chain(apart).collect();
    match formats.is_empty() {
        true => variables.text("PLIMSOLL_OUTPUT") == Some("json"),
        false => formats.iter().any(|format| format.trim_start_matches('=') == "json"),
    }
}

/// Says what a panic means: it is ours, not the user's.
pub(crate) fn report_panic(message: &str, place: &str) {
    // Standard error may be what broke.
    let _ = writeln!(io::stderr(), "{}", render_panic(message, place));
}

fn render_panic(message: &str, place: &str) -> String {
    let bug = Diagnostic::error(Code::Bug, Cure::ReportBug, message)
        .fact("at", place)
        .help(format!(
            "this is a bug in Plimsoll; please report it, with the command: {}/issues",
            env!("CARGO_PKG_REPOSITORY")
        ))
        .help("a release that was under way is safe to run again");
    render_diagnostics(&[bug], Ink::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::streams::tests::Memory;

    #[test]
    fn json_is_known_to_be_wanted_however_it_is_said() {
        let none = Variables::default();
        let wants = |line: &str| wants_json(&line.split(' ').map(OsString::from).collect::<Vec<_>>(), &none);
        for line in [
            "plimsoll -o json list",
            "plimsoll list --output json",
            "plimsoll -ojson",
            "plimsoll --output=json",
        ] {
            assert!(wants(line), "{line}");
        }
        assert!(!wants("plimsoll -o text json") && !wants("plimsoll list json"));
    }

    #[test]
    fn a_panic_is_ours() {
        let text = render_panic("index out of bounds", "src/x.rs:1:2");
        assert!(text.starts_with("error[bug]: index out of bounds"), "{text}");
        assert!(text.contains("please report it") && text.contains("src/x.rs:1:2"), "{text}");
    }

    #[test]
    fn whoever_stops_reading_changes_no_verdict() {
        let memory = Memory::default();
        let talk = Talk::into(memory.clone(), Ink::Plain);
        assert_eq!(exit(0, Err(io::Error::from(io::ErrorKind::BrokenPipe)), &talk), 0);
        assert_eq!(exit(7, Err(io::Error::from(io::ErrorKind::BrokenPipe)), &talk), 7);
        assert_eq!(exit(7, Ok(()), &talk), 7);
        assert_eq!(memory.text(), "");
        assert_eq!(exit(7, Err(io::Error::from(io::ErrorKind::StorageFull)), &talk), 8);
        assert!(memory.text().starts_with("error[file-system]: "), "{}", memory.text());
    }
}
