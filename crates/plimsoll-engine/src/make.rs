//! What is made: one file per way of making an image. Everything happens in the workshop; nothing leaves the machine.

mod assemble;
mod build;
mod chart;
mod deployment;
mod files;
mod import;
mod labels;
mod statements;

use plimsoll_oci::model::{Descriptor, Platform};
use plimsoll_oci::store::StoreError;

use crate::check::seal::ImageFault;
use crate::document::dockerfile::DockerfileError;
use crate::domain::artifact::ArtifactName;
use crate::domain::project::{Image, Origin, Project};
use crate::domain::provenance::Material;
use crate::domain::source::Source;
use crate::world::builder::{BuildError, Builder};
use crate::world::workshop::Workshop;
use crate::world::{Eyes, WorldError};

pub use chart::{
    Cargo, ChartFault, Dependencies, NamedImage, PackedChart, make_chart, pack_chart, read_declared,
};
pub use deployment::{DeploymentFault, make_files};
pub use statements::{
    Circumstances, MadeArtifact, StatementFault, check_workplace, demand_scanner, make_statements,
};

/// What images are made from, beside their own configuration.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The project.
    pub project: &'a Project,
    /// The commit.
    pub source: &'a Source,
    /// What the version label says.
    pub version: &'a str,
}

/// What images are made with.
#[derive(Clone, Copy)]
pub struct Bench<'a> {
    /// Where things are put.
    pub workshop: &'a dyn Workshop,
    /// What builds from Dockerfiles.
    pub builder: &'a dyn Builder,
}

/// An image in the workshop.
#[derive(Clone, Debug)]
pub struct MadeImage {
    /// Its index.
    pub root: Descriptor,
    /// What it was made of, beside the commit.
    pub materials: Vec<Material>,
}

/// Why an image can't be made.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MakeError {
    /// A file that it needs is neither in the commit nor in the working directory.
    #[error("image `{image}` needs `{path}` for {platform}, which is not there")]
    FileMissing {
        /// The image.
        image: ArtifactName,
        /// The path, relative to the repository's root.
        path: String,
        /// For which platform.
        platform: Platform,
    },
    /// A directory that it takes is empty.
    #[error("image `{image}` takes `{path}` for {platform}, and there is no file in it")]
    NothingBelow {
        /// The image.
        image: ArtifactName,
        /// The path, relative to the repository's root.
        path: String,
        /// For which platform.
        platform: Platform,
    },
    /// Two files go to one place.
    #[error("image `{image}`: `{first}` and `{second}` both go to `{to}`")]
    SamePlace {
        /// The image.
        image: ArtifactName,
        /// One file.
        first: String,
        /// The other.
        second: String,
        /// The path in the image.
        to: String,
    },
    /// The base has no image for a platform.
    #[error("the base of image `{image}` has no {platform}")]
    BaseLacks {
        /// The image.
        image: ArtifactName,
        /// The platform.
        platform: Platform,
    },
    /// There is no Dockerfile where the configuration says.
    #[error("image `{image}` is built from `{path}`, which is not there")]
    DockerfileMissing {
        /// The image.
        image: ArtifactName,
        /// The path, relative to the repository's root.
        path: String,
    },
    /// The Dockerfile is none.
    #[error("`{path}` of image `{image}` is no Dockerfile: {error}")]
    Dockerfile {
        /// The image.
        image: ArtifactName,
        /// The path, relative to the repository's root.
        path: String,
        /// What is wrong.
        error: DockerfileError,
    },
    /// The Dockerfile has no stage of that name.
    #[error("`{path}` of image `{image}` has no stage `{target}`")]
    StageUnknown {
        /// The image.
        image: ArtifactName,
        /// The path, relative to the repository's root.
        path: String,
        /// The stage.
        target: String,
    },
    /// It was not built.
    #[error("image `{image}`: {error}")]
    Build {
        /// The image.
        image: ArtifactName,
        /// Why.
        error: BuildError,
    },
    /// What was built is not for every platform.
    #[error("image `{image}` was not built for {}", list(lacking))]
    PlatformsMissing {
        /// The image.
        image: ArtifactName,
        /// For which.
        lacking: Vec<Platform>,
        /// For which it was.
        has: Vec<Platform>,
    },
    /// What was built is there twice.
    #[error("image `{image}` was built twice for {platform}")]
    PlatformTwice {
        /// The image.
        image: ArtifactName,
        /// For which platform.
        platform: Platform,
    },
    /// What was built is for a platform that the image does not have.
    #[error("image `{image}` was built for {platform}, which it does not have")]
    PlatformForeign {
        /// The image.
        image: ArtifactName,
        /// The platform.
        platform: Platform,
    },
    /// What was built does not say of itself what it should.
    #[error("image `{image}` was built with another label `{key}`")]
    LabelDiffers {
        /// The image.
        image: ArtifactName,
        /// The label.
        key: String,
        /// What it should say.
        wanted: String,
        /// What it says.
        found: Option<String>,
    },
    /// Existing content can't be read.
    #[error("image `{image}`: {fault}")]
    Content {
        /// The image.
        image: ArtifactName,
        /// What is wrong.
        fault: ImageFault,
    },
    /// A file that deploys the release can't be made.
    #[error(transparent)]
    Deployment(Box<DeploymentFault>),
    /// A chart can't be made.
    #[error(transparent)]
    Chart(Box<ChartFault>),
    /// Nothing can be stated of it.
    #[error(transparent)]
    Statement(Box<StatementFault>),
    /// The world did not answer.
    #[error(transparent)]
    World(#[from] WorldError),
}

impl From<DeploymentFault> for MakeError {
    fn from(fault: DeploymentFault) -> MakeError {
        match fault {
            DeploymentFault::World(error) => MakeError::World(error),
            other => MakeError::Deployment(Box::new(other)),
        }
    }
}

impl From<ChartFault> for MakeError {
    fn from(fault: ChartFault) -> MakeError {
        match fault {
            ChartFault::World(error) => MakeError::World(error),
            other => MakeError::Chart(Box::new(other)),
        }
    }
}

impl From<StatementFault> for MakeError {
    fn from(fault: StatementFault) -> MakeError {
        match fault {
            StatementFault::World(error) => MakeError::World(error),
            other => MakeError::Statement(Box::new(other)),
        }
    }
}

impl From<StoreError> for MakeError {
    fn from(error: StoreError) -> MakeError {
        MakeError::World(error.into())
    }
}

/// Makes an image in the workshop; the result is always an index.
pub async fn make_image(
    eyes: Eyes<'_>,
    bench: Bench<'_>,
    ground: Ground<'_>,
    image: &Image,
) -> Result<MadeImage, MakeError> {
    match &image.origin {
        Origin::Assemble(recipe) => assemble::assemble(eyes, bench.workshop, ground, image, recipe).await,
        Origin::Import(content) => import::import(eyes, bench.workshop, ground, image, content).await,
        Origin::Dockerfile(recipe) => build::build(eyes, bench, ground, image, recipe).await,
    }
}

fn list(platforms: &[Platform]) -> String {
    platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
