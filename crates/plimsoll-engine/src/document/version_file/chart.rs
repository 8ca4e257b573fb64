//! `Chart.yaml`: the version of the chart. Its `appVersion` is the application's and not set here.

use plimsoll_edit::path::KeyPath;
use plimsoll_edit::yaml;

use super::{FoundVersion, VersionFileError, keyed};

fn key() -> KeyPath {
    KeyPath::of(["version"])
}

pub(super) fn read(path: &str, text: &str) -> Result<FoundVersion, VersionFileError> {
    let found = keyed::find_version(path, &key(), yaml::find(text, &key()))?;
    found.ok_or_else(|| keyed::no_version(path, &[&key()]))
}

pub(super) fn set(path: &str, text: &str, value: &str) -> Result<String, VersionFileError> {
    read(path, text)?;
    yaml::set(text, &key(), value).map_err(|error| VersionFileError::of_edit(path, error))
}
