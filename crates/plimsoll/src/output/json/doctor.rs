//! What was found on a machine, and in the registries of a project.

use serde::Serialize;

/// `plimsoll.doctor/v1`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DoctorInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The component; null outside of projects.
    pub component: Option<String>,
    /// The CI job that it runs in; null outside of one.
    pub job: Option<JobInfo>,
    /// Programs that are used where they are there.
    pub tools: Vec<ToolInfo>,
    /// What builds from Dockerfiles, in the order in which they are tried.
    pub builders: Vec<BuilderInfo>,
    /// The platforms of images with a Dockerfile.
    pub platforms: Vec<PlatformInfo>,
    /// By how much the clock of this machine differs from that of a registry; null if none said.
    pub clock: Option<ClockInfo>,
    /// The git remote that claims and records go to; null where none is asked.
    pub remote: Option<RemoteInfo>,
    /// The forge that has the pages of releases; null where there are none.
    pub forge: Option<ForgeInfo>,
    /// Who signs; null where nobody does.
    pub signing: Option<SigningInfo>,
    /// The branches that list charts.
    pub chart_repositories: Vec<ChartRepositoryInfo>,
    /// Every repository that a release writes to.
    pub repositories: Vec<RepositoryInfo>,
}

/// An answer that somebody else gave, or did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answered {
    /// `yes`.
    Yes,
    /// `no`.
    No,
    /// `unknown`: asked, and not told.
    Unknown,
    /// `not-asked`: the release does not need it.
    NotAsked,
}

/// A CI job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobInfo {
    /// The system.
    pub system: &'static str,
    /// What set it off; null if the system does not say.
    pub event: Option<String>,
    /// Whether its commits come from another repository: then no login is used, and nothing is published.
    pub from_fork: bool,
    /// Whether it can get tokens that prove who it is; null where that is not known.
    pub proves_identity: Option<bool>,
}

/// A difference of clocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClockInfo {
    /// Whose clock it was held against.
    pub registry: String,
    /// By how many seconds this machine is ahead; less than 0 if it is behind.
    pub ahead: i64,
}

/// A git remote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RemoteInfo {
    /// Its address without credentials.
    pub remote: String,
    /// Whether claims may be pushed to it.
    pub claims: Answered,
    /// Whether records may be pushed to their branch.
    pub records: Answered,
}

/// A branch that lists charts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChartRepositoryInfo {
    /// The branch.
    pub branch: String,
    /// Whether the git remote has it; the first release makes it where it has not.
    pub exists: Answered,
    /// Whether it may be pushed: what protects a single branch is told to nobody before.
    pub push: Answered,
    /// Where its index is served.
    pub index: String,
    /// Whether something answers there.
    pub served: Answered,
}

/// A forge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ForgeInfo {
    /// What it is.
    pub kind: &'static str,
    /// Where the repository is on it.
    pub url: String,
    /// Whether there is a token for it. It is never shown.
    pub token: bool,
    /// Whether pages may be made.
    pub pages: Answered,
    /// Whether deployments may be noted: forges tell that to nobody before it is done.
    pub deployments: Answered,
    /// Whether attestations may be put there; the same.
    pub attestations: Answered,
}

/// Who signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SigningInfo {
    /// With what: `key` or `identity`.
    pub with: &'static str,
    /// Whether everything that signing takes is there, and its own policy accepts it.
    pub ready: bool,
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
    /// Whether it may be written to.
    pub push: Answered,
    /// Whether people without a login may pull.
    pub public: Answered,
    /// Whether the registry lists signatures and attestations by itself.
    pub referrers: Answered,
    /// When the registry removes content that no tag keeps, where that is known.
    pub collects_untagged: Option<&'static str>,
    /// Whether hold tags keep content until a version tag does.
    pub hold_tags: bool,
    /// The tags that move, as their rules have them: a rule for immutable tags must leave them out.
    pub moving_tags: Vec<String>,
    /// What there is to know of this registry.
    pub advice: Vec<String>,
}

impl DoctorInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.doctor/v1";
}
