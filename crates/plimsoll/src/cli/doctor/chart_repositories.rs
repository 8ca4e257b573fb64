//! Branches that list charts, and the addresses that they are served at.

use std::collections::BTreeMap;

use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::error::GitError;

use super::answered;
use crate::cli::session::Session;
use crate::cli::subject::Subject;
use crate::explain::Explain as _;
use crate::output::json::doctor::{Answered, ChartRepositoryInfo};
use crate::wire::is_served;

/// Asks after each of them; gives also what a remote said that did not answer.
pub(super) async fn ask(
    session: &Session<'_>,
    subject: &Subject,
    commit: &Oid,
) -> (Vec<ChartRepositoryInfo>, Option<Diagnostic>) {
    let listed = subject.project().charts.iter().filter_map(|chart| chart.listed_in.as_ref());
    let places: BTreeMap<&str, &str> =
        listed.map(|listed| (listed.branch.as_str(), listed.url.as_str())).collect();
    let Some(remote) = subject.remote.as_ref().filter(|_| !places.is_empty()) else {
        return (Vec::new(), None);
    };
    let pushed = subject.repository.check_push(remote, commit).await;
    let push = answered(&pushed, |error| matches!(error, GitError::Denied { .. }));
    let mut infos = Vec::new();
    for (branch, url) in places {
        let exists = match subject.repository.has_branch(remote, branch).await {
            Ok(true) => Answered::Yes,
            Ok(false) => Answered::No,
            Err(_) => Answered::Unknown,
        };
        let index = format!("{}/index.yaml", url.trim_end_matches('/'));
        let served = match is_served(&index, session.variables).await {
            Some(true) => Answered::Yes,
            Some(false) => Answered::No,
            None => Answered::Unknown,
        };
        infos.push(ChartRepositoryInfo { branch: branch.to_owned(), exists, push, index, served });
    }
    (infos, pushed.err().map(|error| WorldError::from(error).explain(&subject.asked)))
}
