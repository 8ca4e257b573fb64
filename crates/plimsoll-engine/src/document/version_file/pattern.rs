//! Any text, by what stands round the version.

use plimsoll_edit::pattern::Pattern;

use super::{FoundVersion, VersionFileError};

pub(super) fn read(path: &str, pattern: &Pattern, text: &str) -> Result<FoundVersion, VersionFileError> {
    let found =
        pattern.find(text).map_err(|error| VersionFileError::Pattern { path: path.to_owned(), error })?;
    Ok(FoundVersion {
        path: path.to_owned(),
        key: None,
        text: found.value,
        line: found.line,
        column: found.column,
        scheme: None,
    })
}

pub(super) fn set(
    path: &str,
    pattern: &Pattern,
    text: &str,
    value: &str,
) -> Result<String, VersionFileError> {
    pattern.set(text, value).map_err(|error| VersionFileError::Pattern { path: path.to_owned(), error })
}
