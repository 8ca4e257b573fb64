//! `version next`: what the commits since the last version tag ask for.

use plimsoll_engine::domain::git::GitTag;
use plimsoll_tags::conventional::{Change, next};
use plimsoll_tags::version::Version;

use super::files::Files;
use super::invalid;
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::subject::Subject;
use crate::explain::Explain as _;
use crate::output::Answer;
use crate::output::json::next::{CommitInfo, NextInfo};

/// The first version of a project whose files name none.
const FIRST: &str = "0.1.0";

/// Answers.
pub(super) async fn run(subject: &Subject) -> Outcome {
    let last = find_last(subject).await?;
    let tag = last.as_ref().map(|(_, tag)| tag);
    let history =
        subject.repository.read_history(tag).await.map_err(|error| error.explain(&subject.asked))?;
    let commits: Vec<(Change, CommitInfo)> = history
        .iter()
        .map(|(commit, message)| {
            let change = Change::parse(message);
            let subject = message.lines().next().unwrap_or_default().to_owned();
            (change, CommitInfo { commit: commit.to_string(), change: change.name(), subject })
        })
        .collect();
    let gravest = commits.iter().map(|(change, _)| *change).max().unwrap_or(Change::None);
    let version = match &last {
        Some((last, _)) => next(last, [gravest]).map_err(|error| invalid(&error))?,
        None => Some(first(subject)?),
    };
    let decided = |change: Change| change == gravest && change != Change::None;
    Ok(Ended::well(Answer::Next(NextInfo {
        schema: NextInfo::SCHEMA,
        version: version.map(|version| version.to_string()),
        last: last.as_ref().map(|(version, _)| version.to_string()),
        tag: last.map(|(_, tag)| tag.0),
        change: gravest.name(),
        commits: commits.len(),
        decided: commits.into_iter().filter(|(change, _)| decided(*change)).map(|(_, info)| info).collect(),
    })))
}

/// The highest version whose tag HEAD contains, pre-releases left out.
async fn find_last(subject: &Subject) -> Result<Option<(Version, GitTag)>, Failure> {
    let tags =
        subject.repository.read_tags_below_head().await.map_err(|error| error.explain(&subject.asked))?;
    let policy = &subject.project().tags;
    let versions = tags.into_iter().filter_map(|tag| {
        let version = Version::parse(policy.scheme(), policy.version().find_version_text(&tag)?).ok()?;
        // Only the spelling of the pattern is a version's tag.
        let is_own = policy.version().render(&version) == tag && !version.is_prerelease();
        is_own.then_some((version, GitTag(tag)))
    });
    Ok(versions.max_by(|(one, _), (two, _)| one.cmp(two)))
}

/// The version of a project that has released none: what its files say.
fn first(subject: &Subject) -> Result<Version, Failure> {
    if !subject.project().version_files.is_empty() {
        return Ok(Files::of(subject)?.read_agreed()?.0);
    }
    Version::parse(subject.project().tags.scheme(), FIRST).map_err(|error| invalid(&error).into())
}
