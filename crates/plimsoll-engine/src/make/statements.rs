//! What is stated of a release's content, before it is signed: provenance, and what is configured.
//!
//! The bytes are made once, when the set is sealed, and kept beside it; whoever finishes the release signs the same.

mod lifted;
mod scanned;

use std::collections::BTreeMap;

use bytes::Bytes;
use plimsoll_oci::content::MemoryContent;
use plimsoll_oci::model::{Descriptor, Manifest, Platform};
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Store, StoreError};

use super::files::for_platform;
use crate::domain::artifact::ArtifactName;
use crate::domain::attestation::Attestation;
use crate::domain::claim::SealedStatement;
use crate::domain::diagnostic::Place;
use crate::domain::git::TagAt;
use crate::domain::predicate::{PredicateType, SLSA_PROVENANCE};
use crate::domain::project::{Origin, Project};
use crate::domain::provenance::{Material, Workplace};
use crate::domain::sbom::SCANNER;
use crate::domain::stated::{PredicateOrigin, ProvenanceScope};
use crate::domain::target::Target;
use crate::domain::time::Moment;
use crate::domain::wanted_statement::{MadeOf, Part, Wanted, wanted};
use crate::statement::artifact::describe_statement;
use crate::statement::in_toto::{PREDICATE_LIMIT, Predicate, PredicateError, Subject};
use crate::statement::provenance::{Expected, Making, ProvenanceFault, parse_provenance};
use crate::world::scanner::ScanError;
use crate::world::tree::read_bytes;
use crate::world::workshop::missing;
use crate::world::{Eyes, WorldError};
use lifted::lift;
use scanned::scan;

pub use scanned::demand_scanner;

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
    /// Nothing can list what is in images.
    #[error("what is in `{artifact}` can't be listed: {error}")]
    NoScanner {
        /// The first thing whose content should be listed.
        artifact: ArtifactName,
        /// Where the configuration asks for it.
        place: Option<Box<Place>>,
        /// Why.
        error: Box<ScanError>,
    },
    /// What is in an image was not listed.
    #[error("what is in `{artifact}` for {platform} was not listed: {error}")]
    NotScanned {
        /// What it should be about.
        artifact: ArtifactName,
        /// For which platform.
        platform: String,
        /// Why.
        error: Box<ScanError>,
    },
    /// What a program lists of an image is not what it was asked for.
    #[error("what {SCANNER} lists of `{artifact}` for {platform} can't be attested: {error}")]
    Scanned {
        /// What it is about.
        artifact: ArtifactName,
        /// For which platform.
        platform: String,
        /// What is wrong.
        error: PredicateError,
    },
    /// Something is stated of an image for a platform that it is not made for.
    #[error("nothing can be attested of `{artifact}` for {platform}, which is none of its platforms")]
    NoPlatform {
        /// What it should be about.
        artifact: ArtifactName,
        /// The platform.
        platform: String,
    },
    /// Who verifies the release would refuse the provenance.
    #[error("the provenance of `{artifact}` would be refused when the release is verified: {fault}")]
    Provenance {
        /// What it is about.
        artifact: ArtifactName,
        /// Why.
        fault: ProvenanceFault,
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
    for wanted in expand(circumstances)? {
        let (made, subject) = read_subject(bench, circumstances, &wanted).await?;
        let predicate = match wanted.made_of {
            MadeOf::Signature => {
                // An image without an index is signed as a whole.
                if subject.digest != made.root.digest {
                    let statement = keep_signature(bench, subject).await?;
                    if !sealed.contains(&statement) {
                        sealed.push(statement);
                    }
                }
                continue;
            }
            MadeOf::Provenance => {
                let platforms = match &wanted.part {
                    Part::Platform(platform) => vec![name_platform(platform)],
                    Part::Whole | Part::EachPlatform => made.platforms.keys().cloned().collect(),
                };
                circumstances.provenance(wanted.artifact, &platforms, &made.materials)
            }
            MadeOf::Other(PredicateOrigin::File(path)) => {
                read_file(eyes, &wanted, path, circumstances.time).await?
            }
            MadeOf::Other(PredicateOrigin::Builder) => lift(bench, &wanted, made, &subject).await?,
            MadeOf::Other(PredicateOrigin::Scanner(format)) => {
                scan(eyes, circumstances, &wanted, &subject, *format).await?
            }
        };
        let name = circumstances.name(wanted.artifact);
        let bytes = state(&predicate, &wanted, name, &subject.digest)?;
        if wanted.predicate_type.uri() == SLSA_PROVENANCE {
            check_provenance(circumstances, wanted.artifact, &subject.digest, &bytes)?;
        }
        let statement = keep(bench, subject, wanted.predicate_type, bytes).await?;
        // Two names of one thing say the same of it.
        if !sealed.contains(&statement) {
            sealed.push(statement);
        }
    }
    Ok(sealed)
}

fn state(
    predicate: &Predicate,
    wanted: &Wanted<'_>,
    name: String,
    subject: &Digest,
) -> Result<Bytes, StatementFault> {
    let stated = predicate.state(&[Subject { name, digest: subject.clone() }]);
    stated.map_err(|error| {
        let (artifact, what) = (wanted.artifact.clone(), wanted.predicate_type.to_string());
        StatementFault::Predicate { artifact, what, error }
    })
}

/// Asks, before anything is made, whether provenance that is made here would count when the release is verified.
///
/// # Errors
/// [`StatementFault::Provenance`].
pub fn check_workplace(circumstances: Circumstances<'_>) -> Result<(), StatementFault> {
    let project = circumstances.project;
    let charts = project.charts.iter().map(|chart| &chart.name);
    let artifact = project.images.iter().map(|image| &image.name).chain(charts).next();
    let (Some(artifact), true) = (artifact, project.statements.provenance != ProvenanceScope::Nothing) else {
        return Ok(());
    };
    // What it is about is not there yet, and what it is made of is not judged.
    let (subject, name) = (&project.config, String::new());
    let wanted = Wanted {
        artifact,
        part: Part::Whole,
        predicate_type: PredicateType::provenance(),
        made_of: MadeOf::Provenance,
    };
    let bytes = state(&circumstances.provenance(artifact, &[], &[]), &wanted, name, subject)?;
    check_provenance(circumstances, artifact, subject, &bytes)
}

/// Whether `verify` will take a provenance, by the same rule.
fn check_provenance(
    circumstances: Circumstances<'_>,
    artifact: &ArtifactName,
    subject: &Digest,
    statement: &[u8],
) -> Result<(), StatementFault> {
    let settings = &circumstances.project.statements;
    let expected =
        Expected { tag: circumstances.tag, sources: &settings.sources, workflows: &settings.workflows };
    let checked = parse_provenance(statement).and_then(|told| told.check(subject, expected));
    checked.map_err(|fault| StatementFault::Provenance { artifact: artifact.clone(), fault })
}

/// Every statement, each about one thing that was made.
fn expand(circumstances: Circumstances<'_>) -> Result<Vec<Wanted<'_>>, StatementFault> {
    let mut all = Vec::new();
    for wanted in wanted(circumstances.project) {
        match wanted.part {
            Part::Whole | Part::Platform(_) => all.push(wanted),
            Part::EachPlatform => {
                for name in circumstances.made(wanted.artifact).platforms.keys() {
                    let (artifact, platform) = (wanted.artifact.clone(), name.clone());
                    let found = parse_platform(name);
                    let part = found.ok_or(StatementFault::NoPlatform { artifact, platform })?;
                    all.push(Wanted { part: Part::Platform(part), ..wanted.clone() });
                }
            }
        }
    }
    Ok(all)
}

/// A platform by the name that a sealed image has for it.
fn parse_platform(name: &str) -> Option<Platform> {
    let (platform, version) = match name.split_once(' ') {
        Some((platform, version)) => (platform, Some(version.to_owned())),
        None => (name, None),
    };
    Some(Platform { os_version: version, ..platform.parse().ok()? })
}

/// A platform as a sealed image names it: where there are several versions of Windows, with that.
fn name_platform(platform: &Platform) -> String {
    match &platform.os_version {
        Some(version) => format!("{platform} {version}"),
        None => platform.to_string(),
    }
}

/// The platform that a statement is about, by name; nothing if it is about all.
fn name_part(part: &Part) -> String {
    match part {
        Part::Platform(platform) => name_platform(platform),
        Part::Whole | Part::EachPlatform => String::new(),
    }
}

/// What a statement is about: the artifact, and its manifest.
async fn read_subject<'a>(
    bench: &dyn Store,
    circumstances: Circumstances<'a>,
    wanted: &Wanted<'_>,
) -> Result<(&'a MadeArtifact, Descriptor), StatementFault> {
    let made = circumstances.made(wanted.artifact);
    let Part::Platform(platform) = &wanted.part else { return Ok((made, bare(&made.root))) };
    let platforms = &made.platforms;
    let digest = platforms.get(&name_platform(platform)).or_else(|| platforms.get(&platform.to_string()));
    let Some(digest) = digest else {
        let (artifact, platform) = (wanted.artifact.clone(), name_platform(platform));
        return Err(StatementFault::NoPlatform { artifact, platform });
    };
    let manifest = read_manifest(bench, digest).await?;
    Ok((made, bare(manifest.descriptor())))
}

/// A descriptor without what its parent says of it.
fn bare(descriptor: &Descriptor) -> Descriptor {
    Descriptor::new(descriptor.media_type.clone(), descriptor.digest.clone(), descriptor.size)
}

async fn read_manifest(bench: &dyn Store, digest: &Digest) -> Result<Manifest, StoreError> {
    bench.manifest(digest).await?.ok_or_else(|| missing(digest))
}

impl<'a> Circumstances<'a> {
    fn made(self, artifact: &ArtifactName) -> &'a MadeArtifact {
        self.made.get(artifact).expect("whatever is stated of was made: both are of the same project")
    }

    /// What an artifact is called: the first repository that it goes to.
    fn name(self, artifact: &ArtifactName) -> String {
        let target = self.targets.iter().find(|target| target.artifact == *artifact);
        target.map(|target| target.repository.to_string()).unwrap_or_default()
    }

    fn provenance(self, artifact: &ArtifactName, platforms: &[String], materials: &[Material]) -> Predicate {
        let project = self.project;
        let image = project.images.iter().find(|image| image.name == *artifact);
        let making = Making {
            workplace: self.workplace,
            source: project.source.as_deref(),
            tag: self.tag,
            version: self.version,
            config: &project.config,
            artifact,
            way: match image.map(|image| &image.origin) {
                Some(Origin::Assemble(_)) => "assemble",
                Some(Origin::Dockerfile(_)) => "build",
                Some(Origin::Import(_)) => "import",
                None => "chart",
            },
            platforms,
            materials,
        };
        making.provenance()
    }
}

async fn read_file(
    eyes: Eyes<'_>,
    wanted: &Wanted<'_>,
    template: &str,
    time: Moment,
) -> Result<Predicate, StatementFault> {
    let path = path_of(template, wanted);
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
fn path_of(template: &str, wanted: &Wanted<'_>) -> String {
    let path = template.replace("{name}", wanted.artifact.as_str());
    match &wanted.part {
        Part::Platform(platform) => for_platform(&path, platform),
        Part::Whole | Part::EachPlatform => path,
    }
}

/// That an image for a platform is signed: the same for whoever signs it.
async fn keep_signature(bench: &dyn Store, subject: Descriptor) -> Result<SealedStatement, StatementFault> {
    let signature = Attestation::signature(subject.clone());
    let bytes = signature.payload.written().expect("what a signature states is written here").clone();
    keep(bench, subject, PredicateType::signature(), bytes).await
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
