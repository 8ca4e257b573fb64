//! `chart dependencies`: the charts that a lock names come into `charts/`.

use std::path::PathBuf;

use clap::Args;
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::time::Moment;
use plimsoll_helm::chart::Chart;
use plimsoll_helm::dependency::{Source, Wanted, find_wanted};
use plimsoll_helm::folder::read_folder;
use plimsoll_helm::package::{check_dependencies, package};

use super::files::{read_chart_folder, time_of_folder};
use crate::cli::compose::{make_folder, write_whole};
use crate::cli::copy::Surroundings;
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::session::Session;
use crate::explain::chart::{chart_error, dependency_problem, fetched_fault, not_fetched, package_error};
use crate::explain::chart_folder::folder_error;
use crate::explain::{Asked, Keeping};
use crate::output::Answer;
use crate::output::json::chart::ChartDependencies;

/// Fetches the charts that Chart.lock names into charts/
///
/// What is there in the right version stays. Charts come from repositories over HTTP, whose index must give their digest,
/// from registries, and from folders (file://…), with the logins of Helm and Docker. A lock that was made from other
/// dependencies than Chart.yaml declares is refused, and so is a repository that gives other bytes than it names.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll chart dependencies deploy/chart
  plimsoll chart dependencies deploy/chart -o json")]
pub(in crate::cli) struct Dependencies {
    /// The folder of the chart
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

impl Dependencies {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let folder = self.folder.display().to_string();
        let files = read_chart_folder(session, &self.folder)?;
        let chart = Chart::from_files(files).map_err(|error| chart_error(&folder, &error))?;
        let wanted = find_wanted(&chart).map_err(|problem| dependency_problem(&folder, &problem))?;
        // Nothing is written before everything is there.
        let mut fetched = Vec::new();
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|wanted| matches!(wanted.source, Source::Folder(_)));
        for wanted in here {
            let Source::Folder(path) = &wanted.source else { continue };
            let bytes = self.pack(session, path)?;
            fetched.push((wanted, bytes));
        }
        if !elsewhere.is_empty() {
            fetched.extend(session.look(fetch(session, &folder, elsewhere))?);
        }
        for (wanted, bytes) in &fetched {
            wanted.check(bytes).map_err(|fault| fetched_fault(&folder, wanted, &fault))?;
        }
        let inside = session.path(&self.folder).join("charts");
        for (wanted, bytes) in &fetched {
            make_folder(&inside, &format!("{folder}/charts"))?;
            let name = wanted.file_name();
            write_whole(&inside.join(&name), &format!("{folder}/charts/{name}"), bytes)?;
        }
        let left = Chart::from_files(read_chart_folder(session, &self.folder)?)
            .map_err(|error| chart_error(&folder, &error))?;
        check_whole(&folder, &left)?;
        Ok(Ended::well(Answer::ChartDependencies(ChartDependencies::of(&folder, &left, &fetched))))
    }

    /// Packages a chart of this machine.
    fn pack(&self, session: &Session<'_>, path: &str) -> Result<Vec<u8>, Failure> {
        let there = self.folder.join(path);
        let name = there.display().to_string();
        let files = read_folder(&session.path(&there)).map_err(|error| folder_error(&name, &error))?;
        let chart = Chart::from_files(files).map_err(|error| chart_error(&name, &error))?;
        check_whole(&name, &chart)?;
        let Moment(seconds) = time_of_folder(session, &there)?;
        let packed = package(&chart, u64::try_from(seconds).unwrap_or(0));
        packed.map(|(_, bytes)| bytes).map_err(|error| package_error(&name, &error).into())
    }
}

/// Refuses a chart that lacks something, or has something else than is locked.
fn check_whole(folder: &str, chart: &Chart) -> Result<(), Failure> {
    let problems = check_dependencies(chart);
    match problems.is_empty() {
        true => Ok(()),
        false => {
            let problems = problems.iter().map(|problem| dependency_problem(folder, problem));
            Err(problems.collect::<Findings>().into())
        }
    }
}

/// Fetches charts, each repository's index once.
async fn fetch(
    session: &Session<'_>,
    folder: &str,
    all: Vec<Wanted>,
) -> Result<Vec<(Wanted, Vec<u8>)>, Failure> {
    let asked = Asked { verb: "chart dependencies", tag: None, keeping: Keeping::Remote };
    let surroundings = Surroundings::look(session, &asked).await?;
    let sources = surroundings.chart_sources();
    let mut fetched = Vec::new();
    for wanted in all {
        let bytes = sources.fetch(&wanted).await;
        let bytes = bytes.map_err(|error| not_fetched(folder, &wanted, &error, &asked))?;
        fetched.push((wanted, bytes.to_vec()));
    }
    Ok(fetched)
}
