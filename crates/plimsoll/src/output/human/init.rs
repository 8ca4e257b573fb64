//! A configuration that was drafted.

use crate::output::json::init::InitDone;

/// Renders it.
pub fn render(answer: &InitDone) -> String {
    let images = match answer.images.as_slice() {
        [] => "no images".to_owned(),
        [image] => format!("image {image}"),
        images => format!("images {}", images.join(", ")),
    };
    format!("{} was written with {images}\n", answer.file)
}

/// Says what could not be carried over.
pub fn remarks(answer: &InitDone) -> Vec<String> {
    match answer.left.len() {
        0 => Vec::new(),
        count => vec![format!("not carried over: {count}, listed at the end of the file")],
    }
}
