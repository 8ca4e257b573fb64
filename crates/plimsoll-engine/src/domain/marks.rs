//! What was said of versions after their release: holds, yanks, promotions, and the lifting of what was said.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use super::artifact::ArtifactName;
use super::git::{GitTag, Oid};

/// One statement. Statements are only ever added; a lift ends others by naming their digests, so neither order nor
/// clocks nor place matter.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Mark {
    /// The version can't become the head of any line.
    Yank {
        /// Which version.
        version: String,
        /// The digest of its record; none where a version was burnt, whose record proves nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        record: Option<Digest>,
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
    /// The version was proven and is promoted: it counts for the tags of its channels.
    Promotion {
        /// Which version.
        version: String,
        /// The digest of its record.
        record: Digest,
        /// The git tag that promotes it.
        tag: GitTag,
        /// The commit below that tag, which is the version's own.
        commit: Oid,
        /// The tags that it asks for.
        channels: Vec<Channel>,
    },
}

impl Mark {
    /// True if it keeps `version` from counting for as long as it is in force.
    fn passes_over(&self, version: &str) -> bool {
        match self {
            Mark::Yank { version: yanked, .. } => yanked == version,
            Mark::Hold { over, .. } => over.contains(version),
            Mark::Lift { .. } | Mark::Promotion { .. } => false,
        }
    }
}

/// Tags of an artifact in a repository that follow promotions.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Channel {
    /// The artifact.
    pub artifact: ArtifactName,
    /// Its digest, as its record has it.
    pub digest: Digest,
    /// The repository.
    pub repository: ImageRepository,
    /// The tags.
    pub tags: Vec<ImageTag>,
}

/// A promotion that is in force.
#[derive(Clone, Copy, Debug)]
pub struct PromotionMark<'a> {
    /// Which version is promoted.
    pub version: &'a str,
    /// The digest of the statement.
    pub statement: &'a Digest,
    /// The statement itself.
    pub mark: &'a Mark,
    /// The digest of the record of what is promoted.
    pub record: &'a Digest,
    /// The git tag that promotes it.
    pub tag: &'a GitTag,
    /// The commit below that tag.
    pub commit: &'a Oid,
    /// The tags that it asks for.
    pub channels: &'a [Channel],
}

impl<'a> PromotionMark<'a> {
    fn read(statement: &'a Digest, mark: &'a Mark) -> Option<PromotionMark<'a>> {
        let Mark::Promotion { version, record, tag, commit, channels } = mark else { return None };
        Some(PromotionMark { version, statement, mark, record, tag, commit, channels })
    }

    /// True if what is promoted is the release with this record, made from this commit. Anything else promotes nothing:
    /// whoever may push to a registry can leave a statement there.
    pub fn is_of(&self, record: &Digest, commit: &Oid) -> bool {
        self.record == record && self.commit == commit
    }
}

/// The longest reason that can be given, in bytes: it stands in every list, and the statement around it must be readable.
pub const REASON_LIMIT: usize = 4096;

/// All statements that are known, by digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    statements: BTreeMap<Digest, Mark>,
}

/// What was said of the versions of each component that somebody asks about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComponentMarks {
    marks: BTreeMap<ArtifactName, Marks>,
}

impl ComponentMarks {
    /// Adds a statement about a component under the digest of its bytes.
    pub fn add(&mut self, component: ArtifactName, digest: Digest, mark: Mark) {
        self.marks.entry(component).or_default().add(digest, mark);
    }

    /// Takes in everything that `other` knows.
    pub fn merge(&mut self, other: ComponentMarks) {
        for (component, marks) in other.marks {
            self.marks.entry(component).or_default().merge(marks);
        }
    }

    /// The digest of everything that was said, in force or not.
    pub fn digests(&self) -> impl Iterator<Item = &Digest> {
        self.marks.values().flat_map(|marks| marks.statements.keys())
    }

    /// What was said of a component.
    pub fn of(&self, component: &ArtifactName) -> &Marks {
        self.marks.get(component).unwrap_or(&NOTHING)
    }
}

impl From<(ArtifactName, Marks)> for ComponentMarks {
    fn from(one: (ArtifactName, Marks)) -> ComponentMarks {
        ComponentMarks { marks: [one].into() }
    }
}

static NOTHING: Marks = Marks { statements: BTreeMap::new() };

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
        self.yank_reason(version).is_some()
    }

    /// Why `version` was yanked, if a yank of it is in force.
    pub fn yank_reason(&self, version: &str) -> Option<&str> {
        self.in_force().find_map(|(_, mark)| match mark {
            Mark::Yank { version: yanked, reason, .. } if yanked == version => Some(reason.as_str()),
            Mark::Yank { .. } | Mark::Hold { .. } | Mark::Lift { .. } | Mark::Promotion { .. } => None,
        })
    }

    /// What was said of `version` and is in force: yanks of it, and holds that pass it over.
    pub fn about<'a>(&'a self, version: &'a str) -> impl Iterator<Item = &'a Mark> {
        self.in_force().map(|(_, mark)| mark).filter(|mark| mark.passes_over(version))
    }

    /// The promotions of `version` that are in force.
    pub fn promotions<'a>(&'a self, version: &'a str) -> impl Iterator<Item = PromotionMark<'a>> {
        self.in_force().filter_map(move |(statement, mark)| match mark {
            Mark::Promotion { version: promoted, .. } if promoted == version => {
                PromotionMark::read(statement, mark)
            }
            Mark::Yank { .. } | Mark::Hold { .. } | Mark::Lift { .. } | Mark::Promotion { .. } => None,
        })
    }

    /// Forgets promotions that are not believed.
    pub fn retain_promotions(&mut self, believed: impl Fn(PromotionMark<'_>) -> bool) {
        self.statements.retain(|statement, mark| PromotionMark::read(statement, mark).is_none_or(&believed));
    }

    /// The lifts that name a statement which fits.
    pub fn lifts_of<'a>(&'a self, fits: impl Fn(&Mark) -> bool + 'a) -> impl Iterator<Item = &'a Digest> {
        let lifts = move |mark: &Mark| match mark {
            Mark::Lift { statements } => {
                statements.iter().filter_map(|lifted| self.statements.get(lifted)).any(&fits)
            }
            Mark::Yank { .. } | Mark::Hold { .. } | Mark::Promotion { .. } => false,
        };
        self.statements.iter().filter(move |(_, mark)| lifts(mark)).map(|(digest, _)| digest)
    }

    /// The name of everything that says whether `version` counts: yanks of it and holds that pass it over, in force or not,
    /// and the lifts of these. Whoever has all of them knows what whoever has all marks knows of it.
    pub fn concerning(&self, version: &str) -> BTreeSet<&Digest> {
        let said = self.statements.iter().filter(|(_, mark)| mark.passes_over(version));
        let own = version.to_owned();
        let lifts = self.lifts_of(move |mark| mark.passes_over(&own));
        said.map(|(digest, _)| digest).chain(lifts).collect()
    }

    /// The versions that a statement is about; of a lift, those that what it ends was about.
    pub fn versions_of(&self, statement: &Digest) -> BTreeSet<&str> {
        match self.statements.get(statement) {
            Some(Mark::Yank { version, .. } | Mark::Promotion { version, .. }) => [version.as_str()].into(),
            Some(Mark::Hold { to, over }) => over.iter().chain([to]).map(String::as_str).collect(),
            // Nothing lifts a lift.
            Some(Mark::Lift { statements }) => {
                let lifted = statements.iter().filter(|digest| !self.is_lift(digest));
                lifted.flat_map(|digest| self.versions_of(digest)).collect()
            }
            None => BTreeSet::new(),
        }
    }

    fn is_lift(&self, statement: &Digest) -> bool {
        matches!(self.statements.get(statement), Some(Mark::Lift { .. }))
    }

    /// Everything that was said, in force or not.
    pub fn all(&self) -> impl Iterator<Item = (&Digest, &Mark)> {
        self.statements.iter()
    }

    /// What is in force, each with the digest that a lift would name.
    pub fn in_force(&self) -> impl Iterator<Item = (&Digest, &Mark)> {
        let lifted: BTreeSet<&Digest> = self
            .statements
            .values()
            .filter_map(|mark| match mark {
                Mark::Lift { statements } => Some(statements),
                Mark::Yank { .. } | Mark::Hold { .. } | Mark::Promotion { .. } => None,
            })
            .flatten()
            .collect();
        self.statements.iter().filter(move |(digest, _)| !lifted.contains(digest))
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
    fn what_concerns_a_version_tells_as_much_of_it_as_everything() {
        let yank = |version: &str| Mark::Yank { version: version.into(), record: None, reason: "bad".into() };
        let lift =
            |names: &[&[u8]]| Mark::Lift { statements: names.iter().map(|name| Digest::of(name)).collect() };
        let all = [
            (Digest::of(b"yank"), yank("1.4.0")),
            (Digest::of(b"again"), yank("1.4.0")),
            (Digest::of(b"another"), yank("1.3.0")),
            (Digest::of(b"hold"), hold("1.3.0", &["1.4.0", "1.5.0"])),
            (Digest::of(b"lift"), lift(&[b"yank", b"another"])),
            (Digest::of(b"unhold"), lift(&[b"elsewhere"])),
        ];
        let marks = all.iter().cloned().fold(Marks::default(), |mut marks, (digest, mark)| {
            marks.add(digest, mark);
            marks
        });
        let names: [&[u8]; 4] = [b"yank", b"again", b"hold", b"lift"];
        assert_eq!(marks.concerning("1.4.0"), names.map(Digest::of).iter().collect());
        let mut carried = Marks::default();
        for (digest, mark) in all.iter().filter(|(digest, _)| marks.concerning("1.4.0").contains(digest)) {
            carried.add(digest.clone(), mark.clone());
        }
        assert!(carried.about("1.4.0").eq(marks.about("1.4.0")));
        assert_eq!(marks.concerning("1.2.0").len(), 0);
    }

    #[test]
    fn order_of_arrival_does_not_matter() {
        let statements = [
            (Digest::of(b"1"), Mark::Yank { version: "1.4.1".into(), record: None, reason: "broken".into() }),
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
