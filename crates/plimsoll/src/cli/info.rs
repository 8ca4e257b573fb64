//! `info`: one release.

use clap::Args;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ledger::release::{Answer as Known, Comparing, Release};

use super::arguments::Place;
use super::ending::{Ended, Failure, Outcome};
use super::session::Session;
use super::subject::Worktree;
use crate::explain::Asked;
use crate::output::Answer;
use crate::output::json::release::ReleaseInfo;

/// How many versions are named where one is not known.
const NEAREST: usize = 3;

/// Shows one release
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll info v1.4.0
  plimsoll info 1.4.0                  the version alone will do")]
pub(super) struct Info {
    /// The git tag, or the version
    #[arg(value_name = "TAG")]
    pub tag: String,
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

impl Info {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(async {
            let (worktree, release) =
                read_release(session, "info", &self.tag, self.place, Comparing::Strictly).await?;
            let info = ReleaseInfo::of(&release);
            Ok(Ended::with(Answer::Release(info), worktree.warnings()))
        })
    }
}

/// The release of a tag or version. Where its version alone does not find it, all are looked through.
pub(super) async fn read_release(
    session: &Session<'_>,
    verb: &'static str,
    tag: &str,
    place: Place,
    comparing: Comparing,
) -> Result<(Worktree, Release), Failure> {
    let asked = Asked { verb, tag: Some(tag.to_owned()), keeping: place.keeping() };
    let worktree = Worktree::open(session, asked).await?;
    let voyage = worktree.look(session)?;
    let found = worktree.find_release(&voyage, bare(tag), comparing).await;
    let release = match found {
        Ok(Known::Release(release)) => Ok(*release),
        Ok(Known::Doubt(doubt)) => Err(worktree.explain_doubt(&doubt).into()),
        Ok(Known::Unknown) => match worktree.read_releases(&voyage).await {
            Ok(account) => find_release(account.releases, tag, &worktree.subject.asked),
            Err(failure) => Err(failure),
        },
        Err(failure) => Err(failure),
    };
    voyage.display.clear();
    Ok((worktree, release?))
}

/// A version without its `v`.
fn bare(tag: &str) -> &str {
    tag.strip_prefix('v').unwrap_or(tag)
}

/// The release that somebody means by a tag or version, with or without `v`.
fn find_release(releases: Vec<Release>, tag: &str, asked: &Asked) -> Result<Release, Failure> {
    let is_meant = |release: &Release| {
        release.tag.name.0 == tag
            || release.version.to_string() == tag
            || release.version.to_string() == bare(tag)
    };
    let mut others = Vec::new();
    for release in releases {
        if is_meant(&release) {
            return Ok(release);
        }
        others.push(release.tag.name.0);
    }
    let unknown = Diagnostic::error(
        Code::UnknownRelease,
        Cure::FixThenRunAgain,
        format!("no release `{tag}` is known"),
    );
    let near = nearest(tag, others);
    let unknown = match near.is_empty() {
        true => unknown.fact("known", "none"),
        false => unknown.fact("nearest", near.join(", ")),
    };
    let all = Asked { tag: None, ..asked.clone() };
    Err(unknown.help(format!("see all: `{}`", all.command("list"))).into())
}

/// The tags most like `tag`, best first.
fn nearest(tag: &str, mut known: Vec<String>) -> Vec<String> {
    let distance =
        |one: &String| strsim::damerau_levenshtein(tag.trim_start_matches('v'), one.trim_start_matches('v'));
    known.sort_by_key(distance);
    known.truncate(NEAREST);
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first() {
        let known = ["v2.0.0", "v1.4.0", "v1.3.9", "v1.4.1"].map(str::to_owned).to_vec();
        assert_eq!(nearest("1.4.2", known), ["v1.4.0", "v1.4.1", "v1.3.9"]);
        assert!(nearest("v1", Vec::new()).is_empty());
    }
}
