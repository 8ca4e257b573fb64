//! What can't be said of released versions as they are.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::plan::saying::Unsayable;

use super::{Asked, Explain};

impl Explain for Unsayable {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, self.to_string());
        let all = Asked { tag: None, ..asked.clone() };
        match self {
            Unsayable::NotPublished { version } => {
                let about = Asked { tag: Some(version.clone()), ..asked.clone() };
                said(Code::NotPublished)
                    .help(format!("see how far it is: `{}`", about.command("status")))
                    .help(format!("see all that are: `{}`", all.command("list")))
            }
            Unsayable::Yanked { version, .. } => {
                let about = Asked { tag: Some(version.clone()), ..asked.clone() };
                said(Code::PassedOver)
                    .help("take another version")
                    .help(format!("if it is good after all: `{}`", about.command("unyank")))
            }
            Unsayable::HeldBack { version, .. } => {
                let about = Asked { tag: Some(version.clone()), ..asked.clone() };
                said(Code::PassedOver)
                    .help("take another version")
                    .help(format!("if it is good after all: `{}`", about.command("unhold")))
            }
            Unsayable::Unreasoned { .. } => said(Code::Usage)
                .help("say in a few words why it must not be used: `--reason \"loses messages\"`"),
            Unsayable::Verbose { .. } => said(Code::Usage)
                .help("everybody who lists releases reads it: say it in a line, and link to what is longer"),
            Unsayable::NoWayBack { newest } => {
                let refused = said(Code::NoWayBack);
                let refused = match newest {
                    Some(newest) => refused.fact("newest", newest),
                    None => refused.fact("newest", "none"),
                };
                refused
                    .help("no older release counts: it may be yanked, or passed over by a rollback")
                    .help(format!("see all: `{}`", all.command("list")))
            }
        }
    }
}
