//! A small text from the web.

use plimsoll_http::{Request, Url};

use super::signing_transport;
use crate::variables::Variables;

/// The largest text that is taken, in bytes.
const LIMIT: u64 = 1 << 16;

/// Why there is no text.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// That is no address.
    #[error("`{0}` is no web address")]
    Address(String),
    /// There is no answer, or it is no success.
    #[error(transparent)]
    Http(#[from] plimsoll_http::HttpError),
    /// It is no UTF-8.
    #[error("it is no text")]
    NotText,
}

/// Fetches a text that anybody may read.
///
/// # Errors
/// It is not there, too large, or no text.
pub async fn fetch_text(address: &str, variables: &Variables) -> Result<String, DownloadError> {
    let url = Url::parse(address).map_err(|_| DownloadError::Address(address.to_owned()))?;
    let answer =
        signing_transport(variables).send(Request::get(url).whole(LIMIT)).await?.successful().await?;
    let bytes = answer.bytes(LIMIT).await?;
    String::from_utf8(bytes.to_vec()).map_err(|_| DownloadError::NotText)
}

/// Whether something is served at an address to anybody; `None` if nobody says.
pub async fn is_served(address: &str, variables: &Variables) -> Option<bool> {
    let url = Url::parse(address).ok()?;
    let answer = signing_transport(variables).send(Request::get(url)).await.ok()?;
    match answer.status() {
        status if status.is_success() => Some(true),
        status if status.is_client_error() => Some(false),
        _ => None,
    }
}
