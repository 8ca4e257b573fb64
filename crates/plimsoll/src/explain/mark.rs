//! Marks that can't be read or understood.

use std::collections::BTreeSet;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ledger::marks::MarksError;
use plimsoll_engine::run::hearing::{Former, Unheard};
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
    let is_silence = alike.peek().is_some_and(|first| matches!(first.why, MarksError::World(_)));
    let explained = explain_spared(alike, asked);
    match is_silence {
        true => explained.help(
            "what was said of releases there (yanks, rollbacks) is not known: a version may have been yanked that this does not call yanked",
        ),
        false => explained,
    }
}

/// Explains the same of places that versions were announced in and that may be gone for good.
pub fn explain_former<'a>(alike: impl IntoIterator<Item = &'a Former>, asked: &Asked) -> Diagnostic {
    let (mut silent, mut versions) = (Vec::new(), BTreeSet::new());
    for Former { unheard, versions: announced } in alike {
        silent.push(unheard);
        versions.extend(announced.iter().map(String::as_str));
    }
    let versions = Vec::from_iter(versions).join(", ");
    explain_spared(silent, asked)
        .help(format!(
            "what was said there of {versions} (yanks, rollbacks) is not known: it may have been yanked though this does not call it yanked"
        ))
        .help(
            "if the place is gone for good: the next release is announced elsewhere and counts; until then `plimsoll latest --ledger DIR` and `plimsoll list --ledger DIR` go by the ledger's files alone",
        )
}

/// Explains what could not be heard, for the same reason in each place, where nothing is missing for that.
pub fn explain_spared<'a>(alike: impl IntoIterator<Item = &'a Unheard>, asked: &Asked) -> Diagnostic {
    let mut alike = alike.into_iter().peekable();
    let Some(first) = alike.peek() else {
        return Diagnostic::error(Code::Bug, Cure::ReportBug, "nothing was left unheard");
    };
    let explained = first.why.explain(asked);
    match &first.why {
        MarksError::World(_) => {
            alike.fold(explained, |explained, unheard| explained.fact("not asked", unheard.place()))
        }
        MarksError::Mark { .. } | MarksError::File { .. } => explained,
    }
}
