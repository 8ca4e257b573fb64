//! What would happen, as data: the same input gives the same plan, byte for byte.

mod charts;
pub mod collisions;
pub mod promotion;
pub mod publish;
pub mod release;
pub mod saying;
pub mod steps;

use plimsoll_oci::name::Digest;

use crate::domain::artifact::ArtifactName;
use crate::domain::attestation::{Posting, SignatureForm};
use crate::domain::canonical;
use crate::domain::chart::{ChartTag, ListedVersion};
use crate::domain::chart_number::ChartNumbers;
use crate::domain::claim::{FileRole, Seal, SealedChart};
use crate::domain::deployment::Deployment;
use crate::domain::git::{GitTag, Oid};
use crate::domain::predicate::PredicateType;
use crate::domain::project::Project;
use crate::domain::target::Target;

pub(crate) use charts::numbered;
pub(crate) use collisions::find_collisions;
pub use promotion::plan_promotion;
pub use publish::plan_publish;
pub use release::plan_release;

/// The intent of one release.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Plan {
    /// The plan's format.
    pub format: u32,
    /// `version`, `prerelease` or `promotion`.
    pub occasion: &'static str,
    /// The component.
    pub component: ArtifactName,
    /// The version, without `v`.
    pub version: String,
    /// The git tag.
    pub tag: String,
    /// The commit.
    pub commit: Oid,
    /// The hash of the configuration.
    pub config: Digest,
    /// Of a promotion: the commands that must succeed first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<String>,
    /// What is made, in order.
    pub make: Vec<Make>,
    /// In which form it is signed; none: it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing: Option<SignatureForm>,
    /// What is stated of what is made, beside that it is signed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<PlannedStatement>,
    /// Whether the forge is given what is attested.
    #[serde(skip_serializing_if = "Posting::is_attached")]
    pub posting: Posting,
    /// Where each artifact goes, under which tags.
    pub targets: Vec<Target>,
    /// The page that is made on the forge; none if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<PlannedPage>,
    /// The git tags that charts have of their own, as far as they are known before numbers are reserved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own_tags: Vec<ChartTag>,
    /// Versions of chart repositories over HTTP that list a chart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub listed: Vec<ListedVersion>,
    /// The environments that follow it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deployments: Vec<Deployment>,
    /// Image tags that the rules do not give this time, and why.
    pub skipped: Vec<String>,
}

/// What stands for the platforms of an image that names none: there is a statement for each.
pub const EACH_PLATFORM: &str = "each platform";

/// A statement that is made, signed and attached to what it is about.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PlannedStatement {
    /// What it is about.
    pub artifact: ArtifactName,
    /// For which platform that is; none: the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// What kind of thing it says.
    pub predicate_type: PredicateType,
}

/// A page on the forge.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PlannedPage {
    /// The git tag whose page it is.
    pub tag: GitTag,
    /// Whether it can be the latest.
    pub rank: Rank,
}

/// Whether a page can be the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rank {
    /// It is, if no higher version counts.
    MayBeLatest,
    /// It can't: it is a prerelease's, or the forge has no such mark.
    Never,
}

/// One thing that is made.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Make {
    /// An image put together from a base and files.
    Assemble {
        /// The image.
        image: ArtifactName,
        /// Its platforms.
        platforms: Vec<String>,
    },
    /// An image built from a Dockerfile.
    Build {
        /// The image.
        image: ArtifactName,
        /// Its platforms.
        platforms: Vec<String>,
    },
    /// An image that something else made.
    Import {
        /// The image.
        image: ArtifactName,
    },
    /// A compose file with pinned images.
    Compose {
        /// The file that it is made of.
        from: String,
    },
    /// A Helm chart.
    Chart {
        /// The chart.
        chart: ArtifactName,
        /// Its folder.
        from: String,
    },
    /// A dstack manifest.
    AppCompose {
        /// The app's name.
        name: String,
    },
    /// A list of what is in an image, by a program.
    Sbom(PlannedStatement),
}

impl Make {
    /// How it is made, and what.
    fn made(&self) -> Made<'_> {
        match self {
            Make::Assemble { image, .. } => Made::Artifact("assemble", image),
            Make::Build { image, .. } => Made::Artifact("build", image),
            Make::Import { image } => Made::Artifact("import", image),
            Make::Chart { chart, .. } => Made::Artifact("chart", chart),
            Make::Compose { .. } => Made::File("compose", FileRole::DockerCompose),
            Make::AppCompose { .. } => Made::File("app-compose", FileRole::AppCompose),
            Make::Sbom(statement) => Made::Sbom(statement),
        }
    }
}

/// What comes of a [`Make`], and the word for how.
enum Made<'m> {
    /// An image or a chart.
    Artifact(&'static str, &'m ArtifactName),
    /// A file of the ledger.
    File(&'static str, FileRole),
    /// What is stated of an image.
    Sbom(&'m PlannedStatement),
}

impl Plan {
    /// The plan as it is once charts with versions of their own have their numbers.
    #[must_use]
    pub fn with_numbers(mut self, project: &Project, numbers: &ChartNumbers) -> Plan {
        self.targets = numbered(project, &self.targets, numbers);
        self
    }

    /// The plan as it is for the charts of a set.
    #[must_use]
    pub fn with_charts(mut self, seal: &Seal) -> Plan {
        self.own_tags = seal.charts.values().filter_map(|chart| chart.own_tag.clone()).collect();
        self.listed = seal.charts.values().filter_map(SealedChart::listed_version).collect();
        self
    }

    /// The digest of the plan's canonical bytes.
    pub fn id(&self) -> Digest {
        let value = serde_json::to_value(self).expect("a plan of strings and numbers can be written as JSON");
        Digest::of(&canonical::render_compact(&value))
    }
}
