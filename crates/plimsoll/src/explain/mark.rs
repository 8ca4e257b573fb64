//! Marks that can't be read or understood.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ledger::marks::MarksError;
use plimsoll_engine::statement::mark::MarkError;
use plimsoll_oci::name::{ImageRepository, ImageTag};

use super::{Asked, Explain};

const MESSAGE: &str = "something was said of a released version that this Plimsoll does not understand";
const NEWER: &str = "a newer Plimsoll wrote it: use that one, then run again";

/// Explains a mark that can't be understood: what it says may be about any version.
fn explain(repository: &ImageRepository, tag: &ImageTag, why: &MarkError) -> Diagnostic {
    let said = Diagnostic::error(Code::ClaimFormat, Cure::FixThenRunAgain, MESSAGE)
        .because(why)
        .fact("mark", format_args!("{repository}:{tag}"));
    match why {
        MarkError::Format { .. } | MarkError::Kind { .. } => said.help(NEWER),
        MarkError::Broken { .. } | MarkError::Changed { .. } => said.help(format!(
            "look who wrote it; if it is nothing, delete the tag {tag} in {repository}, then run again"
        )),
    }
}

impl Explain for MarksError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        match self {
            MarksError::World(error) => error.explain(asked),
            MarksError::Mark { repository, tag, why } => explain(repository, tag, why),
            MarksError::File { file, why } => {
                let said = Diagnostic::error(Code::ClaimFormat, Cure::FixThenRunAgain, MESSAGE).because(why);
                let said = said.fact("mark", file);
                let rebuild = Asked { tag: None, ..asked.clone() }.command("ledger rebuild");
                match why {
                    MarkError::Format { .. } | MarkError::Kind { .. } => said.help(NEWER),
                    MarkError::Broken { .. } | MarkError::Changed { .. } => said.help(format!(
                        "`{rebuild}` writes it again as the registries have it; what they do not have nobody said: delete the file"
                    )),
                }
            }
        }
    }
}
