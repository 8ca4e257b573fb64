//! Versions that stand under a key.

use plimsoll_edit::error::EditError;
use plimsoll_edit::found::{Found, Kind};
use plimsoll_edit::path::KeyPath;

use super::{FoundVersion, VersionFileError};

/// Turns what stands under a key into a version; nothing if the key is not there.
pub(super) fn find_version(
    path: &str,
    key: &KeyPath,
    found: Result<Found, EditError>,
) -> Result<Option<FoundVersion>, VersionFileError> {
    match found {
        Ok(found) if found.kind == Kind::String => Ok(Some(FoundVersion {
            path: path.to_owned(),
            key: Some(key.clone()),
            text: found.value,
            line: found.line,
            column: found.column,
            scheme: None,
        })),
        Ok(found) => Err(VersionFileError::NotAString {
            path: path.to_owned(),
            key: key.to_string(),
            line: found.line,
            kind: found.kind,
        }),
        Err(EditError::NotFound { .. }) => Ok(None),
        Err(error) => Err(VersionFileError::of_edit(path, error)),
    }
}

/// Says that none of the keys is there.
pub(super) fn no_version(path: &str, keys: &[&KeyPath]) -> VersionFileError {
    VersionFileError::NoVersion {
        path: path.to_owned(),
        wanted: keys.iter().map(|key| format!("`{key}`")).collect(),
    }
}
