//! `schema`: what may stand in a file, for editors and programs.

use clap::{Args, ValueEnum};
use plimsoll_engine::statement::record;

use super::ending::{Ended, Outcome};
use crate::config::schema::schema;
use crate::output::Answer;

/// Prints a JSON Schema, for editors and programs
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll schema                      of plimsoll.toml
  plimsoll schema release-info         of the record of a release")]
pub(super) struct Schema {
    /// Of what
    #[arg(value_name = "FILE", default_value = "config")]
    pub file: File,
}

/// What there are schemas of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum File {
    /// plimsoll.toml.
    Config,
    /// vX.Y.Z-release-info.json.
    ReleaseInfo,
}

impl Schema {
    pub(super) fn run(&self) -> Outcome {
        let schema = match self.file {
            File::Config => schema(),
            File::ReleaseInfo => record::schema(),
        };
        Ok(Ended::well(Answer::Text(format!("{schema:#}\n"))))
    }
}
