//! What the CI system says: a pure function of environment variables and, on a few systems, of the event's JSON.
//!
//! It informs and never decides: git is asked for what a tag or commit is.

mod actions;
mod gitlab;
mod job;
mod workplace;

use std::path::PathBuf;

use plimsoll_engine::domain::claim::CiRun;
use plimsoll_engine::domain::git::GitTag;

use crate::variables::Variables;

pub use job::{Job, JobRepository, find_job, payload_file};
pub use workplace::find_workplace;

/// A CI job that we run in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ci {
    /// Whose it is.
    pub system: CiSystem,
    /// The run, as claims name it; `None` if the system did not say enough.
    pub run: Option<CiRun>,
    /// Where people can watch it.
    pub url: Option<String>,
    /// What set it off.
    pub event: CiEvent,
    /// The file that takes `name=value` outputs.
    pub output: Option<PathBuf>,
    /// The file that takes the summary in Markdown.
    pub summary: Option<PathBuf>,
}

/// A CI system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CiSystem {
    /// GitHub Actions.
    GitHub,
    /// Gitea Actions.
    Gitea,
    /// Forgejo Actions.
    Forgejo,
    /// GitLab CI/CD.
    GitLab,
    /// Something that sets `CI` and nothing else that is known here.
    Unknown,
}

/// What set a CI job off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CiEvent {
    /// A tag was pushed, or the job runs for one.
    Tag(GitTag),
    /// A branch was pushed, or the job runs for one.
    Branch(String),
    /// A pull request was opened or changed.
    PullRequest {
        /// Its number, if the system says it.
        number: Option<u64>,
        /// Where its commits come from.
        head: HeadRepository,
    },
    /// Something else, or the system did not say.
    Other,
}

/// Where the commits of a pull request come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadRepository {
    /// The repository itself.
    Same,
    /// Another one: anybody may have written them. Also where nobody says.
    Fork,
}

/// Finds out what CI job this is; `None` outside of CI. `event` is what the file has that [`event_file`] names.
pub fn find(variables: &Variables, event: Option<&[u8]>) -> Option<Ci> {
    if actions::is_on(variables) {
        return Some(actions::read(variables, event));
    }
    if is_on(variables, "GITLAB_CI") {
        return Some(gitlab::read(variables));
    }
    is_on(variables, "CI").then_some(Ci {
        system: CiSystem::Unknown,
        run: None,
        url: None,
        event: CiEvent::Other,
        output: None,
        summary: None,
    })
}

impl Ci {
    /// Whether the commits of the job may be anybody's: then it gets no credentials, and publishes nothing.
    pub fn is_from_fork(&self) -> bool {
        matches!(self.event, CiEvent::PullRequest { head: HeadRepository::Fork, .. })
    }
}

/// The file with the JSON of the event, where variables alone do not tell what set the job off: pull requests of systems
/// that do as GitHub Actions do. It is JSON, or says nothing.
pub fn event_file(variables: &Variables) -> Option<PathBuf> {
    let does_as_they_do = actions::is_on(variables) && actions::is_pull_request(variables);
    let named = variables.get("GITHUB_EVENT_PATH").filter(|path| does_as_they_do && !path.is_empty());
    named.map(PathBuf::from)
}

/// Whether a variable says that something is so.
fn is_on(variables: &Variables, name: &str) -> bool {
    variables.text(name).is_some_and(|value| !matches!(value, "false" | "0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ci_is_ci() {
        let find = |pairs: &[(&str, &str)]| find(&pairs.iter().copied().collect(), None).map(|ci| ci.system);
        assert_eq!(find(&[]), None);
        assert_eq!(find(&[("CI", "")]), None);
        assert_eq!(find(&[("CI", "false")]), None);
        assert_eq!(find(&[("CI", "true")]), Some(CiSystem::Unknown));
        assert_eq!(find(&[("CI", "true"), ("GITHUB_ACTIONS", "true")]), Some(CiSystem::GitHub));
        assert_eq!(find(&[("GITHUB_ACTIONS", "true"), ("GITEA_ACTIONS", "true")]), Some(CiSystem::Gitea));
        assert_eq!(find(&[("GITHUB_ACTIONS", "true"), ("FORGEJO_ACTIONS", "true")]), Some(CiSystem::Forgejo));
        assert_eq!(find(&[("CI", "true"), ("GITLAB_CI", "true")]), Some(CiSystem::GitLab));
    }
}
