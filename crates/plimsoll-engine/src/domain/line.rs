//! Lines: what moving tags follow.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_tags::version::Version;

use super::marks::{Mark, Marks};

/// One moving tag in one repository.
pub type MovingTag = (ImageRepository, ImageTag);

/// A version that is out: by its claim, or by its version tags where it has no claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedVersion {
    /// The version.
    pub version: Version,
    /// Which moving tags it asks for, and what they would point at.
    pub moving: BTreeMap<MovingTag, Pointee>,
    /// Where what was said of it lies at least; none where that is wherever its tags are.
    pub marked_in: Option<ImageRepository>,
    /// What says that it is out.
    pub evidence: Evidence,
}

/// What says that a version is out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Its claim.
    Claim,
    /// Its version tags alone.
    Tags {
        /// The short digests that hold tags and the ledger's records name for it. None: another tool made it.
        recorded: BTreeSet<String>,
    },
}

impl PublishedVersion {
    /// True if it is a release of ours, not what another tool left under a version's name.
    pub fn is_ours(&self) -> bool {
        match &self.evidence {
            Evidence::Claim => true,
            Evidence::Tags { recorded } => !recorded.is_empty(),
        }
    }

    /// True if this content was released as it, as far as a claim or a record tells.
    pub fn has(&self, digest: &Digest) -> bool {
        match &self.evidence {
            Evidence::Claim => {
                self.moving.values().any(|pointee| matches!(pointee, Pointee::Digest(own) if own == digest))
            }
            Evidence::Tags { recorded } => recorded.contains(digest.short()),
        }
    }
}

/// What a moving tag would point at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pointee {
    /// A digest that a claim names.
    Digest(Digest),
    /// Whatever a version tag of the same repository points at: for versions without a claim. Only what is
    /// [recorded](Evidence::Tags) is followed there.
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
        let asks = published.iter().filter(|version| version.is_ours() && version.moving.contains_key(&tag));
        let is_held = |version: &Version| {
            let written = version.to_string();
            let mut about = marks.about(&written).peekable();
            about.peek().is_some() && about.all(|mark| matches!(mark, Mark::Hold { .. }))
        };
        let held = asks.map(|published| published.version.clone()).filter(is_held).collect();
        Orphan { tag, yanked, held }
    }
}

/// The versions that a moving tag may follow: those that ask for it and that no mark passes over, the highest first, whatever
/// the order in which they are given.
pub fn candidates<'a>(
    tag: &MovingTag,
    published: &'a [PublishedVersion],
    marks: &Marks,
) -> Vec<(&'a PublishedVersion, &'a Pointee)> {
    let not_passed_over = published.iter().filter(|one| !marks.pass_over(&one.version.to_string()));
    let mut asking: Vec<_> =
        not_passed_over.filter_map(|one| one.moving.get(tag).map(|pointee| (one, pointee))).collect();
    asking.sort_by(|(one, _), (other, _)| other.version.cmp(&one.version));
    asking
}

/// The head of a moving tag: the highest of its [candidates] that is a release of ours, or that was promoted for this tag.
pub fn head<'a>(
    tag: &MovingTag,
    published: &'a [PublishedVersion],
    marks: &Marks,
) -> Option<&'a PublishedVersion> {
    let leads = |(one, pointee): &(&PublishedVersion, &Pointee)| {
        one.is_ours() || matches!(pointee, Pointee::Digest(_))
    };
    candidates(tag, published, marks).into_iter().find(leads).map(|(one, _)| one)
}

#[cfg(test)]
mod tests {
    use plimsoll_tags::version::Scheme;

    use super::*;

    fn version(text: &str, evidence: Evidence, pointee: Pointee) -> PublishedVersion {
        let version = Version::parse(Scheme::Semver, text).unwrap();
        PublishedVersion { version, moving: [(tag(), pointee)].into(), marked_in: None, evidence }
    }

    fn tag() -> MovingTag {
        ("registry.example/app".parse().unwrap(), "latest".parse().unwrap())
    }

    #[test]
    fn a_version_of_another_tool_leads_no_tag() {
        let behind = || Pointee::Behind("9.9.9".parse().unwrap());
        let digest = Digest::of(b"content");
        let ours = version("1.0.0", Evidence::Claim, Pointee::Digest(digest.clone()));
        let recorded: BTreeSet<String> = [digest.short().to_owned()].into();
        for (evidence, pointee, want) in [
            (Evidence::Tags { recorded: BTreeSet::new() }, behind(), "1.0.0"),
            (Evidence::Tags { recorded }, behind(), "9.9.9"),
            (Evidence::Tags { recorded: BTreeSet::new() }, Pointee::Digest(digest), "9.9.9"),
        ] {
            let published = [version("9.9.9", evidence, pointee), ours.clone()];
            let head = head(&tag(), &published, &Marks::default()).unwrap();
            assert_eq!(head.version.to_string(), want);
        }
    }
}
