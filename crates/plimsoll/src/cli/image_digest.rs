//! An image that the command line names, by its digest.

use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;
use plimsoll_sigstore::artifact::{Artifact, ArtifactDigest};

use super::copy::{Place, Surroundings};
use super::ending::{Failure, usage};
use crate::explain::{Asked, Explain as _};

/// What a place's tag or digest says that the image is; its manifest is there.
pub(super) async fn find_image(
    place: &Place,
    around: &Surroundings<'_>,
    asked: &Asked,
) -> Result<Descriptor, Failure> {
    let source = place.open_source(around).await?;
    let explain = |error: plimsoll_oci::store::StoreError| Failure::from(error.explain(asked));
    let digest = match (&source.selected, &place.digest, &place.tag) {
        (Some(digest), _, _) | (None, Some(digest), _) => Some(digest.clone()),
        (None, None, Some(tag)) => source.pull.resolve(tag).await.map_err(explain)?.map(|found| found.digest),
        (None, None, None) => {
            let message = format!("`{place}` does not say which image");
            return Err(usage(message).help("name a tag or, better, a digest").into());
        }
    };
    let manifest = match &digest {
        Some(digest) => source.pull.manifest(digest).await.map_err(explain)?,
        None => None,
    };
    match manifest {
        Some(manifest) => Ok(manifest.descriptor().clone()),
        None => {
            Err(usage(format!("there is no {place}")).help("`crane ls` knows which tags there are").into())
        }
    }
}

/// The images for platforms that an index names, indexes below it included; none of an image without one. What is no image, such as
/// BuildKit's attestations, is left out.
pub(super) async fn find_platforms(
    place: &Place,
    root: &Descriptor,
    around: &Surroundings<'_>,
    asked: &Asked,
) -> Result<Vec<Descriptor>, Failure> {
    let source = place.open_source(around).await?;
    let mut platforms: Vec<Descriptor> = Vec::new();
    let mut indexes = vec![root.clone()];
    while let Some(index) = indexes.pop() {
        let read = source.pull.manifest(&index.digest).await;
        let Some(manifest) = read.map_err(|error| error.explain(asked))? else { continue };
        for child in manifest.children() {
            let is_known = platforms.iter().any(|one| one.digest == child.digest);
            let is_image = child.platform.as_ref().is_none_or(|platform| platform.os != "unknown");
            if is_image && !is_known {
                platforms.push(child.clone());
                indexes.extend(child.media_type.is_index().then(|| child.clone()));
            }
        }
    }
    Ok(platforms)
}

/// An image as what signatures are about.
pub(super) fn as_artifact(name: &str, digest: &Digest) -> Result<Artifact, Failure> {
    let known = ArtifactDigest::parse(&digest.to_string()).map(Artifact::known_by);
    known.ok_or_else(|| usage(format!("the digest of {name} is of a kind that can't be signed")).into())
}
