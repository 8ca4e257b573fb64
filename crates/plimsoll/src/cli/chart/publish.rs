//! `chart publish`: a package in a registry, or in a chart repository over HTTP.

mod repository;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use plimsoll_helm::CHART_LIMIT;
use plimsoll_helm::index::{Entry, Place as IndexPlace};
use plimsoll_helm::oci::{Artifact, publish};
use plimsoll_helm::provenance::check_provenance;

use super::files::{read_package, time_of_package};
use super::index::parse_place;
use crate::cli::compose::read_bounded;
use crate::cli::copy::{Place, Surroundings};
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::session::Session;
use crate::explain::chart::{
    archive_error, artifact_error, not_a_namespace, provenance_error, publish_error,
};
use crate::explain::{Asked, Keeping};
use crate::output::Answer;
use crate::output::json::chart::PublishedChart;

/// Puts a package into a registry, or into a chart repository over HTTP, once
///
/// The package goes to NAMESPACE/NAME, with its version as tag, as `helm push` would put it; PACKAGE.prov goes with it if it
/// is there, and is refused if it is not this package's. A version that is there with other content is refused, one that is there with this content is left alone. The
/// artifact's time is that of the package, so that publishing again makes no difference.
///
/// With --branch the package is committed to a branch of the git remote and listed in its index.yaml, with --folder it is
/// put into a folder, in the same way. Whatever else is there stays, whoever else publishes at the same time.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll chart publish app-1.4.0.tgz ghcr.io/acme/charts
  plimsoll chart publish app-1.4.0.tgz oci://ghcr.io/acme/charts -o json
  plimsoll chart publish app-1.4.0.tgz local:ghcr.io/acme/charts
  plimsoll chart publish app-1.4.0.tgz --branch gh-pages
  plimsoll chart publish app-1.4.0.tgz --folder public/charts")]
#[command(group = ArgGroup::new("place").args(["namespace", "branch", "folder"]).required(true))]
pub(in crate::cli) struct Publish {
    /// The package
    #[arg(value_name = "PACKAGE")]
    pub package: PathBuf,
    /// What its name is put behind: a registry and a path, `oci://` or not; behind `local:`, in the project's local registry
    #[arg(value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// List it in the chart repository on this branch of the git remote, which is made if it is not there
    #[arg(long, value_name = "BRANCH", env = "PLIMSOLL_BRANCH")]
    pub branch: Option<String>,
    /// List it in the chart repository in this folder
    #[arg(long, value_name = "DIR", env = "PLIMSOLL_FOLDER")]
    pub folder: Option<PathBuf>,
    /// In a chart repository: the address that packages lie below, in which {name} and {version} are those of the chart;
    /// without it the package is put beside the index
    #[arg(long, value_name = "BASE", env = "PLIMSOLL_URL", value_parser = parse_place, conflicts_with = "namespace")]
    pub url: Option<IndexPlace>,
}

impl Publish {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let file = self.package.display().to_string();
        let package = read_package(session, &self.package)?;
        let explain = |error: &_| Failure::from(archive_error(&file, error));
        let entry = Entry::of_package(&package, &file).map_err(|error| explain(&error))?;
        let Some(namespace) = &self.namespace else { return self.list(session, entry, package) };
        let time = time_of_package(session, &package)?;
        let provenance = read_provenance(session, &self.package, (&entry, &package))?;
        let artifact = Artifact::of_package(package.into(), provenance.map(Into::into), &time.to_string())
            .map_err(|error| artifact_error(&file, &error))?;
        let place = place_of(namespace, &entry.metadata.name)?;
        session.look(async {
            let asked = Asked { verb: "chart publish", tag: None, keeping: Keeping::Local };
            let surroundings = Surroundings::look(session, &asked).await?;
            let store = place.open_store(&surroundings)?;
            let published = publish(&*store, &artifact)
                .await
                .map_err(|error| publish_error(&place.to_string(), &asked, &error))?;
            let answer = PublishedChart::of(&place.to_string(), &artifact, published);
            Ok(Ended::well(Answer::ChartPublished(answer)))
        })
    }
}

/// The repository of a chart: Helm wants its last part to be the chart's name.
fn place_of(namespace: &str, name: &str) -> Result<Place, Failure> {
    let (local, rest) = match namespace.strip_prefix("local:") {
        Some(rest) => ("local:", rest),
        None => ("", namespace),
    };
    let rest = rest.strip_prefix("oci://").unwrap_or(rest).trim_end_matches('/');
    let written = format!("{local}{rest}/{name}");
    let place: Result<Place, String> = written.parse();
    match place {
        Ok(place) if place.is_repository() => Ok(place),
        Ok(_) => Err(not_a_namespace(namespace, "it is no repository").into()),
        Err(error) => Err(not_a_namespace(namespace, &error).into()),
    }
}

/// The PGP provenance beside a package, which must be this package's: whoever published another one could never mend it. None if there is
/// none.
fn read_provenance(
    session: &Session<'_>,
    path: &Path,
    (entry, package): (&Entry, &[u8]),
) -> Result<Option<Vec<u8>>, Failure> {
    let mut file = path.as_os_str().to_owned();
    file.push(".prov");
    let file = PathBuf::from(file);
    let there = session.path(&file);
    if matches!(fs::symlink_metadata(&there), Err(error) if error.kind() == ErrorKind::NotFound) {
        return Ok(None);
    }
    let shown = file.display().to_string();
    let provenance = read_bounded(&there, &shown, CHART_LIMIT)?;
    let name = format!("{}-{}.tgz", entry.metadata.name, entry.metadata.version);
    match check_provenance(&provenance, package, &name) {
        Ok(()) => Ok(Some(provenance)),
        Err(error) => Err(provenance_error(&shown, &name, &error).into()),
    }
}
