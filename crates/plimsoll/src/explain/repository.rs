//! Git repositories that can't be worked with.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};

use super::{Asked, Explain, of_tag};
use crate::wire::{RemoteArchiveError, RepositoryError};

const DEEPEN: &str = "fetch it: `git fetch --unshallow --tags`; in GitHub Actions: `fetch-depth: 0`";

impl Explain for RepositoryError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, self.to_string());
        match self {
            RepositoryError::Git(error) => error.explain(asked),
            RepositoryError::NoWorktree(_) => {
                said(Code::NoRepository).help("go to a clone with files, or name one with `-C DIR`")
            }
            RepositoryError::NoCommits(_) => said(Code::NoCommits).help("make the first commit"),
            RepositoryError::NoRemote => said(Code::NoRemote)
                .help("add one: `git remote add origin URL`")
                .help(asked.stay_here())
                .help(format!("or hold no claim: claim = \"none\" in plimsoll.toml{}", of_tag(asked))),
            RepositoryError::RemoteRefused { address } => said(Code::InvalidValue)
                .fact("found", address)
                .help("name an https or ssh address in `project.source`"),
            RepositoryError::TagMissing { tag, remote } if asked.verb == "promote" => said(Code::TagMissing)
                .help(format!(
                    "make it on its version's commit: {}",
                    asked.tag_command(format_args!("--stable {tag}"), remote.as_ref())
                ))
                .help(format!("or see what it would do: `plimsoll plan {tag}`")),
            RepositoryError::TagMissing { .. } if asked.verb == "withdraw" => said(Code::TagMissing)
                .help("nothing is known of that version: `plimsoll list` says which were released"),
            RepositoryError::TagMissing { tag, remote } => said(Code::TagMissing)
                .help(format!("make it, after every check: {}", asked.tag_command(tag, remote.as_ref())))
                .help(format!(
                    "or that of a promotion, on the commit that was released: {}",
                    asked.tag_command("--stable TAG", remote.as_ref())
                ))
                .help(format!("or see what it would do: `plimsoll plan {tag}`")),
            RepositoryError::TagNotACommit { tag, found } => said(Code::TagNotACommit)
                .fact("want", "a commit")
                .fact("found", format_args!("a {found}"))
                .help(format!(
                    "make it anew on a commit: `git tag -d {tag}`, then `git tag -a {tag} COMMIT`"
                )),
            RepositoryError::NoSuchRef(_) => {
                said(Code::TagMissing).help("fetch it: `git fetch --tags origin`")
            }
            RepositoryError::CutOff => said(Code::ShallowClone).help(DEEPEN),
            RepositoryError::Lacking { object } => {
                said(Code::ShallowClone).fact("missing", object).help(DEEPEN)
            }
        }
    }
}

impl Explain for RemoteArchiveError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        match self {
            RemoteArchiveError::Repository(error) => error.explain(asked),
            RemoteArchiveError::NoSuchRef { remote, .. } => {
                Diagnostic::error(Code::TagMissing, Cure::FixThenRunAgain, self.to_string())
                    .help(format!("see what there is: `git ls-remote {remote}`"))
            }
            RemoteArchiveError::World(error) => error.explain(asked),
        }
    }
}
