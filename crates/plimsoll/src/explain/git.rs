//! Git and its remote.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::world::error::GitError;

use super::{Asked, Explain};
use crate::config::host_of;
use crate::wire::is_proposal;

/// How a ref goes that no release needs.
pub(super) fn remove(git_ref: &str) -> String {
    format!("look what it is; if it is no release of yours, delete it: `git push origin :{git_ref}`")
}

/// How somebody is let push claims, in the words of the forge, as far as its name says which one it is.
fn right_to_push(remote: &str) -> String {
    let right = "give the account the right to push to refs/plimsoll/claims/*";
    let github = "in GitHub Actions: `permissions: { contents: write }`";
    let gitlab = "in a job of GitLab: the variable GITLAB_TOKEN with a project access token that may write the repository, since the job's own can't";
    match host_of(remote).as_deref() {
        Some("github.com") => format!("{right}; {github}"),
        Some(host) if host.starts_with("gitlab.") => format!("{right}; {gitlab}"),
        Some(_) | None => format!("{right}; {github}; {gitlab}"),
    }
}

impl Explain for GitError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        match self {
            GitError::Tool { want, found } => {
                let message = format!("git {want} or newer is needed");
                Diagnostic::error(Code::ToolMissing, Cure::FixThenRunAgain, message)
                    .fact("want", format_args!("git {want}"))
                    .fact("found", found)
                    .help("install git from your system's packages or https://git-scm.com")
            }
            GitError::NoRepository(folder) => {
                let message = format!("{folder} is in no git repository");
                Diagnostic::error(Code::NoRepository, Cure::FixThenRunAgain, message)
                    .help("go to the project, or name it with `-C DIR`")
            }
            GitError::Unreachable { remote, why } => {
                let message = format!("git remote {remote} can't be reached");
                Diagnostic::error(Code::GitUnreachable, Cure::RunAgain, message)
                    .because(why)
                    .help(format!(
                        "look whether the network is up and the address is right; once `git ls-remote {remote}` lists something, run again"
                    ))
            }
            GitError::Denied { remote, why } => {
                let message = format!("git remote {remote} does not allow this");
                let denied = Diagnostic::error(Code::GitDenied, Cure::FixThenRunAgain, message).because(why);
                if asked.verb == "tag" {
                    return denied
                        .help("give the account the right to read the remote, and to push tags to it");
                }
                denied.help(right_to_push(remote)).help("or go without a claim: claim = \"none\"")
            }
            GitError::BranchDenied { remote, branch, why } => {
                let message = format!("records can't be committed to `{branch}` of {remote}");
                let denied = Diagnostic::error(Code::GitDenied, Cure::FixThenRunAgain, message)
                    .because(why)
                    .help("the record lies in every repository of the release: `plimsoll ledger rebuild` writes its files");
                match is_proposal(branch) {
                    true => denied.help("let this account push to the branches that records are proposed on"),
                    false => denied
                        .help("let this account push to the branch; or propose records: pull-request = \"BRANCH\" in [records]"),
                }
            }
            GitError::NoClaim { git_ref, .. } => {
                Diagnostic::error(Code::ClaimFormat, Cure::FixThenRunAgain, self.to_string())
                    .fact("ref", git_ref)
                    .help(remove(git_ref))
                    .help("somebody wrote this ref by hand: protect refs/plimsoll/** on the remote")
            }
            GitError::Failed { command, why } => {
                let message = format!("git {command} failed");
                Diagnostic::error(Code::GitFailed, Cure::FixThenRunAgain, message).because(why)
            }
        }
    }
}
