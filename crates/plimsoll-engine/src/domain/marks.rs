//! What was said of versions after their release: holds, yanks, and their lifting.

use std::collections::BTreeSet;

use plimsoll_oci::name::Digest;

/// One statement. Statements are only ever added; a lift ends others by naming their digests, so neither order nor
/// clocks nor place matter.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Mark {
    /// The version can't become the head of any line.
    Yank {
        /// Which version.
        version: String,
        /// Why.
        reason: String,
    },
    /// A rollback: the versions passed over do not count until it is lifted.
    Hold {
        /// The version that was gone back to.
        to: String,
        /// Every counted version above it when the hold was written.
        over: BTreeSet<String>,
    },
    /// Ends the statements named.
    Lift {
        /// Their digests.
        statements: BTreeSet<Digest>,
    },
}

/// All statements that are known, by digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    statements: std::collections::BTreeMap<Digest, Mark>,
}

impl Marks {
    /// Adds a statement under the digest of its bytes. Adding one twice changes nothing.
    pub fn add(&mut self, digest: Digest, mark: Mark) {
        self.statements.insert(digest, mark);
    }

    /// Takes in everything that `other` knows.
    pub fn merge(&mut self, other: Marks) {
        self.statements.extend(other.statements);
    }

    /// True if a yank or hold in force keeps `version` from counting.
    pub fn pass_over(&self, version: &str) -> bool {
        self.about(version).next().is_some()
    }

    /// True if a yank of `version` is in force.
    pub fn yanked(&self, version: &str) -> bool {
        self.in_force().any(|mark| matches!(mark, Mark::Yank { version: yanked, .. } if yanked == version))
    }

    /// What was said of `version` and is in force: yanks of it, and holds that pass it over.
    pub fn about<'a>(&'a self, version: &'a str) -> impl Iterator<Item = &'a Mark> {
        self.in_force().filter(move |mark| match mark {
            Mark::Yank { version: yanked, .. } => yanked == version,
            Mark::Hold { over, .. } => over.contains(version),
            Mark::Lift { .. } => false,
        })
    }

    fn in_force(&self) -> impl Iterator<Item = &Mark> {
        let lifted: BTreeSet<&Digest> = self
            .statements
            .values()
            .filter_map(|mark| match mark {
                Mark::Lift { statements } => Some(statements),
                Mark::Yank { .. } | Mark::Hold { .. } => None,
            })
            .flatten()
            .collect();
        self.statements.iter().filter(move |(digest, _)| !lifted.contains(digest)).map(|(_, mark)| mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(to: &str, over: &[&str]) -> Mark {
        Mark::Hold { to: to.into(), over: over.iter().map(|v| (*v).into()).collect() }
    }

    #[test]
    fn a_hold_passes_over_until_it_is_lifted() {
        let mut marks = Marks::default();
        marks.add(Digest::of(b"hold"), hold("1.3.0", &["1.4.0"]));
        assert!(marks.pass_over("1.4.0"));
        assert!(!marks.pass_over("1.4.1"), "a version published later counts by itself");
        marks.add(Digest::of(b"lift"), Mark::Lift { statements: [Digest::of(b"hold")].into() });
        assert!(!marks.pass_over("1.4.0"));
    }

    #[test]
    fn order_of_arrival_does_not_matter() {
        let statements = [
            (Digest::of(b"1"), Mark::Yank { version: "1.4.1".into(), reason: "broken".into() }),
            (Digest::of(b"2"), hold("1.3.0", &["1.4.0"])),
            (Digest::of(b"3"), Mark::Lift { statements: [Digest::of(b"1")].into() }),
        ];
        let forward = statements.iter().cloned().fold(Marks::default(), |mut marks, (digest, mark)| {
            marks.add(digest, mark);
            marks
        });
        let backward = statements.into_iter().rev().fold(Marks::default(), |mut marks, (digest, mark)| {
            marks.add(digest, mark);
            marks
        });
        assert_eq!(forward, backward);
        assert!(!forward.pass_over("1.4.1"));
        assert!(forward.pass_over("1.4.0"));
    }
}
