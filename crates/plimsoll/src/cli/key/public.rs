//! `key public`.

use clap::Args;

use crate::cli::ending::{Ended, Outcome};
use crate::cli::key_files::read_private_key;
use crate::cli::session::Session;
use crate::output::Answer;
use crate::output::json::key::KeyInfo;

/// Prints the public half of a private key
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll key public --key release.key
  plimsoll key public --key env:COSIGN_PRIVATE_KEY -o json")]
pub(in crate::cli) struct Public {
    /// The private key, cosign's or in PEM: a file, env:NAME, or command:PROGRAM …
    #[arg(long, value_name = "REF", env = "PLIMSOLL_KEY")]
    pub key: String,
}

impl Public {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let key = read_private_key(session, &self.key)?;
        Ok(Ended::well(Answer::Key(KeyInfo::of(key.public(), None))))
    }
}
