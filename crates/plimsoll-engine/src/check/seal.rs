//! The seal's check: what was made is what was meant, and nothing of it is missing.

use std::collections::BTreeMap;

use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::{Descriptor, ImageConfig, MANIFEST_LIMIT, Manifest, Platform, View};
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, StoreError};

use super::chart;
use super::chart_images::ChartImageFault;
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::{FileRole, Seal, SealedFile, SealedImage, SealedStatement};
use crate::domain::predicate::PredicateType;
use crate::domain::project::{Image, Project};
use crate::statement::artifact::{describe_file, describe_statement};
use crate::world::workshop::missing;

/// A seal whose content was verified. Only [`verify`] makes one.
#[derive(Clone, Debug)]
pub struct Verified {
    seal: Seal,
}

impl Verified {
    /// The seal.
    pub fn into_seal(self) -> Seal {
        self.seal
    }
}

/// What the platforms of an image say of it.
pub async fn read_image(
    pull: &dyn Pull,
    image: &Image,
    root: &Descriptor,
) -> Result<SealedImage, ImageFault> {
    let index = pull.manifest(&root.digest).await?.ok_or_else(|| missing(&root.digest))?;
    if let View::Image(_) = index.view() {
        return Err(ImageFault::NoIndex { found: index.media_type().to_string() });
    }
    let mut platforms: BTreeMap<String, Digest> = BTreeMap::new();
    let mut labels = None;
    for child in index.children() {
        // What is no image for a platform, such as BuildKit's attestations, is carried along and not looked into.
        let Some(said) = child.platform.as_ref().filter(|said| said.os != "unknown") else { continue };
        let manifest = pull.manifest(&child.digest).await?.ok_or_else(|| missing(&child.digest))?;
        let config = read_config(pull, &manifest).await?;
        if config.platform.normalised().to_string() != said.normalised().to_string() {
            return Err(ImageFault::Platform { said: said.clone(), config: config.platform });
        }
        labels.get_or_insert_with(|| config.labels());
        let name = said.normalised().to_string();
        let name = match &said.os_version {
            // Windows has images for one platform and several versions; each keeps its name.
            Some(version) if platforms.contains_key(&name) => format!("{name} {version}"),
            _ => name,
        };
        platforms.insert(name, child.digest.clone());
        for blob in manifest.blobs() {
            if blob.urls.is_empty() && pull.blob(blob).await?.is_none() {
                return Err(missing(&blob.digest).into());
            }
        }
    }
    let lacking: Vec<Platform> = image
        .platforms
        .iter()
        .filter(|wanted| !platforms.contains_key(&wanted.normalised().to_string()))
        .cloned()
        .collect();
    if !lacking.is_empty() {
        return Err(ImageFault::Lacks { lacking, has: platforms.into_keys().collect() });
    }
    Ok(SealedImage {
        media_type: root.media_type.clone(),
        size: root.size,
        platforms,
        labels: labels.unwrap_or_default(),
        unknown: BTreeMap::new(),
    })
}

/// The config of an image manifest.
pub async fn read_config(pull: &dyn Pull, manifest: &Manifest) -> Result<ImageConfig, ImageFault> {
    let descriptor = manifest.blobs().next().cloned().unwrap_or_else(Descriptor::empty);
    let Some(content) = pull.blob(&descriptor).await? else {
        return Err(missing(&descriptor.digest).into());
    };
    let bytes = read_whole(&*content, MANIFEST_LIMIT).await?;
    Ok(ImageConfig::parse(&bytes).map_err(StoreError::from)?)
}

/// Why an image can't be sealed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ImageFault {
    /// Its content can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is no index.
    #[error("the image is `{found}`, not an index")]
    NoIndex {
        /// Its media type.
        found: String,
    },
    /// The index says one platform, the image another.
    #[error("the index lists an image for {said} whose config says {config}")]
    Platform {
        /// What the index says.
        said: Platform,
        /// What the config says.
        config: Platform,
    },
    /// Platforms that it must have are not there.
    #[error("the image lacks {}", lacking.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Lacks {
        /// Which.
        lacking: Vec<Platform>,
        /// Which it has.
        has: Vec<String>,
    },
}

/// Why a set can't be sealed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SealFault {
    /// An image of the project is not in it.
    #[error("image `{image}` was not made")]
    NotMade {
        /// The image.
        image: ArtifactName,
    },
    /// An image is not what the seal says of it.
    #[error("image `{image}` is not what its seal says")]
    Differs {
        /// The image.
        image: ArtifactName,
    },
    /// An image is not what it should be.
    #[error("image `{image}`: {fault}")]
    Image {
        /// The image.
        image: ArtifactName,
        /// What is wrong with it.
        fault: Box<ImageFault>,
    },
    /// A chart of the project is not in it.
    #[error("chart `{chart}` was not made")]
    ChartNotMade {
        /// The chart.
        chart: ArtifactName,
    },
    /// A chart is not there, or not what the seal says of it.
    #[error("chart `{chart}`: {error}")]
    Chart {
        /// The chart.
        chart: ArtifactName,
        /// What is wrong with it.
        error: Box<StoreError>,
    },
    /// A chart would not install what is released.
    #[error(transparent)]
    ChartImage(Box<ChartImageFault>),
    /// A file of the project is not in it.
    #[error("{role} was not made")]
    FileNotMade {
        /// Which.
        role: FileRole,
    },
    /// A statement is not there, or not what the seal says of it.
    #[error("the {kind} of {subject}: {error}")]
    Statement {
        /// What it says.
        kind: PredicateType,
        /// What it is about.
        subject: Digest,
        /// What is wrong with it.
        error: Box<StoreError>,
    },
    /// A file is not there, or not what the seal says of it.
    #[error("{role}: {error}")]
    File {
        /// Which.
        role: FileRole,
        /// What is wrong with it.
        error: Box<StoreError>,
    },
}

/// Checks that everything in `seal` is in `pull` and is what the project asks for.
pub async fn verify(pull: &dyn Pull, project: &Project, seal: Seal) -> Result<Verified, Vec<SealFault>> {
    let mut faults = Vec::new();
    for image in &project.images {
        let name = || image.name.clone();
        let (Some(root), Some(said)) = (seal.descriptor(&image.name), seal.images.get(&image.name)) else {
            faults.push(SealFault::NotMade { image: name() });
            continue;
        };
        match read_image(pull, image, &root).await {
            Ok(found) => {
                // Only what is known here can be compared.
                let found = SealedImage { unknown: said.unknown.clone(), ..found };
                if *said != found {
                    faults.push(SealFault::Differs { image: name() });
                }
            }
            Err(fault) => faults.push(SealFault::Image { image: name(), fault: Box::new(fault) }),
        }
    }
    for name in project.charts.iter().map(|chart| &chart.name) {
        let (Some(digest), Some(sealed)) = (seal.artifacts.get(name), seal.charts.get(name)) else {
            faults.push(SealFault::ChartNotMade { chart: name.clone() });
            continue;
        };
        if let Err(error) = chart::verify(pull, digest, sealed).await {
            faults.push(SealFault::Chart { chart: name.clone(), error: Box::new(error) });
        }
    }
    for role in project.file_roles() {
        let Some(file) = seal.files.get(&role) else {
            faults.push(SealFault::FileNotMade { role });
            continue;
        };
        if let Err(error) = verify_file(pull, role, file).await {
            faults.push(SealFault::File { role, error: Box::new(error) });
        }
    }
    for statement in &seal.statements {
        if let Err(error) = verify_statement(pull, statement).await {
            let (kind, error) = (statement.predicate_type.clone(), Box::new(error));
            faults.push(SealFault::Statement { kind, subject: statement.subject.digest.clone(), error });
        }
    }
    if faults.is_empty() { Ok(Verified { seal }) } else { Err(faults) }
}

async fn verify_statement(pull: &dyn Pull, statement: &SealedStatement) -> Result<(), StoreError> {
    let absent = || missing(&statement.digest);
    let content = pull.blob(&describe_statement(statement)).await?.ok_or_else(absent)?;
    // Reading compares every byte with the digest.
    read_whole(&*content, statement.size).await.map(|_| ())
}

async fn verify_file(pull: &dyn Pull, role: FileRole, file: &SealedFile) -> Result<(), StoreError> {
    let absent = || missing(&file.digest);
    let descriptor = describe_file(role, String::new(), file).ok_or_else(absent)?;
    let content = pull.blob(&descriptor).await?.ok_or_else(absent)?;
    // Reading compares every byte with the digest.
    read_whole(&*content, file.size).await.map(|_| ())
}
