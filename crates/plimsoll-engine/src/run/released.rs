//! What a run leaves behind that comes to its end.

use std::collections::BTreeMap;

use plimsoll_oci::name::ImageRepository;
use plimsoll_tags::version::Version;

use super::deployment::DeploymentDone;
use super::page::PageDone;
use super::stop::{MirrorTrouble, Stop};
use crate::domain::claim::Seal;
use crate::domain::line::MovingTag;
use crate::domain::marks::Mark;

/// A release that is done.
#[derive(Clone, Debug)]
pub struct Released {
    /// The set.
    pub seal: Seal,
    /// What this run did.
    pub part: Part,
    /// Moving tags that the set asks for and does not bear.
    pub elsewhere: Vec<MovingTag>,
    /// Moving tags that no counted version is left for.
    pub orphans: Vec<MovingTag>,
    /// Moving tags that are at a newer version of another tool, and stay there.
    pub kept: BTreeMap<MovingTag, Version>,
    /// What was said of it that keeps it from counting.
    pub passed_over: Vec<Mark>,
    /// Its page on the forge; none if it gets none.
    pub page: Option<PageDone>,
    /// What stands in its environments.
    pub deployments: Vec<DeploymentDone>,
    /// Optional mirrors that were left behind.
    pub behind: Vec<(ImageRepository, MirrorTrouble)>,
}

impl Released {
    /// Judges what was done: the release is out, whatever this says.
    ///
    /// # Errors
    /// An optional mirror was left behind.
    pub fn judge(&self) -> Result<(), Stop> {
        Stop::unless_in_line(&self.behind)
    }
}

/// What a run did for a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It made the set.
    Made,
    /// It found the set committed and finished it.
    Adopted,
    /// It found everything done.
    Nothing,
}
