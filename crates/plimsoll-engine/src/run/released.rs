//! What a run leaves behind that comes to its end.

use plimsoll_oci::name::{ImageRepository, ImageTag};

use super::deployment::DeploymentDone;
use super::page::PageDone;
use crate::domain::claim::Seal;

/// A release that is done.
#[derive(Clone, Debug)]
pub struct Released {
    /// The set.
    pub seal: Seal,
    /// What this run did.
    pub part: Part,
    /// Moving tags that the set asks for and another version has.
    pub elsewhere: Vec<(ImageRepository, ImageTag)>,
    /// Moving tags that no counted version is left for.
    pub orphans: Vec<(ImageRepository, ImageTag)>,
    /// Its page on the forge; none if it gets none.
    pub page: Option<PageDone>,
    /// What stands in its environments.
    pub deployments: Vec<DeploymentDone>,
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
