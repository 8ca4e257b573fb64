//! `chart provenance`: what signs a package for `helm verify`, or the text that is to be signed.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use plimsoll_helm::provenance::render_message;
use plimsoll_oci::name::Digest;

use super::files::{read_package, time_of_package};
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::session::Session;
use crate::explain::chart::archive_error;
use crate::explain::{Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::chart::ChartProvenance;
use crate::wire;

/// Prints what signs a package for `helm verify`
///
/// With a key it is the .prov file that `chart publish` takes along: the chart's own words and the package's digest, signed in the clear
/// with OpenPGP. The signature has the time of the package, or that of SOURCE_DATE_EPOCH, so that signing again gives the same bytes. The
/// key's password is that in PLIMSOLL_PGP_PASSWORD. Without a key it is the text alone, for whatever holds the key.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll chart provenance app-1.4.0.tgz --key env:CHART_KEY > app-1.4.0.tgz.prov
  plimsoll chart provenance app-1.4.0.tgz | gpg --clearsign --digest-algo SHA512 > app-1.4.0.tgz.prov")]
pub(in crate::cli) struct Provenance {
    /// The package
    #[arg(value_name = "PACKAGE")]
    pub package: PathBuf,
    /// Sign with this OpenPGP private key, in armour: `env:NAME`, `command:PROGRAM …`, or a file
    #[arg(long, value_name = "KEY", env = "PLIMSOLL_PGP_KEY", value_parser = NonEmptyStringValueParser::new())]
    pub key: Option<String>,
}

impl Provenance {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let shown = self.package.display().to_string();
        let package = read_package(session, &self.package)?;
        let file = self.package.file_name().and_then(|name| name.to_str()).unwrap_or(&shown);
        let message = render_message(&package, file);
        let message = message.map_err(|error| Failure::from(archive_error(&shown, &error)))?;
        let message = match &self.key {
            None => message,
            Some(key) => {
                let time = time_of_package(session, &package)?;
                let signer = wire::chart_signer(&session.directory, session.variables, &session.redactor);
                let signed =
                    session.look(async { Ok::<_, Failure>(signer.sign(key, &message, time).await) })?;
                signed
                    .map_err(|error| error.explain(&Asked { verb: "chart provenance", ..Asked::default() }))?
            }
        };
        let digest = Digest::of(&package).to_string();
        let answer = ChartProvenance { schema: ChartProvenance::SCHEMA, package: shown, digest, message };
        Ok(Ended::well(Answer::ChartProvenance(answer)))
    }
}
