//! What is to be said of released versions: from what somebody wants to the one statement that says it, if none does.

use std::collections::BTreeSet;

use plimsoll_oci::name::Digest;
use plimsoll_tags::version::Version;

use crate::domain::git::{GitTag, Oid};
use crate::domain::line::PublishedVersion;
use crate::domain::marks::{Channel, Mark, Marks, REASON_LIMIT};

/// What somebody wants to be true of released versions from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saying {
    /// A version does not count any more.
    Yank {
        /// Which.
        version: Version,
        /// The digest of its record.
        record: Digest,
        /// Why.
        reason: String,
    },
    /// No yank of a version is in force.
    Unyank {
        /// Which.
        version: Version,
    },
    /// Moving tags go back to an older version, and stay there until a newer one is published.
    RollBack {
        /// To which; none: to the one before the newest that counts.
        to: Option<Version>,
    },
    /// No rollback is in force.
    Unhold {
        /// Only those that pass this version over; none: all.
        over: Option<Version>,
    },
    /// A version counts for the tags of its channels.
    Promote {
        /// Which.
        version: Version,
        /// The digest of its record.
        record: Digest,
        /// The git tag that promotes it.
        tag: GitTag,
        /// The commit below that tag.
        commit: Oid,
        /// The tags that it asks for.
        channels: Vec<Channel>,
    },
}

/// What is to be done so that it is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// What is said.
    pub words: Words,
    /// The versions that it is about: it must stand where what was said of them is looked for.
    pub about: BTreeSet<String>,
    /// Of a rollback: the version that is gone back to.
    pub back_to: Option<String>,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// This, and nobody has said it yet.
    New(Mark),
    /// These statements say it already. They may not stand everywhere yet.
    Said(BTreeSet<Digest>),
    /// Nothing has to be said: it is true.
    Nothing,
}

/// Why it can't be said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsayable {
    /// The version is not published.
    #[error("{version} is not published")]
    NotPublished {
        /// Which.
        version: String,
    },
    /// The version was yanked.
    #[error("{version} was yanked: {reason}")]
    Yanked {
        /// Which.
        version: String,
        /// Why.
        reason: String,
    },
    /// A rollback passes the version over.
    #[error("{version} is passed over by a rollback to {to}")]
    HeldBack {
        /// Which.
        version: String,
        /// What was gone back to.
        to: String,
    },
    /// The reason says nothing.
    #[error("the reason for the yank of {version} is blank")]
    Unreasoned {
        /// Which version.
        version: String,
    },
    /// The reason is more than a statement has room for.
    #[error("the reason for the yank of {version} has {length} bytes, and may have {REASON_LIMIT}")]
    Verbose {
        /// Which version.
        version: String,
        /// How long it is, in bytes.
        length: usize,
    },
    /// There is no older version that counts.
    #[error("there is nothing to go back to")]
    NoWayBack {
        /// The newest that counts; none if none does.
        newest: Option<String>,
    },
}

impl Saying {
    /// What has to be said, given what is published and what was said before.
    ///
    /// # Errors
    /// It can't be said of this version.
    pub fn settle(&self, versions: &[PublishedVersion], marks: &Marks) -> Result<Settlement, Unsayable> {
        match self {
            Saying::Yank { version, record, reason } => {
                let written = find_published(version, versions)?;
                check_reason(&written, reason)?;
                let said = digests(marks, |mark| is_yank(mark, &written));
                let (record, reason) = (Some(record.clone()), reason.clone());
                let mark = Mark::Yank { version: written.clone(), record, reason };
                Ok(Settlement::about([written], Words::or(said, mark)))
            }
            Saying::Unyank { version } => {
                let written = find_published(version, versions)?;
                let words = lift(marks, |mark| is_yank(mark, &written));
                Ok(Settlement::about([written.clone()], words))
            }
            Saying::RollBack { to } => roll_back(to.as_ref(), versions, marks),
            Saying::Unhold { over } => {
                let over = over.as_ref().map(|version| find_published(version, versions)).transpose()?;
                let fits = |mark: &Mark| match mark {
                    Mark::Hold { over: passed, .. } => {
                        over.as_ref().is_none_or(|version| passed.contains(version))
                    }
                    Mark::Yank { .. } | Mark::Lift { .. } | Mark::Promotion { .. } => false,
                };
                let words = lift(marks, fits);
                let mut about: BTreeSet<String> = over.iter().cloned().collect();
                // Whoever asks about any of them must hear of it; a lift of long ago may be of any of them.
                for (_, mark) in marks.all().filter(|(_, mark)| fits(mark)) {
                    let Mark::Hold { to, over } = mark else { continue };
                    about.extend(over.iter().cloned().chain([to.clone()]));
                }
                Ok(Settlement::about(about, words))
            }
            Saying::Promote { version, record, tag, commit, channels } => {
                let written = find_published(version, versions)?;
                refuse_passed_over(&written, marks)?;
                let (record, tag, commit) = (record.clone(), tag.clone(), commit.clone());
                let mark = Mark::Promotion {
                    version: written.clone(),
                    record,
                    tag,
                    commit,
                    channels: channels.clone(),
                };
                let said = marks.promotions(&written).filter(|said| *said.mark == mark);
                let said = said.map(|said| said.statement.clone()).collect();
                Ok(Settlement::about([written], Words::or(said, mark)))
            }
        }
    }
}

impl Settlement {
    fn about(versions: impl IntoIterator<Item = String>, words: Words) -> Settlement {
        Settlement { words, about: versions.into_iter().collect(), back_to: None }
    }
}

impl Words {
    fn or(said: BTreeSet<Digest>, mark: Mark) -> Words {
        if said.is_empty() { Words::New(mark) } else { Words::Said(said) }
    }
}

fn roll_back(
    to: Option<&Version>,
    versions: &[PublishedVersion],
    marks: &Marks,
) -> Result<Settlement, Unsayable> {
    // A hold over what was never released would pass over its release, too.
    let counted = || {
        let ours =
            versions.iter().filter(|published| published.is_ours()).map(|published| &published.version);
        ours.filter(|version| !marks.pass_over(&version.to_string()))
    };
    let newest = counted().filter(|version| !version.is_prerelease()).max();
    let held_at = |to: &str| digests(marks, |mark| matches!(mark, Mark::Hold { to: held, .. } if held == to));
    let to = match (to, newest) {
        (Some(to), _) => to,
        // Whoever says it twice does not mean to go back twice.
        (None, Some(newest)) if !held_at(&newest.to_string()).is_empty() => newest,
        (None, newest) => {
            let older = counted().filter(|version| !version.is_prerelease() && Some(*version) < newest).max();
            let newest = newest.map(ToString::to_string);
            older.ok_or(Unsayable::NoWayBack { newest })?
        }
    };
    let written = find_published(to, versions)?;
    refuse_passed_over(&written, marks)?;
    let over: BTreeSet<String> = counted().filter(|version| *version > to).map(ToString::to_string).collect();
    let said = held_at(&written);
    let mut about = over.clone();
    about.insert(written.clone());
    let words = match (over.is_empty(), said.is_empty()) {
        (true, true) => Words::Nothing,
        (true, false) => {
            for (_, mark) in marks.in_force().filter(|(digest, _)| said.contains(digest)) {
                let Mark::Hold { over, .. } = mark else { continue };
                about.extend(over.iter().cloned());
            }
            Words::Said(said)
        }
        (false, _) => Words::New(Mark::Hold { to: written.clone(), over }),
    };
    Ok(Settlement { words, about, back_to: Some(written) })
}

/// The version as it is written, if it is published.
fn find_published(version: &Version, versions: &[PublishedVersion]) -> Result<String, Unsayable> {
    let found = versions.iter().find(|published| published.version == *version);
    let unknown = || Unsayable::NotPublished { version: version.to_string() };
    found.map(|published| published.version.to_string()).ok_or_else(unknown)
}

/// Refuses a reason that nobody could read: a statement that is too large would stand in the way of every other.
fn check_reason(version: &str, reason: &str) -> Result<(), Unsayable> {
    let version = version.to_owned();
    match (reason.trim().is_empty(), reason.len()) {
        (true, _) => Err(Unsayable::Unreasoned { version }),
        (false, length) if length > REASON_LIMIT => Err(Unsayable::Verbose { version, length }),
        (false, _) => Ok(()),
    }
}

/// Refuses a version that does not count any more.
///
/// # Errors
/// A yank or a rollback in force passes it over.
pub fn refuse_passed_over(version: &str, marks: &Marks) -> Result<(), Unsayable> {
    match marks.about(version).next() {
        Some(Mark::Yank { reason, .. }) => {
            Err(Unsayable::Yanked { version: version.to_owned(), reason: reason.clone() })
        }
        Some(Mark::Hold { to, .. }) => {
            Err(Unsayable::HeldBack { version: version.to_owned(), to: to.clone() })
        }
        Some(Mark::Lift { .. } | Mark::Promotion { .. }) | None => Ok(()),
    }
}

fn is_yank(mark: &Mark, version: &str) -> bool {
    matches!(mark, Mark::Yank { version: yanked, .. } if yanked == version)
}

/// The statements in force that fit.
fn digests(marks: &Marks, fits: impl Fn(&Mark) -> bool) -> BTreeSet<Digest> {
    marks.in_force().filter(|(_, mark)| fits(mark)).map(|(digest, _)| digest.clone()).collect()
}

/// Ends every statement in force that fits; what was lifted before may not stand everywhere yet.
fn lift(marks: &Marks, fits: impl Fn(&Mark) -> bool) -> Words {
    let statements = digests(marks, &fits);
    if !statements.is_empty() {
        return Words::New(Mark::Lift { statements });
    }
    let lifts: BTreeSet<Digest> = marks.lifts_of(fits).cloned().collect();
    if lifts.is_empty() { Words::Nothing } else { Words::Said(lifts) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::line::Evidence;
    use plimsoll_tags::version::Scheme;
    use std::collections::BTreeMap;

    fn version(text: &str) -> Version {
        Version::parse(Scheme::Semver, text).unwrap()
    }

    fn published(texts: &[&str]) -> Vec<PublishedVersion> {
        let of = |text: &&str| PublishedVersion {
            version: version(text),
            moving: BTreeMap::new(),
            marked_in: None,
            evidence: Evidence::Claim,
        };
        texts.iter().map(of).collect()
    }

    /// Says it, and gives what was settled.
    fn say(
        saying: &Saying,
        versions: &[PublishedVersion],
        marks: &mut Marks,
    ) -> Result<Settlement, Unsayable> {
        let settlement = saying.settle(versions, marks)?;
        if let Words::New(mark) = &settlement.words {
            let nonce = marks.all().count();
            marks.add(Digest::of(format!("{nonce} {mark:?}").as_bytes()), mark.clone());
        }
        Ok(settlement)
    }

    fn yank(text: &str) -> Saying {
        Saying::Yank { version: version(text), record: Digest::of(b"record"), reason: "broken".into() }
    }

    fn back(text: &str) -> Saying {
        Saying::RollBack { to: Some(version(text)) }
    }

    fn is_new(settled: &Result<Settlement, Unsayable>) -> bool {
        matches!(settled, Ok(Settlement { words: Words::New(_), .. }))
    }

    #[test]
    fn what_is_said_once_is_not_said_again() {
        let versions = published(&["1.2.0", "1.3.0", "1.4.0"]);
        let none = Saying::RollBack { to: None };
        let lift = Saying::Unhold { over: None };
        let unyank = Saying::Unyank { version: version("1.4.0") };
        for sayings in [
            vec![yank("1.4.0"), unyank.clone(), yank("1.4.0"), unyank],
            vec![back("1.3.0"), lift.clone(), back("1.2.0"), lift.clone()],
            vec![none.clone(), lift.clone(), none, lift],
        ] {
            let mut marks = Marks::default();
            for saying in sayings {
                assert!(is_new(&say(&saying, &versions, &mut marks)), "{saying:?}");
                let again = say(&saying, &versions, &mut marks).unwrap();
                assert!(matches!(again.words, Words::Said(_)), "{saying:?}: {again:?}");
            }
            assert!(!marks.pass_over("1.4.0"));
        }
    }

    #[test]
    fn a_hold_names_every_counted_version_above() {
        let versions = published(&["1.2.0", "1.3.0", "1.4.0-rc.1", "1.4.0", "1.5.0"]);
        let mut marks = Marks::default();
        say(&yank("1.5.0"), &versions, &mut marks).unwrap();
        let settled = say(&back("1.3.0"), &versions, &mut marks).unwrap();
        let over = ["1.4.0", "1.4.0-rc.1"].map(str::to_owned).into();
        assert_eq!(settled.words, Words::New(Mark::Hold { to: "1.3.0".into(), over }));
        assert_eq!(settled.back_to.as_deref(), Some("1.3.0"));
        assert!(settled.about.contains("1.4.0") && settled.about.contains("1.3.0"));
        let later = published(&["1.2.0", "1.3.0", "1.4.0", "1.5.0", "1.6.0"]);
        assert!(is_new(&say(&back("1.3.0"), &later, &mut marks)), "what came since is passed over too");
    }

    #[test]
    fn without_a_version_it_goes_back_by_one() {
        let versions = published(&["1.2.0", "1.3.0", "1.4.0", "1.5.0-rc.1"]);
        let mut marks = Marks::default();
        let back = Saying::RollBack { to: None };
        let settled = say(&back, &versions, &mut marks).unwrap();
        assert_eq!(settled.back_to.as_deref(), Some("1.3.0"));
        let again = say(&back, &versions, &mut marks).unwrap();
        assert_eq!(again.back_to.as_deref(), Some("1.3.0"), "saying it twice goes back once");
    }

    #[test]
    fn what_can_not_be_said() {
        let versions = published(&["1.3.0", "1.4.0"]);
        let mut marks = Marks::default();
        let refused = |saying: &Saying, marks: &Marks| saying.settle(&versions, marks).unwrap_err();
        let none = Saying::RollBack { to: None };
        assert!(matches!(refused(&yank("1.5.0"), &marks), Unsayable::NotPublished { .. }));
        assert!(matches!(refused(&back("1.5.0"), &marks), Unsayable::NotPublished { .. }));
        say(&yank("1.3.0"), &versions, &mut marks).unwrap();
        assert!(matches!(refused(&back("1.3.0"), &marks), Unsayable::Yanked { .. }));
        assert!(matches!(refused(&none, &marks), Unsayable::NoWayBack { newest: Some(_) }));
        let mut marks = Marks::default();
        say(&back("1.3.0"), &versions, &mut marks).unwrap();
        assert!(matches!(refused(&back("1.4.0"), &marks), Unsayable::HeldBack { .. }));
        let nothing = Saying::RollBack { to: None }.settle(&[], &Marks::default());
        assert_eq!(nothing, Err(Unsayable::NoWayBack { newest: None }));
    }

    #[test]
    fn a_reason_can_be_read() {
        let versions = published(&["1.4.0"]);
        let yank = |reason: String| Saying::Yank {
            version: version("1.4.0"),
            record: Digest::of(b"record"),
            reason,
        };
        let settle = |reason: String| yank(reason).settle(&versions, &Marks::default());
        for (reason, fits) in [
            ("r".repeat(REASON_LIMIT), true),
            ("r".repeat(REASON_LIMIT + 1), false),
            ("ü".repeat(REASON_LIMIT / 2 + 1), false),
            (" \u{a0}".to_owned(), false),
            (String::new(), false),
        ] {
            let settled = settle(reason.clone());
            assert_eq!(is_new(&settled), fits, "{} bytes: {settled:?}", reason.len());
        }
    }

    #[test]
    fn the_newest_is_where_it_is() {
        let settled = back("1.4.0").settle(&published(&["1.3.0", "1.4.0"]), &Marks::default()).unwrap();
        assert_eq!(settled.words, Words::Nothing);
    }
}
