//! The version files at the root: what they name, and in which spelling.

use plimsoll_engine::document::version_file::{VersionFile, VersionFileError};

/// Files at the root that may name a version, those first that Plimsoll looks at by itself.
pub(super) const VERSION_FILES: [&str; 4] = ["pyproject.toml", "Cargo.toml", PLAIN, "package.json"];

/// The one of them that holds nothing else.
pub(crate) const PLAIN: &str = "VERSION";

/// A file that names a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundVersion {
    /// The file.
    pub(crate) path: String,
    /// The version.
    pub(crate) version: String,
    /// What stands round it, where the name of the file does not tell.
    pub(crate) pattern: Option<&'static str>,
}

/// The version that a file names, if it does. The error says what is in a file that is there for nothing else.
pub(super) fn find_version(name: &str, text: &str) -> Result<Option<FoundVersion>, String> {
    let texts = |path: &str| (path == name).then(|| text.to_owned());
    let begins_with_digit = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    let read = VersionFile::of(name).and_then(|file| file.read(&texts));
    let (version, pattern) = match read {
        Ok(found) if begins_with_digit(&found.text) => (found.text, None),
        // So Go's projects have it.
        Ok(found) if name == PLAIN => {
            match found.text.strip_prefix('v').filter(|text| begins_with_digit(text)) {
                Some(version) => (version.to_owned(), Some("v{version}")),
                None => return Err(format!("`{}`", found.text)),
            }
        }
        Err(VersionFileError::NotOneLine { lines, .. }) => return Err(format!("{lines} lines")),
        Ok(_) | Err(_) => return Ok(None),
    };
    Ok(Some(FoundVersion { path: name.to_owned(), version, pattern }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_file_is_read_as_it_is_spelled_or_passed_over() {
        for (text, want, pattern, why) in [
            ("1.2.0\n", Some("1.2.0"), None, None),
            ("v1.2.0\n", Some("1.2.0"), Some("v{version}"), None),
            ("dev\n", None, None, Some("`dev`")),
            ("1.2.0\nabc\n", None, None, Some("2 lines")),
        ] {
            let found = find_version(PLAIN, text);
            let version = found.as_ref().ok().and_then(Option::as_ref);
            assert_eq!(version.map(|one| one.version.as_str()), want);
            assert_eq!(version.and_then(|one| one.pattern), pattern);
            assert_eq!(found.as_ref().err().map(String::as_str), why);
        }
    }
}
