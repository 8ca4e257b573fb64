//! How releases stand among each other: what counts, and what replaces what.

use std::collections::BTreeMap;

use super::entry::Entry;
use super::release::ReleaseState;
use crate::domain::artifact::ArtifactName;
use crate::domain::marks::ComponentMarks;

/// How a release stands among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is not published.
    Unpublished,
    /// The newest that counts and is no prerelease.
    Latest,
    /// The newest prerelease, which nothing replaces yet. It is never `latest`.
    Prerelease,
    /// A newer one counts.
    Superseded {
        /// Which.
        by: String,
    },
    /// It is passed over by a rollback.
    HeldBack {
        /// What counts instead; none if nothing does.
        by: Option<String>,
    },
    /// It was withdrawn from use.
    Yanked {
        /// What replaces it; none if nothing does.
        by: Option<String>,
    },
}

/// Whether a release is published and nothing that was said later keeps it from counting.
pub(super) fn counts(entry: &Entry, marks: &ComponentMarks) -> bool {
    entry.state.is_published() && !marks.of(&entry.component).pass_over(&entry.written)
}

/// How each of some releases stands among all: what counts is found out once.
pub struct Standings<'a> {
    marks: &'a ComponentMarks,
    /// By component: the newest that counts, and the newest that counts and is no prerelease.
    newest: BTreeMap<&'a ArtifactName, [Option<&'a Entry>; 2]>,
}

impl<'a> Standings<'a> {
    /// The standings among `entries`.
    pub fn of(entries: &'a [Entry], marks: &'a ComponentMarks) -> Standings<'a> {
        let mut newest: BTreeMap<&ArtifactName, [Option<&Entry>; 2]> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| counts(entry, marks)) {
            let [any, stable] = newest.entry(&entry.component).or_default();
            let is_newer = |than: &Option<&Entry>| than.is_none_or(|than| entry.version > than.version);
            if is_newer(any) {
                *any = Some(entry);
            }
            if !entry.version.is_prerelease() && is_newer(stable) {
                *stable = Some(entry);
            }
        }
        Standings { marks, newest }
    }

    /// How one of them stands.
    pub fn of_entry(&self, entry: &Entry) -> Standing {
        let [any, stable] = self.newest.get(&entry.component).copied().unwrap_or_default();
        // A prerelease is replaced by a newer prerelease; anything else by what `latest` may point at.
        let newer = stable.filter(|stable| stable.version > entry.version);
        let replacement = if entry.version.is_prerelease() { newer.or(any) } else { stable };
        let by = replacement.filter(|by| by.version != entry.version).map(|by| by.written.clone());
        let (version, marks) = (&entry.written, self.marks.of(&entry.component));
        match entry.state {
            ReleaseState::Burnt => Standing::Yanked { by },
            ReleaseState::Committed => Standing::Unpublished,
            ReleaseState::Published | ReleaseState::Recorded if marks.yanked(version) => {
                Standing::Yanked { by }
            }
            ReleaseState::Published | ReleaseState::Recorded if marks.pass_over(version) => {
                Standing::HeldBack { by }
            }
            ReleaseState::Published | ReleaseState::Recorded => match by {
                Some(by) => Standing::Superseded { by },
                None if entry.version.is_prerelease() => Standing::Prerelease,
                None => Standing::Latest,
            },
        }
    }
}

/// The newest release that counts and is no prerelease.
pub fn find_newest<'a>(entries: &'a [Entry], marks: &ComponentMarks) -> Option<&'a Entry> {
    let counted = entries.iter().filter(|entry| counts(entry, marks) && !entry.version.is_prerelease());
    counted.max_by(|a, b| a.version.cmp(&b.version))
}
