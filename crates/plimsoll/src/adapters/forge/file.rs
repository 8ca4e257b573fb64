//! A file of a page, read whole.

use bytes::Bytes;
use futures_util::StreamExt as _;
use plimsoll_engine::world::forge_error::ForgeError;
use plimsoll_http::{Response, StatusCode};

use super::client::{Call, Client};

/// The largest file that is read, in bytes: no larger one is ever attached.
const LIMIT: u64 = 64 * 1024 * 1024;

/// Reads a file, of `size` bytes if that is known.
pub(super) async fn read_file(client: &Client, call: Call, size: Option<u64>) -> Result<Bytes, ForgeError> {
    let act = call.act.clone();
    let found = find_file(client, call, size).await?;
    found.ok_or_else(|| client.rejected(&act, "the file is gone"))
}

/// Reads a file; `None` if it is not there.
pub(super) async fn find_file(
    client: &Client,
    call: Call,
    size: Option<u64>,
) -> Result<Option<Bytes>, ForgeError> {
    let act = call.act.clone();
    let answer = client.send(call).await?;
    read_answer(client, answer, &act, size).await
}

/// Reads the file that an answer brings; `None` if it says that there is none.
pub(super) async fn read_answer(
    client: &Client,
    answer: Response,
    act: &str,
    size: Option<u64>,
) -> Result<Option<Bytes>, ForgeError> {
    match answer.status() {
        StatusCode::NOT_FOUND => return Ok(None),
        status if status.is_success() => {}
        _ => return Err(client.refusal(answer, act).await),
    }
    let limit = size.unwrap_or(LIMIT).min(LIMIT);
    let mut bytes = Vec::new();
    let mut stream = answer.into_stream();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| client.broken(&error, act))?;
        bytes.extend_from_slice(&piece);
        if bytes.len() as u64 > limit {
            return Err(client.rejected(act, "it is longer than is told, or than any file of ours"));
        }
    }
    Ok(Some(bytes.into()))
}
