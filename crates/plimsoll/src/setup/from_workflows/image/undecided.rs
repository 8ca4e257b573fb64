//! Images of which only outputs of steps decide whether they are pushed. What is built and where it would go is known all the same.

use super::super::rules::Rules;
use super::super::{Carried, scripted};
use super::{DraftImage, Found, Place, Pushed, baked, build_push};

/// What a step pushes, if it does: without tags, since nothing says on which occasions they are given.
pub(super) fn find(place: Place<'_>) -> Vec<DraftImage> {
    // What is said of the step itself is said of its condition.
    let mut aside = Found::default();
    let mut images = match place.step.uses.as_str() {
        "docker/build-push-action" => build_push::find(place, &mut aside).into_iter().collect(),
        "docker/bake-action" => baked::find(place, &mut aside),
        "" if place.step.pushes_by_script() => scripted::find(place, &mut aside),
        _ => Vec::new(),
    };
    images.append(&mut aside.homeless);
    images.retain(|image| image.dockerfile.is_some());
    for image in &mut images {
        image.rules = Rules::default();
        image.sent.clear();
        image.pushed = [Pushed::Branches].into();
    }
    images
}

impl Carried {
    /// Takes over those that nothing else is known to push, or to build. Of several that may be the same it is the first.
    pub(in crate::setup::from_workflows) fn settle_undecided(&mut self) {
        let mut kept: Vec<DraftImage> = Vec::new();
        for image in std::mem::take(&mut self.undecided) {
            let copies = self.copies.iter().map(|(_, image)| image);
            let mut known = self.images.iter().chain(&self.homeless).chain(copies).chain(&kept);
            let is_it = |known: &DraftImage| {
                known.repositories.iter().any(|name| image.repositories.contains(name))
                    || (&known.dockerfile, &known.target) == (&image.dockerfile, &image.target)
            };
            if !known.any(is_it) {
                kept.push(image);
            }
        }
        let (placed, homeless) = kept.into_iter().partition(|image| !image.repositories.is_empty());
        self.add_images(placed);
        self.homeless.extend::<Vec<DraftImage>>(homeless);
    }
}
