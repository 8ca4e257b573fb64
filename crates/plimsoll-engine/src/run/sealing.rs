//! A4: make everything, verify it, freeze name → digest.

use std::collections::BTreeMap;

use super::order::Order;
use super::signing::find_workplace;
use super::stop::Stop;
use crate::check::chart_images;
use crate::check::seal::{SealFault, read_image, verify};
use crate::domain::artifact::ArtifactName;
use crate::domain::chart::Chart;
use crate::domain::chart_number::ChartNumbers;
use crate::domain::claim::{FileRole, RecordFormat, Seal, SealedFile, SealedImage, SealedStatement};
use crate::domain::event::Event;
use crate::domain::project::Image;
use crate::domain::provenance::Material;
use crate::make::{self, Circumstances, MadeArtifact, MadeImage, PackedChart};
use crate::plan::numbered;
use crate::ship::key::{Key, Sealed};
use crate::statement::artifact::describe_file;
use crate::statement::record::Facts;
use crate::statement::release::name_facts;
use crate::world::{World, WorldError};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use plimsoll_oci::content::MemoryContent;
use plimsoll_oci::name::{Digest, Reference};

/// How many images are made side by side.
const IMAGES_AT_ONCE: usize = 4;

/// The set of this order: the sealed layout on this machine if it has one, else made now, sealed and kept. `numbers` are
/// those of charts that have versions of their own.
pub async fn make_and_seal(world: &World, order: &Order<'_>, numbers: &ChartNumbers) -> Result<Sealed, Stop> {
    if let Some(seal) = order.own_seal(world).await? {
        world.watcher.see(Event::Note("going on with what this machine has sealed before".into()));
        return Ok(Sealed::new(
            verify(&*world.eyes().workshop().pull(), order.project, seal).await.map_err(Stop::Unsealable)?,
        ));
    }
    let bench = world.workshop.store();
    let mut artifacts = BTreeMap::new();
    let mut images = BTreeMap::new();
    let making: Vec<_> = order.project.images.iter().map(|image| make_one(world, order, image)).collect();
    let made: Vec<_> = stream::iter(making).buffered(IMAGES_AT_ONCE).try_collect().await?;
    let mut contents = BTreeMap::new();
    for (image, made, sealed) in made {
        artifacts.insert(image.name.clone(), made.root.digest.clone());
        let (root, platforms, materials) = (made.root, sealed.platforms.clone(), made.materials);
        contents.insert(image.name.clone(), MadeArtifact { root, platforms, materials });
        images.insert(image.name.clone(), sealed);
    }
    let files = make_files(world, order, &artifacts).await?;
    let mut charts = BTreeMap::new();
    let packed = make_charts(world, order, &artifacts, numbers).await?;
    for (chart, packed) in &packed {
        artifacts.insert(chart.name.clone(), packed.artifact.manifest.digest().clone());
        charts.insert(chart.name.clone(), packed.sealed.clone());
        contents.insert(chart.name.clone(), made_chart(chart, packed, order, &artifacts));
    }
    let statements = make_statements(world, order, &contents).await?;
    let (time, targets) = (world.clock.now(), numbered(order.project, &order.plan.targets, numbers));
    let facts = Facts {
        name: order.name,
        tag: order.tag,
        time,
        format: RecordFormat::Two,
        artifacts: &artifacts,
        images: &images,
        charts: &charts,
        files: &files,
        signing: order.plan.signing,
        statements: &statements,
        targets: &targets,
    };
    let record = name_facts(facts);
    let (format, unknown) = (RecordFormat::Two, BTreeMap::new());
    let signing = order.plan.signing;
    let seal = Seal {
        time,
        format,
        artifacts,
        images,
        charts,
        files,
        signing,
        statements,
        targets,
        record,
        unknown,
    };
    check_charts(world, order.installs.unwrap_or(&seal), &packed).await?;
    let verified = verify(&*bench, order.project, seal).await.map_err(Stop::Unsealable)?;
    let sealed = Sealed::new(verified);
    world.inspector.sealed(&Key::seal(&sealed).artifacts).await?;
    world.workshop.keep(&order.seal_key(), Key::seal(&sealed)).await?;
    Ok(sealed)
}

/// Makes the files of the release and keeps them beside its images.
async fn make_files(
    world: &World,
    order: &Order<'_>,
    artifacts: &BTreeMap<ArtifactName, Digest>,
) -> Result<BTreeMap<FileRole, SealedFile>, Stop> {
    let made = make::make_files(world.eyes(), order.project, artifacts, &order.plan.targets).await;
    let made = made.map_err(|fault| Stop::Make(Box::new(fault.into())))?;
    let mut sealed = BTreeMap::new();
    for (role, bytes) in made {
        let file = SealedFile::of(&bytes);
        // The name is said beside the record; here the digest is enough.
        let Some(descriptor) = describe_file(role, String::new(), &file) else { continue };
        let content =
            MemoryContent::new(descriptor, bytes.into()).expect("the descriptor was made from these bytes");
        world.workshop.store().put_blob(&content, None).await.map_err(WorldError::from)?;
        sealed.insert(role, file);
    }
    Ok(sealed)
}

/// Makes what is stated of the set, and keeps it beside its images.
async fn make_statements(
    world: &World,
    order: &Order<'_>,
    made: &BTreeMap<ArtifactName, MadeArtifact>,
) -> Result<Vec<SealedStatement>, Stop> {
    let (bench, workplace) = (world.workshop.store(), find_workplace(world, order).await?);
    let circumstances = Circumstances { workplace: &workplace, ..order.circumstances(made) };
    let statements = make::make_statements(world.eyes(), &*bench, circumstances).await;
    statements.map_err(|fault| Stop::Make(Box::new(fault.into())))
}

/// A chart that was made, of the images that its values name.
fn made_chart(
    chart: &Chart,
    packed: &PackedChart,
    order: &Order<'_>,
    digests: &BTreeMap<ArtifactName, Digest>,
) -> MadeArtifact {
    let (digests, targets) = match order.installs {
        Some(installs) => (&installs.artifacts, &installs.targets),
        None => (digests, &order.plan.targets),
    };
    let image = |name: &ArtifactName| {
        let target = targets.iter().find(|target| target.artifact == *name)?;
        let (repository, tag) = (target.repository.clone(), target.version_tags.first().cloned());
        Some(Material::resolved(&Reference { repository, tag, digest: None }, digests.get(name)?))
    };
    MadeArtifact {
        root: packed.artifact.manifest.descriptor().clone(),
        platforms: BTreeMap::new(),
        materials: chart.values.iter().filter_map(|value| image(&value.image)).collect(),
    }
}

/// Makes the charts of the release; `images` are the digests of its images, unless they install those of another set.
async fn make_charts<'a>(
    world: &World,
    order: &Order<'a>,
    images: &BTreeMap<ArtifactName, Digest>,
    numbers: &ChartNumbers,
) -> Result<Vec<(&'a Chart, PackedChart)>, Stop> {
    let (version, time) = (&order.name.version, order.source.commit_time);
    let (images, targets) = match order.installs {
        Some(installs) => (&installs.artifacts, &installs.targets),
        None => (images, &order.plan.targets),
    };
    let cargo = make::Cargo::of(version, time, images, targets, numbers);
    let mut made = Vec::new();
    for chart in &order.project.charts {
        let packed = make::make_chart(world.eyes(), &*world.workshop, chart, &cargo).await;
        let packed = packed.map_err(|fault| Stop::Make(Box::new(fault.into())))?;
        made.push((chart, packed));
    }
    Ok(made)
}

/// Looks whether the charts install the images of a set: of what is about to be sealed, or of what was released before.
async fn check_charts(world: &World, seal: &Seal, packed: &[(&Chart, PackedChart)]) -> Result<(), Stop> {
    let mut faults = Vec::new();
    for (chart, packed) in packed {
        let name = packed.sealed.package_name();
        let package = (name.as_str(), packed.package.as_ref());
        if let Err(found) = chart_images::check(world.eyes(), chart, seal, package, &packed.presets).await {
            faults.extend(found.into_iter().map(|fault| SealFault::ChartImage(Box::new(fault))));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Stop::Unsealable(faults)) }
}

async fn make_one<'a>(
    world: &World,
    order: &Order<'_>,
    image: &'a Image,
) -> Result<(&'a Image, MadeImage, SealedImage), Stop> {
    let ground = make::Ground { project: order.project, source: order.source, version: &order.name.version };
    let bench = make::Bench { workshop: &*world.workshop, builder: &*world.builder };
    let made = make::make_image(world.eyes(), bench, ground, image).await;
    let made = made.map_err(|error| Stop::Make(Box::new(error)))?;
    let sealed = read_image(&*world.workshop.store(), image, &made.root).await;
    let sealed = sealed.map_err(|fault| {
        let (image, fault) = (image.name.clone(), Box::new(fault));
        Stop::Unsealable(vec![SealFault::Image { image, fault }])
    })?;
    world.inspector.smoke(image, &made.root).await?;
    Ok((image, made, sealed))
}
