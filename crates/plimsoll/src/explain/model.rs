//! Manifests and configs that can't be worked with.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_oci::model::{MANIFEST_LIMIT, ModelError};

use super::{Asked, Explain};

impl Explain for ModelError {
    fn explain(&self, _: &Asked) -> Diagnostic {
        let said = Diagnostic::error(Code::ImageInvalid, Cure::FixThenRunAgain, self.to_string());
        match self {
            ModelError::TooLarge { size } => said
                .fact("size", format_args!("{size} bytes"))
                .fact("limit", format_args!("{MANIFEST_LIMIT} bytes")),
            ModelError::Json { digest, .. } => said
                .fact("content", digest)
                .help("it is cut off or was never one: make or push the image anew"),
            ModelError::Kind { found, .. } => said
                .fact("want", "an OCI index or manifest, or Docker's schema 2")
                .fact("found", found)
                .help("push the image anew with a current tool"),
            ModelError::Both { .. } => {
                said.help("whoever made this manifest must say which of the two it is; nothing is made of it")
            }
            ModelError::Disagree { inside, outside, .. } => {
                said.fact("its own words", inside).fact("served as", outside)
            }
            ModelError::SchemaVersion { found, .. } => said.fact("want", 2).fact("found", found),
        }
    }
}
