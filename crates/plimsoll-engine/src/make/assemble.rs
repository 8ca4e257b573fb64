//! An image put together from a base and files: no builder, no daemon, the same bytes on every machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_oci::content::MemoryContent;
use plimsoll_oci::layer::{Packed, Parents};
use plimsoll_oci::model::{
    Descriptor, ExecutionConfig, History, ImageConfig, ImageManifest, Manifest, MediaType, Platform,
    RootFilesystem, View,
};
use plimsoll_oci::store::Pull;

use super::files::{collect, sources};
use super::import::{index_of, material, open_content, take_blob};
use super::labels::{annotations, base as base_labels, labels};
use super::{Ground, MadeImage, MakeError};
use crate::check::seal::read_config;
use crate::domain::project::{Assemble, Image};
use crate::world::Eyes;
use crate::world::origins::Opened;
use crate::world::workshop::{LayerPlan, Workshop};

/// What a layer is made of: the paths of its files, and what becomes of the directories above them.
type LayerKey = (Vec<String>, Parents);

/// What an image stands on, for one platform.
struct Below {
    pull: Arc<dyn Pull>,
    layers: Vec<Descriptor>,
    config: ImageConfig,
}

pub(super) async fn assemble(
    eyes: Eyes<'_>,
    workshop: &dyn Workshop,
    ground: Ground<'_>,
    image: &Image,
    recipe: &Assemble,
) -> Result<MadeImage, MakeError> {
    let base = match &recipe.base {
        Some(content) => Some(open_content(eyes, image, content).await?),
        None => None,
    };
    let mut manifests = Vec::new();
    let mut packed: Vec<(LayerKey, Packed)> = Vec::new();
    for platform in &image.platforms {
        let below = match &base {
            Some(found) => Some(find_base(found, image, platform).await?),
            None => None,
        };
        let parents = match below.as_ref().is_none_or(|below| below.layers.is_empty()) {
            true => Parents::Made,
            false => Parents::Implied,
        };
        let key = (sources(recipe, platform), parents);
        let layer = match packed.iter().find(|(other, _)| *other == key) {
            _ if recipe.files.is_empty() => None,
            // What is the same for several platforms is read and compressed once.
            Some((_, layer)) => Some(layer.clone()),
            None => {
                let files = collect(eyes, image, recipe, platform).await?;
                let time = ground.source.commit_time;
                let layer = workshop.pack(LayerPlan { files, time, parents }).await?;
                packed.push((key, layer.clone()));
                Some(layer)
            }
        };
        manifests.push(one_platform(workshop, ground, image, recipe, platform, below, layer).await?);
    }
    let mut said = annotations(ground, image);
    said.extend(recipe.base.as_ref().map(base_labels).unwrap_or_default());
    let index = index_of(manifests, said);
    workshop.store().put_manifest(&index).await?;
    let base = recipe.base.iter().zip(&base);
    let materials = base.map(|(content, found)| material(content, found)).collect();
    Ok(MadeImage { root: index.descriptor().clone(), materials })
}

async fn one_platform(
    workshop: &dyn Workshop,
    ground: Ground<'_>,
    image: &Image,
    recipe: &Assemble,
    platform: &Platform,
    below: Option<Below>,
    layer: Option<Packed>,
) -> Result<Descriptor, MakeError> {
    let store = workshop.store();
    let mut layers = Vec::new();
    let mut config = match below {
        Some(below) => {
            for layer in &below.layers {
                take_blob(&*below.pull, &*store, layer).await?;
            }
            layers = below.layers;
            below.config
        }
        None => ImageConfig {
            created: None,
            author: None,
            platform: platform.normalised(),
            config: None,
            rootfs: RootFilesystem { kind: "layers".into(), diff_ids: Vec::new() },
            history: None,
        },
    };
    if let Some(packed) = layer {
        layers.push(packed.descriptor);
        config.rootfs.diff_ids.push(packed.diff_id);
        config.history.get_or_insert_default().push(History {
            created: Some(ground.source.commit_time.to_string()),
            created_by: Some("plimsoll assemble".into()),
            ..History::default()
        });
    }
    config.created = Some(ground.source.commit_time.to_string());
    config.config = Some(execution(config.config.take().unwrap_or_default(), ground, image, recipe));
    let bytes = serde_json::to_vec(&config).expect("a config of strings and numbers can be written as JSON");
    let descriptor = Descriptor::of(MediaType::CONFIG, &bytes);
    let content = MemoryContent::new(descriptor.clone(), bytes.into())
        .expect("the descriptor was made from these bytes");
    store.put_blob(&content, None).await?;
    let manifest = Manifest::from_image(ImageManifest {
        schema_version: 2,
        media_type: Some(MediaType::MANIFEST),
        artifact_type: None,
        config: descriptor,
        layers,
        subject: None,
        annotations: BTreeMap::new(),
    });
    store.put_manifest(&manifest).await?;
    let mut descriptor = manifest.descriptor().clone();
    descriptor.platform = Some(config.platform);
    Ok(descriptor)
}

/// The base's image for a platform: its layers and its config.
async fn find_base(found: &Opened, image: &Image, platform: &Platform) -> Result<Below, MakeError> {
    let lacks = || MakeError::BaseLacks { image: image.name.clone(), platform: platform.clone() };
    let broken = |fault| MakeError::Content { image: image.name.clone(), fault };
    let root = found.pull.manifest(&found.root.digest).await?.ok_or_else(lacks)?;
    let manifest = match root.view() {
        View::Image(_) => root,
        View::Index(index) => {
            let wanted = platform.normalised();
            let fits =
                |child: &&Descriptor| child.platform.as_ref().is_some_and(|said| said.normalised() == wanted);
            let child = index.manifests.iter().find(fits).ok_or_else(lacks)?;
            found.pull.manifest(&child.digest).await?.ok_or_else(lacks)?
        }
    };
    let config = read_config(&*found.pull, &manifest).await.map_err(broken)?;
    if config.platform.normalised() != platform.normalised() {
        return Err(lacks());
    }
    Ok(Below { pull: found.pull.clone(), layers: manifest.blobs().skip(1).cloned().collect(), config })
}

/// How the image starts: the recipe's own words over the base's.
fn execution(base: ExecutionConfig, ground: Ground<'_>, image: &Image, recipe: &Assemble) -> ExecutionConfig {
    let mut env: Vec<String> = base.env.unwrap_or_default();
    env.retain(|entry| !recipe.env.contains_key(entry.split('=').next().unwrap_or_default()));
    env.extend(recipe.env.iter().map(|(name, value)| format!("{name}={value}")));
    let mut all_labels = base.labels.unwrap_or_default();
    all_labels.extend(recipe.base.as_ref().map(base_labels).unwrap_or_default());
    all_labels.extend(labels(ground, image));
    let mut ports = base.exposed_ports.unwrap_or_default();
    ports.extend(
        recipe.ports.iter().map(|port| (port.clone(), serde_json::Value::Object(serde_json::Map::new()))),
    );
    ExecutionConfig {
        user: recipe.user.clone().or(base.user),
        exposed_ports: (!ports.is_empty()).then_some(ports),
        env: (!env.is_empty()).then_some(env),
        // A new entrypoint makes the base's arguments meaningless, as in a Dockerfile.
        cmd: recipe.command.clone().or(if recipe.entrypoint.is_some() { None } else { base.cmd }),
        entrypoint: recipe.entrypoint.clone().or(base.entrypoint),
        volumes: base.volumes,
        working_dir: recipe.working_directory.clone().or(base.working_dir),
        labels: (!all_labels.is_empty()).then_some(all_labels),
        stop_signal: base.stop_signal,
    }
}
