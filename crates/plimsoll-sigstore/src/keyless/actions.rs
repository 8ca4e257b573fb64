//! The token that GitHub Actions gives a job (actions/toolkit, `oidc-utils.ts`).

use plimsoll_http::request::Credential;
use plimsoll_http::{HttpError, Request, Secret, Transport, Url};
use serde::Deserialize;

use crate::keyless::{AnswerError, KeylessError, ServiceName};

/// The largest answer that is read, in bytes.
const LIMIT: u64 = 256 * 1024;
/// Whom the token is for.
const AUDIENCE: &str = "sigstore";

#[derive(Deserialize)]
struct Answer {
    value: String,
}

/// Asks for the identity token of the job: `url` and `bearer` stand in ACTIONS_ID_TOKEN_REQUEST_URL and
/// ACTIONS_ID_TOKEN_REQUEST_TOKEN of jobs with the permission `id-token: write`.
///
/// # Errors
/// [`KeylessError`].
pub async fn request_token(
    transport: &Transport,
    url: &str,
    bearer: &Secret,
) -> Result<Secret, KeylessError> {
    let service = || ServiceName { kind: "issuer of tokens", url: "of GitHub Actions".to_owned() };
    let unusable = |why: String| KeylessError::Answer { service: service(), why: AnswerError::Shape(why) };
    let mut url: Url = url.parse().map_err(|_| unusable("its address is no URL".to_owned()))?;
    url.query_pairs_mut().append_pair("audience", AUDIENCE);
    let failed = |why: HttpError| KeylessError::Http { service: service(), why };
    let request = Request::get(url).credential(Some(Credential::bearer(bearer))).whole(LIMIT);
    let answer = transport.send(request).await.map_err(failed)?;
    let answer = answer.successful().await.map_err(failed)?.bytes(LIMIT).await.map_err(failed)?;
    let answer: Answer =
        serde_json::from_slice(&answer).map_err(|_| unusable("it has no token".to_owned()))?;
    Ok(Secret::new(answer.value))
}
