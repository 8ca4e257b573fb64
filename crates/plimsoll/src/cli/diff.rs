//! `diff`: what changed between two releases.

use clap::Args;
use plimsoll_engine::ledger::difference::compare_releases;
use plimsoll_engine::ledger::release::{Comparing, Release};

use super::arguments::Where;
use super::ending::{Ended, Outcome};
use super::passed_over::warn_of_release;
use super::session::Session;
use super::subject::{Library, Reach};
use crate::output::Answer;
use crate::output::json::difference::{DifferenceInfo, ListedCommit};

/// Says what changed between two releases
///
/// Images, their layers and settings, charts, compose files, commits. With the newer one first it says what going back would
/// change.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll diff v1.3.0 v1.4.0
  plimsoll diff v1.3.0 v1.4.0 -o json | jq '.images.changed[].name'")]
pub(super) struct Diff {
    /// The git tag or version before, as a rule the older one
    #[arg(value_name = "A")]
    pub from: String,
    /// The one after
    #[arg(value_name = "B")]
    pub to: String,
    /// Where.
    #[command(flatten)]
    pub at: Where,
}

impl Diff {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(async {
            let library = Library::open(session, "diff", None, &self.at, Reach::Everything).await?;
            let from = library.find(&self.from, Comparing::Strictly).await?;
            let to = library.find(&self.to, Comparing::Strictly).await?;
            let difference = compare_releases(library.stores(), library.ledger(), &from, &to).await;
            let backwards = from.version > to.version;
            // Going back, what is told of are the commits that are left behind.
            let commits = match backwards {
                true => read_commits(&library, &to, &from).await,
                false => read_commits(&library, &from, &to).await,
            };
            let both = [from, to];
            let (marks, trouble) = library.read_marks(&both).await;
            let [from, to] = &both;
            library.quiet();
            let info = DifferenceInfo::of(from, to, &difference, commits, library.source.clone());
            let info = DifferenceInfo { backwards, ..info };
            let passed_over = both.iter().filter_map(|release| warn_of_release(&marks, release));
            let mut warnings = library.warnings(&[]);
            warnings.extend(trouble.into_iter().chain(passed_over));
            Ok(Ended::with(Answer::Difference(info), warnings))
        })
    }
}

/// The commits between, if this clone has them.
async fn read_commits(library: &Library, from: &Release, to: &Release) -> Option<Vec<ListedCommit>> {
    let repository = &library.subject.as_ref()?.repository;
    let commits = repository.read_commits_between(&from.tag.commit, &to.tag.commit).await.ok()?;
    Some(
        commits
            .into_iter()
            .map(|(commit, subject)| ListedCommit { commit: commit.to_string(), subject })
            .collect(),
    )
}
