//! What stands in different tables, compared: one rule per file.

mod collisions;
mod lines;
mod names;
mod primary;
mod unused;

use plimsoll_engine::domain::chart::Chart;
use plimsoll_engine::domain::project::Image;
use plimsoll_tags::git_tag::TagPolicy;
use plimsoll_tags::version::Scheme;

use super::problems::Problems;
use super::resolve::image::ImageAt;

/// Compares all images with each other and with the tag policy, as far as they can be meant.
pub fn check(images: &[ImageAt], tags: Option<&TagPolicy>, scheme: Scheme, problems: &mut Problems<'_>) {
    names::check(images, problems);
    for image in images {
        lines::check(&image.tags, scheme, problems);
        primary::check(&image.tags, problems);
        unused::check(&image.tags, tags, problems);
    }
    collisions::check(images, scheme, problems);
}

/// Says so where nothing would be released.
pub fn check_content(images: &[Image], charts: &[Chart], problems: &mut Problems<'_>) {
    if images.is_empty() && charts.is_empty() {
        unused::check_images(problems);
    }
}
