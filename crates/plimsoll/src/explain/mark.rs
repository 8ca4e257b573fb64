//! Marks that can't be read or understood.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ledger::marks::MarksError;
use plimsoll_engine::statement::mark::MarkError;
use plimsoll_oci::name::{ImageRepository, ImageTag};

use super::{Asked, Explain};

/// Explains a mark that can't be understood: what it says may be about any version.
pub(super) fn explain(repository: &ImageRepository, tag: &ImageTag, why: &MarkError) -> Diagnostic {
    let message = "something was said of a released version that this Plimsoll does not understand";
    let said = Diagnostic::error(Code::ClaimFormat, Cure::FixThenRunAgain, message)
        .because(why)
        .fact("mark", format_args!("{repository}:{tag}"));
    match why {
        MarkError::Format { .. } | MarkError::Kind { .. } => {
            said.help("a newer Plimsoll wrote it: use that one, then run again")
        }
        MarkError::Broken { .. } => {
            said.help(format!("look who wrote it; if it is nothing, delete the tag {tag}, then run again"))
        }
    }
}

impl Explain for MarksError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        match self {
            MarksError::World(error) => error.explain(asked),
            MarksError::Mark { repository, tag, why } => explain(repository, tag, why),
        }
    }
}
