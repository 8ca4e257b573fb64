//! `compose unpin`: the file without digests.

use std::path::PathBuf;

use clap::Args;

use super::pin::{explain_pin, write};
use super::text_file::TextFile;
use crate::cli::arguments::TextOutput;
use crate::cli::ending::Outcome;
use crate::cli::session::Session;

/// Takes the digests of all images away
///
/// What `compose pin` put there goes, and so does every other digest behind an image. An image that was replaced by
/// another (`--image`) keeps its name and tag.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll compose unpin pinned.yml
  plimsoll compose unpin pinned.yml --output docker-compose.yml")]
pub(in crate::cli) struct Unpin {
    /// The compose file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where the text goes.
    #[command(flatten)]
    pub output: TextOutput,
}

impl Unpin {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let file = TextFile::read(session, &self.file)?;
        let text = file.compose.unpin().map_err(|error| explain_pin(&file, &error))?;
        write(session, &file, &text, self.output.output.file())
    }
}
