//! A timestamp of a signature (RFC 3161, 3.4).

use plimsoll_http::Transport;

use crate::artifact::HashAlgorithm;
use crate::key::PrivateKeyError;
use crate::keyless::service::{Answer, Asked};
use crate::keyless::{AnswerError, KeylessError};
use crate::timestamp::{check_answer, render_request};
use crate::trust::Service;

const MEDIA_TYPE: &str = "application/timestamp-query";

/// Has a signature stamped; gives the answer as it came.
pub(super) async fn stamp(
    transport: &Transport,
    service: &Service,
    signature: &[u8],
) -> Result<Vec<u8>, KeylessError> {
    let asked = Asked { transport, service, kind: "timestamp authority" };
    let digest = HashAlgorithm::Sha256.digest(signature);
    let mut nonce = [0; 8];
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_| PrivateKeyError::Library)?;
    // A number has no zeros before it.
    nonce[0] |= 1;
    let request = render_request(&digest, &nonce);
    let answer = match asked.post(service.url.clone(), request, MEDIA_TYPE).await? {
        Answer::Whole(answer) => answer,
        Answer::There(_) => return Err(asked.unusable(AnswerError::Shape("it is no timestamp".to_owned()))),
    };
    check_answer(&answer, &digest, &nonce).map_err(|why| asked.unusable(why))?;
    Ok(answer.to_vec())
}
