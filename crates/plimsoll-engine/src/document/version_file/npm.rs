//! `package.json`, and the lock file beside it that repeats its version.
//!
//! Source: npm documentation, "package-lock.json": the version of the root package stands at the top level and in
//! `packages[""]`.

use plimsoll_edit::error::EditError;
use plimsoll_edit::json;
use plimsoll_edit::path::KeyPath;

use super::{FoundVersion, Rewritten, Texts, VersionFileError, keyed, read_text};

const LOCK_FILES: [&str; 2] = ["package-lock.json", "npm-shrinkwrap.json"];

fn key() -> KeyPath {
    KeyPath::of(["version"])
}

pub(super) fn read(path: &str, text: &str) -> Result<FoundVersion, VersionFileError> {
    let found = keyed::find_version(path, &key(), json::find(text, &key()))?;
    found.ok_or_else(|| keyed::no_version(path, &[&key()]))
}

pub(super) fn set(path: &str, texts: &Texts<'_>, value: &str) -> Result<Vec<Rewritten>, VersionFileError> {
    let text = read_text(path, texts)?;
    read(path, &text)?;
    let text = json::set(&text, &key(), value).map_err(|error| VersionFileError::of_edit(path, error))?;
    let mut rewritten = vec![Rewritten { path: path.to_owned(), text }];
    for name in LOCK_FILES {
        let lock = match path.rsplit_once('/') {
            Some((directory, _)) => format!("{directory}/{name}"),
            None => name.to_owned(),
        };
        if let Some(text) = texts(&lock) {
            let text = set_lock(&text, value).map_err(|error| VersionFileError::of_edit(&lock, error))?;
            rewritten.push(Rewritten { path: lock, text });
        }
    }
    Ok(rewritten)
}

/// Sets the version wherever a lock file has it. Old ones lack `packages`, and a private root may have no version.
fn set_lock(text: &str, value: &str) -> Result<String, EditError> {
    let mut edited = text.to_owned();
    for key in [key(), KeyPath::of(["packages", "", "version"])] {
        edited = match json::set(&edited, &key, value) {
            Ok(edited) => edited,
            Err(EditError::NotFound { .. }) => edited,
            Err(error) => return Err(error),
        };
    }
    Ok(edited)
}
