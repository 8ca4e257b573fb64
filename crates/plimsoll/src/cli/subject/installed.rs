//! What a chart installs that is released by itself.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::ledger::release::{Comparing, Release};

use super::Subject;
use super::library::{Library, Reach};
use crate::cli::ending::Failure;
use crate::cli::session::Session;
use crate::explain::Asked;
use crate::wire::Repository;

/// The newest release that counts, of the project whose configuration a commit has. A chart is never made to install what
/// was yanked, so what was said of releases must be known. None in a project without images, whose charts install nothing of it.
pub(crate) async fn read_installed(
    session: &Session<'_>,
    repository: Repository,
    asked: &Asked,
    commit: &Oid,
) -> Result<Option<Release>, Failure> {
    let subject = Subject::of_commit(session, repository, asked.clone(), commit).await?;
    if subject.project().images.is_empty() {
        return Ok(None);
    }
    let library = Library::of_subject(session, subject, None, Reach::Everything).await?;
    let mut catalogue = library.read().await?;
    let said = library.hear(&mut catalogue).await?;
    let newest = library.find_newest(&catalogue, &said);
    let Some(newest) = newest.inspect_err(|_| library.quiet())? else {
        library.quiet();
        let message = "there is no release whose images the chart could install";
        return Err(Diagnostic::error(Code::UnknownRelease, Cure::FixThenRunAgain, message)
            .help("release the images first: `plimsoll release v1.0.0`; it releases the chart, too")
            .into());
    };
    let release = library.find(&newest.written, Comparing::Strictly).await?;
    library.quiet();
    Ok(Some(release))
}
