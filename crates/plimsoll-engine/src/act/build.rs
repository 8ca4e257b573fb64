//! `build`: images made in the workshop, for this machine alone.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use plimsoll_oci::model::Descriptor;

use crate::check::seal::{SealFault, read_image};
use crate::domain::claim::SealedImage;
use crate::domain::event::Event;
use crate::domain::project::Image;
use crate::domain::step::Phase;
use crate::make::{Bench, Ground, make_image};
use crate::run::stop::Stop;
use crate::world::World;

/// How many images are made side by side.
const AT_ONCE: usize = 4;

/// An image that was made.
#[derive(Clone, Debug)]
pub struct BuiltImage<'a> {
    /// As configured, for the platforms that were asked for.
    pub image: &'a Image,
    /// Its index.
    pub root: Descriptor,
    /// What is in it.
    pub content: SealedImage,
}

/// Makes images side by side, and tries their smoke commands.
///
/// # Errors
/// One of them can't be made, or its smoke command fails.
pub async fn build<'a>(
    world: &World,
    ground: Ground<'_>,
    images: &'a [Image],
) -> Result<Vec<BuiltImage<'a>>, Stop> {
    world.watcher.see(Event::Phase(Phase::Make));
    let making: Vec<_> = images.iter().map(|image| build_one(world, ground, image)).collect();
    stream::iter(making).buffered(AT_ONCE).try_collect().await
}

async fn build_one<'a>(world: &World, ground: Ground<'_>, image: &'a Image) -> Result<BuiltImage<'a>, Stop> {
    let bench = Bench { workshop: &*world.workshop, builder: &*world.builder };
    let made = make_image(world.eyes(), bench, ground, image).await;
    let root = made.map_err(|error| Stop::Make(Box::new(error)))?.root;
    let content = read_image(&*world.workshop.store(), image, &root).await;
    let content = content.map_err(|fault| {
        let (image, fault) = (image.name.clone(), Box::new(fault));
        Stop::Unsealable(vec![SealFault::Image { image, fault }])
    })?;
    world.inspector.smoke(image, &root).await?;
    Ok(BuiltImage { image, root, content })
}
