//! Steps that did not come to rest.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ship::ShipError;

use super::{Asked, Explain};

impl Explain for ShipError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        match self {
            ShipError::World(error) => error.explain(asked),
            ShipError::Conflict { step, found } if step.is("ledger-file") => {
                let message = "the ledger has another file under the name of this release's record";
                Diagnostic::error(Code::Drift, Cure::FixThenRunAgain, message)
                    .fact("step", step)
                    .fact("found", found)
                    .help(format!(
                        "everything else is done; `{}` puts what was released in its place, and keeps what is there now",
                        Asked { tag: None, ..asked.clone() }.command("ledger rebuild")
                    ))
            }
            ShipError::Conflict { step, found } if step.is("forge-asset") => {
                let message = "the release page has another file under a name of this release's";
                Diagnostic::error(Code::Drift, Cure::FixThenRunAgain, message)
                    .of_a_published_release()
                    .fact("step", step)
                    .fact("found", found)
                    .help("everything else is done; take the file off the page and run again, which adds the right one")
            }
            ShipError::Conflict { step, found } => {
                let message = "something else is there, and it is never overwritten";
                Diagnostic::error(Code::Drift, Cure::FixThenRunAgain, message)
                    .fact("step", step)
                    .fact("found", found)
                    .help(format!("see what is there: `{}`", asked.command("status")))
            }
            ShipError::Gone { step, missing } => {
                let message = "content is missing that is nowhere to be found";
                Diagnostic::error(Code::ContentGone, Cure::RunAgain, message)
                    .fact("step", step)
                    .fact("missing", missing)
            }
            ShipError::NoEffect { step } => {
                let message = "a step was done again and again but does not take effect";
                Diagnostic::error(Code::Incomplete, Cure::RunAgain, message)
                    .fact("step", step)
                    .help("the registry may be slow to show what was written: wait a little")
            }
        }
    }
}
