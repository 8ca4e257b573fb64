//! What may stand on the command line. Every flag has a twin among the environment variables.

use std::path::{Path, PathBuf};

use clap::builder::{FalseyValueParser, NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use plimsoll_oci::name::ImageRepository;

use super::{
    app_compose, attest, audit, build, chart, check, completions, compose, copy, demo, deploy, diff, doctor,
    export, images, import, info, init, key, latest, ledger, list, plan, promote, publish, registry,
    rehearse, release, rollback, schema, sign, site, status, tag, tags, verify, version, whatis, withdraw,
    yank,
};
use crate::explain::Keeping;
use crate::output::ink::Choice;

/// Turns a git tag into a verified, multi-arch, signed, recorded release
///
/// `plimsoll release v1.4.0` makes the container images and charts of that tag, checks them, and only then lets anybody see them.
/// Run it again and it finishes what is missing, or does nothing.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "plimsoll",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = "\
Begin here:
  plimsoll demo                       see a whole release of a sample project, on this machine alone
  plimsoll check                      is everything right that can be known without the network?
  plimsoll plan v1.0.0                what would a release do? (the tag need not exist yet)
  plimsoll rehearse                   do it all, as if HEAD were tagged, and throw it away
  plimsoll release v1.0.0 --local     release into a registry in a folder, with nothing installed
  plimsoll release v1.0.0             release

Exit codes: 0 done, 2 usage or configuration, 3 plan has changes, 4 credentials, 5 refused,
6 verification failed, 7 drift, 8 unreachable, 9 incomplete, 130 interrupted.")]
pub(super) struct Arguments {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What holds for every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(super) struct Global {
    /// Work in this directory
    #[arg(short = 'C', long, value_name = "DIR", env = "PLIMSOLL_DIRECTORY", global = true)]
    pub directory: Option<PathBuf>,
    /// Read this configuration instead of the project's plimsoll.toml
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    /// Print for people, or one JSON object for programs
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        env = "PLIMSOLL_OUTPUT",
        default_value = "text",
        value_parser = format_parser(),
        global = true
    )]
    pub output: Output,
    /// Say nothing but errors, and warnings that must not be missed
    #[arg(short, long, env = "PLIMSOLL_QUIET", value_parser = FalseyValueParser::new(), global = true)]
    #[arg(action = ArgAction::SetTrue, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say also what is right already; twice: also every request
    #[arg(short, long, env = "PLIMSOLL_VERBOSE", action = ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Use colours
    #[arg(long, value_name = "WHEN", env = "PLIMSOLL_COLOR", default_value = "auto", global = true)]
    pub color: Choice,
    /// Show no progress
    #[arg(long, env = "PLIMSOLL_NO_PROGRESS", value_parser = FalseyValueParser::new(), global = true)]
    #[arg(action = ArgAction::SetTrue)]
    pub no_progress: bool,
}

/// For whom answers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For the next steps of a workflow, of `tags` alone.
    #[value(hide = true)]
    Github,
}

/// What `--output` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// An answer for people.
    Text,
    /// An answer for programs.
    Json,
    /// Outputs for the next steps of a workflow. Only `tags` knows this.
    Github,
    /// An answer for people, its text in a file. Only commands that make a text know this.
    File(PathBuf),
}

impl Output {
    /// For whom the answer is.
    pub(super) fn format(&self) -> Format {
        match self {
            Output::Text | Output::File(_) => Format::Text,
            Output::Json => Format::Json,
            Output::Github => Format::Github,
        }
    }

    /// The file that a text goes to.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Output::File(path) => Some(path),
            Output::Text | Output::Json | Output::Github => None,
        }
    }

    /// What a word means.
    pub(super) fn of(word: &str) -> Output {
        match word {
            "text" => Output::Text,
            "json" => Output::Json,
            "github" => Output::Github,
            path => Output::File(path.into()),
        }
    }
}

/// The words that every command knows.
fn format_parser() -> impl TypedValueParser<Value = Output> {
    let words = Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    PossibleValuesParser::new(words).map(|word| Output::of(&word))
}

/// For whom the answer of `tags` is.
#[derive(Clone, Debug, Args)]
pub(super) struct StepOutput {
    /// Print for people, one JSON object for programs, or leave outputs for the next steps of a workflow (github)
    #[arg(short, long, value_name = "FORMAT", env = "PLIMSOLL_OUTPUT", default_value = "text")]
    #[arg(value_parser = PossibleValuesParser::new(["text", "json", "github"]).map(|word| Output::of(&word)))]
    pub output: Output,
}

/// Where a command that makes a text puts it.
#[derive(Clone, Debug, Args)]
pub(super) struct TextOutput {
    /// Write the text to this file; or, as everywhere, print it for people (text) or inside of a JSON object (json)
    #[arg(short, long, value_name = "FILE", env = "PLIMSOLL_OUTPUT", default_value = "text")]
    #[arg(value_parser = NonEmptyStringValueParser::new().map(|word| Output::of(&word)))]
    pub output: Output,
}

/// Where a command that makes a folder puts it.
#[derive(Clone, Debug, Args)]
pub(super) struct FolderOutput {
    /// Write a part of a release into this folder; or, as everywhere, answer people (text) or programs (json)
    #[arg(short, long, value_name = "DIR", env = "PLIMSOLL_OUTPUT", default_value = "text")]
    #[arg(value_parser = NonEmptyStringValueParser::new().map(|word| Output::of(&word)))]
    pub output: Output,
}

/// Where releases are kept.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Place {
    /// Use the local registry in .plimsoll/ instead of the real ones, and nothing else
    #[arg(long, env = "PLIMSOLL_LOCAL", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub local: bool,
}

impl Place {
    /// Where releases are kept, as far as the command line says.
    pub(super) fn keeping(self) -> Keeping {
        match self.local {
            true => Keeping::Local,
            false => Keeping::Remote,
        }
    }
}

/// Where the ledger is read from.
#[derive(Clone, Debug, Args)]
pub(super) struct Where {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Read the record files of this directory, and nothing else
    #[arg(long, value_name = "DIR", env = "PLIMSOLL_LEDGER", conflicts_with_all = ["local", "git_ref", "repository", "registry"])]
    pub ledger: Option<PathBuf>,
    /// Read the record files of this branch, tag or commit, and nothing else
    #[arg(id = "git_ref", long = "ref", value_name = "REF", env = "PLIMSOLL_REF", conflicts_with_all = ["local", "registry"])]
    pub git_ref: Option<String>,
    /// Read the record files of this git repository, and nothing else
    #[arg(long, value_name = "URL", env = "PLIMSOLL_REPOSITORY", conflicts_with_all = ["local", "registry"])]
    pub repository: Option<String>,
    /// Read the records that lie in this image repository, and nothing else
    #[arg(long, value_name = "REPOSITORY", env = "PLIMSOLL_REGISTRY", conflicts_with = "local")]
    pub registry: Option<ImageRepository>,
}

impl Where {
    /// The project's own ledger.
    pub(super) fn of(place: Place) -> Where {
        Where { place, ledger: None, git_ref: None, repository: None, registry: None }
    }
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    Check(check::Check),
    Plan(plan::Plan),
    Build(build::Build),
    Publish(publish::Publish),
    Release(release::Release),
    Rehearse(rehearse::Rehearse),
    Status(status::Status),
    Doctor(doctor::Doctor),
    Verify(verify::Verify),
    Audit(audit::Audit),
    List(list::List),
    Info(info::Info),
    Images(images::Images),
    Latest(latest::Latest),
    #[command(name = "whatis")]
    WhatIs(whatis::WhatIs),
    Diff(diff::Diff),
    Ledger(ledger::Ledger),
    Site(site::SiteCommand),
    Tag(tag::Tag),
    Tags(tags::Tags),
    Withdraw(withdraw::Withdraw),
    Promote(promote::Promote),
    Rollback(rollback::Rollback),
    Unhold(rollback::Unhold),
    Yank(yank::Yank),
    Unyank(yank::Unyank),
    Version(version::Version),
    Compose(compose::Compose),
    AppCompose(app_compose::AppCompose),
    Chart(chart::Chart),
    Deploy(deploy::Deploy),
    Copy(copy::Copy),
    Export(export::Export),
    Import(import::Import),
    Registry(registry::Registry),
    Sign(sign::Sign),
    Attest(attest::Attest),
    Key(key::Key),
    Init(init::Init),
    Schema(schema::Schema),
    Completions(completions::Completions),
    /// Prints the manual page
    #[command(after_help = "\
Examples:
  plimsoll man | man -l -
  plimsoll man > ~/.local/share/man/man1/plimsoll.1")]
    Man,
    Demo(demo::Demo),
}
