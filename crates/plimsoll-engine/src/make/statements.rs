//! What is stated of a release's content, before it is signed: provenance, and what is configured.
//!
//! The bytes are made once, when the set is sealed, and kept beside it; whoever finishes the release signs the same.

use std::collections::BTreeMap;

use bytes::Bytes;
use plimsoll_oci::content::{MemoryContent, read_whole};
use plimsoll_oci::model::{Descriptor, Manifest};
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Store, StoreError};

use super::build::{REFERENCE_DIGEST, REFERENCE_TYPE};
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::SealedStatement;
use crate::domain::git::TagAt;
use crate::domain::predicate::PredicateType;
use crate::domain::project::{Origin, Project};
use crate::domain::provenance::{Material, Workplace};
use crate::domain::stated::{MadeOf, PredicateOrigin, Wanted, wanted};
use crate::domain::target::Target;
use crate::domain::time::Moment;
use crate::statement::artifact::{STATED, STATEMENT, describe_statement};
use crate::statement::in_toto::{PREDICATE_LIMIT, Predicate, PredicateError, Subject, parse_predicate};
use crate::statement::provenance::Making;
use crate::world::tree::read_bytes;
use crate::world::workshop::missing;
use crate::world::{Eyes, WorldError};

/// Why something can't be stated.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StatementFault {
    /// There is no such file.
    #[error("`{path}`, which is to be attested of `{artifact}`, is not there")]
    FileMissing {
        /// What it is about.
        artifact: ArtifactName,
        /// The path, relative to the repository's root.
        path: String,
    },
    /// Something is not what its type says.
    #[error("{what} can't be attested of `{artifact}`: {error}")]
    Predicate {
        /// What it is about.
        artifact: ArtifactName,
        /// The file, or what made it.
        what: String,
        /// What is wrong.
        error: PredicateError,
    },
    /// The builder attested nothing of the kind.
    #[error("the builder attested no {predicate_type} of `{artifact}` for {platform}{}", but(found))]
    NotAttested {
        /// What it should be about.
        artifact: ArtifactName,
        /// For which platform.
        platform: String,
        /// What it should have said.
        predicate_type: PredicateType,
        /// What it did say, by predicate types.
        found: Vec<String>,
    },
    /// The world did not answer.
    #[error(transparent)]
    World(#[from] WorldError),
}

fn but(found: &[String]) -> String {
    match found {
        [] => String::new(),
        found => format!(", but {}", found.join(", ")),
    }
}

impl From<StoreError> for StatementFault {
    fn from(error: StoreError) -> StatementFault {
        StatementFault::World(error.into())
    }
}

/// What statements are made from.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// The project.
    pub project: &'a Project,
    /// The tag that is released.
    pub tag: &'a TagAt,
    /// The commit's time.
    pub time: Moment,
    /// The version, without `v`.
    pub version: &'a str,
    /// Where the release runs.
    pub workplace: &'a Workplace,
    /// Where everything goes.
    pub targets: &'a [Target],
    /// What was made, by name.
    pub made: &'a BTreeMap<ArtifactName, MadeArtifact>,
}

/// An image or a chart that was made.
#[derive(Clone, Debug)]
pub struct MadeArtifact {
    /// Its index or manifest.
    pub root: Descriptor,
    /// The manifest of an image for each platform.
    pub platforms: BTreeMap<String, Digest>,
    /// What it was made of.
    pub materials: Vec<Material>,
}

/// Makes every statement that the project asks for, and keeps it in `bench`.
pub async fn make_statements(
    eyes: Eyes<'_>,
    bench: &dyn Store,
    circumstances: Circumstances<'_>,
) -> Result<Vec<SealedStatement>, StatementFault> {
    let mut sealed = Vec::new();
    for wanted in wanted(circumstances.project) {
        let Some((made, subject)) = find_subject(bench, circumstances, &wanted).await? else { continue };
        let predicate = match wanted.made_of {
            MadeOf::Provenance => provenance(circumstances, &wanted, made),
            MadeOf::Other(PredicateOrigin::File(path)) => {
                read_file(eyes, &wanted, path, circumstances.time).await?
            }
            MadeOf::Other(PredicateOrigin::Builder) => lift(bench, &wanted, made, &subject).await?,
        };
        let target = circumstances.targets.iter().find(|target| target.artifact == *wanted.artifact);
        let name = target.map(|target| target.repository.to_string()).unwrap_or_default();
        let bytes = predicate.state(&[Subject { name, digest: subject.digest.clone() }]);
        let statement = keep(bench, subject, wanted.predicate_type, bytes).await?;
        // Two names of one thing say the same of it.
        if !sealed.contains(&statement) {
            sealed.push(statement);
        }
    }
    Ok(sealed)
}

/// What a statement is about: the artifact, and its manifest.
async fn find_subject<'a>(
    bench: &dyn Store,
    circumstances: Circumstances<'a>,
    wanted: &Wanted<'_>,
) -> Result<Option<(&'a MadeArtifact, Descriptor)>, StatementFault> {
    let Some(made) = circumstances.made.get(wanted.artifact) else { return Ok(None) };
    let Some(platform) = &wanted.platform else { return Ok(Some((made, bare(&made.root)))) };
    let Some(digest) = made.platforms.get(platform) else { return Ok(None) };
    let manifest = read_manifest(bench, digest).await?;
    Ok(Some((made, bare(manifest.descriptor()))))
}

/// A descriptor without what its parent says of it.
fn bare(descriptor: &Descriptor) -> Descriptor {
    Descriptor::new(descriptor.media_type.clone(), descriptor.digest.clone(), descriptor.size)
}

async fn read_manifest(bench: &dyn Store, digest: &Digest) -> Result<Manifest, StoreError> {
    bench.manifest(digest).await?.ok_or_else(|| missing(digest))
}

fn provenance(circumstances: Circumstances<'_>, wanted: &Wanted<'_>, made: &MadeArtifact) -> Predicate {
    let project = circumstances.project;
    let image = project.images.iter().find(|image| image.name == *wanted.artifact);
    let platforms = match &wanted.platform {
        Some(platform) => vec![platform.clone()],
        None => made.platforms.keys().cloned().collect(),
    };
    let making = Making {
        workplace: circumstances.workplace,
        source: project.source.as_deref(),
        tag: circumstances.tag,
        version: circumstances.version,
        config: &project.config,
        artifact: wanted.artifact,
        way: match image.map(|image| &image.origin) {
            Some(Origin::Assemble(_)) => "assemble",
            Some(Origin::Dockerfile(_)) => "build",
            Some(Origin::Import(_)) => "import",
            None => "chart",
        },
        platforms: &platforms,
        materials: &made.materials,
    };
    making.provenance()
}

async fn read_file(
    eyes: Eyes<'_>,
    wanted: &Wanted<'_>,
    template: &str,
    time: Moment,
) -> Result<Predicate, StatementFault> {
    let path = expand(template, wanted);
    let artifact = wanted.artifact.clone();
    let Some(file) = eyes.tree().open(&path).await? else {
        return Err(StatementFault::FileMissing { artifact, path });
    };
    let parsed = match file.size > PREDICATE_LIMIT {
        true => Err(PredicateError::TooLarge { size: file.size }),
        false => {
            let bytes = read_bytes(file, PREDICATE_LIMIT).await?;
            Predicate::parse(wanted.predicate_type.clone(), &bytes, time)
        }
    };
    parsed.map_err(|error| StatementFault::Predicate { artifact, what: format!("`{path}`"), error })
}

/// The path with what its placeholders stand for.
fn expand(template: &str, wanted: &Wanted<'_>) -> String {
    let mut parts = wanted.platform.as_deref().unwrap_or_default().split('/');
    let mut path = template.replace("{name}", wanted.artifact.as_str());
    for placeholder in ["{os}", "{arch}", "{variant}"] {
        path = path.replace(placeholder, parts.next().unwrap_or_default());
    }
    path
}

/// What BuildKit attested of an image for a platform: a statement that nobody has signed, in a manifest beside it.
async fn lift(
    bench: &dyn Store,
    wanted: &Wanted<'_>,
    made: &MadeArtifact,
    subject: &Descriptor,
) -> Result<Predicate, StatementFault> {
    let about = subject.digest.to_string();
    let mut found = Vec::new();
    let index = read_manifest(bench, &made.root.digest).await?;
    let attests = |child: &&Descriptor| {
        child.annotations.contains_key(REFERENCE_TYPE)
            && child.annotations.get(REFERENCE_DIGEST) == Some(&about)
    };
    for child in index.children().iter().filter(attests) {
        let manifest = read_manifest(bench, &child.digest).await?;
        for layer in manifest.blobs().filter(|layer| layer.media_type == STATEMENT) {
            let stated = layer.annotations.get(STATED).map_or("", String::as_str);
            if stated != wanted.predicate_type.uri() {
                found.push(stated.to_owned());
                continue;
            }
            let missing =
                || StoreError::Missing { place: "the local layout".into(), digest: layer.digest.clone() };
            let content = bench.blob(layer).await?.ok_or_else(missing)?;
            let bytes = read_whole(&*content, PREDICATE_LIMIT).await?;
            return parse_predicate(&bytes, wanted.predicate_type.clone()).map_err(|error| {
                let (artifact, what) = (wanted.artifact.clone(), format!("the builder's {}", layer.digest));
                StatementFault::Predicate { artifact, what, error }
            });
        }
    }
    Err(StatementFault::NotAttested {
        artifact: wanted.artifact.clone(),
        platform: wanted.platform.clone().unwrap_or_default(),
        predicate_type: wanted.predicate_type.clone(),
        found,
    })
}

async fn keep(
    bench: &dyn Store,
    subject: Descriptor,
    predicate_type: PredicateType,
    bytes: Bytes,
) -> Result<SealedStatement, StatementFault> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let statement = SealedStatement { subject, predicate_type, digest: Digest::of(&bytes), size };
    let content = MemoryContent::new(describe_statement(&statement), bytes)
        .expect("the descriptor was made from these bytes");
    bench.put_blob(&content, None).await?;
    Ok(statement)
}
