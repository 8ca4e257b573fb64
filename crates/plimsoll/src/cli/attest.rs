//! `attest`: signed statements that others can verify.

mod file;
mod image;
mod predicate;

use clap::{Args, Subcommand};

use super::ending::Outcome;
use super::session::Session;

/// States something of an image or a file, and signs it
///
/// What is stated is read from a file: an SBOM, provenance, findings, anything in JSON. It is signed as an in-toto statement in a
/// Sigstore bundle, which `plimsoll verify` verifies, and cosign and others do.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll attest image ghcr.io/acme/app:v1.0.0 --type spdx --predicate sbom.spdx.json --key release.key
  plimsoll attest file app.tar.gz --type cyclonedx --predicate bom.json --bundle app.bom.sigstore.json --key release.key")]
pub(super) struct Attest {
    /// What it is about
    #[command(subcommand)]
    pub what: What,
}

/// What it is about.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum What {
    Image(image::AttestImage),
    File(file::AttestFile),
}

impl Attest {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        match &self.what {
            What::Image(image) => image.run(session),
            What::File(file) => file.run(session),
        }
    }
}
