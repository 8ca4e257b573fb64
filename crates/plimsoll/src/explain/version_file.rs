//! Version files that name no version, or can't be given one.

use plimsoll_engine::check::text::explain_version_file;
use plimsoll_engine::document::version_file::VersionFileError;
use plimsoll_engine::domain::diagnostic::Diagnostic;

use super::{Asked, Explain};

impl Explain for VersionFileError {
    fn explain(&self, _: &Asked) -> Diagnostic {
        // Whoever has no texts at hand shows no line of them.
        explain_version_file(self, &|_| None)
    }
}
