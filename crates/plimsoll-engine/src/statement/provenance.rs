//! SLSA provenance of what a release makes (`docs/formats/provenance.md`).
//!
//! Sources: SLSA v1.1, "Provenance"; GitHub's build type, <https://actions.github.io/buildtypes/workflow/v1>.

use std::collections::BTreeMap;

use plimsoll_oci::name::Digest;
use serde_json::{Map, Value, json};

use super::in_toto::Predicate;
use crate::domain::artifact::ArtifactName;
use crate::domain::git::TagAt;
use crate::domain::predicate::{PredicateType, SLSA_PROVENANCE};
use crate::domain::provenance::{Elsewhere, GitHubJob, Material, Workplace};

/// How jobs of GitHub Actions make things.
pub const GITHUB_BUILD: &str = "https://actions.github.io/buildtypes/workflow/v1";
/// How a release makes things anywhere else.
pub const BUILD: &str = "https://github.com/plimsoll-release/plimsoll/build/v1";
/// A machine that nobody vouches for.
pub const UNKNOWN_BUILDER: &str = "https://github.com/plimsoll-release/plimsoll/builders/unknown";

/// What there is to say of how one artifact was made.
#[derive(Clone, Copy, Debug)]
pub struct Making<'a> {
    /// Where.
    pub workplace: &'a Workplace,
    /// The web address of the source's repository, if it is known.
    pub source: Option<&'a str>,
    /// The tag that was released.
    pub tag: &'a TagAt,
    /// The version.
    pub version: &'a str,
    /// The hash of the configuration.
    pub config: &'a Digest,
    /// What was made.
    pub artifact: &'a ArtifactName,
    /// How: `assemble`, `build`, `import` or `chart`.
    pub way: &'static str,
    /// For which platforms.
    pub platforms: &'a [String],
    /// Of what, beside the source.
    pub materials: &'a [Material],
}

impl Making<'_> {
    /// The provenance. It holds no time and nothing random: the same job says the same.
    pub fn provenance(&self) -> Predicate {
        let (definition, details) = match self.workplace {
            Workplace::GitHub(job) => (self.define_by_workflow(job), describe_job(job)),
            Workplace::Elsewhere(elsewhere) => (self.define(), describe(elsewhere)),
        };
        let predicate = json!({ "buildDefinition": definition, "runDetails": details });
        Predicate::of(PredicateType::provenance(), &predicate)
    }

    /// What was asked for, beside what the ref says.
    fn parameters(&self) -> Value {
        let mut parameters = json!({
            "artifact": self.artifact,
            "config": { self.config.algorithm().name(): self.config.hex() },
            "kind": self.way,
            "tag": self.tag.name,
            "version": self.version,
        });
        if !self.platforms.is_empty() {
            parameters["platforms"] = json!(self.platforms);
        }
        parameters
    }

    fn define_by_workflow(&self, job: &GitHubJob) -> Value {
        let GitHubJob { server, repository, workflow, workflow_ref, .. } = job;
        let address = format!("{server}/{repository}");
        json!({
            "buildType": GITHUB_BUILD,
            "externalParameters": {
                "workflow": { "ref": workflow_ref, "repository": address, "path": workflow },
            },
            "internalParameters": {
                "github": {
                    "event_name": job.event,
                    "repository_id": job.repository_id,
                    "repository_owner_id": job.owner_id,
                    "runner_environment": job.runner,
                },
                "plimsoll": self.parameters(),
            },
            "resolvedDependencies": self.dependencies(Some(&address)),
        })
    }

    fn define(&self) -> Value {
        let mut parameters = self.parameters();
        if let Some(source) = self.source {
            parameters["source"] = Value::from(source_uri(source, self.tag));
        }
        json!({
            "buildType": BUILD,
            "externalParameters": parameters,
            "resolvedDependencies": self.dependencies(self.source),
        })
    }

    /// The source first.
    fn dependencies(&self, address: Option<&str>) -> Vec<Value> {
        let commit = BTreeMap::from([("gitCommit".to_owned(), self.tag.commit.to_string())]);
        let source = Material {
            name: address.is_none().then(|| "source".to_owned()),
            uri: address.map(|address| source_uri(address, self.tag)),
            digests: commit,
        };
        let mut materials: Vec<_> = self.materials.to_vec();
        materials.sort();
        materials.dedup();
        std::iter::once(&source).chain(&materials).map(render_material).collect()
    }
}

fn describe_job(job: &GitHubJob) -> Value {
    let GitHubJob { server, repository, builder, run, attempt, .. } = job;
    json!({
        "builder": { "id": format!("{server}/{builder}"), "version": versions() },
        "metadata": { "invocationId": format!("{server}/{repository}/actions/runs/{run}/attempts/{attempt}") },
    })
}

fn describe(elsewhere: &Elsewhere) -> Value {
    let builder = elsewhere.server.as_deref().unwrap_or(UNKNOWN_BUILDER);
    let mut details = json!({ "builder": { "id": builder, "version": versions() } });
    if let Some(url) = &elsewhere.url {
        details["metadata"] = json!({ "invocationId": url });
    }
    details
}

fn versions() -> Value {
    json!({ "plimsoll": env!("CARGO_PKG_VERSION") })
}

fn render_material(material: &Material) -> Value {
    let mut rendered = Map::new();
    rendered.insert("digest".to_owned(), json!(material.digests));
    rendered.extend(material.name.clone().map(|name| ("name".to_owned(), Value::from(name))));
    rendered.extend(material.uri.clone().map(|uri| ("uri".to_owned(), Value::from(uri))));
    Value::Object(rendered)
}

/// What the provenance of something says, as far as it is compared with what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Of what: digests in hexadecimal.
    pub subjects: Vec<String>,
    /// How it was made: a URI that says what the rest means.
    pub build_type: String,
    /// Who made it.
    pub builder: String,
    /// The commits that it was made from.
    pub commits: Vec<String>,
    /// The source that the first of them is of: `git+URL@REF`.
    pub source: Option<String>,
}

/// What the provenance of a release must tell.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The tag that was released.
    pub tag: &'a TagAt,
    /// The web addresses of the repositories that it may have been made from; none: it is not known.
    pub sources: &'a [String],
    /// The web addresses of further repositories whose workflows may have made it, called by one of those.
    pub workflows: &'a [String],
}

/// Why a provenance is not that of what it is attached to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProvenanceFault {
    /// It is no provenance.
    #[error("it is no provenance: {0}")]
    Shape(&'static str),
    /// It is of something else.
    #[error("it is the provenance of something else")]
    Subject,
    /// It was made from another commit.
    #[error("it was made from commit {}, not {want}", found.join(", "))]
    Commit {
        /// The commit of the release.
        want: String,
        /// The commits that it names.
        found: Vec<String>,
    },
    /// It was made from another repository, or another tag.
    #[error("it was made from {found}, not {}", want.join(" or "))]
    Source {
        /// The tag in the repositories that it may have been made from.
        want: Vec<String>,
        /// What it names.
        found: String,
    },
    /// A workflow of another repository made it.
    #[error("it was made by {builder}, which is no workflow of {repository}")]
    Builder {
        /// The workflow that it names.
        builder: String,
        /// The repository that it says it was made from.
        repository: String,
    },
}

/// Reads the payload of a provenance.
///
/// # Errors
/// [`ProvenanceFault::Shape`].
pub fn parse_provenance(payload: &[u8]) -> Result<Told, ProvenanceFault> {
    let statement: Value =
        serde_json::from_slice(payload).map_err(|_| ProvenanceFault::Shape("it is not JSON"))?;
    if statement.get("predicateType").and_then(Value::as_str) != Some(SLSA_PROVENANCE) {
        return Err(ProvenanceFault::Shape("its type is another"));
    }
    let texts = |list: &str, pointer: &str| -> Vec<String> {
        let list = statement.pointer(list).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(|one| one.pointer(pointer)?.as_str()).map(str::to_owned).collect()
    };
    let text = |pointer: &str| statement.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let dependencies = "/predicate/buildDefinition/resolvedDependencies";
    Ok(Told {
        subjects: texts("/subject", "/digest/sha256"),
        builder: text("/predicate/runDetails/builder/id")
            .ok_or(ProvenanceFault::Shape("it names no builder"))?,
        build_type: text("/predicate/buildDefinition/buildType")
            .ok_or(ProvenanceFault::Shape("it names no build type"))?,
        commits: text(&format!("{dependencies}/0/digest/gitCommit")).into_iter().collect(),
        source: text(&format!("{dependencies}/0/uri")),
    })
}

impl Told {
    /// Whether it is the provenance of `subject`, and tells what is expected. What another build type than those written here says of
    /// its source is for those to judge who know it: a builder, for one, sees no git.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, subject: &Digest, expected: Expected<'_>) -> Result<(), ProvenanceFault> {
        if !self.subjects.iter().any(|one| one == subject.hex()) {
            return Err(ProvenanceFault::Subject);
        }
        if ![GITHUB_BUILD, BUILD].contains(&self.build_type.as_str()) {
            return Ok(());
        }
        let want = expected.tag.commit.to_string();
        if !self.commits.contains(&want) {
            return Err(ProvenanceFault::Commit { want, found: self.commits.clone() });
        }
        match self.source.as_deref() {
            Some(source) => self.check_source(source, expected),
            None if self.build_type == GITHUB_BUILD => Err(ProvenanceFault::Shape("it names no source")),
            None => Ok(()),
        }
    }

    /// Whether it is that tag of one of the repositories, and, of a workflow, whether that is the repository's.
    fn check_source(&self, source: &str, expected: Expected<'_>) -> Result<(), ProvenanceFault> {
        let at = |address: &str| source_uri(address, expected.tag);
        // A tag may have an `@` of its own.
        let (repository, is_tag) = match source.strip_suffix(&format!("@refs/tags/{}", expected.tag.name)) {
            Some(repository) => (repository, true),
            None => (source.split_once("@refs/").map_or(source, |(repository, _)| repository), false),
        };
        let repository = repository.strip_prefix("git+").unwrap_or(repository);
        let known = expected.sources.iter().any(|known| is_same_address(known, repository));
        if !(known || expected.sources.is_empty()) || !is_tag {
            let want = match expected.sources {
                [] => vec![at(repository)],
                known => known.iter().map(|known| at(known)).collect(),
            };
            return Err(ProvenanceFault::Source { want, found: source.to_owned() });
        }
        let of_builder = self.builder.split_once("/.github/workflows/").map(|(repository, _)| repository);
        let is_of = |known: &str| of_builder.is_some_and(|builder| is_same_address(known, builder));
        let is_known = is_of(repository) || expected.workflows.iter().any(|known| is_of(known));
        match self.build_type == GITHUB_BUILD && !is_known {
            true => {
                let (builder, repository) = (self.builder.clone(), repository.to_owned());
                Err(ProvenanceFault::Builder { builder, repository })
            }
            false => Ok(()),
        }
    }
}

/// A tag of a repository, as a dependency names it.
fn source_uri(address: &str, tag: &TagAt) -> String {
    format!("git+{}@refs/tags/{}", address.trim_end_matches('/'), tag.name)
}

/// Whether two web addresses are of one repository: forges tell neither case nor an ending `.git` apart.
fn is_same_address(one: &str, other: &str) -> bool {
    let plain = |address: &str| address.trim_end_matches('/').trim_end_matches(".git").to_ascii_lowercase();
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests;
