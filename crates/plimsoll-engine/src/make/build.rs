//! An image built from a Dockerfile: whichever builder makes it, or wherever, the index comes out in one shape.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_oci::content::read_whole;
use plimsoll_oci::copy::{CopyOptions, copy};
use plimsoll_oci::model::{Descriptor, Manifest, Platform, View};
use plimsoll_oci::name::Reference;
use plimsoll_oci::store::{Pull, Store, StoreError};

use super::import::index_of;
use super::labels::{self, PREFIX};
use super::{Bench, Ground, MadeImage, MakeError};
use crate::check::seal::read_config;
use crate::document::dockerfile::Dockerfile;
use crate::domain::build::Recipe;
use crate::domain::project::{Content, Image};
use crate::domain::provenance::{Material, find_dependencies};
use crate::statement::artifact::{STATED, STATEMENT};
use crate::world::Eyes;
use crate::world::builder::{BuildOrder, Execution};
use crate::world::origins::Opened;
use crate::world::tree::{TreeFile, read_text};

/// The annotation of a manifest that says something about another one, in an index by BuildKit.
pub(super) const REFERENCE_TYPE: &str = "vnd.docker.reference.type";
/// The annotation that says about which one.
pub(super) const REFERENCE_DIGEST: &str = "vnd.docker.reference.digest";
/// The largest Dockerfile that is read, in bytes.
const DOCKERFILE_LIMIT: u64 = 4 * 1024 * 1024;
/// The largest provenance of a builder that is read, in bytes.
const PROVENANCE_LIMIT: u64 = 64 * 1024 * 1024;

pub(super) async fn build(
    eyes: Eyes<'_>,
    bench: Bench<'_>,
    ground: Ground<'_>,
    image: &Image,
    recipe: &Recipe,
) -> Result<MadeImage, MakeError> {
    let (dockerfile, stage) = read_dockerfile(eyes, image, recipe).await?;
    let arguments = arguments(ground, recipe, &dockerfile, stage);
    let base = find_base(&dockerfile, stage, &arguments);
    let mut wanted = labels::inferred(ground, image);
    wanted.extend(base.as_ref().map(labels::base).unwrap_or_default());
    // What the Dockerfile says of itself is said on purpose.
    let own = dockerfile.label_keys(stage);
    wanted.retain(|key, _| !own.contains(&key.as_str()));
    wanted.extend(labels::configured(ground, &image.labels));
    let runs = dockerfile.runs_on_target(stage);
    let order = BuildOrder {
        image: &image.name,
        recipe,
        commit: &ground.source.commit,
        platforms: &image.platforms,
        arguments: &arguments,
        labels: &wanted,
        time: ground.source.commit_time,
        execution: if runs { Execution::OnTarget } else { Execution::OnBuilder },
    };
    let built = bench.builder.build(order).await;
    let built = built.map_err(|error| MakeError::Build { image: image.name.clone(), error })?;
    let store = bench.workshop.store();
    let pieces = gather(image, recipe, built).await?;
    let mut said = None;
    for piece in &pieces.images {
        piece.take(&*store).await?;
        let config = read_labels(&*store, image, piece, &wanted).await?;
        said.get_or_insert(config);
    }
    for piece in &pieces.attestations {
        piece.take(&*store).await?;
    }
    let mut annotations = labels::annotations(ground, image);
    annotations.extend(base.as_ref().map(labels::base).unwrap_or_default());
    // An index says of itself what its images say: configured, else the Dockerfile's own, else inferred.
    let of_its_own = |(key, _): &(String, String)| key.starts_with(PREFIX) && own.contains(&key.as_str());
    annotations.extend(said.unwrap_or_default().into_iter().filter(of_its_own));
    annotations.extend(labels::configured(ground, &image.annotations));
    let manifests = pieces.images.iter().chain(&pieces.attestations);
    let index = index_of(manifests.map(|piece| piece.descriptor.clone()).collect(), annotations);
    store.put_manifest(&index).await?;
    let mut materials = named_images(&dockerfile, stage, &arguments);
    materials.extend(resolved(&*store, &pieces.attestations).await?);
    Ok(MadeImage { root: index.descriptor().clone(), materials })
}

/// The images that a build begins with, and its frontend, where the Dockerfile names them by digest. Any other only the builder knows.
fn named_images(
    dockerfile: &Dockerfile,
    stage: usize,
    arguments: &BTreeMap<String, String>,
) -> Vec<Material> {
    let named = dockerfile.syntax.clone().into_iter().chain(dockerfile.find_images(stage, arguments));
    named.filter_map(|image| Material::image(&image.parse().ok()?)).collect()
}

/// Whether a layer may state how something was built: BuildKit says of each what it states, and SBOMs are large.
fn may_be_provenance(layer: &Descriptor) -> bool {
    let stated = layer.annotations.get(STATED);
    layer.media_type == STATEMENT
        && stated.is_none_or(|stated| stated.starts_with("https://slsa.dev/provenance/"))
}

/// What the builder says that it took: the dependencies in the provenance that it attests.
async fn resolved(store: &dyn Store, attestations: &[Piece]) -> Result<Vec<Material>, MakeError> {
    let mut materials = Vec::new();
    for piece in attestations {
        for layer in piece.manifest().await?.blobs().filter(|layer| may_be_provenance(layer)) {
            let Some(content) = store.blob(layer).await? else { continue };
            match read_whole(&*content, PROVENANCE_LIMIT).await {
                Ok(bytes) => materials.extend(find_dependencies(&bytes)),
                // Nobody has to read what a builder tells at such length.
                Err(StoreError::TooLarge { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(materials)
}

async fn read_dockerfile(
    eyes: Eyes<'_>,
    image: &Image,
    recipe: &Recipe,
) -> Result<(Dockerfile, usize), MakeError> {
    let path = recipe.file.clone();
    let missing = || MakeError::DockerfileMissing { image: image.name.clone(), path: path.clone() };
    let file: TreeFile = eyes.tree().open(&path).await?.ok_or_else(missing)?;
    let text = read_text(file, DOCKERFILE_LIMIT).await?;
    let broken = |error| MakeError::Dockerfile { image: image.name.clone(), path: path.clone(), error };
    let dockerfile = Dockerfile::parse(&text).map_err(broken)?;
    let unknown = || MakeError::StageUnknown {
        image: image.name.clone(),
        path: path.clone(),
        target: recipe.target.clone().unwrap_or_default(),
    };
    let stage = dockerfile.find_stage(recipe.target.as_deref()).ok_or_else(unknown)?;
    Ok((dockerfile, stage))
}

/// The recipe's build arguments, and those that a Dockerfile may declare to learn what it is built for.
fn arguments(
    ground: Ground<'_>,
    recipe: &Recipe,
    dockerfile: &Dockerfile,
    stage: usize,
) -> BTreeMap<String, String> {
    let told = [
        ("VERSION", ground.version.to_owned()),
        ("BUILD_DATE", ground.source.commit_time.to_string()),
        ("VCS_REF", ground.source.commit.to_string()),
    ];
    let declared = told.into_iter().filter(|(name, _)| dockerfile.declares(stage, name));
    let mut arguments: BTreeMap<String, String> =
        declared.map(|(name, value)| (name.to_owned(), value)).collect();
    arguments.extend(recipe.arguments.clone());
    arguments
}

/// The image below, where the Dockerfile names it by digest.
fn find_base(dockerfile: &Dockerfile, stage: usize, arguments: &BTreeMap<String, String>) -> Option<Content> {
    let reference: Reference = dockerfile.find_base(stage, arguments)?.parse().ok()?;
    Some(Content::Registry(reference))
}

/// One manifest, and where it can be read.
struct Piece {
    pull: Arc<dyn Pull>,
    descriptor: Descriptor,
}

/// What was built, sorted.
struct Pieces {
    /// One for each platform, in the order of the configuration.
    images: Vec<Piece>,
    /// What is attested of these.
    attestations: Vec<Piece>,
}

impl Piece {
    /// Copies it into the workshop, its bytes as they are.
    async fn take(&self, store: &dyn Store) -> Result<(), MakeError> {
        copy(&*self.pull, store, &self.descriptor.digest, &CopyOptions::default()).await?;
        Ok(())
    }

    async fn manifest(&self) -> Result<Manifest, MakeError> {
        let digest = &self.descriptor.digest;
        let missing = || StoreError::Missing { place: "what was built".into(), digest: digest.clone() };
        Ok(self.pull.manifest(digest).await?.ok_or_else(missing)?)
    }

    /// The attestation that it is, and of which manifest.
    fn attested(&self) -> Option<&str> {
        let annotations = &self.descriptor.annotations;
        annotations.get(REFERENCE_TYPE)?;
        Some(annotations.get(REFERENCE_DIGEST).map_or("", String::as_str))
    }
}

/// Sorts what was built by platform, and refuses what is missing, there twice, or not asked for.
async fn gather(image: &Image, recipe: &Recipe, built: Vec<Opened>) -> Result<Pieces, MakeError> {
    let mut leaves = Vec::new();
    let mut open: Vec<Piece> =
        built.into_iter().map(|found| Piece { pull: found.pull, descriptor: found.root }).collect();
    while let Some(piece) = open.pop() {
        let manifest = piece.manifest().await?;
        match manifest.view() {
            View::Index(index) => open.extend(
                index
                    .manifests
                    .iter()
                    .map(|child| Piece { pull: Arc::clone(&piece.pull), descriptor: child.clone() }),
            ),
            View::Image(_) => leaves.push((piece, manifest)),
        }
    }
    let mut images: BTreeMap<(Platform, Option<String>), Piece> = BTreeMap::new();
    let mut attestations = Vec::new();
    for (mut piece, manifest) in leaves {
        if piece.attested().is_some() {
            attestations.push(piece);
            continue;
        }
        let config = read_config(&*piece.pull, &manifest).await;
        let config = config.map_err(|fault| MakeError::Content { image: image.name.clone(), fault })?;
        let platform = piece.descriptor.platform.take().unwrap_or(config.platform).normalised();
        piece.descriptor.platform = Some(platform.clone());
        let foreign = || MakeError::PlatformForeign { image: image.name.clone(), platform: platform.clone() };
        let asked = image.platforms.iter().find(|asked| is_same(asked, &platform)).ok_or_else(foreign)?;
        let key = (asked.clone(), platform.os_version.clone());
        if images.insert(key, piece).is_some() {
            return Err(MakeError::PlatformTwice { image: image.name.clone(), platform });
        }
    }
    let has = |platform: &&Platform| images.keys().any(|(there, _)| there == *platform);
    let lacking: Vec<Platform> = image.platforms.iter().filter(|platform| !has(platform)).cloned().collect();
    if !lacking.is_empty() {
        let has = images.keys().map(|(platform, _)| platform.clone()).collect();
        return Err(MakeError::PlatformsMissing { image: image.name.clone(), lacking, has });
    }
    let mut images: Vec<_> = images.into_iter().collect();
    images.sort_by_key(|((platform, version), _)| {
        (image.platforms.iter().position(|asked| asked == platform), version.clone())
    });
    let images: Vec<Piece> = images.into_iter().map(|(_, piece)| piece).collect();
    // One whose manifest is not here says nothing; without being asked for, none is kept.
    let about = |piece: &Piece| {
        let digest = piece.attested().unwrap_or_default();
        images.iter().position(|image| image.descriptor.digest.to_string() == digest)
    };
    let mut attestations: Vec<_> =
        attestations.into_iter().filter_map(|piece| Some((about(&piece)?, piece))).collect();
    if recipe.attestations.is_empty() {
        attestations.clear();
    }
    attestations.sort_by_key(|(position, piece)| (*position, piece.descriptor.digest.to_string()));
    Ok(Pieces { images, attestations: attestations.into_iter().map(|(_, piece)| piece).collect() })
}

/// The labels of an image that was built, which must have those that were asked for.
async fn read_labels(
    store: &dyn Store,
    image: &Image,
    piece: &Piece,
    wanted: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, MakeError> {
    let broken = |fault| MakeError::Content { image: image.name.clone(), fault };
    let manifest = piece.manifest().await?;
    let labels = read_config(store, &manifest).await.map_err(broken)?.labels();
    match wanted.iter().find(|(key, value)| labels.get(*key) != Some(value)) {
        None => Ok(labels),
        Some((key, value)) => Err(MakeError::LabelDiffers {
            image: image.name.clone(),
            key: key.clone(),
            wanted: value.clone(),
            found: labels.get(key).cloned(),
        }),
    }
}

fn is_same(asked: &Platform, found: &Platform) -> bool {
    asked.normalised().to_string() == found.normalised().to_string()
}
