//! `images`: the images of one release.

use clap::Args;

use plimsoll_engine::ledger::release::Comparing;

use super::arguments::Place;
use super::ending::{Ended, Outcome};
use super::info::read_release;
use super::session::Session;
use crate::output::Answer;
use crate::output::json::images::Images as ImagesInfo;

/// Shows the images of one release
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll images v1.4.0
  plimsoll images v1.4.0 -o json | jq -r '.images[] | \"\\(.repository)@\\(.digest)\"'")]
pub(super) struct Images {
    /// The git tag, or the version
    #[arg(value_name = "TAG")]
    pub tag: String,
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

impl Images {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(async {
            let (worktree, release) =
                read_release(session, "images", &self.tag, self.place, Comparing::Strictly).await?;
            let version = release.version.to_string();
            let images = ImagesInfo::of(&release.record.component, &version, &release.seal);
            Ok(Ended::with(Answer::Images(images), worktree.warnings()))
        })
    }
}
