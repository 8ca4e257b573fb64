//! Forges: release pages on GitHub, Gitea and Forgejo, by their HTTP interfaces.
//!
//! | file | what it is |
//! |---|---|
//! | [`address`] | where a repository is on a forge, and its interface |
//! | [`token`] | which of the user's tokens it is shown |
//! | [`client`] | one request: limits, refusals, pages of lists |
//! | [`job`] | the CI job that we are in |
//! | [`digest`] | the digest of a file that the forge does not tell |
//! | [`download`] | what those get who are not logged in |
//! | [`github`] | GitHub |
//! | [`gitea`] | Gitea and Forgejo |

pub(crate) mod address;
mod client;
mod digest;
mod download;
mod gitea;
mod github;
pub(crate) mod job;
pub(crate) mod token;

use std::sync::Arc;

use plimsoll_engine::world::forge::{Forge, ForgeKind};
use plimsoll_http::{Secret, Transport};

use address::ForgeAddress;

/// The forge at an address, asked with a token if there is one; `run_page` is the page of the CI run that we are in.
pub(crate) fn open(
    address: &ForgeAddress,
    token: Option<Secret>,
    run_page: Option<String>,
    transport: Transport,
) -> Arc<dyn Forge> {
    match address.kind {
        ForgeKind::GitHub => Arc::new(github::GitHub::new(address, token, run_page, transport)),
        ForgeKind::Gitea => Arc::new(gitea::Gitea::new(address, token, transport)),
    }
}
