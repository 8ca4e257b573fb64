//! The command line: one file per command, each from arguments over the engine to an answer.
//!
//! | module | does |
//! |---|---|
//! | `arguments` | says what may stand on the command line |
//! | `session` | holds what holds for a whole command |
//! | `overview` | lists the commands by what they are for |
//! | `subject` | reads what a command is about: repository, configuration, tag |
//! | `interrupt` | ends well, or at once, on ^C |
//! | `ending`, `report` | say how it ended |

mod app_compose;
mod arguments;
mod attaching;
mod attest;
mod audit;
mod build;
mod chart;
mod chart_findings;
mod chart_installs;
mod chart_ledgers;
mod check;
mod checklist;
mod completions;
mod compose;
mod copy;
mod demo;
mod deploy;
mod diff;
mod doctor;
mod ending;
mod export;
mod image_digest;
mod images;
mod import;
mod info;
mod init;
mod interrupt;
mod key;
mod key_files;
mod latest;
mod ledger;
mod list;
mod man;
mod outputs;
mod overview;
mod passed_over;
mod plan;
mod precedent;
mod promote;
mod publish;
mod readiness;
mod recorded_file;
mod registry;
mod rehearse;
mod release;
mod report;
mod required_signer;
mod rollback;
mod schema;
mod session;
mod sign;
mod site;
mod speak;
mod status;
mod subject;
mod tag;
mod tags;
mod trust_files;
mod trust_findings;
mod verify;
mod version;
mod whatis;
mod withdraw;
mod workflow_findings;
mod yank;

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{CommandFactory as _, FromArgMatches as _};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};

use crate::output::github::Aim;
use crate::output::ink::Choice;
use crate::variables::Variables;
use arguments::{Arguments, Command, Format};
use ending::{Failure, Outcome};
use session::{Places, Session, streams_of_this_process};

pub(crate) use report::report_panic;

/// What the variables of options begin with.
const VARIABLES: &str = "PLIMSOLL_";

/// The command line as clap knows it: for help, completions, manual pages and the reference.
pub fn command() -> clap::Command {
    overview::in_groups(Arguments::command())
}

/// Runs a command line and gives its exit code.
pub(crate) fn run(arguments: &[OsString], variables: &Variables) -> u8 {
    let places = Places::of_this_process(variables);
    // Its thousands of small parts are freed with the process, and not one by one before any work is done.
    let command = without_empty(command(), variables);
    let matches = Box::leak(Box::new(command)).try_get_matches_from_mut(arguments);
    let parsed = matches.and_then(|matches| Arguments::from_arg_matches(&matches));
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let streams = streams_of_this_process(Choice::Auto, variables, places);
            return report::report_usage(arguments, variables, &error, &streams);
        }
    };
    let streams = streams_of_this_process(parsed.global.color, variables, places);
    let session = Session::new(&parsed.global, variables, &streams, places);
    let listening = session.listen_to_libraries(parsed.global.verbose);
    let outcome = match (session.format, &parsed.command) {
        _ if !session.directory.is_dir() => Err(no_directory(&session.directory)),
        (Format::Github, command) if !matches!(command, Command::Tags(_)) => Err(outputs::refuse_github()),
        (_, command) => listening.and_then(|()| dispatch(command, &session)),
    };
    outputs::leave(&session, aim(&parsed.command), &outcome);
    report::report(&session, &outcome)
}

/// The command line that reads no variable which is empty: that is as one that is not set.
fn without_empty(command: clap::Command, variables: &Variables) -> clap::Command {
    let is_ours = |name: &OsStr| name.to_str().is_some_and(|name| name.starts_with(VARIABLES));
    match variables.iter().any(|(name, value)| is_ours(name) && value.is_empty()) {
        true => unread(command, variables),
        false => command,
    }
}

fn unread(command: clap::Command, variables: &Variables) -> clap::Command {
    let is_empty = |arg: &clap::Arg| {
        let value = arg.get_env().and_then(OsStr::to_str).and_then(|name| variables.get(name));
        value.is_some_and(OsStr::is_empty)
    };
    let command = command.mut_args(|arg| if is_empty(&arg) { arg.env(None::<&str>) } else { arg });
    command.mut_subcommands(|command| unread(command, variables))
}

/// There is nothing to work in.
fn no_directory(directory: &Path) -> Failure {
    let message = format!("{} is no directory", directory.display());
    Diagnostic::error(Code::Usage, Cure::FixThenRunAgain, message)
        .help("name one that is there with `-C DIR`")
        .into()
}

/// What a command that changes the world is for.
fn aim(command: &Command) -> Aim {
    match command {
        Command::Withdraw(_) => Aim::Withdraw,
        Command::Publish(_) => Aim::Publish,
        Command::Audit(_)
        | Command::Tag(_)
        | Command::Promote(_)
        | Command::Rollback(_)
        | Command::Unhold(_)
        | Command::Yank(_)
        | Command::Unyank(_) => Aim::Say,
        Command::Rehearse(_) | Command::Demo(_) => Aim::Trial,
        _ => Aim::Release,
    }
}

fn dispatch(command: &Command, session: &Session<'_>) -> Outcome {
    match command {
        Command::Check(check) => check.run(session),
        Command::Build(build) => build.run(session),
        Command::Plan(plan) => plan.run(session),
        Command::Publish(publish) => publish.run(session),
        Command::Release(release) => release.run(session),
        Command::Rehearse(rehearse) => rehearse.run(session),
        Command::Status(status) => status.run(session),
        Command::Verify(verify) => verify.run(session),
        Command::Audit(audit) => audit.run(session),
        Command::List(list) => list.run(session),
        Command::Info(info) => info.run(session),
        Command::Images(images) => images.run(session),
        Command::Latest(latest) => latest.run(session),
        Command::WhatIs(whatis) => whatis.run(session),
        Command::Doctor(doctor) => doctor.run(session),
        Command::Diff(diff) => diff.run(session),
        Command::Ledger(ledger) => ledger.run(session),
        Command::Site(site) => site.run(session),
        Command::Tags(tags) => tags.run(session),
        Command::Tag(tag) => tag.run(session),
        Command::Withdraw(withdraw) => withdraw.run(session),
        Command::Promote(promote) => promote.run(session),
        Command::Rollback(rollback) => rollback.run(session),
        Command::Unhold(unhold) => unhold.run(session),
        Command::Yank(yank) => yank.run(session),
        Command::Unyank(unyank) => unyank.run(session),
        Command::Version(version) => version.run(session),
        Command::Compose(compose) => compose.run(session),
        Command::AppCompose(app_compose) => app_compose.run(session),
        Command::Chart(chart) => chart.run(session),
        Command::Deploy(deploy) => deploy.run(session),
        Command::Copy(copy) => copy.run(session),
        Command::Export(export) => export.run(session),
        Command::Import(import) => import.run(session),
        Command::Registry(registry) => registry.run(session),
        Command::Init(init) => init.run(session),
        Command::Key(key) => key.run(session),
        Command::Sign(sign) => sign.run(session),
        Command::Attest(attest) => attest.run(session),
        Command::Schema(schema) => schema.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man => man::run(),
        Command::Demo(demo) => demo.run(session),
    }
}
