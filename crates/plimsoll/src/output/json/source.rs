//! Where an answer comes from.

use serde::Serialize;

use super::word::words;

/// Where an answer comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceInfo {
    /// What kind of place that is.
    pub kind: SourceKind,
    /// Which, for people.
    pub place: String,
}

words! {
    /// A kind of place that answers come from.
    SourceKind {
        /// Claims, ledger and registries of the project.
        Project = "project",
        /// What local releases left.
        Local = "local",
        /// Record files in a folder.
        Directory = "directory",
        /// Record files in a git ref.
        Ref = "ref",
        /// Record files in a git repository elsewhere.
        Repository = "repository",
        /// Records in a registry.
        Registry = "registry",
    }
}

impl SourceInfo {
    /// A remark for people; none where nobody would wonder.
    pub fn remark(&self) -> Option<String> {
        match self.kind {
            SourceKind::Project | SourceKind::Local => None,
            SourceKind::Registry => Some(format!("read from {} alone", self.place)),
            SourceKind::Directory | SourceKind::Ref | SourceKind::Repository => {
                Some(format!("read from the record files of {} alone; nothing else was asked", self.place))
            }
        }
    }
}
