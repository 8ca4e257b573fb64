//! `sign`: signatures that others can verify.

mod file;
mod image;
mod with;

use clap::{Args, Subcommand};

pub(super) use image::Form;
pub(super) use with::{Hand, With};

use super::ending::Outcome;
use super::session::Session;

/// Signs a file or an image
///
/// What is written is a Sigstore bundle, which `plimsoll verify`, cosign and others verify.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll sign file app.tar.gz --bundle app.tar.gz.sigstore.json --key release.key
  plimsoll sign image ghcr.io/acme/app:v1.0.0 --key release.key")]
pub(super) struct Sign {
    /// What to sign
    #[command(subcommand)]
    pub what: What,
}

/// What to sign.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum What {
    File(file::SignFile),
    Image(image::SignImage),
}

impl Sign {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        match &self.what {
            What::File(file) => file.run(session),
            What::Image(image) => image.run(session),
        }
    }
}
