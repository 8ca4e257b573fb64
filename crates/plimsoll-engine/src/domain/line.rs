//! Lines: what moving tags follow.

use std::collections::BTreeMap;

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_tags::version::Version;

use super::marks::Marks;

/// One moving tag in one repository.
pub type MovingTag = (ImageRepository, ImageTag);

/// A version that is published: by its claim, or by its version tags where it has no claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedVersion {
    /// The version.
    pub version: Version,
    /// Which moving tags it asks for, and what they would point at.
    pub moving: BTreeMap<MovingTag, Pointee>,
}

/// What a moving tag would point at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pointee {
    /// A digest that a claim names.
    Digest(Digest),
    /// Whatever a version tag of the same repository points at: for versions without a claim.
    Behind(ImageTag),
}

/// The head of a moving tag: the highest published version that asks for it and that no mark passes over, whatever
/// the order in which versions are given.
pub fn head<'a>(
    tag: &MovingTag,
    published: &'a [PublishedVersion],
    marks: &Marks,
) -> Option<(&'a Version, &'a Pointee)> {
    published
        .iter()
        .filter(|candidate| !marks.pass_over(&candidate.version.to_string()))
        .filter_map(|candidate| candidate.moving.get(tag).map(|pointee| (&candidate.version, pointee)))
        .max_by(|(a, _), (b, _)| a.cmp(b))
}
