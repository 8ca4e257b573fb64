//! `images`: the images of one release.

use clap::Args;
use plimsoll_engine::ledger::release::Comparing;

use super::arguments::Where;
use super::ending::{Ended, Outcome};
use super::passed_over::warn_of_release;
use super::session::Session;
use super::subject::{Library, Reach};
use crate::output::Answer;
use crate::output::json::images::{Images as ImagesInfo, add_promoted, leave_out};

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
    pub at: Where,
}

impl Images {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(async {
            let library =
                Library::open(session, "images", Some(&self.tag), &self.at, Reach::Everything).await?;
            let release = library.find(&self.tag, Comparing::Strictly).await?;
            let (marks, trouble) = library.read_marks(std::slice::from_ref(&release)).await;
            let elsewhere = library.find_tags_elsewhere(&release, &marks).await?;
            library.quiet();
            let version = release.version.to_string();
            let source = library.source.clone();
            let mut images = ImagesInfo::of(&release.record.component, &version, &release.seal, source);
            add_promoted(&mut images.images, &release, &marks);
            leave_out(&mut images.images, &elsewhere);
            let mut warnings = library.warnings(&[]);
            warnings.extend(trouble.into_iter().chain(warn_of_release(&marks, &release)));
            Ok(Ended::with(Answer::Images(images), warnings))
        })
    }
}
