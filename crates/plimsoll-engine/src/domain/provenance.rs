//! Where something was made and of what, as its provenance tells it.

use std::collections::BTreeMap;

use plimsoll_oci::name::{Digest, Reference};
use serde_json::Value;

/// Where a release is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Workplace {
    /// In a job of GitHub Actions.
    GitHub(Box<GitHubJob>),
    /// In a job of another CI system, or by hand.
    Elsewhere(Elsewhere),
}

/// A job of GitHub Actions, in the words of its environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitHubJob {
    /// `https://github.com`, without a slash at the end.
    pub server: String,
    /// `acme/app`.
    pub repository: String,
    /// The file of the workflow that was set off: `.github/workflows/release.yml`.
    pub workflow: String,
    /// The ref that this file was taken from.
    pub workflow_ref: String,
    /// The workflow that runs, with its ref, as far as it is known: else the one that was set off, which may have called it:
    /// `acme/app/.github/workflows/w.yml@…`.
    pub builder: String,
    /// What set it off: `push`.
    pub event: String,
    /// The number of the repository.
    pub repository_id: String,
    /// The number of its owner.
    pub owner_id: String,
    /// `github-hosted` or `self-hosted`.
    pub runner: String,
    /// The run's number.
    pub run: String,
    /// Which attempt at it, from 1.
    pub attempt: u64,
}

impl Workplace {
    /// The same, where the workflow that runs is known: one that another has called, perhaps of another repository, with its ref.
    #[must_use]
    pub fn called(self, workflow: &str) -> Workplace {
        match self {
            Workplace::GitHub(mut job) => {
                workflow.clone_into(&mut job.builder);
                Workplace::GitHub(job)
            }
            Workplace::Elsewhere(_) => self,
        }
    }
}

/// Somewhere else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// The CI system's address; none where a person releases.
    pub server: Option<String>,
    /// Where people can watch the job.
    pub url: Option<String>,
}

/// Something that went into what was made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Material {
    /// What it is called: the path of a file, or the name of an image of the same release.
    pub name: Option<String>,
    /// Where it can be had.
    pub uri: Option<String>,
    /// Its digests, by their algorithms' names.
    pub digests: BTreeMap<String, String>,
}

impl Material {
    /// An image in a registry, by its digest; `None` if the reference names none.
    pub fn image(reference: &Reference) -> Option<Material> {
        let digest = reference.digest.as_ref()?;
        let repository = reference.repository.to_string();
        let name = repository.rsplit('/').next().unwrap_or(&repository);
        // Package URL of type `oci` (package-url/purl-spec).
        let tag = reference.tag.as_ref().map(|tag| format!("&tag={tag}")).unwrap_or_default();
        let (kind, hex) = (digest.algorithm().name(), digest.hex());
        let uri = format!("pkg:oci/{name}@{kind}%3A{hex}?repository_url={repository}{tag}");
        Some(Material { name: None, uri: Some(uri), digests: digests(digest) })
    }

    /// An image in a registry, by the digest that its name stood for.
    pub fn resolved(reference: &Reference, digest: &Digest) -> Material {
        let reference = Reference { digest: Some(digest.clone()), ..reference.clone() };
        Material::image(&reference).unwrap_or_else(|| Material::named(reference.to_string(), digest))
    }

    /// Something by name and digest.
    pub fn named(name: impl Into<String>, digest: &Digest) -> Material {
        Material { name: Some(name.into()), uri: None, digests: digests(digest) }
    }
}

/// What a provenance, of version 1 or the one before it, names by address and SHA-256; nothing in a statement of another kind.
pub fn find_dependencies(statement: &[u8]) -> Vec<Material> {
    let statement: Value = serde_json::from_slice(statement).unwrap_or_default();
    let places = ["/predicate/buildDefinition/resolvedDependencies", "/predicate/materials"];
    let listed = places.iter().find_map(|place| statement.pointer(place)?.as_array());
    let dependency = |one: &Value| {
        let uri = one.get("uri")?.as_str()?.to_owned();
        let hex = one.pointer("/digest/sha256")?.as_str()?;
        let digest: Digest = format!("sha256:{hex}").parse().ok()?;
        Some(Material { name: None, uri: Some(uri), digests: digests(&digest) })
    };
    listed.into_iter().flatten().filter_map(dependency).collect()
}

fn digests(digest: &Digest) -> BTreeMap<String, String> {
    BTreeMap::from([(digest.algorithm().name().to_owned(), digest.hex().to_owned())])
}
