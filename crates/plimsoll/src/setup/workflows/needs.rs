//! What a configuration needs of a CI system.

use std::collections::BTreeSet;

use plimsoll_engine::domain::attestation::Posting;
use plimsoll_engine::domain::build::cache_attribute;
use plimsoll_engine::domain::chart::{Chart, Rendering};
use plimsoll_engine::domain::deployment::Keeper;
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::domain::project::{ClaimPolicy, Image, ImageTags, Origin, Project};
use plimsoll_engine::run::mirrors::repositories;
use plimsoll_engine::world::forge::ForgeKind;
use plimsoll_oci::name::{ImageRepository, RegistryHost};

use super::tag_family::TagFamily;
use super::variables::Variables;
use crate::config::{Config, Destination, Means};
use crate::wire::ForgeAddress;

/// The registry that takes the token of a GitHub job.
const GITHUB_REGISTRY: &str = "ghcr.io";

/// What a configuration needs of a CI system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Which git tags a release is set off by.
    pub(crate) version_tags: TagFamily,
    /// Which git tags promote.
    pub(crate) promotion_tags: Option<TagFamily>,
    /// The branches whose pushes publish images.
    pub(crate) branches: Vec<String>,
    /// Whether pushes to any branch do.
    pub(crate) any_branch: bool,
    /// Whether pull requests do.
    pub(crate) pull_requests: bool,
    /// Whether the job writes to its repository: claims, records, release pages.
    pub(crate) writes_repository: bool,
    /// Whether the job writes to GitHub's registry.
    pub(crate) writes_packages: bool,
    /// Whether the job proves who it is.
    pub(crate) proves_identity: bool,
    /// Whether the forge keeps entries of deployments.
    pub(crate) deploys: bool,
    /// Whether the forge keeps what is attested.
    pub(crate) posts_attestations: bool,
    /// Whether what is said of releases later is written to the repository, too: records, release pages, chart repositories.
    pub(crate) writes_afterwards: bool,
    /// Those of the variables that the forge does not keep as secrets.
    pub(crate) plain: BTreeSet<String>,
    /// Variables that the forge has to keep.
    pub(crate) variables: BTreeSet<String>,
    /// What the more delicate of them are for.
    pub(crate) purposes: Variables,
    /// The charts that are released by themselves, by their names.
    pub(crate) charts: Vec<String>,
    /// Which git tags of theirs set a release off.
    pub(crate) chart_tags: Vec<TagFamily>,
    /// The branches whose pushes release them.
    pub(crate) chart_branches: Vec<String>,
    /// Where its images go.
    pub(crate) destination: Destination,
    /// Whether images are built from Dockerfiles.
    pub(crate) builds: bool,
    /// Whether builds keep caches in GitHub's own, which actions alone can reach.
    pub(crate) caches_on_github: bool,
    /// The platforms of those images.
    pub(crate) platforms: Vec<String>,
    /// Whether each of those images is for each of those platforms.
    pub(crate) is_even: bool,
    /// Files that an image is put together from and that git does not have, as far as is known.
    pub(crate) made_before: Vec<String>,
    /// Whether nothing is released without Helm.
    pub(crate) renders_charts: bool,
    /// The registries that are written to, and that no login is named for.
    pub(crate) without_login: BTreeSet<String>,
}

impl Needs {
    /// Reads a configuration.
    pub(crate) fn of(config: &Config) -> Needs {
        let project = &config.project;
        let rules = |some: fn(&ImageTags) -> bool| project.images.iter().any(|image| some(&image.tags));
        let mut branches: Vec<String> =
            project.images.iter().flat_map(|image| image.tags.branches.keys().cloned()).collect();
        branches.sort();
        branches.dedup();
        let has_page = project.pages != PagePolicy::Never && config.forge.address.is_some();
        let on_github = |repository: &ImageRepository| {
            let host = repository.registry();
            host.to_string() == GITHUB_REGISTRY
                && config.registries.get(host).is_none_or(|access| access.credentials.is_none())
        };
        // A token of the project's own has rights of its own.
        let is_github = |address: &ForgeAddress| address.kind == ForgeKind::GitHub;
        let asks_github =
            config.forge.token.is_none() && config.forge.address.as_ref().is_some_and(is_github);
        let purposes = Variables::of(config);
        let writes_afterwards = config.committing.is_some()
            || has_page
            || project.charts.iter().any(|chart| chart.listed_in.is_some());
        Needs {
            version_tags: TagFamily::of(project.tags.version()),
            promotion_tags: project.tags.stable().map(TagFamily::of),
            branches,
            any_branch: rules(|tags| !tags.any_branch.is_empty()),
            pull_requests: rules(|tags| !tags.pull_request.is_empty()),
            writes_afterwards,
            writes_repository: matches!(project.claim, ClaimPolicy::Held { .. })
                || config.committing.is_some()
                || project.charts.iter().any(|chart| chart.listed_in.is_some() || chart.tags.is_some())
                || has_page,
            writes_packages: repositories(project).keys().any(on_github)
                || project.charts.iter().any(|chart| on_github(&chart.repository)),
            proves_identity: config
                .signing
                .signer
                .as_ref()
                .is_some_and(|signer| matches!(signer.means, Means::Identity { .. })),
            deploys: !project.deployments.wanted.is_empty()
                && project.deployments.keeper == Keeper::Forge
                && asks_github,
            posts_attestations: config.forge.posting == Posting::Posted && asks_github,
            plain: BTreeSet::new(),
            variables: config.variables.union(&purposes.further()).cloned().collect(),
            purposes,
            charts: alone(project).map(|chart| chart.name.to_string()).collect(),
            chart_tags: alone(project)
                .filter_map(|chart| chart.tags.as_ref())
                .map(|tags| TagFamily::of(&tags.pattern))
                .collect(),
            chart_branches: Vec::new(),
            destination: config.destination,
            builds: built(project).next().is_some(),
            caches_on_github: caches_on_github(project),
            platforms: platforms(project),
            is_even: built(project).all(|image| image.platforms.len() == platforms(project).len()),
            made_before: made_before(project),
            renders_charts: project.charts.iter().any(|chart| chart.rendering == Rendering::Required),
            without_login: registries(project)
                .filter(|host| config.registries.get(host).is_none_or(|access| access.credentials.is_none()))
                .map(|host| host.to_string())
                .collect(),
        }
    }

    /// Leaves out what a commit has of the files that images are put together from.
    pub(crate) fn without_files(mut self, committed: &BTreeSet<String>) -> Needs {
        let has = |file: &String| {
            let folder = format!("{}/", file.trim_end_matches('/'));
            committed.contains(file) || committed.iter().any(|path| path.starts_with(&folder))
        };
        self.made_before.retain(|file| !has(file));
        self
    }

    /// Whether runners of the two kinds that GitHub has can build everything, each its half.
    pub(crate) fn can_be_divided(&self) -> bool {
        self.builds && self.is_even && self.foreign() == ["linux/arm64"]
    }

    /// The platforms that a runner for `linux/amd64` builds by emulation.
    pub(crate) fn foreign(&self) -> Vec<&str> {
        self.platforms.iter().map(String::as_str).filter(|platform| *platform != "linux/amd64").collect()
    }
}

fn built(project: &Project) -> impl Iterator<Item = &Image> {
    project.images.iter().filter(|image| matches!(image.origin, Origin::Dockerfile(_)))
}

/// Where images, their copies and charts go.
fn registries(project: &Project) -> impl Iterator<Item = RegistryHost> {
    let of_charts = project.charts.iter().map(|chart| chart.repository.clone());
    let all = repositories(project).into_keys().chain(of_charts);
    all.map(|repository| repository.registry().clone())
}

fn caches_on_github(project: &Project) -> bool {
    built(project).any(|image| match &image.origin {
        Origin::Dockerfile(recipe) => {
            let mut caches = recipe.cache_from.iter().chain(&recipe.cache_to);
            caches.any(|cache| cache_attribute(cache, "type") == Some("gha"))
        }
        _ => false,
    })
}

/// Charts with numbers and git tags of their own.
fn alone(project: &Project) -> impl Iterator<Item = &Chart> {
    project.charts.iter().filter(|chart| chart.is_numbered() && chart.tags.is_some())
}

fn platforms(project: &Project) -> Vec<String> {
    let all: BTreeSet<String> =
        built(project).flat_map(|image| &image.platforms).map(ToString::to_string).collect();
    all.into_iter().collect()
}

fn made_before(project: &Project) -> Vec<String> {
    let mut files = Vec::new();
    for image in &project.images {
        if let Origin::Assemble(assemble) = &image.origin {
            files.extend(assemble.files.iter().map(|file| file.from.clone()));
        }
    }
    files
}
