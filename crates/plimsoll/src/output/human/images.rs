//! Images, one paragraph each.

use super::wrap;
use crate::output::ink::Ink;
use crate::output::json::images::ReleasedImage;

/// Where the values begin.
const COLUMN: usize = 13;

/// Renders images. A digest stands alone in its line, since it takes most of one.
pub fn render(images: &[ReleasedImage], ink: Ink) -> String {
    images.iter().map(|image| paragraph(image, ink)).collect::<Vec<_>>().join("\n")
}

fn paragraph(image: &ReleasedImage, ink: Ink) -> String {
    let mut text = format!("{}  {}\n", ink.strong(&image.name), image.repository);
    let mut line = |name: &str, value: String| {
        text.push_str(&format!("  {}{value}\n", ink.faint(&format!("{name:<width$}", width = COLUMN - 2))));
    };
    line("tags", wrap(COLUMN, image.own_tags().map(String::as_str)));
    line("platforms", wrap(COLUMN, image.platforms.keys().map(String::as_str)));
    if !image.mirrors.is_empty() {
        line("mirrors", wrap(COLUMN, image.mirrors.iter().map(|mirror| mirror.repository.as_str())));
    }
    text.push_str(&format!("  {}\n", image.digest));
    text
}
