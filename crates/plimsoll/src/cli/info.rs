//! `info`: one release.

use clap::Args;
use plimsoll_engine::ledger::release::Comparing;

use super::arguments::Where;
use super::chart_installs::warn_of_installed;
use super::ending::{Ended, Outcome};
use super::session::Session;
use super::subject::{Library, Reach};
use crate::output::Answer;
use crate::output::json::images::leave_out;
use crate::output::json::release::ReleaseInfo;

/// Shows one release
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll info v1.4.0
  plimsoll info 1.4.0                  the version alone will do
  plimsoll info v1.4.0 --ledger ../checkout/releases")]
pub(super) struct Info {
    /// The git tag, or the version
    #[arg(value_name = "TAG")]
    pub tag: String,
    /// Where.
    #[command(flatten)]
    pub at: Where,
}

impl Info {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(async {
            let library =
                Library::open(session, "info", Some(&self.tag), &self.at, Reach::Everything).await?;
            let release = library.find(&self.tag, Comparing::Strictly).await?;
            let (marks, unread) = library.read_marks(std::slice::from_ref(&release)).await;
            let elsewhere = library.find_tags_elsewhere(&release, &marks).await?;
            library.quiet();
            let mut problems = library.warnings(&[]);
            problems.extend(unread);
            problems.extend(warn_of_installed(session, &library, &release).await);
            let mut info = ReleaseInfo::of(&release, &marks, library.source.clone(), &problems);
            leave_out(&mut info.images, &elsewhere);
            Ok(Ended::with(Answer::Release(info), problems))
        })
    }
}
