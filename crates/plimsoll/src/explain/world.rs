//! The world, whichever part of it.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::error::FileProblem;

use super::{Asked, Explain};

impl Explain for WorldError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        match self {
            WorldError::Store(error) => error.explain(asked),
            WorldError::Git(error) => error.explain(asked),
            WorldError::Forge(error) => error.explain(asked),
            WorldError::Signing(error) => error.explain(asked),
            WorldError::Refused => Diagnostic::error(Code::Incomplete, Cure::RunAgain, self.to_string())
                .help(format!("see who: `{}`", asked.command("status"))),
            WorldError::File { path, why, kind } => {
                let code = match kind {
                    FileProblem::Missing | FileProblem::Hollow => Code::FileMissing,
                    FileProblem::Escapes | FileProblem::Link => Code::PathEscape,
                    FileProblem::Refused => Code::FileSystem,
                    FileProblem::Broken => Code::LayoutInvalid,
                    FileProblem::BrokenIndex => Code::ChartIndexInvalid,
                    FileProblem::Elsewhere => Code::UntrackedElsewhere,
                };
                let message = match kind {
                    FileProblem::Missing => format!("{path} is not there"),
                    FileProblem::Escapes => format!("{path} leads outside of where it must stay"),
                    FileProblem::Link => format!("{path} is a symbolic link that can't be followed"),
                    FileProblem::Refused => format!("{path} can't be read or written"),
                    FileProblem::Broken => format!("{path} can't be used"),
                    FileProblem::BrokenIndex => format!("{path} is no index that can be added to"),
                    FileProblem::Hollow => format!("{path} would be built in without what belongs there"),
                    FileProblem::Elsewhere => {
                        format!("{path} was not built from the commit that is released")
                    }
                };
                let said = Diagnostic::error(code, Cure::FixThenRunAgain, message);
                let said = said.because(why).at(Place::of_file(path));
                match (kind, &asked.tag) {
                    (FileProblem::Elsewhere, Some(tag)) => said.help(format!(
                        "check the tag out, build {path} there, and run again: `git switch --detach {tag}`"
                    )),
                    (FileProblem::Hollow, _) => said
                        .help("fetch it: `git submodule update --init --recursive`, or `git lfs install` and `git lfs pull`; in GitHub Actions `submodules: recursive` or `lfs: true` of actions/checkout")
                        .help(format!("or leave it out of the build: a line `{path}` in the `.dockerignore` of the context")),
                    (FileProblem::Link, _) => said
                        .help("put a copy of what it should lead to in its place")
                        .help("or, in a chart, leave it out: a line in its `.helmignore`"),
                    (FileProblem::BrokenIndex, _) => {
                        said.help("whoever broke it can mend it, or take the commit back; then run again")
                    }
                    (FileProblem::Refused, _) => said
                        .help("look at its permissions, at those of its folder, and at the room on the disk"),
                    _ => said,
                }
            }
            WorldError::Stopped => {
                Diagnostic::error(Code::Interrupted, Cure::RunAgain, "the run was interrupted")
            }
        }
    }
}
