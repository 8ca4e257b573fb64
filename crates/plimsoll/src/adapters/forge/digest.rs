//! The digest of a file of a page, where the forge does not tell it.

use futures_util::StreamExt as _;
use plimsoll_engine::world::forge::ForgeError;
use plimsoll_http::Response;
use plimsoll_oci::name::Digest;

use super::client::{Call, Client};

/// The largest file that is read to compare it, in bytes: no larger one is ever attached.
pub(super) const LIMIT: u64 = 64 * 1024 * 1024;

/// Reads a file and gives the digest of its bytes.
pub(super) async fn read_asset(client: &Client, call: Call, size: u64) -> Result<Digest, ForgeError> {
    let act = call.act.clone();
    let answer = client.send(call).await?;
    read_digest(client, answer, &act, size).await
}

/// The digest of an answer of at most `size` bytes.
pub(super) async fn read_digest(
    client: &Client,
    answer: Response,
    act: &str,
    size: u64,
) -> Result<Digest, ForgeError> {
    if !answer.status().is_success() {
        return Err(client.refusal(answer, act).await);
    }
    let limit = size.min(LIMIT);
    let mut bytes = Vec::new();
    let mut stream = answer.into_stream();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| client.broken(&error, act))?;
        bytes.extend_from_slice(&piece);
        if bytes.len() as u64 > limit {
            return Err(client.rejected(act, "it sends more than it says"));
        }
    }
    Ok(Digest::of(&bytes))
}
