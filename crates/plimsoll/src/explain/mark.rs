//! Marks that can't be read or understood.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ledger::marks::MarksError;
use plimsoll_engine::run::hearing::Unheard;
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

/// Explains that more may have been said of releases than is known, for the same reason in each place.
pub fn explain_unheard<'a>(alike: impl IntoIterator<Item = &'a Unheard>, asked: &Asked) -> Diagnostic {
    let mut alike = alike.into_iter().peekable();
    let Some(first) = alike.peek() else {
        return Diagnostic::error(Code::Bug, Cure::ReportBug, "nothing was left unheard");
    };
    let explained = first.why.explain(asked);
    if !matches!(first.why, MarksError::World(_)) {
        return explained;
    }
    let explained = alike.fold(explained, |explained, unheard| explained.fact("not asked", unheard.place()));
    explained.help(
        "what was said of releases there (yanks, rollbacks) is not known: a version may have been yanked that this does not call yanked",
    )
}
