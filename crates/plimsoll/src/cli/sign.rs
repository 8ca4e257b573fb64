//! `sign`: signatures that others can verify.

mod file;

use clap::{Args, Subcommand};

use super::ending::Outcome;
use super::session::Session;

/// Signs a file
///
/// What is written is a Sigstore bundle, which `plimsoll verify file`, cosign and others verify.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll sign file app.tar.gz --bundle app.tar.gz.sigstore.json --key release.key")]
pub(super) struct Sign {
    /// What to sign
    #[command(subcommand)]
    pub what: What,
}

/// What to sign.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum What {
    /// Signs the bytes of a file
    File(file::SignFile),
}

impl Sign {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        match &self.what {
            What::File(file) => file.run(session),
        }
    }
}
