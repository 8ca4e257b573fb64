//! `chart index`: the index of a chart repository.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place as PlaceInFile};
use plimsoll_helm::index::{EMPTY, Entry, INDEX_LIMIT, Merging, Place, merge, read};

use super::files::{read_package, source_date};
use crate::cli::compose::{read_bounded, write_whole};
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::session::Session;
use crate::explain::chart::{archive_error, broken_entry, index_error, merge_error};
use crate::output::Answer;
use crate::output::json::chart::IndexedCharts;
use crate::wire;

/// Lists packages in the index of a chart repository
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll chart index merge index.yaml app-1.4.0.tgz --url https://charts.example.org")]
pub(in crate::cli) struct Index {
    /// What to do
    #[command(subcommand)]
    pub act: Act,
}

/// What to do with an index.
#[derive(Clone, Debug, Subcommand)]
pub(in crate::cli) enum Act {
    Merge(Merge),
}

/// Adds packages to an index, and loses nothing
///
/// The entries of the packages are written as Helm writes them, where Helm would sort them; every other byte of the index
/// stays, entries that are broken too. A version that is listed with another package is refused. An index that is not
/// there is made.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll chart index merge index.yaml app-1.4.0.tgz --url https://charts.example.org
  plimsoll chart index merge index.yaml dist/*.tgz --url https://github.com/acme/app/releases/download/{name}-{version}")]
pub(in crate::cli) struct Merge {
    /// The index
    #[arg(value_name = "INDEX")]
    pub index: PathBuf,
    /// The packages
    #[arg(value_name = "PACKAGE", required = true)]
    pub packages: Vec<PathBuf>,
    /// The address that the packages lie below, in which {name} and {version} are those of the chart; without it they lie
    /// beside the index
    #[arg(long, value_name = "BASE", env = "PLIMSOLL_URL", value_parser = parse_place, default_value = "", hide_default_value = true)]
    pub url: Place,
}

pub(super) fn parse_place(address: &str) -> Result<Place, String> {
    Place::parse(address).map_err(|error| error.to_string())
}

impl Index {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        match &self.act {
            Act::Merge(merge) => merge.run(session),
        }
    }
}

impl Merge {
    fn run(&self, session: &Session<'_>) -> Outcome {
        let packages: Vec<Entry> =
            self.packages.iter().map(|file| read_entry(session, file)).collect::<Result<_, _>>()?;
        let time = source_date(session)?.unwrap_or_else(wire::now);
        let how = Merging { place: self.url.clone(), time: time.to_string() };
        let name = self.index.display().to_string();
        let path = session.path(&self.index);
        let _lock = lock_folder_of(&path, &name)?;
        let text = read_index(&path, &name)?;
        let merged = merge(&text, &packages, &how).map_err(|error| merge_error(&name, &error))?;
        if merged.text != text || !path.exists() {
            write_whole(&path, &name, merged.text.as_bytes())?;
        }
        let index = read(&merged.text).map_err(|error| index_error(&name, &error))?;
        let broken = index.broken();
        let problems = broken.iter().map(|one| broken_entry(&name, one)).collect();
        let answer = IndexedCharts::of(&name, &index, &packages, &merged.outcomes, &how.place);
        Ok(Ended::with(Answer::ChartIndexed(answer), problems))
    }
}

fn read_entry(session: &Session<'_>, file: &Path) -> Result<Entry, Failure> {
    let bytes = read_package(session, file)?;
    let shown = file.display().to_string();
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or(&shown);
    Entry::of_package(&bytes, name).map_err(|error| archive_error(&shown, &error).into())
}

/// Keeps others on this machine from merging into the same index meanwhile. The folder is locked, so that no lock file
/// is left in it.
fn lock_folder_of(path: &Path, name: &str) -> Result<File, Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let lock = fs::create_dir_all(folder).and_then(|()| File::open(folder)).and_then(|folder| {
        folder.lock()?;
        Ok(folder)
    });
    lock.map_err(|error| {
        let message = format!("the folder of {name} can't be locked");
        Diagnostic::error(Code::FileSystem, Cure::RunAgain, message).because(error).into()
    })
}

fn read_index(path: &Path, name: &str) -> Result<String, Failure> {
    if !path.exists() {
        return Ok(EMPTY.to_owned());
    }
    let bytes = read_bounded(path, name, INDEX_LIMIT as u64 + 1)?;
    String::from_utf8(bytes).map_err(|_| {
        Diagnostic::error(Code::ChartIndexInvalid, Cure::FixThenRunAgain, format!("{name} is not UTF-8"))
            .at(PlaceInFile::of_file(name))
            .into()
    })
}
