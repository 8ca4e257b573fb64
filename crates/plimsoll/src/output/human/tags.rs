//! The tags of images for a ref. References are data, a line each, so that a script can read them.

use crate::output::json::tags::{ImageInfo, TagsInfo};

/// Renders every repository with every tag.
pub fn render(answer: &TagsInfo) -> String {
    let references = answer.images.iter().flat_map(|image| image.references());
    references.map(|reference| reference + "\n").collect()
}

/// Says what is not written, and why.
pub fn remarks(answer: &TagsInfo) -> Vec<String> {
    if answer.occasion.is_none() {
        return vec![format!("no image is made for `{}`", answer.reference)];
    }
    let of_image = |image: &ImageInfo| -> Vec<String> {
        if image.tags.is_empty() && image.skipped.is_empty() {
            return vec![format!("{}: no rule gives a tag for `{}`", image.name, answer.reference)];
        }
        image.skipped.iter().map(|skip| format!("{}: {}", image.name, skip.reason)).collect()
    };
    answer.images.iter().flat_map(of_image).collect()
}
