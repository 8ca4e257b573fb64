//! Lines: what moving tags follow.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_tags::version::Version;

use super::marks::{Mark, Marks};

/// One moving tag in one repository.
pub type MovingTag = (ImageRepository, ImageTag);

/// A version that is published: by its claim, or by its version tags where it has no claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedVersion {
    /// The version.
    pub version: Version,
    /// Which moving tags it asks for, and what they would point at.
    pub moving: BTreeMap<MovingTag, Pointee>,
    /// Where what was said of it lies at least; none where that is wherever its tags are.
    pub marked_in: Option<ImageRepository>,
}

/// What a moving tag would point at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pointee {
    /// A digest that a claim names.
    Digest(Digest),
    /// Whatever a version tag of the same repository points at: for versions without a claim.
    Behind(ImageTag),
}

/// A moving tag that no counted version is left for: it stays where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// The tag.
    pub tag: MovingTag,
    /// The yanked version that it stays at, if it does.
    pub yanked: Option<String>,
    /// The versions that ask for it and that nothing but a rollback passes over: it would be at the highest of them.
    pub held: BTreeSet<Version>,
}

impl Orphan {
    /// A tag without a head; `at` are the versions that ask for it and whose content it points at.
    pub fn new(
        tag: MovingTag,
        at: &BTreeSet<Version>,
        published: &[PublishedVersion],
        marks: &Marks,
    ) -> Orphan {
        let yanked = at.iter().rev().map(ToString::to_string).find(|version| marks.yanked(version));
        let asks = published.iter().filter(|version| version.moving.contains_key(&tag));
        let is_held = |version: &Version| {
            let written = version.to_string();
            let mut about = marks.about(&written).peekable();
            about.peek().is_some() && about.all(|mark| matches!(mark, Mark::Hold { .. }))
        };
        let held = asks.map(|published| published.version.clone()).filter(is_held).collect();
        Orphan { tag, yanked, held }
    }
}

/// The version that a moving tag follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// The version.
    pub version: &'a Version,
    /// What the tag is to point at.
    pub pointee: &'a Pointee,
    /// Where what was said of the version lies at least.
    pub marked_in: Option<&'a ImageRepository>,
}

/// The head of a moving tag: the highest published version that asks for it and that no mark passes over, whatever
/// the order in which versions are given.
pub fn head<'a>(tag: &MovingTag, published: &'a [PublishedVersion], marks: &Marks) -> Option<Head<'a>> {
    published
        .iter()
        .filter(|candidate| !marks.pass_over(&candidate.version.to_string()))
        .filter_map(|PublishedVersion { version, moving, marked_in }| {
            moving.get(tag).map(|pointee| Head { version, pointee, marked_in: marked_in.as_ref() })
        })
        .max_by(|a, b| a.version.cmp(b.version))
}
