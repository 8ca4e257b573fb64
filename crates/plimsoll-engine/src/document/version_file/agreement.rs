//! Whether a file names the version that is to be released.

use plimsoll_tags::version::{Scheme, Version, VersionError};

use super::FoundVersion;

/// How the version in a file stands to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreement {
    /// It is the same.
    Same,
    /// It is another.
    Different,
    /// It is none of the repository's scheme.
    NotAVersion(VersionError),
}

impl FoundVersion {
    /// Compares the version in the file with one of the repository's scheme.
    ///
    /// Spellings of one version are the same (PEP 440's `1.0` and `1.0.0`, `1.0.0-rc.1` and `1.0.0rc1`). Where the
    /// file's own readers have another scheme, sameness by theirs is enough: Poetry writes the SemVer version
    /// `1.0.0-rc.1` as `1.0.0rc1`.
    pub fn agreement(&self, version: &Version) -> Agreement {
        let is_same_in = |scheme: Scheme| {
            let spelled = Version::parse(scheme, &version.to_string());
            spelled.is_ok_and(|spelled| {
                Version::parse(scheme, &self.text).is_ok_and(|found| found.is_equivalent(&spelled))
            })
        };
        if is_same_in(version.scheme()) || self.scheme.is_some_and(is_same_in) {
            return Agreement::Same;
        }
        match Version::parse(version.scheme(), &self.text) {
            Ok(_) => Agreement::Different,
            Err(error) => Agreement::NotAVersion(error),
        }
    }
}
