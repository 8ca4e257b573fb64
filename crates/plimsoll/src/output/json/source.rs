//! Where an answer comes from.

use serde::Serialize;

/// Where an answer comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceInfo {
    /// `project` (claims, ledger and registries), `local`, `directory`, `ref`, `repository` or `registry`.
    pub kind: &'static str,
    /// Which, for people.
    pub place: String,
}

impl SourceInfo {
    /// A remark for people; none where nobody would wonder.
    pub fn remark(&self) -> Option<String> {
        match self.kind {
            "project" | "local" => None,
            "registry" => Some(format!("read from {} alone", self.place)),
            _ => Some(format!("read from the record files of {} alone; nothing else was asked", self.place)),
        }
    }
}
