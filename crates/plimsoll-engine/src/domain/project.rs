//! What a `plimsoll.toml` means, after defaults.

use std::collections::BTreeMap;

use plimsoll_oci::model::Platform;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag, Reference};
use plimsoll_tags::git_tag::{Prereleases, TagPolicy};
use plimsoll_tags::notation::action::expression::Expression;
use plimsoll_tags::rule::TagRule;
use plimsoll_tags::rule_set::RuleSet;
use plimsoll_tags::table::Table;
use plimsoll_tags::version::{Scheme, Version};

use super::app_compose::AppCompose;
use super::artifact::ArtifactName;
use super::attestation::{Posting, SignatureForm};
use super::build::Recipe;
use super::chart::{Chart, VersionPolicy};
use super::claim::FileRole;
use super::compose::ComposeSettings;
use super::deployment::Deployments;
use super::git::GitTag;
use super::page::PagePolicy;
use super::stated::StatementSettings;
use super::target::Necessity;

/// One product of one repository, as configured.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its name; also the component under which its claims stand.
    pub name: ArtifactName,
    /// One sentence about it.
    pub description: Option<String>,
    /// An SPDX licence expression.
    pub license: Option<String>,
    /// The web address of its repository, for people.
    pub source: Option<String>,
    /// The web address of its home page.
    pub url: Option<String>,
    /// Which files must agree with the tag.
    pub version_files: Vec<VersionFileAt>,
    /// Which git tags are releases.
    pub tags: TagPolicy,
    /// What is made.
    pub images: Vec<Image>,
    /// The Helm charts that are released with them.
    pub charts: Vec<Chart>,
    /// The compose file that is released with pinned images.
    pub compose: Option<ComposeSettings>,
    /// The dstack manifest around it.
    pub app_compose: Option<AppCompose>,
    /// In which form releases are signed; none: they are not.
    pub signing: Option<SignatureForm>,
    /// The git tags of the first releases that were signed, each of the family of tags that has older ones.
    pub signed_since: Vec<GitTag>,
    /// What is stated of releases that are signed.
    pub statements: StatementSettings,
    /// Whether the forge is given what is attested.
    pub posting: Posting,
    /// Where the ledger lies, relative to the repository's root.
    pub records_directory: String,
    /// How two runs of one version are kept apart.
    pub claim: ClaimPolicy,
    /// Which releases get a page on the forge.
    pub pages: PagePolicy,
    /// Which environments follow releases and promotions.
    pub deployments: Deployments,
    /// The hash of the configuration's bytes.
    pub config: Digest,
}

impl Project {
    /// The project of a chart that is released by itself: nothing but this chart, under its own git tags and claims, with a
    /// ledger below the project's. `None` if the chart has no versions or no git tags of its own.
    pub fn of_chart(&self, chart: &Chart) -> Option<Project> {
        let pattern = chart.tags.as_ref().filter(|_| chart.is_numbered())?.pattern.clone();
        let alone = Chart { version: VersionPolicy::Match, ..chart.clone() };
        Some(Project {
            name: chart.name.clone(),
            version_files: Vec::new(),
            tags: TagPolicy::new(pattern, None, Prereleases::Allowed, Scheme::Semver).ok()?,
            images: Vec::new(),
            charts: vec![alone],
            compose: None,
            app_compose: None,
            records_directory: format!("{}/{}", self.records_directory, chart.name),
            pages: PagePolicy::Never,
            deployments: Deployments { wanted: Vec::new(), ..self.deployments.clone() },
            ..self.clone()
        })
    }

    /// Whether nobody vouches for a release of this version unless its record is signed: where releases are signed each must be, but
    /// those below the first that was. The version is what was asked for; what a record says of itself, as its time, decides nothing.
    pub fn must_be_signed(&self, version: &Version) -> bool {
        let is_older =
            |first: &GitTag| self.tags.read(&first.0).version().is_some_and(|first| version < first);
        self.signing.is_some() && !self.signed_since.iter().any(is_older)
    }

    /// The chart whose own git tag this is.
    pub fn find_chart_of_tag(&self, tag: &str) -> Option<&Chart> {
        self.charts.iter().find(|chart| chart.find_own_version(tag).is_some())
    }

    /// The files that are made for a release.
    pub fn file_roles(&self) -> Vec<FileRole> {
        let app_compose = self.app_compose.as_ref().map(|_| FileRole::AppCompose);
        let compose = self.compose.as_ref().map(|_| FileRole::DockerCompose);
        app_compose.into_iter().chain(compose).collect()
    }
}

/// How two runs of one version are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimPolicy {
    /// A claim is held, on the git remote or beside the local registry. `stale_after` is the age in seconds after
    /// which an unfinished run counts as dead.
    Held {
        /// Age in seconds.
        stale_after: u64,
    },
    /// No claim: runs announce themselves in the registry, and both may stop.
    None,
}

/// A file that names the project's version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionFileAt {
    /// Its path, relative to the repository's root.
    pub path: String,
    /// A text around `{version}` for files of no known kind.
    pub pattern: Option<String>,
}

/// An image: how it is made, where it goes, which tags it gets.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its name in the project.
    pub name: ArtifactName,
    /// Where it goes first.
    pub repository: ImageRepository,
    /// Where else it goes.
    pub mirrors: Vec<Mirror>,
    /// The platforms it must have.
    pub platforms: Vec<Platform>,
    /// How it is made.
    pub origin: Origin,
    /// Labels beside the inferred ones; these win. They may have expressions of docker/metadata-action in them.
    pub labels: BTreeMap<String, Expression>,
    /// Annotations beside the inferred ones, in the same way.
    pub annotations: BTreeMap<String, Expression>,
    /// A command that must succeed in it before it is released.
    pub smoke: Option<Vec<String>>,
    /// The tags it gets.
    pub tags: ImageTags,
}

impl Image {
    /// Everywhere it goes: where it goes first, then its mirrors in their order.
    pub fn repositories(&self) -> impl Iterator<Item = &ImageRepository> {
        std::iter::once(&self.repository).chain(self.mirrors.iter().map(|mirror| &mirror.repository))
    }
}

/// A further repository of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// Where.
    pub repository: ImageRepository,
    /// Whether a release waits for it.
    pub necessity: Necessity,
}

/// Image tag rules per occasion.
#[derive(Clone, Debug, Default)]
pub struct ImageTags {
    /// For version tags, pre-releases included.
    pub release: Vec<TagRule>,
    /// For promotion tags.
    pub promotion: Vec<TagRule>,
    /// For pushes to a branch, by its name.
    pub branches: BTreeMap<String, Vec<TagRule>>,
    /// For pushes to any other branch.
    pub any_branch: Vec<TagRule>,
    /// For pull requests.
    pub pull_request: Vec<TagRule>,
    /// The platforms of occasions that are made for others than the image's own; never of releases and promotions.
    pub platforms: BTreeMap<Table, Vec<Platform>>,
}

impl ImageTags {
    /// The rules of every occasion, each with its table.
    pub fn rule_set(&self) -> RuleSet {
        let of = |table: Table, rules: &[TagRule]| -> Vec<_> {
            rules.iter().map(|rule| (table.clone(), rule.clone())).collect()
        };
        let branches = self.branches.iter().flat_map(|(name, rules)| of(Table::Branch(name.clone()), rules));
        let mut all = of(Table::Release, &self.release);
        all.extend(of(Table::Promotion, &self.promotion));
        all.extend(branches);
        all.extend(of(Table::AnyBranch, &self.any_branch));
        all.extend(of(Table::PullRequest, &self.pull_request));
        RuleSet::of(all)
    }

    /// The tags that hang on nothing: `latest`, `edge`.
    pub fn fixed(&self) -> Vec<ImageTag> {
        let forms = self.rule_set().forms().into_iter().filter(|(template, _)| template.is_literal());
        forms.filter_map(|(template, _)| template.to_string().parse().ok()).collect()
    }
}

/// How an image is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Put together from a base and files, without a builder.
    Assemble(Assemble),
    /// Made by something else: taken as it is, byte for byte.
    Import(Content),
    /// Built from a Dockerfile.
    Dockerfile(Box<Recipe>),
}

/// Where existing content lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// An image layout, relative to the repository's root; `tag` chooses among several images.
    Layout {
        /// The directory.
        path: String,
        /// The `ref.name` of the image.
        tag: Option<String>,
    },
    /// A layout or `docker save` output in a tar file.
    Archive {
        /// The file.
        path: String,
        /// The `ref.name` of the image.
        tag: Option<String>,
    },
    /// A digest in a registry.
    Registry(Reference),
}

/// An image put together from a base and files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assemble {
    /// What it stands on; none is `scratch`.
    pub base: Option<Content>,
    /// Its files.
    pub files: Vec<AssembledFile>,
    /// The command that always runs.
    pub entrypoint: Option<Vec<String>>,
    /// Its default arguments.
    pub command: Option<Vec<String>>,
    /// Environment.
    pub env: BTreeMap<String, String>,
    /// User or uid, with group after a colon.
    pub user: Option<String>,
    /// The directory it starts in.
    pub working_directory: Option<String>,
    /// Ports it listens on: `8080/tcp`.
    pub ports: Vec<String>,
}

/// One file of an assembled image, or everything below a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssembledFile {
    /// What is taken.
    pub input: Input,
    /// A path relative to the repository's root; `{os}`, `{arch}` and `{variant}` stand for the platform's parts.
    pub from: String,
    /// An absolute path in the image; of a directory, where everything below it goes.
    pub to: String,
    /// Permission bits; none keeps the file's own executable bit (`0755` or `0644`).
    pub mode: Option<u32>,
}

/// What is taken into an assembled image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// One file.
    File,
    /// Every file below a directory.
    Directory,
}
