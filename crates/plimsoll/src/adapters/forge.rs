//! Forges: release pages on GitHub, Gitea, Forgejo and GitLab, by their HTTP interfaces.
//!
//! | file | what it is |
//! |---|---|
//! | [`address`] | where a repository is on a forge, and its interface |
//! | [`token`] | which of the user's tokens it is shown |
//! | [`client`] | one request: limits, refusals, pages of lists |
//! | [`job`] | the CI job that we are in |
//! | [`download`] | what those get who are not logged in |
//! | [`file`] | a file of a page, read whole |
//! | [`github`] | GitHub |
//! | [`gitea`] | Gitea and Forgejo |
//! | [`gitlab`] | GitLab |

pub(crate) mod address;
mod client;
mod download;
mod file;
mod gitea;
mod github;
mod gitlab;
pub(crate) mod job;
pub(crate) mod token;

use std::sync::Arc;

use plimsoll_engine::world::forge::{Forge, ForgeKind};
use plimsoll_http::{Secret, Transport};

use address::ForgeAddress;
use job::Job;
use token::TokenKind;

/// Who asks a forge.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    /// The token, if there is one.
    pub(crate) token: Option<Secret>,
    /// Whom it speaks for.
    pub(crate) kind: TokenKind,
    /// The job of the forge's CI system that we are in.
    pub(crate) job: Option<Job>,
}

/// The forge at an address.
pub(crate) fn open(address: &ForgeAddress, asker: Asker, transport: Transport) -> Arc<dyn Forge> {
    match address.kind {
        ForgeKind::GitHub => Arc::new(github::GitHub::new(address, asker, transport)),
        ForgeKind::Gitea => Arc::new(gitea::Gitea::new(address, asker.token, transport)),
        ForgeKind::GitLab => Arc::new(gitlab::GitLab::new(address, asker, transport)),
    }
}
