//! `[records]`: where the records of releases are kept.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};

use super::inside::resolve_path;
use crate::config::file::written::Section;
use crate::config::problems::{Problems, Told};

const DEFAULT_DIRECTORY: &str = "releases";

/// Resolves the table to the directory.
///
/// # Errors
/// Something in it can't be meant, which was told.
pub fn resolve(root: &Section, problems: &mut Problems<'_>) -> Result<String, Told> {
    let Some(section) = root.section("records")? else { return Ok(DEFAULT_DIRECTORY.into()) };
    let directory = section.text("directory").and_then(|directory| match directory {
        Some(directory) => resolve_path(directory, problems),
        None => Ok(DEFAULT_DIRECTORY.into()),
    });
    if let Some(branch) = section.text("commit")?.filter(|branch| branch.value != "none") {
        let message = format!("committing records to `{}` is not supported yet", branch.value);
        let diagnostic = Diagnostic::error(Code::NotSupportedYet, Cure::FixThenRunAgain, message)
            .help("write `commit = \"none\"`, or leave it out, and commit the files yourself");
        return Err(problems.error(&branch.span, diagnostic));
    }
    directory
}
