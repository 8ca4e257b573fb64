//! What was found on a machine, and in the registries of a project.

use serde::Serialize;

/// `plimsoll.doctor/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DoctorInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The component; null outside of projects.
    pub component: Option<String>,
    /// Programs that are used where they are there.
    pub tools: Vec<ToolInfo>,
    /// What builds from Dockerfiles, in the order in which they are tried.
    pub builders: Vec<BuilderInfo>,
    /// The platforms of images with a Dockerfile.
    pub platforms: Vec<PlatformInfo>,
    /// Every repository that a release writes to.
    pub repositories: Vec<RepositoryInfo>,
}

/// A program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToolInfo {
    /// Its name.
    pub name: &'static str,
    /// Its version; null if it can't be used.
    pub version: Option<String>,
    /// What it is used for.
    pub purpose: &'static str,
    /// Why it can't be used.
    pub why: Option<String>,
}

/// A builder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BuilderInfo {
    /// Its name.
    pub name: &'static str,
    /// Whether it can be used.
    pub usable: bool,
    /// Whether a release would use it.
    pub chosen: bool,
    /// What it runs programs for; null if it does not say.
    pub platforms: Option<Vec<String>>,
    /// Why it can't be used.
    pub why: Option<String>,
}

/// A platform of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlatformInfo {
    /// The platform.
    pub platform: String,
    /// How the chosen builder runs programs of it: `native`, `emulated`, `not-at-all` or `unknown`.
    pub runs: &'static str,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepositoryInfo {
    /// Its name.
    pub repository: String,
    /// Whether a release waits for it.
    pub required: bool,
    /// Where its login is kept; null if there is none. The login itself is never shown.
    pub credentials: Option<String>,
    /// Why a place that should have had one has none.
    pub amiss: Option<String>,
    /// Whether it may be written to: `yes`, `no` or `unknown`.
    pub push: &'static str,
    /// Whether the registry lists signatures and attestations by itself: `yes`, `no` or `unknown`.
    pub referrers: &'static str,
    /// When the registry removes content that no tag keeps, where that is known.
    pub collects_untagged: Option<&'static str>,
    /// Whether hold tags keep content until a version tag does.
    pub hold_tags: bool,
}

impl DoctorInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.doctor/v1";
}
