//! Images that can't be made.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::make::MakeError;

use super::{Asked, Explain};

impl Explain for MakeError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, self.to_string());
        match self {
            MakeError::FileMissing { path, .. } => said(Code::FileMissing)
                .at(Place::of_file(path))
                .help(format!("build {path} first, or commit it; a file that git does not track is taken from the working directory")),
            MakeError::NothingBelow { path, .. } => said(Code::FileMissing)
                .at(Place::of_file(path))
                .help(format!("build {path} first, or take it out of the image's `files`")),
            MakeError::SamePlace { .. } => said(Code::InvalidValue)
                .help("take one of them out of the image's `files`, or give it another `to`"),
            MakeError::BaseLacks { platform, .. } => said(Code::PlatformMissing)
                .fact("want", platform)
                .help("take a base that has this platform, or take the platform out of the image's `platforms`"),
            MakeError::Content { image, fault } => in_image(image.as_str(), fault.explain(asked)),
            MakeError::World(error) => error.explain(asked),
        }
    }
}

pub(super) fn in_image(image: &str, diagnostic: Diagnostic) -> Diagnostic {
    let message = format!("image `{image}`: {}", diagnostic.message);
    Diagnostic { message, ..diagnostic }
}
