//! A4: make everything, verify it, freeze name → digest.

use std::collections::BTreeMap;

use super::ending::Stop;
use super::order::Order;
use crate::check::seal::{SealFault, read_image, verify};
use crate::domain::claim::{RecordFormat, Seal};
use crate::domain::event::Event;
use crate::make;
use crate::ship::key::{Key, Sealed};
use crate::statement::record::Facts;
use crate::statement::release::name_facts;
use crate::world::World;

/// The set of this order: the sealed layout on this machine if it has one, else made now, sealed and kept.
pub async fn make_and_seal(world: &World, order: &Order<'_>) -> Result<Sealed, Stop> {
    if let Some(seal) = order.own_seal(world).await? {
        world.watcher.see(Event::Note("going on with what this machine has sealed before".into()));
        return Ok(Sealed::new(
            verify(&*world.eyes().workshop().pull(), order.project, seal).await.map_err(Stop::Unsealable)?,
        ));
    }
    let bench = world.workshop.store();
    let mut artifacts = BTreeMap::new();
    let mut images = BTreeMap::new();
    for image in &order.project.images {
        let ground =
            make::Ground { project: order.project, source: order.source, version: &order.name.version };
        let root = make::make_image(world.eyes(), &*world.workshop, ground, image)
            .await
            .map_err(|error| Stop::Make(Box::new(error)))?;
        let sealed = read_image(&*bench, image, &root).await.map_err(|fault| {
            let (image, fault) = (image.name.clone(), Box::new(fault));
            Stop::Unsealable(vec![SealFault::Image { image, fault }])
        })?;
        artifacts.insert(image.name.clone(), root.digest);
        images.insert(image.name.clone(), sealed);
    }
    let (time, targets, files) = (world.clock.now(), order.plan.targets.clone(), BTreeMap::new());
    let facts = Facts {
        name: order.name,
        tag: order.tag,
        time,
        format: RecordFormat::Two,
        artifacts: &artifacts,
        images: &images,
        files: &files,
        targets: &targets,
    };
    let record = name_facts(facts);
    let (format, unknown) = (RecordFormat::Two, BTreeMap::new());
    let seal = Seal { time, format, artifacts, images, files, targets, record, unknown };
    let verified = verify(&*bench, order.project, seal).await.map_err(Stop::Unsealable)?;
    let sealed = Sealed::new(verified);
    world.workshop.keep(&order.seal_key(), Key::seal(&sealed)).await?;
    Ok(sealed)
}
