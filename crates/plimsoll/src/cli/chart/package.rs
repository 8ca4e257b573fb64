//! `chart package`: a chart's folder becomes a package.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{NonEmptyStringValueParser, TypedValueParser as _};
use plimsoll_edit::path::KeyPath;
use plimsoll_engine::check::Findings;
use plimsoll_helm::edit::{Edits, apply, parse_path};
use plimsoll_helm::lint::{Rule, Severity, lint};
use plimsoll_helm::package::{check_dependencies, package};
use plimsoll_helm::version::is_strict;

use super::files::{read_chart_folder, time_of_folder};
use crate::cli::arguments::Output;
use crate::cli::compose::{make_folder, write_whole};
use crate::cli::ending::{Ended, Failure, Outcome, usage};
use crate::cli::session::Session;
use crate::explain::chart::{Strictness, chart_error, dependency_problem, finding, package_error, set_error};
use crate::output::Answer;
use crate::output::json::chart::PackagedChart;

/// Packages a chart, the same bytes everywhere
///
/// Prints the package's path and its digest. The bytes depend on the files, the versions and one time: that of the
/// repository's commit, or SOURCE_DATE_EPOCH. The folder itself stays as it is.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll chart package deploy/chart
  plimsoll chart package deploy/chart --version 1.4.0 --app-version v1.4.0 --output dist
  plimsoll chart package deploy/chart --set image.digest=sha256:… -o json")]
pub(in crate::cli) struct Package {
    /// The folder of the chart
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The chart's version, without `v`; else what Chart.yaml says
    #[arg(long, value_name = "VERSION", env = "PLIMSOLL_CHART_VERSION")]
    pub version: Option<String>,
    /// The version of what it installs, spelled like the image's tag; else what Chart.yaml says
    #[arg(long, value_name = "VERSION", env = "PLIMSOLL_APP_VERSION")]
    pub app_version: Option<String>,
    /// Set a value in values.yaml, as text; it must be there already
    #[arg(long, value_name = "PATH=VALUE", value_parser = parse_setting)]
    pub set: Vec<(KeyPath, String)>,
    /// Put the package into this folder; or, as everywhere, answer people (text) or programs (json)
    #[arg(short, long, value_name = "DIR", env = "PLIMSOLL_OUTPUT", default_value = "text")]
    #[arg(value_parser = NonEmptyStringValueParser::new().map(|word| Output::of(&word)))]
    pub output: Output,
    /// Put the package into this folder, whatever the answer is
    #[arg(short, long, value_name = "DIR", env = "PLIMSOLL_DESTINATION")]
    pub destination: Option<PathBuf>,
}

fn parse_setting(text: &str) -> Result<(KeyPath, String), String> {
    let (path, value) = text.split_once('=').ok_or("a path, `=`, and a value are wanted")?;
    let path = parse_path(path).map_err(|error| error.to_string())?;
    Ok((path, value.to_owned()))
}

impl Package {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        self.check_version()?;
        let folder = self.folder.display().to_string();
        let mut files = read_chart_folder(session, &self.folder)?;
        let edits = Edits {
            version: self.version.clone(),
            app_version: self.app_version.clone(),
            values: self.set.clone(),
        };
        apply(&mut files, &edits).map_err(|error| set_error(&folder, &error))?;
        let (chart, found) = lint(files).map_err(|error| chart_error(&folder, &error))?;
        // Below, each with what to do about it.
        let found =
            found.iter().filter(|one| one.severity == Severity::Error && one.rule != Rule::Dependency);
        let problems = found.map(|one| match one.stops_packaging() {
            true => finding(&folder, &chart, one, Strictness::Lenient),
            false => finding(&folder, &chart, one, Strictness::Lenient).as_warning(),
        });
        let missing = check_dependencies(&chart);
        let problems: Findings =
            problems.chain(missing.iter().map(|one| dependency_problem(&folder, one))).collect();
        if problems.has_errors() {
            return Err(problems.into());
        }
        let time = time_of_folder(session, &self.folder)?;
        let seconds = u64::try_from(time.0).unwrap_or(0);
        let (packaged, bytes) = package(&chart, seconds).map_err(|error| package_error(&folder, &error))?;
        let folder = self.target();
        make_folder(&session.path(folder), &folder.display().to_string())?;
        let path = folder.join(&packaged.name);
        write_whole(&session.path(&path), &path.display().to_string(), &bytes)?;
        let answer = PackagedChart::of(&path, &chart, &packaged, time);
        Ok(Ended::with(Answer::ChartPackaged(answer), problems))
    }

    /// Where the package goes.
    fn target(&self) -> &Path {
        self.destination.as_deref().or(self.output.file()).unwrap_or(Path::new(""))
    }

    fn check_version(&self) -> Result<(), Failure> {
        let Some(version) = self.version.as_deref().filter(|version| !is_strict(version)) else {
            return Ok(());
        };
        let message = format!("`{version}` is no version of a chart");
        let said = usage(message);
        let said = match version.strip_prefix('v').filter(|rest| is_strict(rest)) {
            Some(rest) => said.help(format!("chart versions have no `v`: `--version {rest}`")),
            None => said.help("Semantic Versioning 2.0.0 is wanted: `--version 1.4.0`"),
        };
        Err(said.into())
    }
}
