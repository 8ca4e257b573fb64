//! `latest`: the newest release.

use clap::Args;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ledger::release::Comparing;

use super::arguments::Where;
use super::ending::{Ended, Outcome};
use super::session::Session;
use super::subject::{Library, Reach};
use crate::output::Answer;
use crate::output::json::release::ReleaseInfo;

/// Shows the newest release that is no pre-release
///
/// One that was yanked, or that a rollback passes over, does not count. Where it is not known whether one does, since a registry
/// is silent or something in it can't be read, there is no answer.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll latest
  plimsoll latest -o json | jq -r .version
  plimsoll latest --registry ghcr.io/acme/app    without a project")]
pub(super) struct Latest {
    /// Where.
    #[command(flatten)]
    pub at: Where,
}

impl Latest {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(self.latest(session))
    }

    async fn latest(&self, session: &Session<'_>) -> Outcome {
        let library = Library::open(session, "latest", None, &self.at, Reach::Everything).await?;
        let mut catalogue = library.read().await?;
        let said = library.hear(&mut catalogue).await?;
        let newest = library.find_newest(&catalogue, &said);
        let Some(latest) = newest.inspect_err(|_| library.quiet())? else {
            library.quiet();
            let name = library
                .subject
                .as_ref()
                .map_or(library.source.place.as_str(), |subject| subject.project().name.as_str());
            let message = format!("{name} has no published release");
            return Err(Diagnostic::error(Code::UnknownRelease, Cure::FixThenRunAgain, message)
                .help(format!("see all: `{}`", library.asked.command("list")))
                .into());
        };
        let mut problems = library.warnings(&catalogue.doubts);
        problems.extend(library.warn_of(&said));
        let release = library.find(&latest.written, Comparing::Strictly).await?;
        library.quiet();
        let info = ReleaseInfo::of(&release, &said.marks, library.source.clone(), &problems);
        Ok(Ended::with(Answer::Release(info), problems))
    }
}
