//! Two images can't have one name.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};

use crate::config::problems::Problems;
use crate::config::resolve::image::ImageAt;

pub(super) fn check(images: &[ImageAt], problems: &mut Problems<'_>) {
    let names: Vec<_> = images.iter().flat_map(|image| &image.name).collect();
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|earlier| earlier.value == name.value) {
            let message = format!("two images are named `{}`", name.value);
            let diagnostic = Diagnostic::error(Code::InvalidValue, Cure::FixThenRunAgain, message)
                .help("records and plans tell images apart by their names");
            problems.error(&name.span, diagnostic);
        }
    }
}
