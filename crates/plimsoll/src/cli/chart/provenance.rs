//! `chart provenance`: the text of a package that is signed with OpenPGP.

use std::path::PathBuf;

use clap::Args;
use plimsoll_helm::provenance::render_message;
use plimsoll_oci::name::Digest;

use super::files::read_package;
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::session::Session;
use crate::explain::chart::archive_error;
use crate::output::Answer;
use crate::output::json::chart::ChartProvenance;

/// Prints what is signed of a package
///
/// Signed in the clear with OpenPGP, it is the .prov file that `helm verify` reads, and that `chart publish` takes along.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll chart provenance app-1.4.0.tgz | gpg --clearsign --digest-algo SHA512 > app-1.4.0.tgz.prov")]
pub(in crate::cli) struct Provenance {
    /// The package
    #[arg(value_name = "PACKAGE")]
    pub package: PathBuf,
}

impl Provenance {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let shown = self.package.display().to_string();
        let package = read_package(session, &self.package)?;
        let file = self.package.file_name().and_then(|name| name.to_str()).unwrap_or(&shown);
        let message = render_message(&package, file);
        let message = message.map_err(|error| Failure::from(archive_error(&shown, &error)))?;
        let digest = Digest::of(&package).to_string();
        let answer = ChartProvenance { schema: ChartProvenance::SCHEMA, package: shown, digest, message };
        Ok(Ended::well(Answer::ChartProvenance(answer)))
    }
}
