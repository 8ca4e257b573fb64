//! `chart`: Helm charts by themselves. None of these commands but `release` needs a `plimsoll.toml`.

mod dependencies;
mod files;
mod index;
mod lint;
mod package;
mod provenance;
mod publish;
mod release;

use clap::{Args, Subcommand};

use super::ending::Outcome;
use super::session::Session;

/// Checks, packages, lists and publishes a Helm chart
///
/// No plimsoll.toml is needed but for `release`, and no Helm.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll chart lint deploy/chart
  plimsoll chart dependencies deploy/chart
  plimsoll chart package deploy/chart --version 1.4.0 --app-version v1.4.0
  plimsoll chart index merge index.yaml app-1.4.0.tgz --url https://charts.example.org
  plimsoll chart publish app-1.4.0.tgz ghcr.io/acme/charts
  plimsoll chart publish app-1.4.0.tgz --branch gh-pages")]
pub(super) struct Chart {
    /// What to do
    #[command(subcommand)]
    pub act: Act,
}

/// What to do with a chart.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Act {
    Lint(lint::Lint),
    Package(package::Package),
    Dependencies(dependencies::Dependencies),
    Index(index::Index),
    Provenance(provenance::Provenance),
    Release(release::Release),
    Publish(publish::Publish),
}

impl Chart {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        match &self.act {
            Act::Lint(lint) => lint.run(session),
            Act::Package(package) => package.run(session),
            Act::Dependencies(dependencies) => dependencies.run(session),
            Act::Index(index) => index.run(session),
            Act::Provenance(provenance) => provenance.run(session),
            Act::Release(release) => release.run(session),
            Act::Publish(publish) => publish.run(session),
        }
    }
}
