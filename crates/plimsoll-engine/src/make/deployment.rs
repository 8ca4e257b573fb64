//! The files that deploy a release: the compose file with its images pinned, and the dstack manifest around it.
//!
//! Images of others are looked up here and nowhere else. What was found is frozen with the seal; whoever goes on with a
//! sealed set takes its files as they are.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::name::{Digest, Reference};

use crate::document::app_compose::AppComposeError;
use crate::document::compose::{ComposeFile, Deployment, DeploymentError, Released, Why};
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::FileRole;
use crate::domain::compose::ComposeSettings;
use crate::domain::project::Project;
use crate::domain::target::Target;
use crate::world::tree::read_text;
use crate::world::{Eyes, WorldError};

/// The largest compose file that is read, in bytes.
const LIMIT: u64 = 1024 * 1024;
/// How many registries are asked at a time.
const AT_ONCE: usize = 8;

/// Why the files of a release can't be made.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DeploymentFault {
    /// The compose file is not there.
    #[error("the compose file `{path}` is not there")]
    Missing {
        /// The path, relative to the repository's root.
        path: String,
    },
    /// It can't be released.
    #[error("{path}: {error}")]
    Compose {
        /// The path, relative to the repository's root.
        path: String,
        /// What it says.
        text: String,
        /// Why not.
        error: DeploymentError,
    },
    /// A guest would refuse the manifest.
    #[error("guests would refuse the app-compose file")]
    AppCompose(Vec<AppComposeError>),
    /// The world did not answer.
    #[error(transparent)]
    World(#[from] WorldError),
}

/// Makes the files of a release, each with what it is. `digests` are those of its images.
pub async fn make_files(
    eyes: Eyes<'_>,
    project: &Project,
    digests: &BTreeMap<ArtifactName, Digest>,
    targets: &[Target],
) -> Result<BTreeMap<FileRole, Vec<u8>>, DeploymentFault> {
    let mut files = BTreeMap::new();
    let made = project.images.iter().filter(|image| digests.contains_key(&image.name));
    let released = Released::all(made, targets, |image| digests.get(image).cloned());
    let compose = match &project.compose {
        Some(settings) => {
            let deployment = Deployment { settings, released: &released };
            Some(pin(eyes, settings, deployment).await?)
        }
        None => None,
    };
    if let Some(app) = &project.app_compose {
        let text = compose.as_deref().unwrap_or_default();
        files.insert(FileRole::AppCompose, app.render(text).map_err(DeploymentFault::AppCompose)?);
    }
    if let Some(text) = compose {
        files.insert(FileRole::DockerCompose, text.into_bytes());
    }
    Ok(files)
}

async fn pin(
    eyes: Eyes<'_>,
    settings: &ComposeSettings,
    deployment: Deployment<'_>,
) -> Result<String, DeploymentFault> {
    let path = &settings.file;
    let file =
        eyes.tree().open(path).await?.ok_or_else(|| DeploymentFault::Missing { path: path.clone() })?;
    let text = read_text(file, LIMIT).await?;
    let fault = |error| DeploymentFault::Compose { path: path.clone(), text: text.clone(), error };
    let file = ComposeFile::parse(&text).map_err(|error| fault(error.into()))?;
    let references = deployment.references(&file).map_err(fault)?;
    let resolve = |reference: Reference| async move { (reference.clone(), resolve(eyes, reference).await) };
    let resolved: Vec<_> = references.into_iter().map(resolve).collect();
    let resolved: Vec<_> = stream::iter(resolved).buffered(AT_ONCE).collect().await;
    deployment.pin(&file, &resolved.into_iter().collect()).map_err(fault)
}

async fn resolve(eyes: Eyes<'_>, reference: Reference) -> Result<Digest, Why> {
    match eyes.origins().resolve(&reference).await {
        Ok(Some(digest)) => Ok(digest),
        Ok(None) => Err(Why::NotThere { reference }),
        Err(error) => Err(Why::Unresolved { reference: Box::new(reference), why: error.to_string() }),
    }
}
