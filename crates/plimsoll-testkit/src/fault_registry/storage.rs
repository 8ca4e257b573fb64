//! The storage to which a registry redirects: the bytes of blobs behind signed URLs, on a server of its own.

use std::sync::Arc;

use super::wire::{Answer, Head, WireServer};
use super::{State, lock, route};

/// Serves the blobs of a registry. Whoever sends a credential along is refused, and counted.
pub(super) fn start(state: &Arc<State>) -> WireServer {
    let state = Arc::clone(state);
    WireServer::start(move |head: &Head, _: &[u8]| {
        if head.header("authorization").is_some() {
            *lock(&state.strays) += 1;
            let said = "<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>";
            return Answer::status(400).header("Content-Type", "application/xml").body(said);
        }
        let Some((repository, digest)) = head.path.trim_start_matches('/').rsplit_once('/') else {
            return Answer::status(404);
        };
        // Storage knows nothing of registries, and says no digest.
        route::blob(&lock(&state.shelves), head, repository, digest).without_header("Docker-Content-Digest")
    })
}
