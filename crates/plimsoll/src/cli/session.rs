//! What holds for the whole of one command: where it works, how it speaks.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place as Problem, Reach};
use plimsoll_engine::world::Gate;
use plimsoll_http::secret::Redactor;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use super::arguments::{Format, Global, Output};
use super::ending::{Failure, usage};
use super::interrupt;
use crate::ci::{self, Ci, CiSystem};
use crate::explain::Keeping;
use crate::output::ink::{Choice, Ink, Place};
use crate::output::progress::{Display, Loudness, Show, Wanted, display};
use crate::output::{Streams, Talk};
use crate::variables::Variables;
use crate::wire::{self, Logins, Stop};

/// The largest file with an event that is read, in bytes; GitHub sends no larger ones.
const EVENT_LIMIT: u64 = 25 * 1024 * 1024;

/// One command under way.
pub(super) struct Session<'a> {
    /// The environment.
    pub variables: &'a Variables,
    /// Where it speaks.
    pub streams: &'a Streams,
    /// For whom answers are.
    pub format: Format,
    /// How much is said.
    pub loudness: Loudness,
    /// The directory it works in.
    pub directory: PathBuf,
    /// The configuration named by `--config`.
    pub config: Option<PathBuf>,
    /// What must not be printed.
    pub redactor: Redactor,
    show: Show,
    stop: Stop,
    gate: OnceLock<(Arc<dyn Gate>, Keeping)>,
}

/// What the two streams of a process are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    /// Standard output.
    pub data: Place,
    /// Standard error.
    pub talk: Place,
}

impl Places {
    /// Those of this process.
    pub(super) fn of_this_process(variables: &Variables) -> Places {
        let dumb = variables.text("TERM") == Some("dumb");
        let place = |is_terminal| match (is_terminal, dumb) {
            (true, false) => Place::Terminal,
            (true, true) => Place::DumbTerminal,
            (false, _) => Place::Elsewhere,
        };
        Places { data: place(std::io::stdout().is_terminal()), talk: place(std::io::stderr().is_terminal()) }
    }
}

/// The streams of this process, coloured as `choice` and the environment want.
pub(super) fn streams_of_this_process(choice: Choice, variables: &Variables, places: Places) -> Streams {
    let no_color = variables.get("NO_COLOR").and_then(|value| value.to_str());
    let force = variables.text("CLICOLOR_FORCE");
    let ink = |place| choice.decide(place, no_color, force);
    Streams {
        data: Talk::into(std::io::stdout(), ink(places.data)),
        talk: Talk::into(std::io::stderr(), ink(places.talk)),
    }
}

impl<'a> Session<'a> {
    /// A command with these options.
    pub(super) fn new(
        global: &Global,
        variables: &'a Variables,
        streams: &'a Streams,
        places: Places,
    ) -> Session<'a> {
        let loudness = match (global.quiet, global.verbose) {
            (true, _) => Loudness::Quiet,
            (false, 0) => Loudness::Normal,
            (false, _) => Loudness::Verbose,
        };
        let wanted = if global.no_progress { Wanted::No } else { Wanted::Yes };
        // Bars draw over each other's lines, so a CI that pretends to be a terminal gets lines.
        let place = match variables.text("CI") {
            Some(_) => Place::Elsewhere,
            None => places.talk,
        };
        let inside = |file: &PathBuf| match &global.directory {
            Some(directory) => directory.join(file),
            None => file.clone(),
        };
        let config = global.config.as_ref().map(inside);
        let directory = global.directory.clone().unwrap_or_else(|| PathBuf::from("."));
        Session {
            variables,
            streams,
            format: format(&global.output, variables),
            loudness,
            directory,
            config,
            redactor: Redactor::new(),
            show: Show::decide(place, loudness, wanted),
            stop: Stop::default(),
            gate: OnceLock::new(),
        }
    }

    /// The same session in another directory, for a command that is run by a command.
    #[must_use]
    pub(super) fn in_directory(&self, directory: PathBuf) -> Session<'a> {
        Session {
            variables: self.variables,
            streams: self.streams,
            format: self.format,
            loudness: self.loudness,
            directory,
            config: None,
            redactor: self.redactor.clone(),
            show: self.show,
            stop: self.stop.clone(),
            gate: OnceLock::new(),
        }
    }

    /// A path as the user gave it, seen from where the process is.
    pub(super) fn path(&self, given: &Path) -> PathBuf {
        match self.directory == Path::new(".") {
            true => given.to_owned(),
            false => self.directory.join(given),
        }
    }

    /// Someone who shows what is under way.
    pub(super) fn display(&self) -> Arc<dyn Display> {
        display(self.show, &self.streams.talk, self.loudness)
    }

    /// Whether what is under way is shown.
    pub(super) fn shows_progress(&self) -> bool {
        self.show != Show::Nothing
    }

    /// Says a line that is not data.
    pub(super) fn say(&self, line: &str) {
        if self.loudness > Loudness::Quiet {
            self.streams.talk.say(line);
        }
    }

    /// Lets libraries tell what they do, where that was asked for: `-vv`, or `PLIMSOLL_LOG` with the filters of
    /// `tracing_subscriber`.
    ///
    /// # Errors
    /// The filters can't be read.
    pub(super) fn listen_to_libraries(&self, verbose: u8) -> Result<(), Failure> {
        let filter = match (self.variables.text("PLIMSOLL_LOG"), verbose) {
            (Some(filter), _) => EnvFilter::try_new(filter).map_err(|why| unreadable_filters(&why))?,
            (None, 2..) => EnvFilter::new("debug"),
            (None, _) => return Ok(()),
        };
        // Only one can listen; a second session in one process hears nothing.
        let _ = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(io::stderr)
            .with_ansi(self.ink() == Ink::Coloured)
            .without_time()
            // It would say on standard error that nobody can be told there, and panic.
            .log_internal_errors(false)
            .try_init();
        Ok(())
    }

    /// The ink of talk.
    pub(super) fn ink(&self) -> Ink {
        self.streams.talk.ink
    }

    /// The CI job that this is part of, as variables alone tell: a pull request is then taken to be a stranger's.
    pub(super) fn ci_by_variables(&self) -> Option<Ci> {
        ci::find(self.variables, None)
    }

    /// The CI job that this is part of. Whose commits a pull request has is read from the file with the event.
    pub(super) fn ci(&self) -> Result<Option<Ci>, Failure> {
        let event = ci::event_file(self.variables).map(|file| read_event(&file)).transpose()?;
        Ok(ci::find(self.variables, event.as_deref()))
    }

    /// Whose credentials are used: a stranger's commits are given none.
    pub(super) fn logins(&self) -> Result<Logins, Failure> {
        let from_fork = self.ci()?.is_some_and(|ci| ci.is_from_fork());
        Ok(if from_fork { Logins::None } else { Logins::Known })
    }

    /// Whether this is a step of GitHub Actions, or of a forge that does as they do.
    pub(super) fn in_github_actions(&self) -> bool {
        let does_as_they_do =
            |ci: Ci| matches!(ci.system, CiSystem::GitHub | CiSystem::Gitea | CiSystem::Forgejo);
        self.ci_by_variables().is_some_and(does_as_they_do)
    }

    /// Does `work` that changes nothing outside of this machine. ^C drops it.
    pub(super) fn look<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        on_runtime(interrupt::drop_at_once(work))
    }

    /// Does `work` that changes the world. ^C asks it to come to a good end; whatever that is, the failure says how far
    /// it got.
    pub(super) fn change<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let done = on_runtime(interrupt::finish_or_drop(self, work));
        done.map_err(|failure| failure.at(self.reach()))
    }

    /// How far work got that changes the world.
    pub(super) fn reach(&self) -> Reach {
        match self.gate.get().map(|(gate, keeping)| (gate.reach(), keeping)) {
            // What is invisible in a registry on this machine has not left it.
            None | Some((Reach::Invisible, Keeping::Local)) => Reach::Nothing,
            Some((reach, _)) => reach,
        }
    }

    /// Does work that goes on until it is asked to end, which is how it ends well.
    pub(super) fn attend<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        on_runtime(work)
    }

    /// What asks the work of this session to stop.
    pub(super) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Remembers what every effect passes, to know how far the work got.
    pub(super) fn watch(&self, gate: &Arc<dyn Gate>, keeping: Keeping) {
        // Work in several worlds got as far as it got in the first: a demo, where nothing leaves the machine.
        let _ = self.gate.set((Arc::clone(gate), keeping));
    }
}

/// For whom answers are. A file or folder on the command line says where something goes; for whom the answer is may then
/// stand in the variable.
fn format(output: &Output, variables: &Variables) -> Format {
    match (output, variables.text("PLIMSOLL_OUTPUT")) {
        (Output::File(_), Some("json")) => Format::Json,
        (output, _) => output.format(),
    }
}

fn unreadable_filters(why: &ParseError) -> Failure {
    usage(format!("PLIMSOLL_LOG can't be read: {why}"))
        .help("filters such as `debug`, or `plimsoll_http=trace,info`; without the variable nothing is told")
        .into()
}

/// Reads the file with a CI job's event.
fn read_event(file: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |why: String| {
        let message = "the file with the event that set this job off can't be read";
        Diagnostic::error(Code::CiEvent, Cure::FixThenRunAgain, message)
            .because(why)
            .at(Problem::of_file(&file.display().to_string()))
            .help("it tells a fork's pull request from one's own; GITHUB_EVENT_PATH names it, and the CI system writes it")
    };
    let bytes = wire::read_bounded(file, EVENT_LIMIT).map_err(|error| unreadable(error.to_string()))?;
    let bytes = bytes.ok_or_else(|| unreadable("there is no such file".to_owned()))?;
    match serde_json::from_slice::<serde::de::IgnoredAny>(&bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(unreadable(format!("it is no JSON: {error}")).into()),
    }
}

fn on_runtime<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let no_threads = |error: io::Error| {
        Diagnostic::error(Code::FileSystem, Cure::RunAgain, "the system gives no threads").because(error)
    };
    let runtime = wire::runtime().map_err(no_threads)?;
    let done = runtime.block_on(work);
    // What was dropped in the middle is not waited for.
    runtime.shutdown_background();
    done
}
