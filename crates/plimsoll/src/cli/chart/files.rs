//! Charts, packages and times, as the command line names them.

use std::path::Path;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::domain::time::Moment;
use plimsoll_helm::CHART_LIMIT;
use plimsoll_helm::archive::find_time;
use plimsoll_helm::chart::ChartFile;
use plimsoll_helm::folder::read_folder;

use crate::cli::compose::read_bounded;
use crate::cli::ending::Failure;
use crate::cli::session::Session;
use crate::cli::subject::{self, explain_date};
use crate::explain::chart_folder::folder_error;
use crate::explain::{Asked, Explain as _};
use crate::wire;

/// Reads the files of a chart's folder.
pub(super) fn read_chart_folder(session: &Session<'_>, folder: &Path) -> Result<Vec<ChartFile>, Failure> {
    let name = folder.display().to_string();
    read_folder(&session.path(folder)).map_err(|error| folder_error(&name, &error).into())
}

/// Reads a package.
pub(super) fn read_package(session: &Session<'_>, file: &Path) -> Result<Vec<u8>, Failure> {
    let name = file.display().to_string();
    let bytes = read_bounded(&session.path(file), &name, CHART_LIMIT + 1)?;
    if bytes.len() as u64 > CHART_LIMIT {
        let message = format!("{name} has more than {CHART_LIMIT} bytes");
        return Err(Diagnostic::error(Code::ChartInvalid, Cure::FixThenRunAgain, message)
            .at(Place::of_file(&name))
            .into());
    }
    Ok(bytes)
}

/// The time that `SOURCE_DATE_EPOCH` names.
pub(super) fn source_date(session: &Session<'_>) -> Result<Option<Moment>, Failure> {
    wire::find_source_date(session.variables).map_err(|error| explain_date(&error).into())
}

/// The time of what is made of a package: its own, unless `SOURCE_DATE_EPOCH` names another.
pub(super) fn time_of_package(session: &Session<'_>, package: &[u8]) -> Result<Moment, Failure> {
    let own = || Moment(find_time(package).and_then(|time| i64::try_from(time).ok()).unwrap_or(0));
    Ok(source_date(session)?.unwrap_or_else(own))
}

/// The time of what is made of a folder: that of its repository's commit, unless `SOURCE_DATE_EPOCH` names another.
/// Outside of a repository it is 1970: a time of this machine would make other bytes of the same files.
pub(super) fn time_of_folder(session: &Session<'_>, folder: &Path) -> Result<Moment, Failure> {
    if let Some(moment) = source_date(session)? {
        return Ok(moment);
    }
    let there = session.in_directory(session.path(folder));
    let asked = Asked { verb: "chart package", ..Asked::default() };
    session.look(async {
        let repository = match subject::open(&there, &asked).await {
            Ok(repository) => repository,
            Err(failure) if is_no_repository(&failure) => return Ok(Moment(0)),
            Err(failure) => return Err(failure),
        };
        let explain = |error: wire::RepositoryError| Failure::from(error.explain(&asked));
        let head = match repository.read_commit("HEAD").await {
            Ok(head) => head,
            // Nothing is committed yet.
            Err(_) => return Ok(Moment(0)),
        };
        repository.read_commit_time(&head).await.map_err(explain)
    })
}

fn is_no_repository(failure: &Failure) -> bool {
    failure.problems.all().iter().all(|problem| problem.code == Code::NoRepository)
}
