//! What is made: one file per way of making an image. Everything happens in the workshop; nothing leaves the machine.

mod assemble;
mod files;
mod import;
mod labels;

use plimsoll_oci::model::{Descriptor, Platform};
use plimsoll_oci::store::StoreError;

use crate::check::seal::ImageFault;
use crate::domain::artifact::ArtifactName;
use crate::domain::project::{Image, Origin, Project};
use crate::domain::source::Source;
use crate::world::workshop::Workshop;
use crate::world::{Eyes, WorldError};

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
    /// Existing content can't be read.
    #[error("image `{image}`: {fault}")]
    Content {
        /// The image.
        image: ArtifactName,
        /// What is wrong.
        fault: ImageFault,
    },
    /// The world did not answer.
    #[error(transparent)]
    World(#[from] WorldError),
}

impl From<StoreError> for MakeError {
    fn from(error: StoreError) -> MakeError {
        MakeError::World(error.into())
    }
}

/// Makes an image in the workshop; the result is always an index.
pub async fn make_image(
    eyes: Eyes<'_>,
    workshop: &dyn Workshop,
    ground: Ground<'_>,
    image: &Image,
) -> Result<Descriptor, MakeError> {
    match &image.origin {
        Origin::Assemble(recipe) => assemble::assemble(eyes, workshop, ground, image, recipe).await,
        Origin::Import(content) => import::import(eyes, workshop, ground, image, content).await,
    }
}
